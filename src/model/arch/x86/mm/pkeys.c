/* SPDX-License-Identifier: MIT */
/*
 * Twin of arch/x86/mm/pkeys.c and of the protection keys' system calls: which keys a process has
 * got, what its PKRU says of each, and the key that the kernel takes for memory that may only be
 * executed. A key is a number in the mapping's flags and in its entries; to give it back changes
 * neither those nor PKRU.
 */
#include "../../../mm/mm.h"

/* Of a process that was just made. */
void pkeys_init(struct process *mm)
{
	mm->keys = 1U << PKEY_DEFAULT;
	mm->pkru = CR2_PKRU_INIT;
}

/* Rights are those of whoever forks. */
void arch_dup_pkeys(const struct cr2_model *m, const struct process *parent, struct process *child)
{
	child->keys = parent->keys;
	child->execute_only_pkey = parent->execute_only_pkey;
	child->pkru = m->cpu.pkru;
}

/* Of whoever runs alone. What the model's TLB allows depends on them; a CPU looks at each access. */
static void set_rights(struct cr2_model *m, unsigned key, uint32_t rights)
{
	m->cpu.pkru = (m->cpu.pkru & ~(3U << 2 * key)) | rights << 2 * key;
	process_of(m, m->current)->pkru = m->cpu.pkru;
	tlb_flush(&m->cpu);
}

/* The one for execute-only memory is not the process's. */
static bool pkey_is_allocated(const struct process *mm, unsigned key)
{
	return mm->keys & 1U << key && (!mm->execute_only_pkey || key != mm->execute_only_pkey);
}

/* The first that is free, from the first such memory on; the default one where there was none left. */
static unsigned execute_only_pkey(struct cr2_model *m, struct process *mm)
{
	unsigned key = mm->execute_only_pkey;

	if (!key)
		key = (unsigned)__builtin_ctz(~(unsigned)mm->keys);
	if (key == CR2_PKEYS)
		return PKEY_DEFAULT;
	mm->keys |= (uint16_t)(1U << key);
	mm->execute_only_pkey = (uint8_t)key;
	if (!(m->cpu.pkru >> 2 * key & CR2_PKEY_NONE))
		set_rights(m, key, CR2_PKEY_NONE);
	return key;
}

uint64_t mmap_pkey(struct cr2_model *m, struct process *mm, uint8_t prot)
{
	if (!m->cpu.pke || prot != CR2_PROT_EXEC)
		return 0;
	return vm_pkey(execute_only_pkey(m, mm));
}

/* Of memory that is no longer execute-only the key is taken away; else it stays. */
static uint64_t kept_pkey(const struct process *mm, const struct vma *vma)
{
	bool execute_only = (vma->flags & VM_ACCESS) == VM_EXEC && vma_pkey(vma) == mm->execute_only_pkey;

	return execute_only ? 0 : vma->flags & VM_PKEY;
}

uint64_t mprotect_pkey(struct cr2_model *m, struct process *mm, const struct vma *vma, const struct cr2_op *op)
{
	uint64_t key = 0;

	if (!m->cpu.pke)
		return 0;
	if (op->flags & CR2_PROTECT_KEY)
		return vm_pkey(op->key);
	if (op->prot == CR2_PROT_EXEC)
		key = vm_pkey(execute_only_pkey(m, mm));
	return key ? key : kept_pkey(mm, vma);
}

bool mprotect_has_pkey(const struct process *mm, const struct cr2_op *op)
{
	return !(op->flags & CR2_PROTECT_KEY) || pkey_is_allocated(mm, op->key);
}

/* A key that the process has not got yet is allocated; of another the rights change. */
int do_key(struct cr2_model *m, struct process *mm, unsigned key, uint32_t what)
{
	uint16_t bit = (uint16_t)(1U << key);

	if (what == CR2_PKEY_FREE && (!m->cpu.pke || !pkey_is_allocated(mm, key)))
		return -EINVAL;
	if (!m->cpu.pke || (mm->keys & bit && !pkey_is_allocated(mm, key)))
		return -ENOSPC;
	if (what == CR2_PKEY_FREE) {
		mm->keys &= (uint16_t)~bit;
		return 0;
	}
	mm->keys |= bit;
	set_rights(m, key, what);
	return 0;
}
