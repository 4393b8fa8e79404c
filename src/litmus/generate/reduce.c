/* SPDX-License-Identifier: MIT */
/*
 * Smaller scenarios that still show what a larger one showed: lines are taken out, in runs
 * that get shorter, then words and ends of words, then numbers are made small, for as long as
 * the caller's test holds.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/generate.h>

struct reduction {
	char **lines;
	size_t n;
	cr2_reduce_fn *fn;
	void *data;
	int r;
};

static int join(const struct reduction *red, size_t from, size_t to, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < red->n; i++)
		if (i < from || i >= to)
			r = cr2_text_printf(text, "%s\n", red->lines[i]);
	return r;
}

/* Does it still show without lines from to to (exclusive)? Errors end the reduction. */
static bool still_shows(struct reduction *red, size_t from, size_t to)
{
	struct cr2_text text = {0};
	int r = join(red, from, to, &text);

	if (r == 0)
		r = red->fn(red->data, text.data ? text.data : "", text.length);
	cr2_text_finish(&text);
	if (r < 0)
		red->r = r;
	return r > 0;
}

static void remove_lines(struct reduction *red, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		free(red->lines[i]);
	memmove(&red->lines[from], &red->lines[to], (red->n - to) * sizeof(*red->lines));
	red->n -= to - from;
}

static bool drop_runs(struct reduction *red, size_t length)
{
	bool dropped = false;

	for (size_t end = red->n; end > 0 && red->r == 0;) {
		size_t from = end > length ? end - length : 0;

		if (still_shows(red, from, end)) {
			remove_lines(red, from, end);
			dropped = true;
		}
		end = from;
		if (end > red->n)
			end = red->n;
	}
	return dropped;
}

/* The line with [start, end) replaced by value, if that is less and still shows. */
static bool try_edit(struct reduction *red, size_t line, size_t start, size_t end,
		     const char *value)
{
	char *old = red->lines[line];
	struct cr2_text text = {0};

	if (end - start < strlen(value) ||
	    (end - start == strlen(value) && strncmp(old + start, value, end - start) <= 0))
		return false;
	if (cr2_text_append_n(&text, old, start) < 0 || cr2_text_append(&text, value) < 0 ||
	    cr2_text_append(&text, old + end) < 0) {
		cr2_text_finish(&text);
		red->r = -ENOMEM;
		return false;
	}
	red->lines[line] = text.data;
	if (still_shows(red, 0, 0)) {
		free(old);
		return true;
	}
	red->lines[line] = old;
	cr2_text_finish(&text);
	return false;
}

/* Without its last words, and without those before them. */
static bool drop_words(struct reduction *red, size_t line)
{
	bool dropped = false;

	for (size_t end = strlen(red->lines[line]); end > 0 && red->r == 0;) {
		size_t start = end;

		while (start > 0 && red->lines[line][start - 1] != ' ')
			start--;
		if (start == 0)
			break;
		dropped |= try_edit(red, line, start - 1, end, "");
		end = start - 1;
	}
	return dropped;
}

/* "m@0..3" to "m@0", "m@0+7" to "m@0", "m@0" to "m". */
static bool cut_words(struct reduction *red, size_t line)
{
	static const char *const marks[] = {"..", "+", "@"};
	bool cut = false;

	for (size_t k = 0; k < CR2_ARRAY_SIZE(marks) && red->r == 0; k++) {
		const char *mark = strstr(red->lines[line], marks[k]);
		size_t start = mark ? (size_t)(mark - red->lines[line]) : 0;

		if (mark)
			cut |= try_edit(red, line, start, start + strcspn(mark, " "), "");
	}
	return cut;
}

/* The number that starts at *at; moves *at behind it. */
static bool next_number(const char *line, size_t *at, size_t *ret_start)
{
	size_t i = *at;

	while (line[i] && (!isdigit((unsigned char)line[i]) ||
			   (i > 0 && (isalnum((unsigned char)line[i - 1]) || line[i - 1] == '_'))))
		i++;
	if (!line[i])
		return false;
	*ret_start = i;
	while (isalnum((unsigned char)line[i]))
		i++;
	*at = i;
	return true;
}

/* The first of the numbers that still shows, small ones first. */
static bool shrink_number(struct reduction *red, size_t line, size_t start, size_t *end)
{
	static const char *const small[] = {"0", "1", "2", "3", "4", "15", "16", "511", "512", "513"};

	for (size_t k = 0; k < CR2_ARRAY_SIZE(small) && red->r == 0; k++) {
		if (!try_edit(red, line, start, *end, small[k]))
			continue;
		*end = start + strlen(small[k]);
		return true;
	}
	return false;
}

static bool shrink_numbers(struct reduction *red, size_t line)
{
	size_t at = 0, start;
	bool shrunk = false;

	while (red->r == 0 && next_number(red->lines[line], &at, &start))
		shrunk |= shrink_number(red, line, start, &at);
	return shrunk;
}

static bool shrink_lines(struct reduction *red)
{
	bool shrunk = false;

	for (size_t i = 0; i < red->n && red->r == 0; i++) {
		if (red->lines[i][0] == '#')
			continue;
		shrunk |= drop_words(red, i);
		shrunk |= cut_words(red, i);
		shrunk |= shrink_numbers(red, i);
	}
	return shrunk;
}

static int split(const char *text, size_t length, struct reduction *red)
{
	size_t capacity = 0, start = 0;

	while (start < length) {
		const char *end = memchr(text + start, '\n', length - start);
		size_t n = end ? (size_t)(end - text) - start : length - start;
		int r = cr2_grow(&red->lines, &capacity, red->n + 1, sizeof(*red->lines));

		if (r < 0)
			return r;
		red->lines[red->n] = strndup(text + start, n);
		if (!red->lines[red->n++])
			return -ENOMEM;
		start += n + 1;
	}
	return 0;
}

static void reduce(struct reduction *red)
{
	bool again = true;

	while (again && red->r == 0) {
		again = false;
		for (size_t length = red->n / 2; length > 0 && red->r == 0; length /= 2)
			again |= drop_runs(red, length);
		again |= shrink_lines(red);
	}
}

int cr2_litmus_reduce(const char *text, size_t length, cr2_reduce_fn *fn, void *data,
		      struct cr2_text *ret_text)
{
	struct reduction red = {.fn = fn, .data = data};
	struct cr2_text out = {0};

	red.r = split(text, length, &red);
	reduce(&red);
	if (red.r == 0)
		red.r = join(&red, 0, 0, &out);
	for (size_t i = 0; i < red.n; i++)
		free(red.lines[i]);
	free(red.lines);
	if (red.r < 0) {
		cr2_text_finish(&out);
		return red.r;
	}
	*ret_text = out;
	return 0;
}
