/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/memcontrol.c: the pages that processes of a control group have got since it has a limit. Kernel memory is
 * not counted (cgroup.memory=nokmem). Before the kernel gives up it reclaims: here nothing is left that it could
 * (memory_limit_refuses()), and whoever wanted the page is killed.
 */
#include "mm.h"

/* Is there room for one more page? If not, the process under way dies when the step is through. */
bool mem_cgroup_has_room(struct cr2_model *m)
{
	m->oom |= !m->memory_left;
	return m->memory_left;
}

void mem_cgroup_charge(struct cr2_model *m, struct page *page)
{
	page->flags |= PG_CHARGED;
	m->memory_left--;
}

int set_memory_limit(struct cr2_model *m, uint64_t pages)
{
	m->memory_limited = true;
	m->memory_left = pages;
	return 0;
}

static bool has_files(const struct cr2_model *m)
{
	for (uint32_t i = 1; i <= m->object_numbers.n; i++)
		if (object_at(m, i)->refs && (object_at(m, i)->kind == OBJECT_FILE || object_at(m, i)->kind == OBJECT_SECRET))
			return true;
	return false;
}

static bool has_sharers(const struct cr2_model *m)
{
	for (size_t i = 0; i < m->n_processes; i++)
		if (process_at(m, i)->alive && process_at(m, i)->space != i)
			return true;
	return false;
}

static bool has_droppable(const struct cr2_model *m)
{
	for (size_t i = 0; i < m->n_processes; i++)
		for (const struct vma *vma = vma_at(m, process_at(m, i)->first_vma); vma; vma = vma_at(m, vma->after))
			if (process_at(m, i)->alive && vma->flags & VM_DROPPABLE)
				return true;
	return false;
}

static const char *refuses_to_limit(const struct cr2_model *m)
{
	if (m->config.swap)
		return "a limit of memory where there is swap";
	if (m->config.thp != CR2_THP_NEVER)
		return "a limit of memory with 2 MiB pages";
	if (has_files(m))
		return "a limit of memory where there are files on a disk, whose pages are reclaimed";
	if (has_droppable(m))
		return "a limit of memory where there is droppable memory, which is reclaimed";
	return has_sharers(m) ? "a limit of memory where processes share theirs" : NULL;
}

const char *memory_limit_refuses(const struct cr2_model *m, const struct cr2_op *op)
{
	if (op->kind == CR2_OP_LIMIT && op->flags == CR2_LIMIT_MEMORY)
		return refuses_to_limit(m);
	if (!m->memory_limited)
		return NULL;
	switch (op->kind) {
	case CR2_OP_MAP:
		return op->flags & CR2_MAP_DROPPABLE ? "droppable memory where memory is limited" : NULL;
	case CR2_OP_FILE:
		return "a file on a disk where memory is limited";
	case CR2_OP_THREAD:
	case CR2_OP_VFORK:
		return "sharing memory that is limited";
	case CR2_OP_EXECVE:
		return "another program where memory is limited";
	case CR2_OP_BRK: /* the host moves the heap there, which takes memory */
		return "a heap where memory is limited";
	case CR2_OP_FREAD:
	case CR2_OP_FWRITE:
		return "reading and writing files where memory is limited";
	case CR2_OP_MIGRATE:
	case CR2_OP_NUMA_SCAN:
		return "migration where memory is limited";
	case CR2_OP_KSM_SCAN:
		return "KSM where memory is limited";
	case CR2_OP_HOLD:
	case CR2_OP_PIN:
		return "references to pages where memory is limited";
	case CR2_OP_LOCKALL: /* of the runner's own memory as well */
		return "locking all memory where memory is limited";
	case CR2_OP_PEEK:
	case CR2_OP_POKE:
	case CR2_OP_VMREAD:
	case CR2_OP_VMWRITE:
		return "another process's access where memory is limited";
	case CR2_OP_ADVISE:
		if (op->flags & CR2_ADVISE_BY)
			return "another process's advice where memory is limited";
		if (op->advice == CR2_ADVICE_FREE || op->advice == CR2_ADVICE_COLLAPSE)
			return "this advice where memory is limited";
		return NULL;
	default:
		return cr2_op_is_userfault(op->kind) ? "userfaultfd where memory is limited" : NULL;
	}
}
