/* SPDX-License-Identifier: MIT */
/* A probed function's arguments. */
#include <cr2/view_decode.h>

#include "bits.h"

static void argument_row(struct fields *f, const struct cr2_argument *argument)
{
	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, REGISTER, cr2_register_name(argument->reg), .form = "%", .ink = INK_BOLD);
	fields_cell(f);
	field_text(f, NAME, argument->name, .form = "%", .ink = INK_NAME);
	fields_cell(f);
	field_text(f, TYPE, argument->type, .form = "%", .ink = INK_DIM, .keep = true);
	fields_cell(f);
	field_hex(f, VALUE, argument->value, .absent = !argument->given, .form = "%",
		  .none = "not given");
	fields_cell(f);
	field_text(f, MEANING, argument->meaning.data, .absent = !argument->given, .form = "%");
	fields_end(f);
}

static void unused(struct fields *f, const struct cr2_probe *probe)
{
	static const struct field_block block = {.columns = 1, .at = 2, .hang = 2, .joined = true};
	const char *names[CR2_REGISTER_COUNT];

	for (size_t i = 0; i < probe->n_unused; i++)
		names[i] = cr2_register_name(probe->unused[i]);
	fields_texts(f, CR2_KEY_UNUSED, names, probe->n_unused);
	if (probe->n_unused == 0)
		return;
	fields_block(f, &block);
	fields_cells(f);
	for (size_t i = 0; i < probe->n_unused; i++)
		fields_say(f, INK_WARN, "%s%s", i ? ", " : "", names[i]);
	fields_say(f, INK_WARN, ": no argument of %s", probe->function);
}

static void fill(struct fields *f, const struct cr2_probe *probe)
{
	static const struct field_block block = {.columns = 5, .at = 2, .joined = true};

	fields_block(f, &bits_heading);
	fields_cells(f);
	field_text(f, FUNCTION, probe->function, .form = "%", .ink = INK_BOLD, .keep = true);
	fields_block(f, &block);
	fields_list(f, CR2_KEY_ARGS);
	for (size_t i = 0; i < probe->n_arguments; i++)
		argument_row(f, &probe->arguments[i]);
	if (probe->result.given)
		argument_row(f, &probe->result);
	fields_end(f);
	unused(f, probe);
}

int cr2_view_probe(const struct cr2_probe *probe, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, probe);
	return fields_draw(&f, style, text);
}

int cr2_probe_to_json(const struct cr2_probe *probe, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, probe);
	return fields_json(&f, text);
}
