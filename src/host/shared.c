/* SPDX-License-Identifier: MIT */
/*
 * What ends pages of shared anonymous objects: `remove` frees them, `pageout` those that
 * nobody ever wrote; each only where the mapping lets it. The object itself tells what it
 * still has: it is a file of tmpfs, reached through a mapping that shows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "host.h"

static int open_shared(pid_t pid, const struct maps_vma *vma)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid, vma->start,
		 vma->end);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* In memory or in swap, tmpfs counts it as data. */
static bool has_page(int fd, uint64_t index)
{
	off_t at = (off_t)(index << CR2_PAGE_SHIFT);

	return lseek(fd, at, SEEK_DATA) == at;
}

/*
 * A hole takes the pool's pages that it covers; nobody says which there were. What is still mapped is still there: the
 * hole was refused.
 */
static int forget_hugetlb(struct host_identity *identity, const struct host_process *process,
			  const struct host_region *region, const struct cr2_op *op)
{
	const uint64_t size = host_region_unit(region);
	uint64_t end = op->address + op->length < region->vma.end ? op->address + op->length : region->vma.end;
	uint64_t address = op->address > region->vma.start ? op->address : region->vma.start;
	int r = 0;

	address = (address + size - 1) & ~(size - 1);
	for (; r == 0 && address + size <= end; address += size) {
		const struct host_page *page = host_view_page(&process->now, address);

		if (!page || page->kind != CR2_PAGE_HUGE)
			r = host_identity_forget(identity, &region->vma, host_region_index(region, address));
	}
	return r;
}

static int forget_in(struct host_identity *identity, const struct host_region *region, pid_t pid,
		     const struct cr2_op *op)
{
	uint64_t end = op->address + op->length;
	uint64_t address = region->vma.start < op->address ? op->address : region->vma.start;
	int fd = open_shared(pid, &region->vma), r = 0;

	if (fd < 0)
		return fd;
	for (; r == 0 && address < end && address < region->vma.end; address += CR2_PAGE_SIZE) {
		uint64_t index = host_region_index(region, address);

		if (!has_page(fd, index))
			r = host_identity_forget(identity, &region->vma, index);
	}
	close(fd);
	return r;
}

/* Whatever comes of it: the call may end half-way. */
static bool ends_pages(const struct cr2_op *op)
{
	return op->kind == CR2_OP_ADVISE &&
	       (op->advice == CR2_ADVICE_REMOVE || op->advice == CR2_ADVICE_PAGEOUT);
}

/* Of the pool no look at the file tells what is left: process_madvise mostly refuses before any memory is looked at. */
static bool ends_pool_pages(const struct cr2_op *op, enum cr2_result result)
{
	return op->advice == CR2_ADVICE_REMOVE && !(op->flags & CR2_ADVISE_BY && result == CR2_RESULT_EINVAL);
}

int host_shared_forget(struct host_identity *identity, const struct host_process *process,
		       const struct cr2_op *op, enum cr2_result result)
{
	struct cr2_op second;
	int r = 0;

	for (size_t i = 0; ends_pages(op) && r == 0 && i < process->before.count; i++) {
		const struct host_region *region = &process->before.regions[i];

		if (!region->vma.shared || region->object != CR2_NO_OBJECT ||
		    region->vma.end <= op->address || region->vma.start >= op->address + op->length)
			continue;
		if (region->vma.hugetlb)
			r = ends_pool_pages(op, result) ? forget_hugetlb(identity, process, region, op) : 0;
		else
			r = forget_in(identity, region, process->pid, op);
	}
	return r == 0 && cr2_op_second(op, &second) ? host_shared_forget(identity, process, &second, result) : r;
}
