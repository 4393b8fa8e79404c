/* SPDX-License-Identifier: MIT */
/* Twin of mm/huge_memory.c: 2 MiB pages. */
#include "mm.h"

void vma_split_huge(struct cr2_model *m, struct process *mm, uint64_t address)
{
	(void)m, (void)mm, (void)address;
}

bool zap_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address,
		  uint64_t end)
{
	(void)m, (void)mm, (void)vma, (void)address, (void)end;
	return false;
}

bool change_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma,
		     uint64_t address, uint64_t end, uint64_t prot)
{
	(void)m, (void)mm, (void)vma, (void)address, (void)end, (void)prot;
	return false;
}

int copy_huge_pmd(struct cr2_model *m, struct process *child, struct process *parent,
		  const struct vma *vma, uint64_t address)
{
	(void)m, (void)child, (void)parent, (void)vma, (void)address;
	return 0;
}

bool handle_huge_fault(struct vm_fault *vmf, enum vm_fault_result *ret_result)
{
	(void)vmf, (void)ret_result;
	return false;
}

bool wp_can_reuse_large(struct cr2_model *m, uint32_t pfn)
{
	(void)m, (void)pfn;
	return false;
}

uint32_t compound_head(const struct cr2_model *m, uint32_t pfn)
{
	(void)m;
	return pfn;
}

void put_mapped_page(struct cr2_model *m, uint32_t pfn)
{
	put_page(m, pfn);
}

bool huge_state(const struct cr2_model *m, const struct process *mm, uint64_t address,
		struct cr2_page_state *ret_state)
{
	(void)m, (void)mm, (void)address, (void)ret_state;
	return false;
}

uint32_t page_mapcount(const struct cr2_model *m, uint32_t pfn)
{
	return page_of(m, pfn)->mapcount;
}
