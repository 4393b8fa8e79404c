/* SPDX-License-Identifier: MIT */
/* Two reports, row by row: what became more, what less. */
#ifndef CR2_DIFF_H
#define CR2_DIFF_H

#include <cr2/report.h>

CR2_BEGIN_DECLS

struct cr2_diff_sums {
	uint64_t n, major, ns, zeroed, copied;
};
/* Rows that say the same, processes by their name, since another run has other numbers. */
struct cr2_diff_row {
	const struct cr2_report_row *row; /* one that is so */
	struct cr2_diff_sums before, after;
};
/* By what rows are sorted. */
enum cr2_diff_by {
	CR2_DIFF_COUNT,
	CR2_DIFF_TIME,
	CR2_DIFF_BYTES,
};

/*
 * The rows of two reports, as cr2_report_rows() gives them, of the same kinds: each with those below
 * it, the largest difference first. 0 or -ENOMEM. *ret_rows is the caller's to free.
 */
int cr2_diff(const struct cr2_report_row *before, size_t n_before, const struct cr2_report_row *after, size_t n_after,
	     enum cr2_diff_by by, struct cr2_diff_row **ret_rows, size_t *ret_n);

CR2_END_DECLS

#endif
