/* SPDX-License-Identifier: MIT */
/* How a line of a narrative is laid out, and the pieces that several stages have. */
#include "teller.h"

#define BODY_LEAST 40 /* columns; in less, what is beside each other goes on below */
#define BESIDE_LEAST 55 /* an entry bit by bit has that many */

/* Where there is no room for that beside the labels, lines begin below them. */
static bool is_narrow(const struct teller *teller)
{
	return teller->style->width < TELL_BODY_AT + BESIDE_LEAST;
}

static unsigned body_at(const struct teller *teller)
{
	return is_narrow(teller) ? 2 * TELL_LABEL_AT : TELL_BODY_AT;
}

unsigned tell_width(const struct teller *teller)
{
	unsigned width = teller->style->width, at = body_at(teller);

	return width > at + BODY_LEAST ? width - at : BODY_LEAST;
}

/* In a cell of the line under way, or where that is narrow in a line of its own. */
static void tell_label(struct teller *teller, const struct slot *slot, struct rich *cell)
{
	rich_keep(cell, INK_NAME, "%s", teller->label);
	teller->label = NULL;
	if (!is_narrow(teller))
		return;
	if (teller->error == 0)
		teller->error = rich_row(teller->text, teller->style, 1, slot, cell);
	rich_clear(cell);
}

void tell_row(struct teller *teller, size_t n, const struct slot *slots, struct rich *cells)
{
	struct slot moved[8];
	struct rich row[8] = {{.hang = 0}};

	moved[0] = (struct slot){TELL_LABEL_AT, TELL_BODY_AT - TELL_LABEL_AT};
	if (teller->label)
		tell_label(teller, &moved[0], &row[0]);
	for (size_t i = 0; i < n; i++) {
		moved[i + 1] = (struct slot){slots[i].at + body_at(teller), slots[i].width};
		row[i + 1] = cells[i];
	}
	if (teller->error == 0)
		teller->error = rich_row(teller->text, teller->style, n + 1, moved, row);
	rich_finish(&row[0]);
	for (size_t i = 0; i < n; i++)
		rich_clear(&cells[i]);
}

void tell_line(struct teller *teller, unsigned indent)
{
	const struct slot slot = {indent, tell_width(teller) - indent};

	if (!teller->line.hang)
		teller->line.hang = 2;
	tell_row(teller, 1, &slot, &teller->line);
}

const struct cr2_stage *tell_find(const struct teller *teller, enum cr2_stage_kind kind)
{
	for (size_t i = 0; i < teller->n; i++)
		if (teller->stages[i].kind == kind)
			return &teller->stages[i];
	return NULL;
}

void tell_add(struct teller *teller, enum ink ink, const char *format, ...)
{
	struct cr2_text text = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&text, format, args);
	va_end(args);
	if (r == 0)
		rich_add(&teller->line, ink, text.data);
	else
		teller->error = r;
	cr2_text_finish(&text);
}

void tell_flags(struct teller *teller, struct rich *rich, enum ink ink,
		int (*format)(uint64_t value, int kernel, struct cr2_text *text), uint64_t value)
{
	struct cr2_text text = {0};
	int r = format(value, teller->step->kernel, &text);

	if (r == 0)
		rich_add(rich, ink, text.data);
	else
		teller->error = r;
	cr2_text_finish(&text);
}

void tell_entry_flags(struct teller *teller, struct rich *rich,
		      const struct cr2_walk_entry *entry)
{
	struct cr2_text text = {0};
	int r = cr2_entry_flags_format(entry->value, entry->level, teller->step->kernel, &text);

	if (r == 0)
		rich_add(rich, INK_PLAIN, text.data);
	else
		teller->error = r;
	cr2_text_finish(&text);
}

unsigned tell_levels(const struct teller *teller)
{
	for (size_t i = 0; i < teller->n; i++) {
		const struct cr2_stage *stage = &teller->stages[i];
		unsigned levels = stage->kind == CR2_STAGE_EXCEPTION ? stage->exception.walk.levels
				  : stage->kind == CR2_STAGE_WALK    ? stage->walk.walk.levels
								     : 0;

		if (levels)
			return levels;
	}
	return 4;
}

void tell_entry_name(struct teller *teller, struct rich *rich,
		     const struct cr2_walk_entry *entry)
{
	rich_keep(rich, INK_BOLD, "%s[%u]", level_name(entry->level, tell_levels(teller)),
		  entry->index);
}

uint64_t tell_entry_pfn(const struct cr2_walk_entry *entry)
{
	uint64_t frame = entry->value & CR2_PTE_FRAME_MASK;

	if (cr2_entry_table(entry->value, entry->level) == CR2_FLAGS_ENTRY_HUGE)
		frame &= ~(CR2_PTE(PAT_LARGE));
	return frame >> CR2_PAGE_SHIFT;
}

size_t tell_fault_length(const struct cr2_stage *stages, size_t n)
{
	size_t length = 1;

	while (length < n && stages[length].kind != CR2_STAGE_EXCEPTION)
		length++;
	return length;
}

static bool is_major(enum cr2_page_action action)
{
	return action == CR2_PAGE_READ || action == CR2_PAGE_SWAP_READ || action == CR2_PAGE_ANSWERED_LATE;
}

enum cr2_path tell_path(const struct teller *teller, bool *ret_major)
{
	enum cr2_path path = CR2_PATH_UNKNOWN;

	*ret_major = false;
	for (size_t i = 0; i < teller->n; i++) {
		const struct cr2_stage *stage = &teller->stages[i];

		if (stage->kind == CR2_STAGE_ENTRY)
			path = stage->entry.path;
		else if (stage->kind == CR2_STAGE_PAGE)
			path = stage->page.path;
		else if (stage->kind == CR2_STAGE_SIGNAL)
			path = stage->signal.path;
		else if (stage->kind == CR2_STAGE_EXTABLE)
			path = stage->extable.path;
		if (stage->kind == CR2_STAGE_PAGE)
			*ret_major |= is_major(stage->page.action);
	}
	return path;
}
