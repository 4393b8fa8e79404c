/* SPDX-License-Identifier: MIT */
/* The pages of an actor, from outside: its mappings, and what each of their pages is. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/flags.h>
#include <cr2/litmus.h>

#include "huge.h"
#include "view.h"

/* In place of a frame: a swap type, in 5 bits, and an offset. The last type's are markers; before 6.2, those of 30. */
#define PROTECTED(type) (1 << 5 | (type)) /* pte_marker.def */
#define POISONED (2 << 5 | 31)
/* Types behind those of swap that name a frame: a lost one's comes first, 26 in 6.1 and 27 in 6.12. */
static bool names_lost_frame(uint64_t entry)
{
	return (entry & 31) == 26 || (entry & 31) == 27;
}

#define PAGES_MAX (1UL << 20) /* of all mappings of a process */

static enum cr2_page_kind not_present(uint64_t entry)
{
	return entry == PROTECTED(31) || entry == PROTECTED(30) ? CR2_PAGE_NONE :
	       entry == POISONED || names_lost_frame(entry) ? CR2_PAGE_POISON : CR2_PAGE_SWAP;
}

static enum cr2_page_kind kind_of(const struct host_region *region, uint64_t entry, uint64_t flags)
{
	if (entry & CR2_PAGEMAP(GUARD))
		return CR2_PAGE_GUARD;
	if (!(entry & CR2_PAGEMAP(PRESENT)) && !(entry & CR2_PAGEMAP(SWAPPED)))
		return CR2_PAGE_NONE;
	if (!(entry & CR2_PAGEMAP(PRESENT)))
		return not_present(entry & CR2_PAGEMAP_FRAME_MASK);
	if (flags & CR2_FRAME_FLAG(ZERO_PAGE))
		return flags & CR2_FRAME_FLAG(THP) ? CR2_PAGE_HUGE_ZERO : CR2_PAGE_ZERO;
	if (flags & CR2_FRAME_FLAG(HUGE))
		return flags & CR2_FRAME_FLAG(ANON) || region->object == CR2_NO_OBJECT ? CR2_PAGE_HUGE : CR2_PAGE_FILE;
	if (flags & CR2_FRAME_FLAG(ANON) || region->object == CR2_NO_OBJECT)
		return CR2_PAGE_ANON;
	return CR2_PAGE_FILE;
}

/* Fills the pages of a chunk; sets *thp when one may be part of a page mapped by a PMD. */
static void classify(const struct host_region *region, const struct frames_chunk *chunk,
		     struct host_page *pages, bool *thp)
{
	for (size_t i = 0; i < chunk->n; i++) {
		uint64_t entry = chunk->entries[i];
		struct host_page page = {.kind = kind_of(region, entry, chunk->flags[i])};

		page.frame = entry & CR2_PAGEMAP(PRESENT) ? entry & CR2_PAGEMAP_FRAME_MASK : CR2_NO_FRAME;
		if (page.kind == CR2_PAGE_HUGE)
			page.frame &= ~(CR2_HUGE_SIZE / CR2_PAGE_SIZE - 1);
		if (page.kind == CR2_PAGE_SWAP)
			page.swap = entry & CR2_PAGEMAP_FRAME_MASK;
		if (entry & CR2_PAGEMAP(PRESENT))
			page.mapcount = (uint32_t)chunk->counts[i];
		page.dirty = page.kind == CR2_PAGE_FILE && chunk->flags[i] & CR2_FRAME_FLAG(DIRTY);
		if (page.kind == CR2_PAGE_ANON && chunk->flags[i] & CR2_FRAME_FLAG(THP))
			*thp = true;
		pages[i] = page;
	}
}

/* What the entries say, and where the mapping begins: of a 2 MiB page all are marked. */
static int mark_pages(const struct host_region *region, const struct host_sight *sight, uint64_t first, size_t n)
{
	uint32_t marks[FRAMES_CHUNK] = {0};
	uint64_t address = region->vma.start + (first << host_region_shift(region));
	int r = sight->entries ? cr2_trace_entries_read(sight->entries, (uint32_t)sight->pid, address, n, marks) : 0;

	for (size_t i = 0; i < n && r == 0; i++, address += CR2_PAGE_SIZE) {
		struct host_page *page = &region->pages[first + i];
		bool huge = page->kind == CR2_PAGE_HUGE || page->kind == CR2_PAGE_HUGE_ZERO;

		if ((huge ? address & ~(CR2_HUGE_SIZE - 1) : address) == region->vma.start)
			marks[i] |= CR2_MARK(BEGINS);
		page->marks = marks[i] & sight->shown;
	}
	return r;
}

/* What holds of the first 4 KiB page does of all. */
static int read_gigantic(struct host_region *region, const struct host_sight *sight)
{
	const size_t n = host_region_pages(region);
	struct frames_chunk chunk;
	bool unused = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = frames_read(sight->files, sight->pagemap, region->vma.start + i * CR2_GIGANTIC_SIZE, 1, &chunk);
		if (r == 0)
			classify(region, &chunk, region->pages + i, &unused);
		if (r == 0 && sight->shown)
			r = mark_pages(region, sight, i, 1);
	}
	return r;
}

static int read_region(struct host_region *region, const struct host_sight *sight)
{
	const uint64_t n = (region->vma.end - region->vma.start) / CR2_PAGE_SIZE;
	struct frames_chunk chunk;
	bool thp = false;
	int r = 0;

	if (region->vma.gigantic)
		return read_gigantic(region, sight);
	for (uint64_t i = 0; r == 0 && i < n; i += FRAMES_CHUNK) {
		uint64_t address = region->vma.start + i * CR2_PAGE_SIZE;

		r = frames_read(sight->files, sight->pagemap, address,
				n - i < FRAMES_CHUNK ? n - i : FRAMES_CHUNK, &chunk);
		if (r == 0)
			classify(region, &chunk, region->pages + i, &thp);
	}
	if (r == 0 && thp)
		r = host_huge_mark(region, sight);
	for (uint64_t i = 0; sight->shown && r == 0 && i < n; i += FRAMES_CHUNK)
		r = mark_pages(region, sight, i, n - i < FRAMES_CHUNK ? n - i : FRAMES_CHUNK);
	return r;
}

static size_t count_pages(const struct maps_vma *vma)
{
	return host_region_pages(&(struct host_region){.vma = *vma});
}

static int make_regions(struct host_view *view, const struct maps_vmas *vmas,
			const struct host_objects *objects)
{
	size_t n_pages = 0;
	int r = cr2_grow(&view->regions, &view->capacity, vmas->count, sizeof(*view->regions));

	for (size_t i = 0; i < vmas->count; i++)
		n_pages += count_pages(&vmas->items[i]);
	if (n_pages > PAGES_MAX)
		return -E2BIG;
	if (r == 0)
		r = cr2_grow(&view->pages, &view->page_capacity, n_pages, sizeof(*view->pages));
	if (r < 0)
		return r;
	view->count = vmas->count;
	view->n_pages = n_pages;
	n_pages = 0;
	for (size_t i = 0; i < vmas->count; i++) {
		view->regions[i] = (struct host_region){
			.vma = vmas->items[i],
			.object = host_object_find(objects, &vmas->items[i]),
			.pages = view->pages + n_pages,
		};
		/* The text of maps does not say it of files. */
		if (view->regions[i].object != CR2_NO_OBJECT && objects->items[view->regions[i].object].hugetlb)
			view->regions[i].vma.hugetlb = true;
		n_pages += count_pages(&vmas->items[i]);
	}
	return 0;
}

static int read_areas(const struct host_sight *sight, struct maps_vmas *vmas)
{
	struct maps_vmas some = {0};
	int r = 0;

	for (size_t i = 0; i < sight->areas->n && r == 0; i++) {
		r = maps_read(sight->maps, sight->areas->items[i].start, sight->areas->items[i].end, &some);
		if (r == 0)
			r = cr2_grow(&vmas->items, &vmas->capacity, vmas->count + some.count, sizeof(*vmas->items));
		for (size_t k = 0; k < some.count && r == 0; k++)
			vmas->items[vmas->count++] = some.items[k];
	}
	free(some.items);
	return r;
}

int host_view_read(struct host_view *view, const struct host_sight *sight)
{
	struct maps_vmas vmas = {0};
	int r = read_areas(sight, &vmas);

	view->count = view->n_pages = 0;
	if (r == 0)
		r = make_regions(view, &vmas, sight->objects);
	for (size_t i = 0; r == 0 && i < view->count; i++)
		r = read_region(&view->regions[i], sight);
	free(vmas.items);
	return r;
}
