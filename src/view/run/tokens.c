/* SPDX-License-Identifier: MIT */
/* A row of pages, each piece of it one token for the eye. */
#include <inttypes.h>

#include "tokens.h"

/* Of a row with more tokens than LONG, HEAD and TAIL are shown and the others counted. */
#define LONG 64
#define HEAD 48
#define TAIL 8
#define LEAST 3 /* ascending pages that are worth a token of their own */

static uint64_t count(const struct cr2_pages *piece)
{
	bool each = piece->n < LEAST || piece->page.marks & CR2_MARK(BEGINS);

	return piece->ascending && each ? piece->n : 1;
}

static void add_page(struct rich *cell, const struct cr2_names *names, const struct cr2_page *page,
		     uint64_t offset, enum ink ink)
{
	struct cr2_page at = *page;
	struct cr2_text text = {0};

	at.number += offset;
	if (cr2_page_append(names, &at, &text) == 0)
		rich_keep(cell, ink, "%s", text.data);
	cr2_text_finish(&text);
}

/* Token i of the piece. */
static void add_token(struct rich *cell, const struct cr2_names *names,
		      const struct cr2_pages *piece, uint64_t i, uint64_t repeated, enum ink ink)
{
	bool folds = piece->ascending && count(piece) == 1;
	struct cr2_page first = piece->page;

	first.marks = folds ? 0 : first.marks;
	add_page(cell, names, &first, i, ink);
	if (folds) {
		rich_keep(cell, ink, "..");
		add_page(cell, names, &piece->page, piece->n - 1, ink);
	} else if (!piece->ascending && repeated > 1) {
		rich_keep(cell, ink, "*%" PRIu64, repeated);
	}
}

void tokens_add(struct rich *cell, const struct cr2_names *names, const struct cr2_page_list *list,
		enum ink ink)
{
	uint64_t n = 0, at = 0, first = list->first;

	for (size_t p = 0; p < list->n; p++)
		n += count(&list->items[p]);
	for (size_t p = 0; p < list->n; p++) {
		const struct cr2_pages *piece = &list->items[p];

		for (uint64_t i = 0; i < count(piece); i++, at++) {
			if (n > LONG && at == HEAD)
				rich_printf(cell, INK_DIM, " ... %" PRIu64 " more (--json has them) ...",
					    n - HEAD - TAIL);
			if (n > LONG && at >= HEAD && at < n - TAIL)
				continue;
			rich_gap(cell, at > 0);
			add_token(cell, names, piece, i, cr2_pages_tokens(piece, first), ink);
		}
		first += piece->n;
	}
}
