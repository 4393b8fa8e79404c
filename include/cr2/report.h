/* SPDX-License-Identifier: MIT */
/*
 * Recorded faults, added up in rows, nested: by path, in each path by function, and so on. Memory
 * grows with the rows, not with the faults.
 */
#ifndef CR2_REPORT_H
#define CR2_REPORT_H

#include <cr2/frame.h>
#include <cr2/recording.h>

CR2_BEGIN_DECLS

enum cr2_report_by {
#define X(id, name, sentence) CR2_REPORT_BY_##id,
#include <cr2/tables/report_by.def>
#undef X
	CR2_REPORT_BYS,
};
const char *cr2_report_by_name(enum cr2_report_by by);
int cr2_report_by_parse(const char *name); /* or -EINVAL */

struct cr2_report_config {
	size_t size; /* sizeof(struct cr2_report_config) */
	size_t n_by; /* how deep rows nest */
	enum cr2_report_by by[CR2_REPORT_BYS];
	/* Whose code it was: <cr2/symbol.h>. Called where rows are by function, line or stack. */
	int (*calls)(void *data, const struct cr2_recorded_fault *fault, bool all, struct cr2_calls *ret_calls);
	void *data;
};

/* A function in a call stack, and who called it. */
struct cr2_report_call {
	const struct cr2_frame *frame;
	const struct cr2_report_call *caller; /* NULL: nobody, or not known */
	uint64_t number; /* of this and those it was called from, from 1 */
};

struct cr2_report_row {
	unsigned depth; /* 0: below no other row */
	enum cr2_report_by by;
	const char *label; /* for people, never NULL */
	/* What of it is told apart by what, the rows above included. */
	enum cr2_path path;
	enum cr2_trace_mapping mapping;
	const struct cr2_recorded_file *file; /* NULL: none */
	const char *function;
	const struct cr2_frame *line;
	const struct cr2_report_call *stack; /* the innermost function */
	const char *cgroup; /* its path, or NULL: not known */
	const char *comm;
	uint64_t pid, page, time; /* page: an address; time: ns since the first fault */
	uint64_t n, major, ns, longest_ns, zeroed, copied;
	uint64_t resident; /* pages that its faults brought and that are there at the end; 0 where nobody asks */
};

struct cr2_report;
/* All return 0 or a negative errno. */
int cr2_report_create(const struct cr2_report_config *config, struct cr2_report **ret_report);
void cr2_report_destroy(struct cr2_report *report);
int cr2_report_add(struct cr2_report *report, const struct cr2_recorded_fault *fault);
/* The lowest row of the fault that was added last, as an owner for cr2_recording_own(). */
uint64_t cr2_report_last(const struct cr2_report *report);
/* Says that so many pages which that one's faults brought are there at the end. */
void cr2_report_hold(struct cr2_report *report, uint64_t last, uint64_t pages);
/*
 * Each row, those below it, and then the next, the dearest first, or what holds most. Valid until the report or what its
 * faults came from is gone. *ret_rows is the caller's to free.
 */
int cr2_report_rows(struct cr2_report *report, struct cr2_report_row **ret_rows, size_t *ret_n);

CR2_END_DECLS

#endif
