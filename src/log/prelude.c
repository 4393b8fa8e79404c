/* SPDX-License-Identifier: MIT */
/*
 * What stands before a report whose first line is lost, or holds no word that it could be found
 * by: the page tables, in lines that are looked at only where a death follows them.
 */
#include <string.h>

#include "stream.h"
#include "wrap.h"

static const char *const prelude_words[] = {"#PF: ", "PGD ", "IP: ", "*pdpt = ", "*pde = "};

static bool has_prelude_word(struct log_span text)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(prelude_words); i++)
		if (log_find(text, prelude_words[i]))
			return true;
	return false;
}

static bool append(struct log_prelude *prelude, const char *glue, struct log_span message)
{
	size_t glued = strlen(glue);

	if (prelude->length + glued + log_length(message) > sizeof(prelude->text))
		return false;
	memcpy(prelude->text + prelude->length, glue, glued);
	memcpy(prelude->text + prelude->length + glued, message.start, log_length(message));
	prelude->length += glued + log_length(message);
	return true;
}

/* The line before it was broken. */
static bool is_rest(const struct log_prelude *prelude, const struct log_line *line)
{
	return line->number == prelude->line.last_number + 1 && line->heads < prelude->line.heads &&
	       (!line->source || line->source == prelude->line.source);
}

void log_prelude_remember(struct cr2_log *log, const struct log_line *line)
{
	struct log_prelude *last = log->n_prelude ? &log->prelude[(log->n_prelude - 1) % LOG_PRELUDE_MAX] : NULL;
	struct log_prelude *next = &log->prelude[log->n_prelude % LOG_PRELUDE_MAX];

	if (has_prelude_word(line->message)) {
		*next = (struct log_prelude){.line = *line};
		log->n_prelude += append(next, "", line->message);
	} else if (last && is_rest(last, line)) {
		struct log_span kept = {last->text, last->text + last->length};
		bool digits = log_wrap_digits_go_on(kept, line->message);

		if (append(last, digits && !last->line.blank_after ? "" : " ", line->message))
			last->line.last_number = line->last_number;
	}
}

const struct log_prelude *log_prelude_recall(const struct cr2_log *log, uint64_t number, size_t *i)
{
	size_t n = log->n_prelude < LOG_PRELUDE_MAX ? log->n_prelude : LOG_PRELUDE_MAX;

	while (*i < n) {
		const struct log_prelude *prelude = &log->prelude[(log->n_prelude - n + (*i)++) % LOG_PRELUDE_MAX];

		if (prelude->line.number < number && number - prelude->line.number <= LOG_PRELUDE_LINES)
			return prelude;
	}
	return NULL;
}

/* The last line of text, taken off. */
static struct log_span take_last_line(struct log_span *text)
{
	struct log_span line = {text->start, text->end - 1};
	const char *newline = log_length(line) ? memrchr(line.start, '\n', log_length(line)) : NULL;

	line.start = newline ? newline + 1 : line.start;
	text->end = line.start;
	return line;
}

/* May a line from that number on be the rest of one that is remembered? */
static bool goes_on(const struct cr2_log *log, uint64_t number)
{
	return log->n_prelude &&
	       log->prelude[(log->n_prelude - 1) % LOG_PRELUDE_MAX].line.last_number + 1 >= number;
}

/* Where the last lines of text begin. */
static const char *last_lines(struct log_span text)
{
	for (size_t n = 0; n < LOG_PRELUDE_LINES && log_length(text); n++)
		take_last_line(&text);
	return text.end;
}

int log_prelude_read(struct cr2_log *log, struct log_span text)
{
	struct log_span last = {last_lines(text), text.end}, lines[LOG_PRELUDE_LINES];
	size_t n = 0;
	bool any = has_prelude_word(last);

	while (log_length(last))
		lines[n++] = take_last_line(&last);
	if (!any && !goes_on(log, log->line + 1 - n))
		return 0;
	while (n--) {
		struct log_plain plain;
		struct log_line line;
		int r = log_form_read(&log->forms, lines[n], &plain);

		if (r < 0)
			return r;
		if (plain.frame)
			continue;
		log_line_parse(plain.text, &line);
		line.number = line.last_number = log->line - n;
		log_prelude_remember(log, &line);
	}
	return 0;
}
