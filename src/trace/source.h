/* SPDX-License-Identifier: MIT */
/* What the recorder asks of a trace beside what everybody may. */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <cr2/trace.h>

#include "clock.h"
#include "own.h"

/* Faults, and calls, that had no room in the ring so far, as far as it is certain. */
uint64_t trace_lost(struct cr2_trace *trace);
/* Of them, what changes address spaces between faults. */
uint64_t trace_lost_calls(struct cr2_trace *trace);
/* All faults that are not younger were handed over: what is told of processes then may follow them. */
uint64_t trace_handed_over(const struct cr2_trace *trace);
/* Calls, and address spaces that are there already: from here on. Whoever tells of processes and mappings does by now. */
void trace_begin_calls(struct cr2_trace *trace);
/* Where perf events are in BPF's place: these; else NULL. */
struct own *trace_own(const struct cr2_trace *trace);
/* Facts of the kernel that was traced; not of perf events. */
struct trace_kernel;
const struct trace_kernel *trace_kernel_facts(const struct cr2_trace *trace);

#endif
