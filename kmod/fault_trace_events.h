/* SPDX-License-Identifier: GPL-2.0-only */
/* The stream of fault_trace.ko, in tracefs as events/fault_trace/. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM fault_trace

#if !defined(FAULT_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define FAULT_TRACE_EVENTS_H

#include <linux/tracepoint.h>

#include "handle_mm_fault.h"

/* A call of handle_mm_fault(). */
TRACE_EVENT(fault,

	TP_PROTO(const struct fault_args *args),

	TP_ARGS(args),

	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(unsigned int, flags)
		__field(unsigned long, address)
		__field(unsigned long, vm_start)
		__field(unsigned long, vm_end)
	),

	TP_fast_assign(
		__entry->pid = current->pid;
		__entry->flags = args->flags;
		__entry->address = args->address;
		__entry->vm_start = args->vm_start;
		__entry->vm_end = args->vm_end;
	),

	TP_printk("PID=%d addr=0x%lx flags=0x%x vma=[0x%lx-0x%lx]", __entry->pid,
		  __entry->address, __entry->flags, __entry->vm_start, __entry->vm_end)
);

/* Its return, with return=1 instead of the above: what it gave, and after how long. */
TRACE_EVENT(fault_return,

	TP_PROTO(const struct fault_args *args, unsigned int ret, u64 ns),

	TP_ARGS(args, ret, ns),

	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(unsigned int, flags)
		__field(unsigned long, address)
		__field(unsigned long, vm_start)
		__field(unsigned long, vm_end)
		__field(u64, ns)
		__field(unsigned int, ret)
	),

	TP_fast_assign(
		__entry->pid = current->pid;
		__entry->flags = args->flags;
		__entry->address = args->address;
		__entry->vm_start = args->vm_start;
		__entry->vm_end = args->vm_end;
		__entry->ns = ns;
		__entry->ret = ret;
	),

	TP_printk("PID=%d addr=0x%lx flags=0x%x vma=[0x%lx-0x%lx] ret=0x%x time=%lluns",
		  __entry->pid, __entry->address, __entry->flags, __entry->vm_start,
		  __entry->vm_end, __entry->ret, __entry->ns)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE fault_trace_events
#include <trace/define_trace.h>
