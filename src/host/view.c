/* SPDX-License-Identifier: MIT */
/* Finds pages in a view of a process. */
#include <stdlib.h>

#include "view.h"

void host_view_finish(struct host_view *view)
{
	free(view->regions);
	free(view->pages);
	*view = (struct host_view){0};
}

const struct host_region *host_view_region(const struct host_view *view, uint64_t address)
{
	size_t low = 0, high = view->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->regions[middle].vma.end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == view->count || address < view->regions[low].vma.start)
		return NULL;
	return &view->regions[low];
}

const struct host_page *host_view_page(const struct host_view *view, uint64_t address)
{
	const struct host_region *region = host_view_region(view, address);

	if (!region)
		return NULL;
	return &region->pages[(address - region->vma.start) >> host_region_shift(region)];
}

uint64_t host_region_index(const struct host_region *region, uint64_t address)
{
	return (region->vma.offset + (address - region->vma.start)) / CR2_PAGE_SIZE;
}
