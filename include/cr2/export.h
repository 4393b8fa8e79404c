/* SPDX-License-Identifier: MIT */
/* Recordings for other programs to show: what <cr2/report.h> adds up, and single faults. All return 0 or -ENOMEM. */
#ifndef CR2_EXPORT_H
#define CR2_EXPORT_H

#include <cr2/view_trace.h>

CR2_BEGIN_DECLS

/* What a stack weighs. */
enum cr2_export_weight {
	CR2_EXPORT_COUNT, /* its faults */
	CR2_EXPORT_TIME, /* the nanoseconds they took */
	CR2_EXPORT_BYTES, /* that were zeroed or copied for them */
	CR2_EXPORT_WEIGHTS,
};
const char *cr2_export_weight_name(enum cr2_export_weight weight);
int cr2_export_weight_parse(const char *name); /* or -EINVAL */

/*
 * Rows that stand below each other make one stack, in which a call stack is all its functions.
 * Folded: a line each, for flamegraph.pl and its like; those that weigh nothing are left out.
 */
int cr2_export_folded(const struct cr2_view_report *report, enum cr2_export_weight weight, struct cr2_text *text);
/* A flame graph in one web page that fetches nothing. */
int cr2_export_html(const struct cr2_view_report *report, struct cr2_text *text);
/*
 * pprof's profile.proto, gzipped: functions are its locations, all else labels; where rows are by no
 * function, what they are by is the locations. -ENOSYS: built without protobuf-c.
 */
int cr2_export_pprof(const struct cr2_view_report *report, struct cr2_text *bytes);

/* Faults as Chrome's trace events, which Perfetto and others read: text that is appended in this order. */
struct cr2_export_events;
int cr2_export_events_begin(struct cr2_export_events **ret_events, struct cr2_text *text);
/* calls: of the fault. */
int cr2_export_event(struct cr2_export_events *events, const struct cr2_recorded_fault *fault,
		     const struct cr2_calls *calls, struct cr2_text *text);
int cr2_export_events_end(struct cr2_export_events *events, struct cr2_text *text); /* frees it, also on error */

CR2_END_DECLS

#endif
