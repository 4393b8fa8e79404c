/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handle_mm_fault() as a probe finds it: the one place that knows its arguments' registers.
 *
 *	vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
 *				   unsigned int flags, struct pt_regs *regs);
 *
 * By the System V ABI for x86-64 the first integer arguments are, at a function's first
 * instruction, in RDI, RSI, RDX, RCX, R8 and R9, and what it returns is in RAX when it has
 * returned. regs_get_kernel_argument() and regs_return_value() are the kernel's own words for
 * that, so these modules are right on other architectures too. What is narrower than a register
 * (flags, vm_fault_t) fills its lower half, and nobody clears the upper one: hence the casts.
 *
 * The mapping is locked by the caller at entry. On return it may be unlocked and even freed
 * (VM_FAULT_RETRY, VM_FAULT_COMPLETED): its borders are copied at entry.
 */
#ifndef HANDLE_MM_FAULT_H
#define HANDLE_MM_FAULT_H

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/ptrace.h>

#if !defined(CONFIG_KPROBES) || !defined(CONFIG_KRETPROBES)
#error "this kernel has no kprobes: it needs CONFIG_KPROBES=y"
#endif

#define HANDLE_MM_FAULT "handle_mm_fault"

/*
 * How many calls a kretprobe follows at a time, unless asked for another number. A call that
 * finds no room is not followed but counted (kretprobe.nmissed). Calls sleep, for a disk or for
 * memory, so there may be as many as there are threads.
 */
#define HANDLE_MM_FAULT_CALLS 4096
#define HANDLE_MM_FAULT_CALLS_MAX 65536

struct fault_args {
	unsigned long address;
	unsigned long vm_start, vm_end;
	unsigned int flags;
};

static inline struct fault_args fault_args(struct pt_regs *regs)
{
	const struct vm_area_struct *vma = (void *)regs_get_kernel_argument(regs, 0);

	return (struct fault_args){
		.address = regs_get_kernel_argument(regs, 1),
		.vm_start = vma->vm_start,
		.vm_end = vma->vm_end,
		.flags = (unsigned int)regs_get_kernel_argument(regs, 2),
	};
}

static inline unsigned int fault_result(struct pt_regs *regs)
{
	return (unsigned int)regs_return_value(regs);
}

#endif
