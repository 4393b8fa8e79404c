/* SPDX-License-Identifier: MIT */
/* System calls, each by its twin; what is refused before it begins. */
#include "execute.h"

/* Another process's reach into this one's memory. */
static int do_remote(struct cr2_model *m, const struct cr2_op *op)
{
	uint8_t value = op->value;
	int r;

	m->other = op->by + 1;
	if (op->kind == CR2_OP_VMREAD || op->kind == CR2_OP_VMWRITE)
		r = process_vm_rw(m, m->mm, op->address, op->kind == CR2_OP_VMWRITE, &value);
	else
		r = access_remote_vm(m, m->mm, op->address, op->kind == CR2_OP_POKE, &value);
	m->other = 0;
	m->outcome->has_value = r == 0 && cr2_op_gives_value(op->kind);
	m->outcome->value = m->outcome->has_value ? value : 0;
	return r;
}

/* Of the byte's page: 1 or 0. */
static int do_resident(struct cr2_model *m, const struct cr2_op *op)
{
	uint8_t resident = 0;
	int r = do_mincore(m, m->mm, op->address, &resident);

	m->outcome->has_value = r == 0;
	m->outcome->value = resident;
	return r;
}

static int do_object(struct cr2_model *m, const struct cr2_op *op)
{
	struct object *object;
	uint32_t slot;
	enum object_kind kind = op->kind == CR2_OP_FILE ? OBJECT_FILE : op->kind == CR2_OP_SECRET ? OBJECT_SECRET :
				op->flags & CR2_FILE_HUGETLB ? OBJECT_HUGETLB : OBJECT_SHMEM;
	bool empty = op->cold || kind == OBJECT_SECRET || kind == OBJECT_HUGETLB || op->kind == CR2_OP_SHM;
	int r = object_create(m, kind, op->object, op->length, empty, &slot);

	if (r < 0)
		return r;
	/* A segment is promised all that it can have. */
	if (kind == OBJECT_HUGETLB && op->kind == CR2_OP_SHM)
		r = hugetlb_reserve_pages(m, slot, 0, op->length >> CR2_PAGE_SHIFT);
	object = object_of(m, slot);
	object->absent = r < 0;
	object->read_only = op->flags & CR2_FILE_READ_ONLY;
	if (op->flags & CR2_FILE_FULL)
		object->room = object->used = object->pages;
	return r;
}

/* Of a page that describes it, its text and its data. */
static int do_program(struct cr2_model *m, const struct cr2_op *op)
{
	uint32_t slot;
	int r = object_create(m, OBJECT_FILE, op->object, CR2_PAGE_SIZE + op->length + op->new_length, false, &slot);

	if (r == 0)
		object_of(m, slot)->read_only = object_of(m, slot)->program = true;
	return r;
}

/* Behind the file's end nothing is read, which is no mistake. */
static int do_fread(struct cr2_model *m, const struct cr2_op *op)
{
	uint8_t value = 0;
	int r = do_pread(m, object_find(m, op->object), op->offset, &value);

	m->outcome->has_value = r == 0;
	m->outcome->value = value;
	return r == -ENODATA ? 0 : r;
}

static int do_scan(struct cr2_model *m, const struct cr2_op *op)
{
	uint32_t pages;
	int r = do_pagemap_scan(m, m->mm, op, &pages);

	m->outcome->has_value = r == 0;
	m->outcome->value = pages;
	return r;
}

static int system_call(struct cr2_model *m, const struct cr2_op *op)
{
	struct process *mm = m->mm;

	switch (op->kind) {
	case CR2_OP_FILE:
	case CR2_OP_SHMEM:
	case CR2_OP_SECRET:
	case CR2_OP_SHM:
		return do_object(m, op);
	case CR2_OP_PROGRAM:
		return do_program(m, op);
	case CR2_OP_MAP:
		return do_mmap(m, mm, op);
	case CR2_OP_BRK:
		return do_brk(m, mm, op->address, op->new_length);
	case CR2_OP_SHMAT:
		return do_shmat(m, mm, op);
	case CR2_OP_SHMDT:
		return do_shmdt(m, mm, op->address);
	case CR2_OP_UNMAP:
		return do_munmap(m, mm, op->address, op->length);
	case CR2_OP_PROTECT:
		return do_mprotect(m, mm, op);
	case CR2_OP_KEY:
		return do_key(m, mm, op->key, op->flags);
	case CR2_OP_ADVISE:
		if (op->flags & CR2_ADVISE_BY)
			return process_madvise(m, mm, op);
		return do_madvise(m, mm, op->address, op->length, op->advice);
	case CR2_OP_MSEAL:
		return do_mseal(m, mm, op->address, op->length);
	case CR2_OP_MDWE:
		if (!m->profile->mdwe)
			return -EINVAL;
		mm->mdwe = true;
		return 0;
	case CR2_OP_LOCK:
		return do_mlock(m, mm, op->address, op->length, op->flags);
	case CR2_OP_LOCKALL:
		return do_mlockall(m, mm, op->flags);
	case CR2_OP_UNLOCKALL:
		return do_munlockall(m, mm);
	case CR2_OP_LIMIT:
		if (op->flags == CR2_LIMIT_MEMORY)
			return set_memory_limit(m, op->length >> CR2_PAGE_SHIFT);
		process_of(m, m->current)->limits[op->flags] = op->length;
		return 0;
	case CR2_OP_UNLOCK:
		return do_munlock(m, mm, op->address, op->length);
	case CR2_OP_REMAP:
		return do_mremap(m, mm, op);
	case CR2_OP_UFFD:
	case CR2_OP_UFFD_COPY:
	case CR2_OP_UFFD_ZERO:
	case CR2_OP_UFFD_WP:
	case CR2_OP_UFFD_CONTINUE:
	case CR2_OP_UFFD_POISON:
	case CR2_OP_UFFD_MOVE:
		return do_userfaultfd(m, mm, op);
	case CR2_OP_HOLD:
	case CR2_OP_PIN:
		return do_reference(m, mm, op);
	case CR2_OP_RELEASE:
		release_references(m, mm, op->address, op->address + op->length);
		return 0;
	case CR2_OP_MIGRATE:
		return do_move_pages(m, mm, op->address, op->length, op->flags);
	case CR2_OP_KSM_SCAN:
		ksm_do_scan(m);
		return 0;
	case CR2_OP_CLEAR_REFS:
		clear_soft_dirty(m, mm);
		return 0;
	case CR2_OP_NUMA_SCAN:
		task_numa_work(m, mm);
		return 0;
	case CR2_OP_SCAN:
		return do_scan(m, op);
	case CR2_OP_SYNC:
		return do_msync(m, mm, op->address, op->length, op->flags);
	case CR2_OP_EVICT:
		return do_evict(m, object_find(m, op->object));
	case CR2_OP_TRUNCATE:
		return do_truncate(m, object_find(m, op->object), op->length);
	case CR2_OP_ALLOCATE:
		return hugetlbfs_fallocate(m, mm, object_find(m, op->object), op->offset >> CR2_PAGE_SHIFT,
					   (op->offset + op->length) >> CR2_PAGE_SHIFT);
	case CR2_OP_FWRITE:
		return do_pwrite(m, object_find(m, op->object), op->offset, op->value);
	case CR2_OP_FREAD:
		return do_fread(m, op);
	case CR2_OP_SEAL:
		return do_seal(m, object_find(m, op->object), op->flags);
	case CR2_OP_FORK:
		return do_fork(m, mm->number, op->child);
	case CR2_OP_THREAD:
	case CR2_OP_VFORK:
		return do_share(m, mm, op->child);
	case CR2_OP_EXECVE:
		return do_execve(m, process_of(m, op->process), op);
	case CR2_OP_EXIT:
		do_exit(m, process_of(m, op->process));
		return 0;
	case CR2_OP_PEEK:
	case CR2_OP_POKE:
	case CR2_OP_VMREAD:
	case CR2_OP_VMWRITE:
		return do_remote(m, op);
	case CR2_OP_MINCORE:
		return do_resident(m, op);
	default:
		return -ENOSYS;
	}
}

static const char *refuses_advice_of(const struct cr2_model *m, const struct vma *vma,
				     const struct cr2_op *op)
{
	uint64_t start = op->address > vma->start ? op->address : vma->start;
	uint64_t end = op->address + op->length < vma->end ? op->address + op->length : vma->end;

	const char *cut = op->advice == CR2_ADVICE_REMOVE ?
		shmem_cut_refuses(m, vma->object, vma_pgoff(vma, start) << CR2_PAGE_SHIFT) : NULL;

	if (!cut && op->advice == CR2_ADVICE_REMOVE)
		cut = shmem_cut_refuses(m, vma->object, vma_pgoff(vma, end) << CR2_PAGE_SHIFT);
	if (cut)
		return cut;
	if (op->advice == CR2_ADVICE_GUARD_INSTALL && m->profile->guard_pages && vma_keeps_wp_markers(vma))
		return "guard pages where userfaultfd protects shared memory or tmpfs: the kernel tries without end";
	if (op->advice == CR2_ADVICE_COLLAPSE && object_at(m, vma->object)->room)
		return "madvise collapse in a tmpfs that is full";
	return NULL;
}

static const char *refuses_advice(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	const struct vma *vma = find_vma(m, mm, op->address);
	const char *reason = NULL;
	struct cr2_op second;

	for (; !reason && vma && vma->start < op->address + op->length; vma = vma_of(m, vma->after))
		if (!vma_is_anonymous(vma) && object_of(m, vma->object)->kind != OBJECT_FILE)
			reason = refuses_advice_of(m, vma, op);
	return reason || !cr2_op_second(op, &second) ? reason : refuses_advice(m, mm, &second);
}

/* What is not modelled: the reason, or NULL. */
static const char *refuses(struct cr2_model *m, const struct cr2_op *op)
{
	struct process *mm = process_of(m, process_at(m, op->process)->space);
	const char *reason = m->config.shmem_thp ? shmem_huge_refuses(m) : NULL;

	if (!reason)
		reason = secretmem_refuses(m, mm, op);
	if (reason)
		return reason;
	if (op->kind == CR2_OP_TRUNCATE)
		return truncate_refuses(m, object_find(m, op->object), op->length);
	reason = memory_limit_refuses(m, op);
	if (!reason)
		reason = hugetlb_refuses(m, mm, op);
	if (!reason && m->config.thp != CR2_THP_NEVER && m->config.thp_pages < HPAGE_PAGES)
		reason = folio_refuses(m, op);
	if (!reason)
		reason = migrate_refuses(m, mm, op);
	if (!reason)
		reason = memory_failure_refuses(m, mm, op);
	if (!reason)
		reason = ksm_refuses(m, op);
	if (!reason)
		reason = execve_refuses(m, mm, op);
	if (reason)
		return reason;
	if (cr2_op_is_userfault(op->kind) || op->kind == CR2_OP_SCAN)
		return userfaultfd_refuses(m, op);
	if (op->kind == CR2_OP_CLEAR_REFS && m->config.profile == CR2_PROFILE_COURSE)
		return "soft-dirty bits, which the course leaves out";
	if (op->kind == CR2_OP_HOLD || op->kind == CR2_OP_PIN || op->kind == CR2_OP_VMREAD || op->kind == CR2_OP_VMWRITE)
		return reference_refuses(m, mm, op);
	return op->kind == CR2_OP_ADVISE ? refuses_advice(m, mm, op) : NULL;
}

static int check_call(struct cr2_model *m, const struct cr2_op *op)
{
	bool names_object = cr2_op_names_file(op->kind) || op->kind == CR2_OP_SHMAT || (op->kind == CR2_OP_MAP && !(op->flags & CR2_MAP_ANONYMOUS)) ||
			    (op->kind == CR2_OP_EXECVE && op->object != CR2_NO_OBJECT);
	const char *refusal;

	if (op->kind == CR2_OP_LIMIT && op->flags > CR2_LIMIT_MEMORY)
		return -EINVAL;
	if (cr2_op_makes_process(op->kind) && op->child != m->n_processes)
		return -EINVAL;
	if (names_object && object_find(m, op->object) == CR2_NO_OBJECT)
		return -EINVAL;
	refusal = refuses(m, op);
	if (!refusal)
		return 0;
	m->refusal = refusal;
	return -EOPNOTSUPP;
}

int execute_call(struct cr2_model *m, const struct cr2_op *op, struct cr2_outcome *ret_outcome)
{
	int r = check_process(m, op);

	if (r == 0)
		r = check_call(m, op);
	if (r < 0)
		return r;
	begin_call(m, op, ret_outcome);
	r = system_call(m, op);
	ret_outcome->result = cr2_result_from_errno(-r);
	if (r == -EHWPOISON && op->kind == CR2_OP_ADVISE && op->advice == CR2_ADVICE_HWPOISON)
		ret_outcome->result = CR2_RESULT_BUS_MCEERR_AR;
	return finish(m);
}
