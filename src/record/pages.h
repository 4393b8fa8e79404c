/* SPDX-License-Identifier: MIT */
/* Rows of pages: what their makers share (pages.c), and their text read back (unfold.c). */
#ifndef RECORD_PAGES_H
#define RECORD_PAGES_H

#include <cr2/record.h>

#define PAGES_PER_HUGE 512

/* Is it the page behind before, in a piece that ascends? */
bool page_follows(const struct cr2_page *page, const struct cr2_page *before);
/* Page i of a piece. */
struct cr2_page pages_at(const struct cr2_pages *pages, uint64_t i);

/* The number of a file's name; negative: an errno. */
typedef int64_t unfold_name_fn(void *data, const char *name, size_t length);
/*
 * The inverse of cr2_page_list_append(): pages from text whose first page has the number
 * list->first. Returns 0, -ENOMEM, or -EINVAL (not such a text, or too many pages). The list is
 * to be finished in any event.
 */
int pages_unfold(const char *text, unfold_name_fn *name, void *data, struct cr2_page_list *list);

#endif
