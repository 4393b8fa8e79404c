/* SPDX-License-Identifier: MIT */
/* Coverage from stages: a fault's EXCEPTION opens a cell, VMA, ENTRY and PAGE find out which. */
#include <cr2/coverage.h>

static enum cr2_coverage_mapping mapping_of(const struct cr2_coverage_fault *fault,
					    const struct cr2_stage_vma *vma)
{
	const struct cr2_vma_view *view = &vma->vma;
	bool tmpfs = view->object < 64 && fault->tmpfs >> view->object & 1;

	if (!vma->found)
		return CR2_COVERAGE_MAPPING_NONE;
	if (view->anonymous || view->object == CR2_NO_OBJECT)
		return view->shared ? CR2_COVERAGE_MAPPING_SHARED_ANON
				    : CR2_COVERAGE_MAPPING_PRIVATE_ANON;
	if (tmpfs)
		return view->shared ? CR2_COVERAGE_MAPPING_SHARED_SHMEM
				    : CR2_COVERAGE_MAPPING_PRIVATE_SHMEM;
	return view->shared ? CR2_COVERAGE_MAPPING_SHARED_FILE : CR2_COVERAGE_MAPPING_PRIVATE_FILE;
}

/* What is not present is settled here; what is, by the page that the fault finds there. */
static enum cr2_coverage_page page_of_entry(const struct cr2_stage_entry *entry)
{
	switch (entry->state) {
	case CR2_ENTRY_NONE:
	case CR2_ENTRY_PROTECTED:
		return CR2_COVERAGE_PAGE_NONE;
	case CR2_ENTRY_SWAP:
	case CR2_ENTRY_MIGRATION:
	case CR2_ENTRY_GUARD:
	case CR2_ENTRY_POISON:
		return CR2_COVERAGE_PAGE_SWAP;
	case CR2_ENTRY_PRESENT:
	case CR2_ENTRY_PROTNONE:
		return CR2_COVERAGE_PAGE_UNSEEN;
	}
	return CR2_COVERAGE_PAGE_UNSEEN;
}

static enum cr2_coverage_page page_of_frame(const struct cr2_frame_view *frame, bool shared)
{
	bool alone = frame->exclusive_before && !shared;

	switch (frame->kind) {
	case CR2_PAGE_ZERO:
		return CR2_COVERAGE_PAGE_ZERO;
	case CR2_PAGE_ANON:
		return alone ? CR2_COVERAGE_PAGE_ANON : CR2_COVERAGE_PAGE_ANON_SHARED;
	case CR2_PAGE_HUGE:
		return alone ? CR2_COVERAGE_PAGE_HUGE : CR2_COVERAGE_PAGE_HUGE_SHARED;
	case CR2_PAGE_HUGE_ZERO:
		return CR2_COVERAGE_PAGE_HUGE_ZERO;
	case CR2_PAGE_FILE:
		return CR2_COVERAGE_PAGE_FILE;
	default:
		return CR2_COVERAGE_PAGE_UNSEEN;
	}
}

static bool is_shared(enum cr2_coverage_mapping mapping)
{
	return mapping == CR2_COVERAGE_MAPPING_SHARED_ANON ||
	       mapping == CR2_COVERAGE_MAPPING_SHARED_FILE ||
	       mapping == CR2_COVERAGE_MAPPING_SHARED_SHMEM;
}

void cr2_coverage_end(struct cr2_coverage_fault *fault)
{
	if (fault->counted)
		fault->coverage->faults[fault->path][fault->mapping][fault->page]++;
	fault->counted = false;
}

static void begin(struct cr2_coverage_fault *fault)
{
	cr2_coverage_end(fault);
	fault->mapping = CR2_COVERAGE_MAPPING_NONE;
	fault->page = CR2_COVERAGE_PAGE_UNSEEN;
	fault->path = CR2_PATH_UNKNOWN;
	fault->counted = true;
}

static void note_page(struct cr2_coverage_fault *fault, const struct cr2_stage_page *page)
{
	/* A page that stays is reported as the new one. */
	const struct cr2_frame_view *frame =
		page->old_page.pfn == CR2_NO_FRAME ? &page->new_page : &page->old_page;

	fault->path = page->path;
	if (fault->page == CR2_COVERAGE_PAGE_UNSEEN)
		fault->page = page_of_frame(frame, is_shared(fault->mapping));
}

void cr2_coverage_stage(void *data, const struct cr2_stage *stage)
{
	struct cr2_coverage_fault *fault = data;

	switch (stage->kind) {
	case CR2_STAGE_EXCEPTION:
		begin(fault);
		break;
	case CR2_STAGE_VMA:
		fault->mapping = mapping_of(fault, &stage->vma);
		break;
	case CR2_STAGE_ENTRY:
		fault->path = stage->entry.path;
		fault->page = page_of_entry(&stage->entry);
		break;
	case CR2_STAGE_PAGE:
		note_page(fault, &stage->page);
		break;
	case CR2_STAGE_SIGNAL:
		fault->path = stage->signal.path;
		break;
	case CR2_STAGE_EXTABLE:
		fault->path = stage->extable.path;
		break;
	default:
		break;
	}
}

void cr2_coverage_add(struct cr2_coverage *coverage, const struct cr2_coverage *other)
{
	for (int path = 0; path < CR2_PATH_SCENARIOS; path++)
		for (int m = 0; m < CR2_COVERAGE_MAPPINGS; m++)
			for (int p = 0; p < CR2_COVERAGE_PAGES; p++)
				coverage->faults[path][m][p] += other->faults[path][m][p];
	for (int op = 0; op < CR2_OP_COUNT; op++)
		for (int result = 0; result < CR2_RESULT_COUNT; result++)
			coverage->results[op][result] += other->results[op][result];
	for (int i = 0; i < CR2_PATTERN_COUNT; i++)
		coverage->patterns[i] += other->patterns[i];
}

unsigned cr2_coverage_cells(const struct cr2_coverage *coverage)
{
	unsigned n = 0;

	for (int path = 0; path < CR2_PATH_SCENARIOS; path++)
		for (int m = 0; m < CR2_COVERAGE_MAPPINGS; m++)
			for (int p = 0; p < CR2_COVERAGE_PAGES; p++)
				n += coverage->faults[path][m][p] != 0;
	return n;
}
