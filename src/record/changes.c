/* SPDX-License-Identifier: MIT */
/* What is new in a state, noted as it is put there. */
#include "changes.h"

#include <errno.h>

#include "pages.h"
#include "state.h"

static int note(struct changes *changes, const struct cr2_change *change)
{
	int r = cr2_grow(&changes->items, &changes->capacity, changes->n + 1,
			 sizeof(*changes->items));

	if (r == 0)
		r = state_apply_change(changes->state, change);
	if (r == 0)
		changes->items[changes->n++] = *change;
	return r;
}

int changes_process(struct changes *changes, uint32_t process, bool lives)
{
	const struct cr2_change change = {
		.kind = lives ? CR2_CHANGE_PROCESS : CR2_CHANGE_EXIT,
		.process = process,
		.mapping = CR2_NO_OBJECT,
	};

	return cr2_state_lives(changes->state, process) == lives ? 0 : note(changes, &change);
}

int changes_mapping(struct changes *changes, uint32_t process, uint32_t mapping, uint64_t n,
		    uint64_t phase)
{
	const struct cr2_change change = {
		.kind = n ? CR2_CHANGE_MAPPING : CR2_CHANGE_GONE,
		.process = process,
		.mapping = mapping,
		.first = phase % PAGES_PER_HUGE,
		.pages.n = n,
	};
	struct cr2_state_mapping now = {0};

	if (!cr2_state_find(changes->state, process, mapping, &now) && n == 0)
		return 0;
	return now.pages == n && now.phase == change.first ? 0 : note(changes, &change);
}

/* Pages in a row, or pages that go on where the change before ends. */
static int note_pages(struct changes *changes, const struct cr2_change *change)
{
	struct cr2_change *last = changes->n ? &changes->items[changes->n - 1] : NULL;
	bool alike = last && last->kind == CR2_CHANGE_PAGES && last->process == change->process &&
		     last->mapping == change->mapping &&
		     last->first + last->pages.n == change->first && !last->pages.ascending &&
		     !change->pages.ascending &&
		     cr2_page_equal(&last->pages.page, &change->pages.page);
	int r;

	if (!alike)
		return note(changes, change);
	r = state_apply_change(changes->state, change);
	if (r == 0)
		last->pages.n += change->pages.n;
	return r;
}

/* How many pages from the first on are the same in both; they are compared as far as both go. */
static uint64_t same_pages(const struct cr2_pages *a, const struct cr2_pages *b)
{
	uint64_t n = a->n < b->n ? a->n : b->n;

	if (!cr2_page_equal(&a->page, &b->page))
		return 0;
	return n == 1 || a->ascending == b->ascending ? n : 1;
}

static int set_counts(struct changes *changes, const struct cr2_pages *pages)
{
	int r = 0;

	if (!cr2_page_is_counted(pages->page.kind))
		return 0;
	for (uint64_t i = 0; r == 0 && i < (pages->ascending ? pages->n : 1); i++) {
		struct cr2_page page = pages_at(pages, i);

		r = changes_count(changes, &page);
	}
	return r;
}

int changes_pages(struct changes *changes, uint32_t process, uint32_t mapping, uint64_t first,
		  const struct cr2_pages *pages)
{
	struct cr2_pages left = *pages;
	int r = 0;

	left.page.count = 0;
	while (left.n && r == 0) {
		struct cr2_pages now = state_pages(changes->state, process, mapping, first);
		uint64_t n = now.n ? same_pages(&left, &now) : 0;

		if (n == 0) {
			struct cr2_change change = {CR2_CHANGE_PAGES, process, mapping, first, left};

			n = now.n && now.n < left.n ? now.n : left.n;
			change.pages.n = n;
			change.pages.ascending = left.ascending && n > 1;
			r = note_pages(changes, &change);
		}
		left.page = pages_at(&left, n);
		left.n -= n;
		first += n;
	}
	return r == 0 ? set_counts(changes, pages) : r;
}

int changes_count(struct changes *changes, const struct cr2_page *page)
{
	const struct cr2_change change = {
		.kind = CR2_CHANGE_COUNT,
		.process = CR2_NO_OBJECT,
		.mapping = CR2_NO_OBJECT,
		.pages = {1, *page, false},
	};

	return cr2_state_count(changes->state, page) == page->count ? 0 : note(changes, &change);
}
