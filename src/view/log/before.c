/* SPDX-License-Identifier: MIT */
/* The instructions before the one that crashed. */
#include <errno.h>

#include <cr2/log_before.h>

#include "rows.h"

/* Behind so many columns stands what an instruction loads. */
#define TEXT_COLUMNS 36

static const char *bytes_of(struct fields *f, const struct cr2_log_insn *insn)
{
	static const char digits[] = "0123456789abcdef";
	char hex[3 * sizeof(insn->bytes) + 1], *p = hex;

	for (size_t i = 0; i < insn->length; i++) {
		if (i)
			*p++ = ' ';
		*p++ = digits[insn->bytes[i] >> 4];
		*p++ = digits[insn->bytes[i] & 0xf];
	}
	*p = '\0';
	return fields_printf(f, "%s", hex);
}

static void insn_object(struct fields *f, const struct cr2_log_insn *insn, const char *text,
			const char *loaded)
{
	const char *bytes;

	if (f->for_people)
		return;
	bytes = bytes_of(f, insn);
	fields_object(f, CR2_KEY_NONE);
	field_number(f, OFFSET, (uint64_t)(int64_t)insn->offset);
	field_text(f, INSTRUCTION, text);
	field_text(f, INSTRUCTION_BYTES, bytes);
	field_bool(f, IS_TRAP, insn->offset == 0);
	field_bool(f, CERTAIN, insn->certain);
	field_text(f, LOADS, loaded);
	fields_end(f);
}

/* As the kernel marks what may not be so in a call trace: with a question mark. */
static void insn_words(struct fields *f, const struct cr2_log_insn *insn, const char *text,
		       const char *loaded)
{
	fields_keep(f, INK_DIM, "%4d %s ", insn->offset, insn->certain ? " " : "?");
	if (!loaded) {
		fields_keep(f, INK_PLAIN, "%s", text);
		return;
	}
	fields_keep(f, INK_BOLD, "%-*s", TEXT_COLUMNS, text);
	fields_say(f, INK_WARN, "  loads %s", loaded);
}

static void rows(struct fields *f, const struct cr2_log_report *report, const struct cr2_log_before *before)
{
	const struct cr2_log_insn *insn;
	bool open = false;

	fields_list(f, CR2_KEY_INSTRUCTIONS);
	for (size_t i = 0; (insn = cr2_log_before_get(before, i)); i++) {
		const char *text = fields_printf(f, "%s", insn->text);
		const char *loaded = insn->loads < 0 ? NULL : log_register_name(f, report, insn->loads);

		if (insn->offset) {
			fields_row(f, i ? "" : "before");
			insn_words(f, insn, text, loaded);
			open = open || !insn->certain;
		}
		insn_object(f, insn, text, loaded);
	}
	fields_end(f);
	if (!open)
		return;
	fields_row(f, "");
	fields_say(f, INK_DIM, "?: where an instruction begins is not certain there");
}

void log_before_rows(struct fields *f, const struct cr2_log_report *report)
{
	struct cr2_log_before *before;

	if (cr2_log_before_create(report, &before) < 0) {
		f->error = -ENOMEM;
		return;
	}
	rows(f, report, before);
	cr2_log_before_destroy(before);
}
