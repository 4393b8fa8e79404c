/* SPDX-License-Identifier: MIT */
/* Twin of fs/exec.c: a process runs another program. */
#include <string.h>

#include "../mm/mm.h"

#define STACK_EXPAND (32 * CR2_PAGE_SIZE) /* with which a program begins, besides what was written to its stack */

/* All that the process had goes, with all who waited for it; limits and PR_SET_MDWE outlive it. */
static int begin_new_exec(struct cr2_model *m, struct process *task)
{
	const bool mdwe = process_at(m, task->space)->mdwe;
	struct process fresh = {.alive = true, .number = task->number, .space = task->number, .users = 1, .mdwe = mdwe,
				.kernel_stack = task->kernel_stack};
	int r;

	exit_mm(m, task);
	memcpy(fresh.limits, task->limits, sizeof(fresh.limits));
	pkeys_init(&fresh);
	*task = fresh;
	r = make_pgd(m, task);
	if (r < 0)
		return r;
	switch_mm(m, task->number);
	m->cpu.pkru = task->pkru;
	return 0;
}

/*
 * Its last page holds arguments, environment and what the kernel tells the program: it was written before the stack
 * had the rest of its pages. It is not as soft-dirty as other mappings are when they are new.
 */
static int setup_arg_pages(struct cr2_model *m, struct process *mm)
{
	const uint64_t start = CR2_STACK_TOP - CR2_PAGE_SIZE;
	const struct vma made = {
		.start = start, .end = CR2_STACK_TOP, .page_offset = start >> CR2_PAGE_SHIFT, .object = CR2_NO_OBJECT,
		.flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_GROWSDOWN | VM_ACCOUNT,
	};
	struct vma *vma;
	int r = vma_insert(m, mm, &made);

	if (r < 0)
		return r;
	vm_stat_account(mm, made.flags, 1);
	vma = vma_lookup(m, mm, start);
	r = faultin_page(m, mm, vma, start, true);
	return r == 0 ? expand_stack(m, mm, vma, start - STACK_EXPAND) : r;
}

int do_execve(struct cr2_model *m, struct process *task, const struct cr2_op *op)
{
	int r = begin_new_exec(m, task);

	if (r < 0 || op->object == CR2_NO_OBJECT)
		return r;
	r = setup_arg_pages(m, task);
	return r == 0 ? load_elf_binary(m, task, op) : r;
}

const char *execve_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	const struct vma *vma;

	if (op->kind != CR2_OP_ADVISE || op->advice != CR2_ADVICE_COLLAPSE)
		return NULL;
	vma = vma_peek_next(m, mm, op->address);
	for (; vma && vma->start < op->address + op->length; vma = vma_at(m, vma->after))
		if (!vma_is_anonymous(vma) && object_at(m, vma->object)->program)
			return "madvise collapse of a program's text or data";
	return NULL;
}
