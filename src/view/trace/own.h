/* SPDX-License-Identifier: MIT */
/* What perf events of one's own processes say: where faults were, not what settled them. */
#ifndef VIEW_TRACE_OWN_H
#define VIEW_TRACE_OWN_H

#include <cr2/view_trace.h>

/* As cr2_view_stat() and cr2_view_traced(). */
int view_own_stat(const struct cr2_view_stat *stat, const struct cr2_style *style, struct cr2_text *text);
int view_own_traced(const struct cr2_traced_fault *fault, uint64_t began, const struct cr2_frame *code,
		    const struct cr2_style *style, struct cr2_text *text);
/* "read", "write", "fetch"; NULL: not known. */
const char *view_own_access(const struct cr2_traced_fault *fault);

#endif
