/* SPDX-License-Identifier: MIT */
/* A list of fields for people. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "field.h"

/* The block that is being filled. */
struct page {
	const struct cr2_style *style;
	struct cr2_text *text;
	const struct field_block *block; /* NULL: none yet */
	struct grid grid;
	size_t row; /* of the grid; grid.n: none yet */
	size_t cell;
	size_t column; /* beside: which object, from 1 */
	unsigned depth; /* of objects and lists, counted in blocks beside */
	struct cr2_text shown; /* of the value at hand */
	int error;
};

static struct rich *cell(struct page *p)
{
	if (p->error == 0)
		p->error = p->grid.error;
	if (p->error < 0 || !p->block || p->row >= p->grid.n)
		return NULL;
	return &p->grid.cells[p->row * p->grid.columns + p->cell];
}

static void new_row(struct page *p)
{
	p->row = p->grid.n;
	p->cell = 0;
	if (p->error == 0 && grid_row(&p->grid) && p->block->hang)
		p->grid.cells[p->row * p->grid.columns + p->grid.columns - 1].hang = p->block->hang;
}

static int draw_ends(struct page *p)
{
	int r = p->grid.error;

	for (size_t i = 0; r == 0 && i < p->grid.n; i++)
		r = rich_ends(p->text, p->style, &p->grid.cells[2 * i], &p->grid.cells[2 * i + 1]);
	grid_finish(&p->grid);
	return r;
}

/* The block is whole. */
static void draw_block(struct page *p)
{
	if (p->block && p->error == 0 && p->grid.n && !p->block->joined && p->text->length)
		p->error = cr2_text_append(p->text, "\n");
	if (p->block && p->error == 0)
		p->error = p->block->ends ? draw_ends(p) : grid_draw(&p->grid, p->style, p->text);
	grid_finish(&p->grid);
	p->block = NULL;
}

static void begin_block(struct page *p, const struct field_block *block)
{
	draw_block(p);
	p->block = block;
	p->grid = (struct grid){.columns = block->columns, .at = block->at, .last = block->last};
	for (size_t c = 0; c < block->columns; c++)
		p->grid.limits[c] = block->percent[c] * p->style->width / 100;
	p->row = p->cell = p->column = 0;
	p->depth = 0;
}

static void label(struct page *p, const char *text)
{
	struct rich *first = cell(p);

	if (!first)
		return;
	rich_keep(first, INK_NAME, "%s", text);
	rich_pad(first, p->style, p->block->first);
}

/* The first column makes the rows, with an empty label above them; the next ones fill them. */
static void begin_column(struct page *p, const char *heading)
{
	if (p->column++ == 0) {
		new_row(p);
		label(p, "");
	}
	p->row = 0;
	p->cell = p->column;
	if (cell(p))
		rich_add(cell(p), INK_DIM, heading);
}

static void begin_row(struct page *p, const char *text)
{
	if (!p->block)
		return;
	if (!p->block->beside || p->column <= 1) {
		new_row(p);
		if (*text)
			label(p, text);
		return;
	}
	p->row++;
	p->cell = 0;
}

static void next_cell(struct page *p)
{
	if (!p->block)
		return;
	if (p->block->beside)
		p->cell = p->column;
	else if (p->cell + 1 < p->grid.columns)
		p->cell++;
}

static int print_value(const struct field *field, struct cr2_text *value)
{
	switch (field->type) {
	case FIELD_TEXT:
		return cr2_text_append(value, field->text);
	case FIELD_HEX:
		return cr2_text_printf(value, "0x%" PRIx64, field->number);
	case FIELD_NUMBER:
		return cr2_text_printf(value, "%" PRId64, (int64_t)field->number);
	case FIELD_BOOL:
		return cr2_text_append(value, field->words[field->number ? 1 : 0]);
	case FIELD_FLAGS:
		return cr2_flags_format(field->flags, " ", value);
	default:
		return 0;
	}
}

/* The form with the value in it. */
static int print(const struct field *field, struct cr2_text *shown)
{
	const char *percent = strchr(field->form, '%');
	int r = cr2_text_append_n(shown, field->form,
				  percent ? (size_t)(percent - field->form) : strlen(field->form));

	if (r == 0 && percent)
		r = print_value(field, shown);
	return r == 0 && percent ? cr2_text_append(shown, percent + 1) : r;
}

/* No flags at all read as nothing, too, where there is a word for it. */
static bool is_absent(const struct field *field)
{
	if (field->type == FIELD_FLAGS && field->none && !field->flags->value)
		return true;
	return field->absent || (field->type == FIELD_TEXT && !field->text);
}

/* What people read; NULL: no memory. It stays until the next one is shown. */
static const char *show(struct page *p, const struct field *field)
{
	if (field->type == FIELD_TEXT && strcmp(field->form, "%") == 0)
		return field->text;
	cr2_text_clear(&p->shown);
	if (print(field, &p->shown) == 0)
		return p->shown.data ? p->shown.data : "";
	p->error = -ENOMEM;
	return NULL;
}

static void add_value(struct page *p, const struct field *field)
{
	struct rich *rich = cell(p);
	bool absent = is_absent(field);
	const char *shown;

	if (!rich || !field->form || (absent && !field->none))
		return;
	if (absent) {
		rich_add(rich, INK_DIM, field->none);
		return;
	}
	shown = show(p, field);
	if (shown && field->keep)
		rich_add_kept(rich, field->ink, shown);
	else if (shown)
		rich_add(rich, field->ink, shown);
}

static void begin_object(struct page *p, const struct field *field)
{
	if (p->block && p->block->beside && p->depth++ == 0)
		begin_column(p, field->text ? field->text : "");
}

static void end_object(struct page *p)
{
	if (p->depth)
		p->depth--;
}

static void add_field(struct page *p, const struct field *field)
{
	switch (field->type) {
	case FIELD_OBJECT:
	case FIELD_LIST:
		begin_object(p, field);
		return;
	case FIELD_END:
		end_object(p);
		return;
	case FIELD_BLOCK:
		begin_block(p, field->block);
		return;
	case FIELD_ROW:
		begin_row(p, field->text);
		return;
	case FIELD_CELL:
		next_cell(p);
		return;
	case FIELD_BREAK:
		if (cell(p))
			rich_break(cell(p));
		return;
	default:
		add_value(p, field);
		return;
	}
}

int fields_draw(struct fields *f, const struct cr2_style *style, struct cr2_text *text)
{
	struct page page = {.style = style, .text = text, .error = f->error};

	for (size_t i = 0; page.error == 0 && i < f->n; i++)
		add_field(&page, &f->items[i]);
	draw_block(&page);
	cr2_text_finish(&page.shown);
	fields_finish(f);
	return page.error;
}
