/* SPDX-License-Identifier: MIT */
/* The place of a mistake in an input, drawn under its line. */
#include <stdlib.h>

#include <cr2/base.h>

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
		r = cr2_text_append(text, diag->path);
	if (r == 0 && diag->path && diag->line)
		r = cr2_text_printf(text, ":%u", diag->line);
	if (r == 0 && diag->path && diag->line && diag->column)
		r = cr2_text_printf(text, ":%u", diag->column);
	if (r == 0 && diag->path)
		r = cr2_text_append(text, ": ");
	return r;
}

/* Tabs stay tabs, so that the caret stands under what it marks whatever their width. */
static int format_caret(const struct cr2_diag *diag, struct cr2_text *text)
{
	int r = cr2_text_printf(text, "    %s\n    ", diag->excerpt);

	for (unsigned i = 1; r == 0 && i < diag->column && diag->excerpt[i - 1]; i++)
		r = cr2_text_append(text, diag->excerpt[i - 1] == '\t' ? "\t" : " ");
	if (r == 0)
		r = cr2_text_append(text, "^");
	for (unsigned i = 1; r == 0 && i < diag->width; i++)
		r = cr2_text_append(text, "~");
	return r == 0 ? cr2_text_append(text, "\n") : r;
}

static int format_one(const struct cr2_diag *diag, struct cr2_text *text)
{
	int r = format_place(diag, text);

	if (r == 0)
		r = cr2_text_printf(text, "%s\n", diag->message ? diag->message : "wrong");
	if (r == 0 && diag->excerpt && diag->column)
		r = format_caret(diag, text);
	if (r == 0 && diag->hint)
		r = cr2_text_printf(text, "    %s\n", diag->hint);
	return r;
}

int cr2_diag_format(const struct cr2_diag *diag, struct cr2_text *text)
{
	int r = 0;

	for (; diag && r == 0; diag = diag->next)
		r = format_one(diag, text);
	return r;
}
