/* SPDX-License-Identifier: MIT */
/*
 * Twin of the parts of mm/filemap.c and mm/shmem.c behind pread and pwrite: a byte of a file, past all mappings. Those of
 * its pages have it at once; their entries stay as they are.
 */
#include "base/linux_errno.h"
#include "mm.h"

/* All of the page is wanted, or written. */
static void make_uptodate(struct cr2_model *m, uint32_t pfn)
{
	if (page_at(m, pfn)->flags & PG_PARTIAL)
		page_of(m, pfn)->flags &= (uint16_t)~PG_PARTIAL;
}

static uint64_t physical_of(uint32_t pfn, uint64_t offset)
{
	return ((uint64_t)pfn << CR2_PAGE_SHIFT) | offset % CR2_PAGE_SIZE;
}

/* A hole of tmpfs is read without a page. From a disk a page is read alone (POSIX_FADV_RANDOM). */
int do_pread(struct cr2_model *m, uint32_t number, uint64_t offset, uint8_t *ret_value)
{
	const struct object *object = object_at(m, number);
	uint64_t index = offset >> CR2_PAGE_SHIFT;
	uint32_t pfn = cache_get(m, number, index);
	bool major;

	if (object->kind == OBJECT_SECRET)
		return -ESPIPE;
	if (object->kind == OBJECT_HUGETLB)
		return hugetlbfs_read(m, number, offset, ret_value);
	if (offset >= object_size(object))
		return -ENODATA;
	if (pfn & SHMEM_SWAPPED)
		pfn = shmem_swapin(m, number, index, &major);
	else if (!pfn && object->kind == OBJECT_FILE)
		pfn = read_folio(m, number, index, 0);
	else if (!pfn) {
		*ret_value = 0;
		return 0;
	}
	if (!pfn)
		return -ENOMEM;
	make_uptodate(m, pfn);
	*ret_value = phys_read8(&m->phys, physical_of(pfn, offset));
	return 0;
}

/* The page that is written to, which then is in the cache. */
static int write_begin(struct cr2_model *m, uint32_t number, uint64_t index, uint32_t *ret_pfn)
{
	uint64_t pages = object_at(m, number)->pages;
	uint32_t pfn;
	bool major;

	if (m->config.shmem_thp)
		shmem_write_huge(m, number, index, pages <= index && m->profile->shmem_counts_write ? index + 1 : pages);
	pfn = cache_get(m, number, index);
	if (pfn & SHMEM_SWAPPED)
		pfn = shmem_swapin(m, number, index, &major);
	else if (!pfn && object_is_full(m, number))
		return -ENOSPC;
	else if (!pfn)
		pfn = read_folio(m, number, index, 0);
	*ret_pfn = pfn;
	return pfn ? 0 : -ENOMEM;
}

int do_pwrite(struct cr2_model *m, uint32_t number, uint64_t offset, uint8_t value)
{
	const struct object *object = object_at(m, number);
	bool grows = offset >= object_size(object);
	uint32_t pfn;
	int r;

	if (object->read_only)
		return -EBADF;
	if (object->kind == OBJECT_SECRET)
		return -ESPIPE;
	if (object->kind == OBJECT_HUGETLB)
		return -EINVAL;
	if (object->seals & (CR2_SEAL_WRITE | CR2_SEAL_FUTURE_WRITE) || (grows && object->seals & CR2_SEAL_GROW))
		return -EPERM;
	r = write_begin(m, number, offset >> CR2_PAGE_SHIFT, &pfn);
	if (r < 0)
		return r;
	if (grows)
		object_grow(m, number, offset + 1);
	make_uptodate(m, pfn);
	if (phys_write8(&m->phys, physical_of(pfn, offset), value) < 0)
		m->failed = true;
	folio_mark_dirty(m, pfn);
	return 0;
}
