/* SPDX-License-Identifier: MIT */
/* Lists of fields: made here, drawn in field_draw.c and field_json.c. */
#include <errno.h>
#include <stdlib.h>

#include "field.h"

void fields_reserve(struct fields *f, size_t n)
{
	if (f->error == 0)
		f->error = cr2_grow(&f->items, &f->capacity, n, sizeof(*f->items));
}

/* Objects are columns in a block of columns, which people see. */
static bool is_left_out(const struct fields *f, const struct field *field)
{
	switch (field->type) {
	case FIELD_OBJECT:
	case FIELD_LIST:
	case FIELD_END:
		return false;
	case FIELD_BLOCK:
	case FIELD_ROW:
	case FIELD_CELL:
	case FIELD_BREAK:
		return f->for_programs;
	default:
		return (f->for_programs && field->key == CR2_KEY_NONE && !field->name) || (f->for_people && !field->form);
	}
}

void fields_add(struct fields *f, const struct field *field)
{
	if ((f->for_programs || f->for_people) && is_left_out(f, field))
		return;
	if (f->error == 0)
		f->error = cr2_grow(&f->items, &f->capacity, f->n + 1, sizeof(*f->items));
	if (f->error == 0)
		f->items[f->n++] = *field;
}

/* The list owns memory; returns it, or NULL where the list has ended because memory ran out. */
static void *own(struct fields *f, void *memory)
{
	if (f->error == 0 && !memory)
		f->error = -ENOMEM;
	if (f->error == 0)
		f->error = cr2_grow(&f->owned, &f->owned_capacity, f->n_owned + 1,
				    sizeof(*f->owned));
	if (f->error < 0) {
		free(memory);
		return NULL;
	}
	f->owned[f->n_owned++] = memory;
	return memory;
}

const char *fields_take(struct fields *f, struct cr2_text *text, int error)
{
	const char *kept = "";

	if (error < 0 && f->error == 0)
		f->error = error;
	if (error == 0 && text->data) {
		kept = own(f, text->data);
		*text = (struct cr2_text){0};
	}
	cr2_text_finish(text);
	return kept ? kept : "";
}

static const char *vprint(struct fields *f, const char *format, va_list args)
{
	struct cr2_text text = {0};
	int r = cr2_text_vprintf(&text, format, args);

	return fields_take(f, &text, r);
}

const char *fields_printf(struct fields *f, const char *format, ...)
{
	const char *kept;
	va_list args;

	va_start(args, format);
	kept = vprint(f, format, args);
	va_end(args);
	return kept;
}

void fields_say(struct fields *f, enum ink ink, const char *format, ...)
{
	const char *kept;
	va_list args;

	if (f->for_programs)
		return;
	va_start(args, format);
	kept = vprint(f, format, args);
	va_end(args);
	field_text(f, NONE, kept, .form = "%", .ink = ink);
}

void fields_keep(struct fields *f, enum ink ink, const char *format, ...)
{
	const char *kept;
	va_list args;

	if (f->for_programs)
		return;
	va_start(args, format);
	kept = vprint(f, format, args);
	va_end(args);
	field_text(f, NONE, kept, .form = "%", .ink = ink, .keep = true);
}

const struct cr2_flags *fields_decode(struct fields *f, enum cr2_flag_table table, uint64_t value,
				      int kernel)
{
	static const struct cr2_flags none;
	struct cr2_flags *flags = own(f, malloc(sizeof(*flags)));

	if (!flags)
		return &none;
	cr2_flags_decode(table, value, kernel, flags);
	return flags;
}

void fields_block(struct fields *f, const struct field_block *block)
{
	fields_add(f, &(struct field){.type = FIELD_BLOCK, .block = block});
}

void fields_row(struct fields *f, const char *label)
{
	fields_add(f, &(struct field){.type = FIELD_ROW, .text = label});
	fields_cell(f);
}

void fields_cells(struct fields *f)
{
	fields_add(f, &(struct field){.type = FIELD_ROW, .text = ""});
}

void fields_cell(struct fields *f)
{
	fields_add(f, &(struct field){.type = FIELD_CELL});
}

void fields_break(struct fields *f)
{
	fields_add(f, &(struct field){.type = FIELD_BREAK});
}

void fields_object(struct fields *f, enum cr2_key key)
{
	fields_add(f, &(struct field){.type = FIELD_OBJECT, .key = key});
}

void fields_column(struct fields *f, enum cr2_key key, const char *heading)
{
	fields_add(f, &(struct field){.type = FIELD_OBJECT, .key = key, .text = heading});
}

void fields_list(struct fields *f, enum cr2_key key)
{
	fields_add(f, &(struct field){.type = FIELD_LIST, .key = key});
}

void fields_texts(struct fields *f, enum cr2_key key, const char *const *texts, size_t n)
{
	const char **kept = own(f, malloc((n ? n : 1) * sizeof(*kept)));

	if (!kept)
		return;
	for (size_t i = 0; i < n; i++)
		kept[i] = texts[i];
	fields_add(f, &(struct field){.type = FIELD_TEXTS, .key = key, .texts = kept, .n_texts = n});
}

void fields_end(struct fields *f)
{
	fields_add(f, &(struct field){.type = FIELD_END});
}

void fields_finish(struct fields *f)
{
	for (size_t i = 0; i < f->n_owned; i++)
		free(f->owned[i]);
	free(f->owned);
	free(f->items);
	*f = (struct fields){0};
}
