/* SPDX-License-Identifier: MIT */
/*
 * Text that others wrote, made fit to be shown: names of files, words of a command, lines of an
 * input. What would steer a terminal or reorder its text is spelled.
 */
#include <string.h>

#include <cr2/base.h>

#include "safe.h"
#include "utf8.h"

/* One character or stray byte at s; *ret_bytes is how much of s it took. */
static int append_one(struct cr2_text *text, const char *s, size_t n, size_t *ret_bytes)
{
	uint32_t c = 0;
	size_t bytes = utf8_read(s, n, &c);

	*ret_bytes = bytes ? bytes : 1;
	if (bytes && utf8_is_safe(c))
		return cr2_text_append_n(text, s, bytes);
	if (bytes > 1)
		return cr2_text_printf(text, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	return cr2_text_printf(text, "\\x%02x", (unsigned char)*s);
}

size_t safe_step(const char *s, size_t n, unsigned *ret_columns)
{
	uint32_t c = 0;
	size_t bytes = utf8_read(s, n, &c);

	if (bytes && utf8_is_safe(c))
		*ret_columns = utf8_columns(c);
	else
		*ret_columns = bytes < 2 ? 4 : bytes < 4 ? 6 : 10;
	return bytes ? bytes : 1;
}

int cr2_text_append_safe(struct cr2_text *text, const char *s, size_t n)
{
	size_t bytes;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i += bytes) {
		bytes = utf8_count_plain(s + i, n - i);
		r = bytes ? cr2_text_append_n(text, s + i, bytes) : append_one(text, s + i, n - i, &bytes);
	}
	return r;
}

/* Moves i back to where a character begins, if it stands within one. */
static size_t boundary(const char *s, size_t i)
{
	size_t at = i;

	while (at > 0 && i - at < 3 && ((unsigned char)s[at] & 0xc0) == 0x80)
		at--;
	return at;
}

int cr2_text_append_message(struct cr2_text *text, const char *s)
{
	size_t n = strlen(s), head = n, tail = n;
	int r;

	if (n > CR2_MESSAGE_MAX) {
		head = boundary(s, CR2_MESSAGE_MAX / 2);
		tail = boundary(s, n - CR2_MESSAGE_MAX / 4);
	}
	r = cr2_text_append_safe(text, s, head);
	if (r == 0 && tail > head)
		r = cr2_text_printf(text, "...(%zu bytes more)...", tail - head);
	return r == 0 ? cr2_text_append_safe(text, s + tail, n - tail) : r;
}

int cr2_text_append_ascii(struct cr2_text *text, const char *s, size_t n)
{
	char buffer[UTF8_ASCII_SIZE];
	int r = 0;

	for (size_t i = 0, bytes; r == 0 && i < n; i += bytes) {
		uint32_t c;

		bytes = utf8_read(s + i, n - i, &c);
		if (bytes == 1)
			r = cr2_text_append_n(text, s + i, 1);
		else if (bytes)
			r = cr2_text_append(text, utf8_ascii(c, buffer));
		else
			r = cr2_text_printf(text, "\\x%02x", (unsigned char)s[i]);
		bytes = bytes ? bytes : 1;
	}
	return r;
}
