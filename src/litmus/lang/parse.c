/* SPDX-License-Identifier: MIT */
/*
 * Litmus files: text in, a checked scenario out. A scenario that parses can be run: every
 * name is known where it is used, every number in range. Start reading at parse_lines().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

/* The first line that is a comment and nothing else. */
static int note_title(struct parser *p)
{
	const char *s = p->line, *end = p->line + p->line_length;

	if (p->litmus->title)
		return 0;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (s == end || *s != '#')
		return 0;
	do
		s++;
	while (s < end && (*s == ' ' || *s == '\t' || *s == '#'));
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (s < end)
		p->litmus->title = strndup(s, (size_t)(end - s));
	return s < end && !p->litmus->title ? -ENOMEM : 0;
}

static int parse_line(struct parser *p)
{
	int r = lang_check_text(p);

	if (r == 0)
		r = note_title(p);
	if (r == 0)
		r = lang_words(p);
	return r == 0 && p->n_words ? lang_statement(p) : r;
}

/* A file with more is no litmus file, or is understood best by curing these first. */
#define MISTAKES_MAX 100

/* The lines behind one with a mistake are read too; r is that line's. */
static int note_mistake(struct parser *p, int r)
{
	struct word line = {.s = p->line, .n = p->line_length, .column = 1};

	if (r != -EINVAL)
		return r;
	p->failed = true;
	if (p->n_mistakes < MISTAKES_MAX)
		return 0;
	return lang_wrong(p, &line, "%u mistakes: what follows was not checked", p->n_mistakes);
}

/* Editors on other systems end lines with \r\n, and begin files with a mark. */
static int parse_lines(struct parser *p, const char *text, size_t length)
{
	const char *end = text + length;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		int r;

		p->line = text;
		p->line_length = (size_t)(stop - text);
		if (p->line_length && stop[-1] == '\r')
			p->line_length--;
		p->line_number++;
		r = note_mistake(p, parse_line(p));
		if (r < 0)
			return r;
		text = newline ? newline + 1 : end;
	}
	return 0;
}

static void hand_over(struct names *names, struct cr2_name_list *ret_list)
{
	*ret_list = (struct cr2_name_list){names->count, names->items};
	names->items = NULL;
	names->count = 0;
}

static void hand_over_names(struct parser *p)
{
	struct cr2_litmus *litmus = p->litmus;

	hand_over(&p->scope.processes, &litmus->names.processes);
	hand_over(&p->scope.mappings, &litmus->names.mappings);
	hand_over(&p->scope.objects, &litmus->names.objects);
}

int lang_too_long(const char *path, struct cr2_diag *ret_diag)
{
	struct cr2_diag diag = {
		.path = strdup(path),
		.message = strdup("the file is too long"),
		.hint = strdup("at most 64 MiB"),
	};

	*ret_diag = diag;
	return -EINVAL;
}

/* Of so many bytes of text, how many statements there may be: a line each, none shorter than the shortest. */
static size_t statements_most(const char *text, size_t length)
{
	static const char shortest[] = "fork c\n";
	size_t lines = 1;

	for (const char *at = text; (at = memchr(at, '\n', length - (size_t)(at - text))); at++)
		lines++;
	return lines < length / (sizeof(shortest) - 1) ? lines : length / (sizeof(shortest) - 1);
}

int cr2_litmus_parse(const char *path, const char *text, size_t length,
		     struct cr2_litmus *ret_litmus, struct cr2_diag *ret_diag)
{
	struct cr2_litmus litmus = {.settings = {.fault_around = 16, .thp_pages = 512, .levels = 4}};
	struct parser p = {.path = path, .litmus = &litmus, .first = ret_diag};
	int r;

	*ret_diag = (struct cr2_diag){0};
	if (length > LANG_LENGTH_MAX)
		return lang_too_long(path, ret_diag);
	litmus.path = strdup(path);
	litmus.source = malloc(length + 1);
	r = litmus.path && litmus.source ? lang_scope_init(&p.scope) : -ENOMEM;
	/* At once, so that none is moved: of a text with a mistake, what is not used costs nothing. */
	if (r == 0)
		r = cr2_grow(&litmus.statements, &p.statements_capacity, statements_most(text, length),
			     sizeof(*litmus.statements));
	if (r == 0) {
		memcpy(litmus.source, text, length);
		litmus.source[length] = '\0';
		r = parse_lines(&p, litmus.source, length);
	}
	if (r == 0 && p.failed)
		r = -EINVAL;
	if (r == 0)
		hand_over_names(&p);
	lang_scope_finish(&p.scope);
	free(p.words);
	if (r < 0) {
		cr2_litmus_finish(&litmus);
		if (r != -EINVAL)
			cr2_diag_finish(ret_diag);
		return r;
	}
	*ret_litmus = litmus;
	return 0;
}
