/* SPDX-License-Identifier: MIT */
/* What was counted of page faults, as Prometheus and its like read it. */
#ifndef CR2_VIEW_METRICS_H
#define CR2_VIEW_METRICS_H

#include <cr2/trace.h>

CR2_BEGIN_DECLS

/* Of one control group and path. */
struct cr2_metrics_row {
	const char *cgroup;
	enum cr2_path path;
	uint64_t n, ns, major, zeroed, copied;
	uint64_t octaves[CR2_TRACE_OCTAVES];
};
struct cr2_view_metrics {
	bool openmetrics; /* version 1.0.0; else Prometheus's text format 0.0.4 */
	const char *version; /* of cr2 */
	size_t n; /* rows, those of a control group together */
	const struct cr2_metrics_row *rows;
	const struct cr2_trace_counts *books;
	uint64_t removed[CR2_PATH_COUNT]; /* faults of control groups that are no more */
	uint64_t own, other, limit; /* control groups with series of their own, without, how many may have some */
};
int cr2_view_metrics(const struct cr2_view_metrics *metrics, struct cr2_text *text);

CR2_END_DECLS

#endif
