/* SPDX-License-Identifier: MIT */
/* S6: where the page came from, and what holds it before and after. */
#include <inttypes.h>

#include "stages.h"

/* Is this frame known? In a fault's entries, no frame is CR2_NO_FRAME. */
static bool is_frame(const struct cr2_frame_view *frame)
{
	return frame->pfn != CR2_NO_FRAME;
}

static void add_file_page(struct teller *teller, const struct cr2_stage_page *p)
{
	if (p->object == CR2_NO_OBJECT)
		return;
	tell_add(teller, INK_PLAIN, "page %" PRIu64 " of ", p->index);
	name_add_object(&teller->line, teller->step->names, p->object);
	tell_add(teller, INK_PLAIN, " ");
}

static bool is_huge(enum cr2_path path)
{
	return path == CR2_PATH_ANON_HUGE || path == CR2_PATH_ANON_HUGE_ZERO ||
	       path == CR2_PATH_WP_HUGE_COPY || path == CR2_PATH_WP_HUGE_REUSE || path == CR2_PATH_HUGETLB;
}

/* What the old page is, so that one sees why it could not simply be made writable. */
static void add_why_copied(struct teller *teller, const struct cr2_stage_page *p)
{
	const struct cr2_frame_view *old = &p->old_page;

	tell_add(teller, INK_PLAIN, "pfn 0x%" PRIx64, old->pfn);
	if (old->kind == CR2_PAGE_ZERO || old->kind == CR2_PAGE_HUGE_ZERO)
		tell_add(teller, INK_PLAIN, " is the shared zero page, everybody's");
	else if (p->object != CR2_NO_OBJECT)
		tell_add(teller, INK_PLAIN, " belongs to the page cache");
	else if (old->merged)
		tell_add(teller, INK_PLAIN, " is merged, and never written to again");
	else
		tell_add(teller, INK_PLAIN, " is shared: refs %" PRIu32 ", maps %" PRIu32 "%s", old->refs_before,
			 old->maps_before, teller->step->course ? "" : ", not exclusive");
}

static void tell_copied(struct teller *teller, const struct cr2_stage_page *p)
{
	add_file_page(teller, p);
	add_why_copied(teller, p);
	tell_add(teller, INK_PLAIN, " → ");
	if (p->old_page.kind == CR2_PAGE_ZERO || p->old_page.kind == CR2_PAGE_HUGE_ZERO)
		tell_add(teller, INK_BOLD, "a zeroed page instead:");
	else
		tell_add(teller, INK_BOLD, "%u bytes copied to", p->bytes_copied);
	rich_gap(&teller->line, 1);
	rich_keep(&teller->line, INK_BOLD, "pfn 0x%" PRIx64, p->new_page.pfn);
	tell_line(teller, 0);
}

static void tell_reused(struct teller *teller, const struct cr2_stage_page *p)
{
	const struct cr2_frame_view *page = is_frame(&p->new_page) ? &p->new_page : &p->old_page;

	add_file_page(teller, p);
	tell_add(teller, INK_PLAIN, "pfn 0x%" PRIx64, page->pfn);
	if (p->path == CR2_PATH_WP_SHARED)
		tell_add(teller, INK_PLAIN, " is meant to be shared");
	else if (page->exclusive_before && !teller->step->course)
		tell_add(teller, INK_PLAIN, " is this process's alone: AnonExclusive is set");
	else
		tell_add(teller, INK_PLAIN, " has one reference left, this one");
	tell_add(teller, INK_PLAIN, " → ");
	tell_add(teller, INK_BOLD, "made writable");
	tell_add(teller, INK_PLAIN, ", nothing is copied");
	tell_line(teller, 0);
}

/* "page 3 of f is in the page cache: pfn 0x1d, a minor fault" */
static void tell_found(struct teller *teller, const struct cr2_stage_page *p, const char *where,
		       const char *then)
{
	add_file_page(teller, p);
	tell_add(teller, INK_PLAIN, "%s ", where);
	rich_keep(&teller->line, INK_BOLD, "pfn 0x%" PRIx64, p->new_page.pfn);
	tell_add(teller, INK_PLAIN, "%s", then);
	tell_line(teller, 0);
}

static void tell_new(struct teller *teller, const struct cr2_stage_page *p)
{
	if (p->action == CR2_PAGE_ZEROED)
		tell_add(teller, INK_PLAIN, "a new page, %s zeroed: ",
			 p->page_shift == CR2_GIGANTIC_SHIFT ? "1 GiB" : is_huge(p->path) ? "2 MiB" : "4096 bytes");
	else
		tell_add(teller, INK_PLAIN, "the %szero page, one for everybody who only reads: ",
			 is_huge(p->path) ? "huge " : "");
	tell_add(teller, INK_BOLD, "pfn 0x%" PRIx64, p->new_page.pfn);
	tell_line(teller, 0);
}

static void tell_action(struct teller *teller, const struct cr2_stage_page *p)
{
	switch (p->action) {
	case CR2_PAGE_ZEROED:
	case CR2_PAGE_ZERO_SHARED:
		tell_new(teller, p);
		return;
	case CR2_PAGE_COPIED:
		tell_copied(teller, p);
		return;
	case CR2_PAGE_REUSED:
		tell_reused(teller, p);
		return;
	case CR2_PAGE_CACHED:
		tell_found(teller, p, p->path == CR2_PATH_HUGETLB ? "the object that is mapped has its page already:" :
			   "is in the page cache:", ", a minor fault");
		return;
	case CR2_PAGE_READ:
		tell_found(teller, p, "is not in the page cache: read from disk to",
			   ", a major fault");
		return;
	case CR2_PAGE_SWAP_CACHED:
		tell_found(teller, p, "the slot's page is still in the swap cache:",
			   ", a minor fault");
		return;
	case CR2_PAGE_SWAP_READ:
		tell_found(teller, p, "the slot is read back from swap to", ", a major fault");
		return;
	case CR2_PAGE_SPLIT:
		tell_found(teller, p, "the 2 MiB mapping of", " becomes 512 entries of 4 KiB");
		return;
	case CR2_PAGE_UNCHANGED:
		if (p->path == CR2_PATH_NUMA_HINT)
			tell_found(teller, p, "the page stays where it is:", "'s entry gets its rights back");
		else
			tell_found(teller, p, "nothing to do: the entry for", " already allows the access");
		return;
	case CR2_PAGE_MIGRATED:
		tell_found(teller, p, "the page is in another node's memory, and comes to this CPU's:", ", with the same contents");
		return;
	case CR2_PAGE_ANSWERED:
		tell_found(teller, p, "the thread waits, another answers by userfaultfd:",
			   " is what the fault then finds");
		return;
	case CR2_PAGE_ANSWERED_LATE:
		tell_found(teller, p, "the thread waits, another answers by userfaultfd:",
			   " is what the fault finds, tried again: a major fault");
		return;
	}
}

enum {
	PFN,
	ROLE,
	REFS,
	MAPS,
	EXCLUSIVE,
	CELLS,
};

static void add_count(struct rich *cell, const char *name, uint32_t before, uint32_t after)
{
	rich_keep(cell, INK_PLAIN, "%s %" PRIu32, name, before);
	if (before != after)
		rich_keep(cell, INK_BOLD, " → %" PRIu32, after);
}

static void fill_frame(const struct teller *teller, struct rich *cells, const struct cr2_frame_view *frame,
		       const char *role, bool address)
{
	rich_keep(&cells[PFN], INK_BOLD, "pfn 0x%" PRIx64, frame->pfn);
	if (address)
		rich_keep(&cells[PFN], INK_PLAIN, " at 0x%" PRIx64, frame->pfn << CR2_PAGE_SHIFT);
	rich_keep(&cells[ROLE], INK_DIM, "%s", role);
	/* The zero pages are nobody's: they are not counted. */
	if (frame->kind == CR2_PAGE_ZERO || frame->kind == CR2_PAGE_HUGE_ZERO) {
		rich_keep(&cells[REFS], INK_PLAIN, "not counted");
		return;
	}
	add_count(&cells[REFS], "refs", frame->refs_before, frame->refs_after);
	add_count(&cells[MAPS], "maps", frame->maps_before, frame->maps_after);
	if (frame->kind == CR2_PAGE_FILE || teller->step->course)
		return;
	rich_keep(&cells[EXCLUSIVE], INK_PLAIN, "exclusive %s",
		  frame->exclusive_before ? "yes" : "no");
	if (frame->exclusive_before != frame->exclusive_after)
		rich_keep(&cells[EXCLUSIVE], INK_BOLD, " → %s",
			  frame->exclusive_after ? "yes" : "no");
}

static unsigned widest(const struct teller *teller, struct rich cells[][CELLS], size_t n,
		       size_t c)
{
	unsigned width = 0;

	for (size_t i = 0; i < n; i++)
		if (rich_width(&cells[i][c], teller->style) > width)
			width = rich_width(&cells[i][c], teller->style);
	return width;
}

/* The frames, one a row. Returns the columns that they take. */
static unsigned fill_frames(const struct teller *teller, const struct cr2_stage_page *p,
			    bool address, struct rich cells[][CELLS], struct slot *slots,
			    size_t *ret_n)
{
	bool two = is_frame(&p->old_page) && p->old_page.pfn != p->new_page.pfn;
	unsigned at = 0, end = 0;
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		for (size_t c = 0; c < CELLS; c++)
			rich_clear(&cells[i][c]);
	if (two)
		fill_frame(teller, cells[n++], &p->old_page, "old", address);
	if (is_frame(&p->new_page))
		fill_frame(teller, cells[n++], &p->new_page, two ? "new" : "", address);
	for (size_t c = 0; c < CELLS; c++) {
		unsigned width = widest(teller, cells, n, c);

		slots[c] = (struct slot){at, width ? width : 1};
		end = width ? at + width : end;
		at += width ? width + 2 : 0;
	}
	*ret_n = n;
	return end;
}

/* The cells of a row as words of a line, which breaks between them. */
static void tell_frame_line(struct teller *teller, const struct rich *cells)
{
	for (size_t c = 0; c < CELLS; c++) {
		if (rich_empty(&cells[c]))
			continue;
		if (!rich_empty(&teller->line))
			rich_gap(&teller->line, 2);
		rich_join(&teller->line, &cells[c]);
	}
	tell_line(teller, 0);
}

/* A narrow terminal goes without the physical addresses, a very narrow one without columns. */
static void tell_frames(struct teller *teller, const struct cr2_stage_page *p)
{
	struct rich cells[2][CELLS] = {{{.hang = 0}}};
	struct slot slots[CELLS];
	size_t n;
	unsigned width = fill_frames(teller, p, true, cells, slots, &n);

	if (width > tell_width(teller))
		width = fill_frames(teller, p, false, cells, slots, &n);
	for (size_t i = 0; i < n; i++)
		if (width > tell_width(teller))
			tell_frame_line(teller, cells[i]);
		else
			tell_row(teller, CELLS, slots, cells[i]);
	for (size_t i = 0; i < 2; i++)
		for (size_t c = 0; c < CELLS; c++)
			rich_finish(&cells[i][c]);
}

void tell_page(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_page *p = &stage->page;

	tell_action(teller, p);
	tell_frames(teller, p);
	if (!p->around_count)
		return;
	tell_add(teller, INK_PLAIN, "fault-around: %u neighbour%s in the page cache mapped too, "
		 "the lowest at PTE[%u]: no fault when they are read", p->around_count,
		 p->around_count == 1 ? "" : "s", p->around_first);
	tell_line(teller, 0);
}
