/* SPDX-License-Identifier: MIT */
/* A word of flags for people. */
#include <cr2/view_decode.h>

#include "bits.h"

static int names(enum cr2_flag_table table, const struct cr2_flags *flags, struct cr2_text *words)
{
	int r = cr2_flags_format(flags, "|", words);

	if (r == 0 && table == CR2_FLAGS_VM)
		r = cr2_text_append(words, ": ");
	return r == 0 && table == CR2_FLAGS_VM ? cr2_vm_flags_brief(flags->value, words) : r;
}

static int heading(const char *title, enum cr2_flag_table table, const struct cr2_flags *flags,
		   const struct cr2_style *style, struct cr2_text *text)
{
	struct cr2_text words = {0};
	struct rich meaning = {0};
	int r = names(table, flags, &words);

	if (r == 0) {
		rich_printf(&meaning, INK_PLAIN, "= %s", words.data);
		r = bits_heading(style, text, title, flags->value, &meaning);
	}
	rich_finish(&meaning);
	cr2_text_finish(&words);
	return r;
}

int cr2_view_flags(const char *title, enum cr2_flag_table table, const struct cr2_flags *flags,
		   const struct cr2_style *style, struct cr2_text *text)
{
	int r = heading(title, table, flags, style, text);

	if (r < 0 || flags->value == 0)
		return r;
	r = cr2_text_append(text, "\n");
	return r == 0 ? bits_rows(style, text, table, flags, 0, false) : r;
}
