/* SPDX-License-Identifier: MIT */
/* Says what is wrong in the current line, where, and what would be right. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#include "parser.h"

#define EXCERPT_MAX 200

/* Never cuts inside a UTF-8 sequence. */
static size_t cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

const char *lang_quote(const struct word *w, char buffer[QUOTE_SIZE])
{
	size_t n = cut(w->s, w->n, QUOTE_SIZE - 4);

	memcpy(buffer, w->s, n);
	strcpy(buffer + n, n < w->n ? "..." : "");
	return buffer;
}

size_t lang_text_step(const char *s, size_t n)
{
	return n && *s == '\t' ? 1 : utf8_read_safe(s, n);
}

/* Of a line that lang_check_text() refused, what is no character is shown as '?'. */
static char *excerpt(const struct parser *p, unsigned column)
{
	size_t n = cut(p->line, p->line_length, EXCERPT_MAX);
	char *copy = column <= n + 1 ? malloc(n + 4) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, p->line, n);
	strcpy(copy + n, n < p->line_length ? "..." : "");
	for (size_t i = 0, step; i < n; i += step ? step : 1) {
		step = lang_text_step(copy + i, n - i);
		if (step == 0)
			copy[i] = '?';
	}
	return copy;
}

static int vprint(char **ret, const char *format, va_list args)
{
	struct cr2_text text = {0};
	int r = cr2_text_vprintf(&text, format, args);

	*ret = text.data;
	return r;
}

/* Where the next mistake stands: the first is the caller's, the others hang on it. */
static struct cr2_diag *next_mistake(struct parser *p)
{
	if (!p->diag)
		return p->first;
	p->diag->next = calloc(1, sizeof(*p->diag->next));
	return p->diag->next;
}

int lang_wrong(struct parser *p, const struct word *at, const char *format, ...)
{
	struct cr2_diag diag = {.line = p->line_number, .column = at->column};
	struct cr2_diag *place;
	va_list args;
	int r;

	va_start(args, format);
	r = vprint(&diag.message, format, args);
	va_end(args);
	diag.path = strdup(p->path);
	diag.excerpt = excerpt(p, at->column);
	diag.width = (unsigned)(at->n ? at->n : 1);
	if (diag.excerpt && at->column + diag.width > strlen(diag.excerpt) + 1 && at->n)
		diag.width = (unsigned)(strlen(diag.excerpt) + 1 - at->column);
	place = r < 0 || !diag.path ? NULL : next_mistake(p);
	if (!place) {
		cr2_diag_finish(&diag);
		return -ENOMEM;
	}
	*place = diag;
	p->diag = place;
	p->n_mistakes++;
	return -EINVAL;
}

int lang_hint(struct parser *p, int r, const char *format, ...)
{
	va_list args;
	int printed;

	if (r != -EINVAL)
		return r;
	free(p->diag->hint);
	va_start(args, format);
	printed = vprint(&p->diag->hint, format, args);
	va_end(args);
	return printed < 0 ? printed : r;
}

int lang_hint_words(struct parser *p, int r, const struct word *w, const char *const *words,
		    size_t n, const char *all)
{
	struct cr2_text list = {0};
	char copy[QUOTE_SIZE];
	const char *near = cr2_nearest(lang_quote(w, copy), words, n);
	int appended = 0;

	if (near)
		return lang_hint(p, r, "did you mean '%s'?", near);
	if (all)
		return lang_hint(p, r, "%s", all);
	for (size_t i = 0; i < n && appended == 0; i++)
		appended = cr2_text_printf(&list, "%s%s", i ? ", " : "", words[i]);
	if (appended == 0 && n)
		r = lang_hint(p, r, n == 1 ? "expected %s" : "one of %s", list.data);
	cr2_text_finish(&list);
	return appended < 0 ? appended : r;
}
