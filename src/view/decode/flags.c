/* SPDX-License-Identifier: MIT */
/* A word of flags. */
#include <cr2/view_decode.h>

#include "bits.h"

static void fill(struct fields *f, const char *title, enum cr2_flag_table table,
		 const struct cr2_flags *flags)
{
	struct cr2_text names = {0}, brief = {0};
	int r;

	fields_block(f, &bits_heading);
	fields_cells(f);
	fields_keep(f, INK_BOLD, "%s ", title);
	field_hex(f, VALUE, flags->value, .form = "%", .ink = INK_BOLD, .keep = true);
	r = cr2_flags_format(flags, "|", &names);
	fields_say(f, INK_PLAIN, " = %s", fields_take(f, &names, r));
	field_flags(f, FLAGS, flags);
	field_hex(f, UNKNOWN, flags->unknown);
	if (table == CR2_FLAGS_VM) {
		r = cr2_vm_flags_brief(flags->value, &brief);
		field_text(f, BRIEF, fields_take(f, &brief, r), .form = ": %");
	}
	bits_rows(f, table, flags, 0, false);
}

int cr2_view_flags(const char *title, enum cr2_flag_table table, const struct cr2_flags *flags,
		   const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, title, table, flags);
	return fields_draw(&f, style, text);
}

int cr2_flags_to_json(enum cr2_flag_table table, const struct cr2_flags *flags,
		      struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, "", table, flags);
	return fields_json(&f, text);
}
