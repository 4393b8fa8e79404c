/* SPDX-License-Identifier: MIT */
/*
 * Laid-out text: words with inks, measured in terminal columns, wrapped into cells, cells set
 * side by side in rows. A rich text is made piece by piece and drawn once; colour is decided
 * when it is drawn, so that layout is the same with and without.
 */
#ifndef VIEW_DRAW_RICH_H
#define VIEW_DRAW_RICH_H

#include <cr2/view.h>

enum ink {
	INK_PLAIN,
	INK_BOLD,
	INK_DIM,
	INK_GOOD,
	INK_BAD,
	INK_WARN,
	INK_NAME, /* what a thing is called: paths, mappings, stages */
	INK_COUNT,
};

/*
 * Words, inks and forced line breaks. The first failure sticks in error and later calls do
 * nothing, so that only the code that draws it has to look.
 */
struct rich {
	struct cr2_text text; /* UTF-8; inks are control bytes in it */
	unsigned hang; /* continuation lines are indented by this many columns */
	int error; /* 0 or -ENOMEM */
};

void rich_finish(struct rich *rich);
void rich_clear(struct rich *rich);
/*
 * Adds s in ink. Lines break at blanks and after '|'. Names and titles come
 * from files: what cr2_text_append_safe() spells is spelled here.
 */
void rich_add(struct rich *rich, enum ink ink, const char *s);
void rich_add_kept(struct rich *rich, enum ink ink, const char *s); /* lines do not break at its blanks */
void rich_printf(struct rich *rich, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, but its blanks do not break lines. */
void rich_keep(struct rich *rich, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Blanks at which a line may break. */
void rich_gap(struct rich *rich, unsigned blanks);
/* A line break here. */
void rich_break(struct rich *rich);
/* Blanks that keep, until the last line is columns wide. */
void rich_pad(struct rich *rich, const struct cr2_style *style, unsigned columns);
/* Adds the other text with its inks. */
void rich_join(struct rich *rich, const struct rich *other);
bool rich_empty(const struct rich *rich);
bool rich_equal(const struct rich *a, const struct rich *b);
/* Columns of the widest line when nothing wraps. */
unsigned rich_width(const struct rich *rich, const struct cr2_style *style);

/* Where a cell of a row stands. */
struct slot {
	unsigned at;
	unsigned width;
};

/*
 * Appends the row of n cells, each wrapped in its slot; slots ascend. No blanks at line ends.
 * Returns 0 or -ENOMEM, also where a cell's making had failed.
 */
int rich_row(struct cr2_text *text, const struct cr2_style *style, size_t n,
	     const struct slot *slots, const struct rich *cells);
/* One paragraph from column at to the right edge. */
int rich_paragraph(struct cr2_text *text, const struct cr2_style *style, unsigned at,
		   const struct rich *cell);
/* left, and right flush with the right edge: on the same line, or below where it does not fit. */
int rich_ends(struct cr2_text *text, const struct cr2_style *style, const struct rich *left,
	      const struct rich *right);

#endif
