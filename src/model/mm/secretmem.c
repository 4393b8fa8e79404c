/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/secretmem.c: memory that only those who map it can reach. Its pages come one by one, in faults, and are no
 * others' to read: not the kernel's own mapping has them, and nobody may refer to them (gup.c).
 */
#include "mm.h"

static bool maps_secret(const struct cr2_model *m, const struct cr2_op *op)
{
	const uint32_t object = op->kind == CR2_OP_MAP && !(op->flags & CR2_MAP_ANONYMOUS) ? object_find(m, op->object) : CR2_NO_OBJECT;

	return object != CR2_NO_OBJECT && object_at(m, object)->kind == OBJECT_SECRET;
}

/* Its filesystem is mounted without programs. */
bool secretmem_is_noexec(const struct cr2_model *m, const struct cr2_op *op)
{
	return op->prot & CR2_PROT_EXEC && maps_secret(m, op);
}

static int check_secret_mapping(const struct cr2_model *m, const struct process *mm, uint64_t flags, uint64_t length)
{
	if (!(flags & VM_SHARED))
		return -EINVAL;
	if (!m->profile->secretmem_locks)
		return 0;
	return mlock_future_ok(m, mm, flags | VM_LOCKED, length >> CR2_PAGE_SHIFT) ? 0 : -EAGAIN;
}

/* Locked from the beginning, by kernels that do so, and not populated. */
int secretmem_mmap(const struct cr2_model *m, const struct process *mm, struct vma *vma)
{
	int r = check_secret_mapping(m, mm, vma->flags, vma->end - vma->start);

	vma->flags = (vma->flags & ~VM_MAYEXEC) | (m->profile->secretmem_locks ? VM_LOCKED : 0);
	return r;
}

static bool has_secrets(const struct cr2_model *m)
{
	for (uint32_t i = 1; i <= m->object_numbers.n; i++)
		if (object_at(m, i)->refs && object_at(m, i)->kind == OBJECT_SECRET)
			return true;
	return false;
}

/* Kernels differ in what is left there when the new mapping then cannot be. */
static bool fails_in_anothers_place(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	const struct vma *there = maps_secret(m, op) && op->flags & CR2_MAP_FIXED ? vma_peek_next(m, mm, op->address) : NULL;

	return there && there->start < op->address + op->length &&
	       check_secret_mapping(m, mm, op->flags & CR2_MAP_SHARED ? VM_SHARED : 0, op->length) < 0;
}

const char *secretmem_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	if (op->kind == CR2_OP_SECRET && m->config.profile == CR2_PROFILE_COURSE)
		return "secret memory, which the course leaves out";
	if (op->kind == CR2_OP_SECRET && m->memory_limited)
		return "secret memory where memory is limited";
	if ((op->kind == CR2_OP_MIGRATE || op->kind == CR2_OP_NUMA_SCAN) && has_secrets(m))
		return "pages that go to another node where there is secret memory";
	if (fails_in_anothers_place(m, mm, op))
		return "secret memory that cannot be mapped, in the place of another mapping";
	return NULL;
}
