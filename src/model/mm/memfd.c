/* SPDX-License-Identifier: MIT */
/* Twin of mm/memfd.c: seals, which nobody takes back. */
#include "mm.h"

/* Does anybody map it shared who may write, or make it so that he may? */
static bool is_mapped_writable(const struct cr2_model *m, const struct object *object)
{
	const uint64_t writable = VM_SHARED | VM_MAYWRITE;
	const struct vma *vma = vma_at(m, object->vmas);

	while (vma && (vma->flags & writable) != writable)
		vma = vma_at(m, vma->object_after);
	return vma;
}

/* Has anybody but mappings one of its pages in hand? The kernel waits for a while until nobody has. Nobody refers to large ones. */
static bool is_referenced(struct cr2_model *m, uint32_t number)
{
	uint64_t index = 0;
	uint32_t pfn;

	for (; cache_next(m, number, &index, &pfn); index++)
		if (!(pfn & SHMEM_SWAPPED) && file_folio(m, pfn).pages == 1 && folio_is_referenced(m, pfn))
			return true;
	return false;
}

/* A file of another tmpfs than memfd's is born sealed against seals. */
int do_seal(struct cr2_model *m, uint32_t number, uint32_t seals)
{
	struct object *object = object_of(m, number);

	if (object->read_only)
		return -EPERM;
	if (object->kind != OBJECT_SHMEM && object->kind != OBJECT_HUGETLB)
		return -EINVAL;
	if (object->room)
		return -EPERM;
	if (seals & CR2_SEAL_WRITE & ~object->seals && (is_mapped_writable(m, object) || is_referenced(m, number)))
		return -EBUSY;
	object->seals |= (uint8_t)seals;
	return 0;
}

int seal_check_write(const struct object *object, uint64_t *flags)
{
	if (!(object->seals & (CR2_SEAL_WRITE | CR2_SEAL_FUTURE_WRITE)))
		return 0;
	if (*flags & VM_WRITE)
		return -EPERM;
	*flags &= ~VM_MAYWRITE;
	return 0;
}
