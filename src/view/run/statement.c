/* SPDX-License-Identifier: MIT */
/* The words of one line of a scenario. */
#include <inttypes.h>
#include <string.h>

#include "statement.h"

#define BLANKS " \t\r"

struct piece {
	const char *start;
	size_t length;
};

void source_begin(struct source *source, const char *text)
{
	*source = (struct source){.text = text, .line = text, .number = 1};
}

static struct piece source_line(struct source *source, unsigned n)
{
	if (n < source->number)
		source_begin(source, source->text);
	for (; source->line && source->number < n; source->number++) {
		source->line = strchr(source->line, '\n');
		source->line = source->line ? source->line + 1 : NULL;
	}
	return source->line ? (struct piece){source->line, strcspn(source->line, "\n")}
			    : (struct piece){"", 0};
}

/* Takes the next word off a piece; empty at its end. */
static struct piece next_word(struct piece *rest)
{
	struct piece word;

	while (rest->length && strchr(BLANKS, *rest->start)) {
		rest->start++;
		rest->length--;
	}
	word = (struct piece){rest->start, 0};
	while (word.length < rest->length && !strchr(BLANKS, word.start[word.length]))
		word.length++;
	rest->start += word.length;
	rest->length -= word.length;
	return word;
}

/* Up to the comment and the expectations. */
static struct piece operation_of(struct piece line)
{
	const char *comment = memchr(line.start, '#', line.length);
	const char *arrow;

	if (comment)
		line.length = (size_t)(comment - line.start);
	arrow = memmem(line.start, line.length, "=>", 2);
	if (arrow)
		line.length = (size_t)(arrow - line.start);
	return line;
}

/* buf@1 and buf@3 are buf@1..3. */
static void add_place(struct rich *rich, const struct cr2_names *names,
		      const struct cr2_observation *first, const struct cr2_observation *last)
{
	bool same = cr2_ref_equal(&first->at, &last->at);
	struct cr2_text text = {0};

	if (cr2_ref_append(names, same ? &last->at : &first->at, &text) == 0)
		rich_add(rich, INK_PLAIN, text.data);
	if (!same)
		rich_printf(rich, INK_PLAIN, "..%" PRId64, last->at.first);
	if (!same && last->at.byte)
		rich_printf(rich, INK_PLAIN, "+%" PRIu32, last->at.byte);
	cr2_text_finish(&text);
}

static void add_words(struct rich *rich, struct piece rest, const struct cr2_names *names,
		      const struct cr2_observation *first, const struct cr2_observation *last)
{
	struct piece word = next_word(&rest);

	for (unsigned i = 0; word.length; i++, word = next_word(&rest)) {
		if (i)
			rich_gap(rich, 1);
		if (i == 1 && first->has_at)
			add_place(rich, names, first, last);
		else
			rich_printf(rich, INK_PLAIN, "%.*s", (int)word.length, word.start);
	}
}

void statement_add(struct rich *rich, struct source *source, const struct cr2_names *names,
		   const struct cr2_observation *first, const struct cr2_observation *last)
{
	struct piece line = operation_of(source_line(source, first->line)), rest = line;
	struct piece word = next_word(&rest);

	if (word.length && word.start[word.length - 1] == ':')
		line = rest;
	rest = line;
	if (next_word(&rest).length) {
		add_words(rich, line, names, first, last);
		return;
	}
	rich_add(rich, INK_PLAIN, cr2_op_name(first->op) ? cr2_op_name(first->op) : "?");
	if (first->has_at) {
		rich_gap(rich, 1);
		add_place(rich, names, first, last);
	}
}
