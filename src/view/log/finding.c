/* SPDX-License-Identifier: MIT */
/* What a report tells beside its pattern: a row each, its sentence with the values put in. */
#include <inttypes.h>
#include <string.h>

#include <cr2/base.h>
#include <cr2/decode.h>
#include <cr2/tables.h>

#include "rows.h"

/* ---- a value as text ---- */

/* The day of a count of days since 1970, by years that begin in March, so that leap days come last. */
static int date(int64_t days, struct cr2_text *text)
{
	const int64_t cycle = 146097; /* days of 400 years */
	int64_t day = days + 719468, era = day / cycle, of_era = day % cycle;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153, january = month >= 10;

	return cr2_text_printf(text, "%04d-%02d-%02d", (int)(era * 400 + year + january),
			       (int)(january ? month - 9 : month + 3),
			       (int)(of_year - (153 * month + 2) / 5 + 1));
}

static int time_text(uint64_t value, struct cr2_text *text)
{
	const uint64_t ns = 1000000000;
	uint64_t seconds = value / ns > ns ? value / ns : value;
	unsigned of_day = (unsigned)(seconds % 86400);
	int r = date((int64_t)(seconds / 86400), text);

	return r < 0 ? r : cr2_text_printf(text, " %02u:%02u:%02u UTC", of_day / 3600,
					   of_day / 60 % 60, of_day % 60);
}

static int letters_text(uint64_t value, struct cr2_text *text)
{
	char letters[9] = {0};

	for (int i = 0; i < 8; i++)
		letters[i] = (char)(value >> 8 * i);
	return cr2_text_append(text, letters);
}

static int text_of(const struct cr2_log_finding *finding, struct cr2_text *text)
{
	return finding->kind == CR2_LOG_FINDING_TIME ? time_text(finding->value, text) :
						       letters_text(finding->value, text);
}

/* ---- the sentence ---- */

static bool is_word(const char *word, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(word, name, n) == 0;
}

/* One member, by the name that stands in braces. */
static int member(const struct cr2_log_finding *finding, const char *word, size_t n,
		  struct cr2_text *text)
{
	if (is_word(word, n, "value"))
		return cr2_text_printf(text, "0x%" PRIx64, finding->value);
	if (is_word(word, n, "other"))
		return cr2_text_printf(text, "0x%" PRIx64, finding->other);
	if (is_word(word, n, "offset"))
		return cr2_text_printf(text, "%" PRId64, finding->offset);
	if (is_word(word, n, "bit"))
		return cr2_text_printf(text, "%u", finding->bit);
	if (is_word(word, n, "level"))
		return cr2_text_append(text, cr2_level_name(finding->level));
	if (is_word(word, n, "other_register"))
		return cr2_text_append(text, cr2_register_wide_name((int)finding->other_register));
	if (is_word(word, n, "name"))
		return cr2_text_append(text, finding->name);
	if (is_word(word, n, "meaning"))
		return cr2_text_append(text, finding->meaning);
	return text_of(finding, text);
}

static int sentence(const struct cr2_log_finding *finding, struct cr2_text *text)
{
	const char *rest = cr2_log_finding_sentence(finding->kind);
	int r = 0;

	while (r == 0 && *rest) {
		size_t literal = strcspn(rest, "{"), word;

		r = cr2_text_append_n(text, rest, literal);
		rest += literal;
		if (r < 0 || !*rest)
			break;
		word = strcspn(++rest, "}");
		r = member(finding, rest, word, text);
		rest += word + 1;
	}
	return r;
}

/* ---- rows ---- */

static bool names(const struct cr2_log_finding *finding, const char *member)
{
	return strstr(cr2_log_finding_sentence(finding->kind), member);
}

static void values(struct fields *f, const struct cr2_log_finding *finding)
{
	bool level = names(finding, "{level}"), other = names(finding, "{other_register}");
	bool textual = names(finding, "{text}");
	struct cr2_text text = {0};
	int r = textual ? text_of(finding, &text) : 0;

	field_hex(f, VALUE, finding->value, .absent = !names(finding, "{value}"));
	field_hex(f, OTHER, finding->other, .absent = !names(finding, "{other}"));
	field_number(f, OFFSET, (uint64_t)finding->offset, .absent = !names(finding, "{offset}"));
	field_number(f, BIT, finding->bit, .absent = !names(finding, "{bit}"));
	field_text(f, LEVEL, level ? cr2_level_name(finding->level) : NULL, .form = NULL);
	field_text(f, OTHER_REGISTER, other ? cr2_register_wide_name((int)finding->other_register) : NULL,
		   .form = NULL);
	field_text(f, NAME, finding->name, .form = NULL);
	field_text(f, MEANING, finding->meaning, .form = NULL);
	field_text(f, TEXT, textual ? fields_take(f, &text, r) : NULL, .form = NULL);
}

static void finding_row(struct fields *f, const struct cr2_log_finding *finding)
{
	static const char *const forms[] = {
		[CR2_LOG_CERTAIN] = NULL, [CR2_LOG_LIKELY] = "%: ", [CR2_LOG_POSSIBLE] = "%: ",
	};
	struct cr2_text text = {0};
	int r = sentence(finding, &text);

	fields_row(f, "also");
	fields_object(f, CR2_KEY_NONE);
	field_text(f, FINDING, cr2_log_finding_name(finding->kind));
	field_text(f, CERTAINTY, cr2_log_certainty_name(finding->certainty),
		   .form = forms[finding->certainty], .ink = INK_WARN);
	field_text(f, SENTENCE, fields_take(f, &text, r), .form = "%");
	values(f, finding);
	fields_end(f);
}

void log_finding_rows(struct fields *f, const struct cr2_log_report *report)
{
	const struct cr2_log_finding *finding;

	fields_list(f, CR2_KEY_FINDINGS);
	for (size_t i = 0; (finding = cr2_log_report_finding(report, i)); i++)
		finding_row(f, finding);
	fields_end(f);
}
