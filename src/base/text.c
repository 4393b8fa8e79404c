/* SPDX-License-Identifier: MIT */
/* Growing text and growing arrays. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#define FIRST_BYTES 64 /* that an array gets at least: texts are mostly short, and do not grow four times then */
#define PRINTED_MOSTLY 64 /* bytes: what prints no more need not be measured first */

int cr2_grow(void *items, size_t *capacity, size_t wanted, size_t size)
{
	void **array = items;
	size_t grown = *capacity ? *capacity : size < FIRST_BYTES / 8 ? FIRST_BYTES / size : 8;
	void *moved;

	if (wanted <= *capacity)
		return 0;
	while (grown < wanted) {
		if (grown > SIZE_MAX / 2)
			return -ENOMEM;
		grown *= 2;
	}
	if (grown > SIZE_MAX / size)
		return -ENOMEM;
	moved = realloc(*array, grown * size);
	if (!moved)
		return -ENOMEM;
	*array = moved;
	*capacity = grown;
	return 0;
}

int cr2_text_append_n(struct cr2_text *text, const char *s, size_t n)
{
	int r = cr2_grow(&text->data, &text->capacity, text->length + n + 1, 1);

	if (r < 0)
		return r;
	if (n)
		memcpy(text->data + text->length, s, n);
	text->length += n;
	text->data[text->length] = '\0';
	return 0;
}

int cr2_text_append(struct cr2_text *text, const char *s)
{
	return cr2_text_append_n(text, s, strlen(s));
}

/* Prints behind the text, in the room that there is, which is some; returns the bytes that it takes. */
static int print_behind(struct cr2_text *text, const char *format, va_list args)
{
	int n = vsnprintf(text->data + text->length, text->capacity - text->length, format, args);

	if (n < 0 || (size_t)n >= text->capacity - text->length)
		text->data[text->length] = '\0';
	return n;
}

int cr2_text_vprintf(struct cr2_text *text, const char *format, va_list args)
{
	va_list again;
	int r, n;

	if (strcmp(format, "%s") == 0) {
		va_copy(again, args);
		r = cr2_text_append(text, va_arg(again, const char *));
		va_end(again);
		return r;
	}
	r = cr2_grow(&text->data, &text->capacity, text->length + PRINTED_MOSTLY, 1);
	if (r < 0)
		return r;
	va_copy(again, args);
	n = print_behind(text, format, again);
	va_end(again);
	if (n < 0)
		return -EINVAL;
	if ((size_t)n >= text->capacity - text->length) {
		r = cr2_grow(&text->data, &text->capacity, text->length + (size_t)n + 1, 1);
		if (r < 0)
			return r;
		print_behind(text, format, args);
	}
	text->length += (size_t)n;
	return 0;
}

int cr2_text_printf(struct cr2_text *text, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(text, format, args);
	va_end(args);
	return r;
}

void cr2_text_clear(struct cr2_text *text)
{
	text->length = 0;
	if (text->data)
		text->data[0] = '\0';
}

void cr2_text_finish(struct cr2_text *text)
{
	free(text->data);
	*text = (struct cr2_text){0};
}
