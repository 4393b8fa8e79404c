/* SPDX-License-Identifier: MIT */
/*
 * Every way to write an answer, for programs that compare texts. They come from the tables that answer.c reads by, and
 * each is read again before it is given away: in 10 for 0x10 it would be another answer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "learn.h"

struct lister {
	const struct cr2_answer *answer;
	struct words words; /* which there are already */
	bool usual;
	cr2_form_fn *each;
	void *data;
	struct cr2_text text; /* of the form that is made */
	int error;
};

static void begin(struct lister *l)
{
	cr2_text_clear(&l->text);
}

static void add(struct lister *l, const char *s)
{
	if (l->error == 0)
		l->error = cr2_text_append(&l->text, s);
}

static void end(struct lister *l)
{
	size_t before = l->words.n;
	struct cr2_answer read;
	const char *reason;
	int64_t number;

	if (l->error || !l->text.data || learn_answer_read(l->text.data, l->answer, &read, &reason) < 0 ||
	    !cr2_answer_equal(&read, l->answer))
		return;
	number = words_number(&l->words, l->text.data);
	if (number < 0)
		l->error = (int)number;
	else if ((size_t)number == before)
		l->error = l->each(l->data, l->text.data);
}

/* --- numbers --- */

struct number_form {
	unsigned base;
	const char *prefix, *suffix;
	unsigned group; /* digits between underscores; 0: there are none */
};

static void add_number(struct lister *l, const struct number_form *form, uint64_t value)
{
	char digits[2 * 64 + 1], *s = digits + sizeof(digits) - 1;
	unsigned n = 0;

	*s = '\0';
	do {
		if (form->group && n && n % form->group == 0)
			*--s = '_';
		*--s = "0123456789abcdef"[value % form->base];
		value /= form->base;
		n++;
	} while (value);
	add(l, form->prefix);
	add(l, s);
	add(l, form->suffix);
}

static const struct number_form decimal = {10, "", "", 0};

static void list_units(struct lister *l, uint64_t value)
{
	static const struct {
		const char *word;
		unsigned shift, size;
	} units[] = {
#define X(word, shift, size) {word, shift, size},
#include <cr2/tables/number_unit.def>
#undef X
	};

	for (size_t i = 0; !l->usual && i < CR2_ARRAY_SIZE(units); i++) {
		const unsigned shift = l->answer->type == CR2_ANSWER_SIZE ? units[i].size : units[i].shift;

		if (shift && (value == 0 || value & ((1ULL << shift) - 1)))
			continue;
		/* 4K, and 4 K */
		for (int blank = 0; blank <= (shift > 0 && *units[i].word != ' '); blank++) {
			begin(l);
			add_number(l, &decimal, value >> shift);
			add(l, blank ? " " : "");
			add(l, units[i].word);
			end(l);
		}
	}
}

/* All values of the answer in one form. */
static void list_form(struct lister *l, const struct number_form *form, const char *separator)
{
	begin(l);
	for (size_t i = 0; i < l->answer->n; i++) {
		add(l, i ? separator : "");
		add_number(l, form, l->answer->values[i]);
	}
	end(l);
}

static const char *const separators[] = {" ", ", ", ","};

static void list_numbers(struct lister *l)
{
	static const struct number_form forms[] = {
#define X(id, base, prefix, suffix, group) {base, prefix, suffix, 0}, {base, prefix, suffix, group},
#include <cr2/tables/number_form.def>
#undef X
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(forms); i++) {
		if (l->usual && forms[i].group)
			continue;
		for (size_t k = 0; k < (l->answer->n > 1 ? CR2_ARRAY_SIZE(separators) : 1); k++)
			list_form(l, &forms[i], separators[k]);
	}
}

/* --- words --- */

static void list_words(struct lister *l, enum cr2_answer_type type)
{
	static const struct {
		enum cr2_answer_type type;
		const char *word;
	} rows[] = {
#define X(type, word, value) {CR2_ANSWER_##type, word},
#include <cr2/tables/answer_word.def>
#undef X
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++)
		if (rows[i].type == type) {
			begin(l);
			add(l, rows[i].word);
			end(l);
		}
}

static void list_paths(struct lister *l)
{
	for (size_t k = 0; k < CR2_ARRAY_SIZE(separators); k++) {
		begin(l);
		for (size_t i = 0; i < l->answer->n; i++) {
			add(l, i ? separators[k] : "");
			add(l, cr2_path_name((enum cr2_path)l->answer->values[i]));
		}
		end(l);
	}
}

static void list_flags(struct lister *l)
{
	static const char *const between[] = {" ", "|", ", ", ","};
	struct cr2_flags flags;

	cr2_flags_decode(l->answer->flags, l->answer->values[0], l->answer->kernel, &flags);
	for (size_t k = 0; k < CR2_ARRAY_SIZE(between); k++) {
		begin(l);
		if (l->error == 0)
			l->error = cr2_flags_format(&flags, between[k], &l->text);
		end(l);
	}
}

/* Of all that is near enough, the very number. */
static void list_nanoseconds(struct lister *l)
{
	for (int blank = 0; blank <= 1; blank++) {
		begin(l);
		add_number(l, &decimal, l->answer->values[0]);
		add(l, blank ? " ns" : "ns");
		end(l);
	}
}

static void list_function(struct lister *l)
{
	for (int call = 0; call <= 1; call++) {
		begin(l);
		add(l, l->answer->word);
		add(l, call ? "()" : "");
		end(l);
	}
}

int cr2_answer_forms(const struct cr2_answer *answer, bool usual, cr2_form_fn *each, void *data)
{
	struct lister l = {.answer = answer, .usual = usual, .each = each, .data = data};

	switch (answer->type) {
	case CR2_ANSWER_HEX:
	case CR2_ANSWER_NUMBER:
	case CR2_ANSWER_SIZE:
		list_numbers(&l);
		list_units(&l, answer->values[0]);
		break;
	case CR2_ANSWER_BIT:
		list_words(&l, CR2_ANSWER_YESNO);
		list_numbers(&l);
		break;
	case CR2_ANSWER_ERRORS:
		list_words(&l, answer->type);
		list_numbers(&l);
		break;
	case CR2_ANSWER_PATHS:
		list_words(&l, answer->type);
		list_paths(&l);
		break;
	case CR2_ANSWER_FLAGS:
		list_words(&l, answer->type);
		list_flags(&l);
		list_numbers(&l);
		break;
	case CR2_ANSWER_TIME:
		list_numbers(&l);
		list_nanoseconds(&l);
		break;
	case CR2_ANSWER_FUNCTION:
		list_function(&l);
		break;
	default:
		list_words(&l, answer->type);
		break;
	}
	words_finish(&l.words);
	cr2_text_finish(&l.text);
	return l.error;
}
