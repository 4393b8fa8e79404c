/* SPDX-License-Identifier: MIT */
/*
 * Rows of pages, in pieces of equal ones and of ascending ones, and their text (docs: LITMUS.md
 * "Observations"). One row of pages has one list and one text.
 */
#include <stdlib.h>

#include <cr2/record.h>

#include "pages.h"

bool cr2_page_is_counted(enum cr2_page_kind kind)
{
	return kind == CR2_PAGE_ANON || kind == CR2_PAGE_HUGE || kind == CR2_PAGE_FILE;
}

bool cr2_page_equal(const struct cr2_page *a, const struct cr2_page *b)
{
	return a->kind == b->kind && a->object == b->object && a->number == b->number &&
	       a->count == b->count && a->marks == b->marks;
}

bool page_follows(const struct cr2_page *page, const struct cr2_page *before)
{
	return (page->kind == CR2_PAGE_ANON || page->kind == CR2_PAGE_FILE) &&
	       page->kind == before->kind && page->object == before->object &&
	       page->count == before->count && page->marks == before->marks &&
	       page->number == before->number + 1;
}

struct cr2_page pages_at(const struct cr2_pages *pages, uint64_t i)
{
	struct cr2_page page = pages->page;

	page.number += pages->ascending ? i : 0;
	return page;
}

static struct cr2_page last_page(const struct cr2_pages *pages)
{
	return pages_at(pages, pages->n - 1);
}

static int begin_piece(struct cr2_page_list *list, const struct cr2_page *page, uint64_t n,
		       bool ascending)
{
	int r = cr2_grow(&list->items, &list->capacity, list->n + 1, sizeof(*list->items));

	if (r == 0)
		list->items[list->n++] = (struct cr2_pages){n, *page, ascending && n > 1};
	return r;
}

/* a1 a2 a2 is a1 a2*2: the last of an ascending piece begins one of equals. */
static int split_last(struct cr2_page_list *list)
{
	struct cr2_pages *piece = &list->items[list->n - 1];
	struct cr2_page last = last_page(piece);

	piece->n--;
	piece->ascending = piece->ascending && piece->n > 1;
	return begin_piece(list, &last, 1, false);
}

/* Adds n pages equal to page. */
static int add_equal(struct cr2_page_list *list, const struct cr2_page *page, uint64_t n)
{
	struct cr2_pages *piece = list->n ? &list->items[list->n - 1] : NULL;
	struct cr2_page last = piece ? last_page(piece) : (struct cr2_page){0};
	int r = 0;

	if (piece && !piece->ascending && cr2_page_equal(page, &last)) {
		piece->n += n;
		return 0;
	}
	if (piece && piece->ascending && cr2_page_equal(page, &last)) {
		r = split_last(list);
		if (r == 0)
			list->items[list->n - 1].n += n;
		return r;
	}
	if (n == 1 && piece && (piece->ascending || piece->n == 1) && page_follows(page, &last)) {
		piece->ascending = true;
		piece->n++;
		return 0;
	}
	/* The first of several equals may still end an ascending piece: a1 a2*2, not a1..a2 a2. */
	return begin_piece(list, page, n, false);
}

static int add_ascending(struct cr2_page_list *list, const struct cr2_pages *pages)
{
	struct cr2_page second = pages_at(pages, 1);
	struct cr2_pages *piece;
	int r = add_equal(list, &pages->page, 1);

	if (r < 0)
		return r;
	piece = &list->items[list->n - 1];
	if (!piece->ascending && piece->n > 1)
		return begin_piece(list, &second, pages->n - 1, true);
	piece->ascending = true;
	piece->n += pages->n - 1;
	return 0;
}

int cr2_page_list_add(struct cr2_page_list *list, const struct cr2_pages *pages)
{
	int r;

	if (pages->n == 0)
		return 0;
	r = pages->ascending && pages->n > 1 ? add_ascending(list, pages)
					     : add_equal(list, &pages->page, pages->n);
	if (r == 0)
		list->n_pages += pages->n;
	return r;
}

void cr2_page_list_finish(struct cr2_page_list *list)
{
	free(list->items);
	*list = (struct cr2_page_list){0};
}

uint64_t cr2_pages_tokens(const struct cr2_pages *pages, uint64_t first)
{
	if (pages->page.kind != CR2_PAGE_HUGE && pages->page.kind != CR2_PAGE_HUGE_ZERO)
		return pages->n;
	return (first % PAGES_PER_HUGE + pages->n + PAGES_PER_HUGE - 1) / PAGES_PER_HUGE;
}

/* Tokens are written by the million: no printf. */
static int append_number(struct cr2_text *text, uint64_t value)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + value % 10);
	while (value /= 10);
	return cr2_text_append_n(text, digits + i, sizeof(digits) - i);
}

static int append_marked(struct cr2_text *text, const char *mark, uint64_t value)
{
	int r = cr2_text_append(text, mark);

	return r == 0 ? append_number(text, value) : r;
}

/* ":rwad", of a page whose entry says something. */
static int append_marks(struct cr2_text *text, uint32_t marks)
{
	int r = 0;

	if (marks & ~CR2_MARK(BEGINS))
		r = cr2_text_append(text, ":");
	return r == 0 ? cr2_marks_append(marks, text) : r;
}

int cr2_page_append(const struct cr2_names *names, const struct cr2_page *page,
		    struct cr2_text *text)
{
	bool numbered = page->kind == CR2_PAGE_ANON || page->kind == CR2_PAGE_HUGE;
	bool file = page->kind == CR2_PAGE_FILE;
	int r = page->marks & CR2_MARK(BEGINS) ? cr2_text_append(text, cr2_mark_letter(CR2_MARK_BEGINS)) : 0;

	if (r == 0)
		r = cr2_text_append(text, file ? cr2_name(&names->objects, page->object)
					       : cr2_page_token(page->kind));

	if (r == 0 && file)
		r = append_marked(text, ":", page->number);
	else if (r == 0 && numbered)
		/* A page of no named mapping bears no number. */
		r = page->number ? append_number(text, page->number) : cr2_text_append(text, "?");
	if (r == 0 && (numbered || file) && page->count != 1)
		r = append_marked(text, "/", page->count);
	return r == 0 ? append_marks(text, page->marks) : r;
}

/* Ascending pages that are not folded. */
static int append_each(const struct cr2_names *names, const struct cr2_pages *pages,
		       struct cr2_text *text)
{
	int r = 0;

	for (uint64_t i = 0; i < pages->n && r == 0; i++) {
		struct cr2_page page = pages_at(pages, i);

		r = cr2_text_append(text, i ? " " : "");
		if (r == 0)
			r = cr2_page_append(names, &page, text);
	}
	return r;
}

static int append_piece(const struct cr2_names *names, const struct cr2_pages *pages, uint64_t first,
			struct cr2_text *text)
{
	bool folds = pages->page.kind == CR2_PAGE_ANON && pages->page.count == 1 && pages->n > 2 &&
		     !(pages->page.marks & CR2_MARK(BEGINS));
	struct cr2_page head = pages->page, last = last_page(pages);
	uint64_t n = cr2_pages_tokens(pages, first);
	int r;

	if (pages->ascending && !folds)
		return append_each(names, pages, text);
	/* Of pages that are folded, the last one says what all entries do. */
	head.marks = pages->ascending ? 0 : head.marks;
	r = cr2_page_append(names, &head, text);
	if (r < 0 || n == 1)
		return r;
	if (!pages->ascending)
		return append_marked(text, "*", n);
	r = cr2_text_append(text, "..");
	return r == 0 ? cr2_page_append(names, &last, text) : r;
}

int cr2_page_list_append(const struct cr2_names *names, const struct cr2_page_list *list,
			 struct cr2_text *text)
{
	uint64_t first = list->first;
	int r = cr2_text_append(text, "");

	for (size_t i = 0; i < list->n && r == 0; i++) {
		r = cr2_text_append(text, i ? " " : "");
		if (r == 0)
			r = append_piece(names, &list->items[i], first, text);
		first += list->items[i].n;
	}
	return r;
}
