/* SPDX-License-Identifier: MIT */
/* The place of a mistake in an input, drawn under its line. */
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "safe.h"

static void finish_one(struct cr2_diag *diag)
{
	free(diag->path);
	free(diag->message);
	free(diag->hint);
	free(diag->excerpt);
}

void cr2_diag_finish(struct cr2_diag *diag)
{
	finish_one(diag);
	while (diag->next) {
		struct cr2_diag *next = diag->next;

		diag->next = next->next;
		finish_one(next);
		free(next);
	}
	*diag = (struct cr2_diag){0};
}

static int format_place(const struct cr2_diag *diag, struct cr2_text *text)
{
	int r = 0;

	if (diag->path)
		r = cr2_text_append_message(text, diag->path);
	if (r == 0 && diag->path && diag->line)
		r = cr2_text_printf(text, ":%u", diag->line);
	if (r == 0 && diag->path && diag->line && diag->column)
		r = cr2_text_printf(text, ":%u", diag->column);
	if (r == 0 && diag->path)
		r = cr2_text_append(text, ": ");
	return r;
}

/* Tabs stay tabs, so that the caret stands under what it marks whatever their width. */
static int append_excerpt(struct cr2_text *text, const char *s)
{
	int r = 0;

	while (r == 0 && *s) {
		size_t n = strcspn(s, "\t");

		r = cr2_text_append_safe(text, s, n);
		s += n;
		if (r == 0 && *s == '\t') {
			r = cr2_text_append_n(text, s, 1);
			s++;
		}
	}
	return r;
}

/* Under the n bytes of the excerpt that start at s: blanks, or what underlines them. */
static int append_below(struct cr2_text *text, const char *s, size_t n, const char *with)
{
	unsigned columns;
	int r = 0;

	for (size_t i = 0, bytes; r == 0 && i < n; i += bytes) {
		bytes = safe_step(s + i, n - i, &columns);
		if (s[i] == '\t')
			r = cr2_text_append(text, "\t");
		for (; s[i] != '\t' && r == 0 && columns; columns--)
			r = cr2_text_append(text, with);
	}
	return r;
}

static int format_caret(const struct cr2_diag *diag, struct cr2_text *text)
{
	const char *s = diag->excerpt;
	size_t length = strlen(s), before = diag->column - 1, at;
	int r = cr2_text_append(text, "    ");

	before = before < length ? before : length;
	if (r == 0)
		r = append_excerpt(text, s);
	if (r == 0)
		r = cr2_text_append(text, "\n    ");
	if (r == 0)
		r = append_below(text, s, before, " ");
	at = text->length;
	length -= before;
	if (r == 0)
		r = append_below(text, s + before, diag->width < length ? diag->width : length, "~");
	if (r == 0 && text->length == at)
		r = cr2_text_append(text, "^");
	if (r < 0)
		return r;
	text->data[at] = '^';
	return cr2_text_append(text, "\n");
}

static int format_one(const struct cr2_diag *diag, struct cr2_text *text)
{
	int r = format_place(diag, text);

	if (r == 0)
		r = cr2_text_append_message(text, diag->message ? diag->message : "wrong");
	if (r == 0)
		r = cr2_text_append(text, "\n");
	if (r == 0 && diag->excerpt && diag->column)
		r = format_caret(diag, text);
	if (r < 0 || !diag->hint)
		return r;
	r = cr2_text_append(text, "    ");
	if (r == 0)
		r = cr2_text_append_message(text, diag->hint);
	return r == 0 ? cr2_text_append(text, "\n") : r;
}

int cr2_diag_format(const struct cr2_diag *diag, struct cr2_text *text)
{
	int r = 0;

	for (; diag && r == 0; diag = diag->next)
		r = format_one(diag, text);
	return r;
}
