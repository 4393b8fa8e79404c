/* SPDX-License-Identifier: MIT */
/* Twin of kernel/fork.c: processes, each with an address space of its own. */
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "../mm/mm.h"

#define KERNEL_STACK_PAGES 4
/*
 * Stacks lie in the vmalloc area, each with as much unmapped before it; of the first's the
 * lowest page is something else's.
 */
#define STACKS_4 0xffffc90000000000ULL
#define STACKS_5 0xffa0000000000000ULL

static uint64_t kernel_stacks(const struct cr2_model *m)
{
	return m->config.levels == 5 ? STACKS_5 : STACKS_4;
}

static int map_kernel_stack(struct cr2_model *m, uint32_t number)
{
	uint64_t top = kernel_stacks(m) + (number + 1ULL) * 2 * KERNEL_STACK_PAGES * CR2_PAGE_SIZE;
	uint64_t cr3 = (uint64_t)m->kernel_pgd << CR2_PAGE_SHIFT;

	for (unsigned i = 1; i <= KERNEL_STACK_PAGES; i++) {
		uint64_t *pte = pgtable_alloc(m, cr3, top - i * CR2_PAGE_SIZE, CR2_LEVEL_PTE);
		struct page *page;
		uint32_t pfn = pte ? alloc_page(m, &page) : 0;

		if (!pfn)
			return -ENOMEM;
		page->flags = PG_RESERVED;
		*pte = (uint64_t)pfn << CR2_PAGE_SHIFT | ENTRY_P | ENTRY_RW | ENTRY_A | ENTRY_D |
		       ENTRY_G | ENTRY_NX;
	}
	process_of(m, number)->kernel_stack = top;
	return 0;
}

static void unmap_kernel_stack(struct cr2_model *m, const struct process *mm)
{
	uint64_t cr3 = (uint64_t)m->kernel_pgd << CR2_PAGE_SHIFT;

	for (unsigned i = 1; mm->kernel_stack && i <= KERNEL_STACK_PAGES; i++) {
		uint64_t *pte = pgtable_entry(m, cr3, mm->kernel_stack - i * CR2_PAGE_SIZE,
					      CR2_LEVEL_PTE);

		put_page(m, (uint32_t)entry_frame(*pte));
		*pte = 0;
	}
}

/* The kernel's half of the top table is the same in every process. */
int make_pgd(struct cr2_model *m, struct process *mm)
{
	uint32_t pfn = pgtable_new(m);

	if (!pfn)
		return -ENOMEM;
	memcpy(phys_table(&m->phys, pfn) + 256, phys_table(&m->phys, m->kernel_pgd) + 256,
	       256 * sizeof(uint64_t));
	mm->cr3 = (uint64_t)pfn << CR2_PAGE_SHIFT;
	return 0;
}

/* The first process has what the model was made with; others those of whoever made them. */
static void init_limits(struct cr2_model *m, struct process *task)
{
	if (task->number) {
		memcpy(task->limits, process_at(m, m->current)->limits, sizeof(task->limits));
		return;
	}
	for (int i = 0; i < CR2_LIMITS; i++)
		task->limits[i] = UINT64_MAX;
	task->limits[CR2_LIMIT_STACK] = m->config.stack_limit;
	task->limits[CR2_LIMIT_MEMLOCK] = m->config.lock_limit;
}

static int task_create(struct cr2_model *m, uint32_t number)
{
	struct process *mm;

	if (number != m->n_processes)
		return -EINVAL;
	if (array_reserve(&m->processes, &processes_kind, number + 1UL) < 0)
		m->failed = true;
	mm = m->failed ? NULL : process_of(m, number);
	if (!mm || m->failed)
		return -ENOMEM;
	m->n_processes++;
	*mm = (struct process){.number = number, .space = number, .users = 1};
	pkeys_init(mm);
	init_limits(m, mm);
	return map_kernel_stack(m, number);
}

int process_create(struct cr2_model *m, uint32_t number)
{
	int r = task_create(m, number);

	if (r == 0)
		r = make_pgd(m, process_of(m, number));
	if (r == 0)
		process_of(m, number)->alive = true;
	return r;
}

/* CLONE_VM: a thread, or a vfork() child until it is gone. */
int do_share(struct cr2_model *m, struct process *mm, uint32_t number)
{
	uint32_t space = mm->number;
	int r = task_create(m, number);
	struct process *task;

	if (r < 0) {
		do_exit(m, process_of(m, number));
		return r;
	}
	task = process_of(m, number);
	task->space = space;
	task->pkru = m->cpu.pkru;
	task->alive = true;
	process_of(m, space)->users++;
	return 0;
}

/* The child's own copy of a mapping: its pages are the parent's, its anon_vma is new. */
static int dup_vma(struct cr2_model *m, struct process *child, struct process *parent,
		   const struct vma *from)
{
	struct vma vma = *from;
	int r;

	if (from->flags & VM_DONTCOPY)
		return 0;
	vma.flags &= ~VM_LOCKED_MASK;
	vma.reserves = vma.withdrawn = false; /* hugetlb_dup_vma_private() */
	dup_userfaultfd(child, parent, &vma);
	if (from->flags & VM_WIPEONFORK)
		vma.anon_vma = 0;
	if (vma.anon_vma) {
		vma.anon_vma = ++m->next_anon_vma;
		vma.cloned = true;
	} else {
		vma.cloned = false;
	}
	r = vma_insert(m, child, &vma);
	if (r == 0)
		vm_stat_account(child, vma.flags, (vma.end - vma.start) >> CR2_PAGE_SHIFT);
	if (r < 0 || (from->flags & VM_WIPEONFORK))
		return r;
	return copy_page_range(m, child, parent, from);
}

static void dup_heap(struct process *child, const struct process *parent)
{
	child->start_brk = parent->start_brk;
	child->brk = parent->brk;
}

int do_fork(struct cr2_model *m, uint32_t parent, uint32_t child)
{
	int r = process_create(m, child);
	const struct vma *vma = NULL;

	if (r == 0)
		vma = vma_of(m, process_of(m, parent)->first_vma);
	if (r == 0)
		dup_heap(process_of(m, child), process_of(m, parent));
	if (r == 0)
		process_of(m, child)->markers = process_of(m, parent)->markers;
	if (r == 0)
		process_of(m, child)->mdwe = process_of(m, parent)->mdwe;
	if (r == 0)
		ksm_fork(m, process_of(m, child), process_of(m, parent));
	if (r == 0)
		arch_dup_pkeys(m, process_of(m, parent), process_of(m, child));
	for (; r == 0 && vma; vma = vma_of(m, vma->after))
		r = dup_vma(m, process_of(m, child), process_of(m, parent), vma);
	flush_tlb_mm(m, process_of(m, parent));
	if (r < 0)
		do_exit(m, process_of(m, child));
	return r;
}

/* Its memory goes, unless that is another's. */
void exit_mm(struct cr2_model *m, struct process *task)
{
	process_of(m, task->space)->users--;
	if (task->space == task->number) {
		exit_mmap(m, task);
		release_references(m, task, 0, UINT64_MAX);
		flush_tlb_mm(m, task);
	}
	if (task->cr3)
		free_pgd(m, task->cr3);
	if (m->current == task->number) {
		tlb_flush(&m->cpu);
		m->mm = NULL;
	}
	task->cr3 = 0;
}

void do_exit(struct cr2_model *m, struct process *task)
{
	exit_mm(m, task);
	unmap_kernel_stack(m, task);
	task->alive = false;
	task->kernel_stack = 0;
}

/* Each runs on a CPU of its own, whose TLB has nothing of the others'. */
void switch_mm(struct cr2_model *m, uint32_t process)
{
	struct process *mm = process_of(m, process_at(m, process)->space);
	bool same = m->current == process && m->cpu.cr3 == mm->cr3;

	m->current = process;
	m->mm = mm;
	if (same)
		return;
	m->cpu.cr3 = mm->cr3;
	m->cpu.pkru = process_at(m, process)->pkru;
	tlb_flush(&m->cpu);
}
