/* SPDX-License-Identifier: MIT */
/* Growing text and growing arrays. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

int cr2_grow(void *items, size_t *capacity, size_t wanted, size_t size)
{
	void **array = items;
	size_t grown = *capacity ? *capacity : 8;
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

int cr2_text_vprintf(struct cr2_text *text, const char *format, va_list args)
{
	va_list measure;
	int n, r;

	va_copy(measure, args);
	n = vsnprintf(NULL, 0, format, measure);
	va_end(measure);
	if (n < 0)
		return -EINVAL;
	r = cr2_grow(&text->data, &text->capacity, text->length + (size_t)n + 1, 1);
	if (r < 0)
		return r;
	vsnprintf(text->data + text->length, (size_t)n + 1, format, args);
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
