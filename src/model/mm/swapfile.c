/* SPDX-License-Identifier: MIT */
/* Twin of mm/swapfile.c and mm/swap_state.c. */
#include "mm.h"

void swap_free_entry(struct cr2_model *m, uint64_t pte)
{
	(void)m, (void)pte;
}

uint64_t swap_copy_entry(struct cr2_model *m, uint64_t *source)
{
	(void)m;
	return *source;
}

void swap_put(struct cr2_model *m, uint32_t slot)
{
	(void)m, (void)slot;
}

void swap_cache_drop_unused(struct cr2_model *m, uint32_t pfn)
{
	(void)m, (void)pfn;
}

enum vm_fault_result do_swap_page(struct vm_fault *vmf)
{
	vmf->path = CR2_PATH_SWAP_IN;
	return VM_FAULT_OOM;
}

uint32_t shmem_swapin(struct cr2_model *m, uint32_t object, uint64_t index, bool *ret_major)
{
	(void)m, (void)object, (void)index, (void)ret_major;
	return 0;
}

uint64_t swap_used(const struct cr2_model *m)
{
	(void)m;
	return 0;
}
