/* SPDX-License-Identifier: MIT */
/* Any program writes these files: nothing in them is believed beyond its own bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "base/utf8.h"
#include "record/perf/cursor.h"
#include "jit_table.h"

struct function {
	uint64_t end;
	size_t name; /* a word's number */
	size_t first_line, n_lines;
};

void jit_table_init(struct jit_table *table)
{
	*table = (struct jit_table){0};
	ordered_init(&table->functions, sizeof(struct function));
}

void jit_table_finish(struct jit_table *table)
{
	ordered_finish(&table->functions);
	words_finish(&table->words);
	free(table->lines);
	jit_table_init(table);
}

/* ---- functions ---- */

static int put(struct jit_table *table, uint64_t start, const struct function *function)
{
	return start < function->end ?
		ordered_put(&table->functions, (struct ordered_key){.b = start}, function->end, function) : 0;
}

/* Of what overlaps the range stays what lies before and behind. */
static int cut(struct jit_table *table, uint64_t start, uint64_t end)
{
	struct ordered_entry entry;
	int r = 0;

	while (r == 0 && ordered_overlap(&table->functions, (struct ordered_key){0}, start, end, &entry)) {
		struct function old = *(const struct function *)entry.value, before = old;

		before.end = before.end < start ? before.end : start;
		r = ordered_remove(&table->functions, entry.key);
		if (r == 0)
			r = put(table, entry.key.b, &before);
		if (r == 0)
			r = put(table, entry.key.b > end ? entry.key.b : end, &old);
	}
	return r;
}

static int compare_lines(const void *left, const void *right)
{
	const struct jit_line *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Lines outside of their function are none of it. */
static void drop_lines_outside(struct jit_table *table, uint64_t start, uint64_t size)
{
	for (size_t i = table->first_line; i < table->n_lines; i++)
		if (table->lines[i].address - start > size)
			table->n_lines = table->first_line;
}

static int add(struct jit_table *table, uint64_t start, uint64_t size, size_t name)
{
	struct function function = {.end = start + size, .name = name, .first_line = table->first_line};
	int r;

	drop_lines_outside(table, start, size);
	function.n_lines = table->n_lines - table->first_line;
	if (function.n_lines)
		qsort(table->lines + function.first_line, function.n_lines, sizeof(*table->lines), compare_lines);
	table->first_line = table->n_lines;
	if (size == 0 || function.end < start)
		return 0;
	r = cut(table, start, function.end);
	if (r == 0)
		r = put(table, start, &function);
	table->n++;
	return r;
}

/* A text of n bytes, as a word. -ENOMEM, or its number. */
static int64_t word(struct jit_table *table, const char *text, size_t n)
{
	char *copy = strndup(text, n);
	int64_t number = copy ? words_number(&table->words, copy) : -ENOMEM;

	free(copy);
	return number;
}

/* ---- map files ---- */

/* "7f10 " or "0x7f10 ": true, and *at stands behind it. */
static bool take_hex(const char **at, const char *end, uint64_t *ret_number)
{
	const char *p = *at;
	uint64_t number = 0;
	size_t digits = 0;

	if (end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	for (; p < end && digits < 17; p++, digits++) {
		const char *digit = *p ? strchr("0123456789abcdef", *p | 0x20) : NULL;

		if (!digit || *p < '0')
			break;
		number = number << 4 | (uint64_t)(digit - "0123456789abcdef");
	}
	if (digits == 0 || digits > 16 || p == end || *p != ' ')
		return false;
	*at = p + 1;
	*ret_number = number;
	return true;
}

static int add_line(struct jit_table *table, const char *line, const char *end)
{
	uint64_t start, size;
	int64_t name;

	if (!take_hex(&line, end, &start) || !take_hex(&line, end, &size) || line == end)
		return 0;
	name = word(table, line, (size_t)(end - line));
	return name < 0 ? (int)name : add(table, start, size, (size_t)name);
}

int64_t jit_table_map(struct jit_table *table, const char *bytes, size_t n)
{
	const char *at = bytes, *const end = bytes + n, *newline;
	int r = 0;

	while (r == 0 && at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
		r = add_line(table, at, newline);
		at = newline + 1;
	}
	return r < 0 ? r : at - bytes;
}

/* ---- jitdump ---- */

static int read_load(struct jit_table *table, struct cursor *c)
{
	struct {
		uint32_t pid, tid;
		uint64_t vma, address, size, index;
	} load;
	const char *name;
	int64_t number;

	take(c, &load, sizeof(load));
	name = take_string(c);
	if (c->missing)
		return 0;
	number = word(table, name, strlen(name));
	return number < 0 ? (int)number : add(table, load.address, load.size, (size_t)number);
}

static int read_move(struct jit_table *table, struct cursor *c)
{
	struct {
		uint32_t pid, tid;
		uint64_t vma, from, to, size, index;
	} move;
	struct ordered_entry entry;
	struct function function;
	int r;

	take(c, &move, sizeof(move));
	if (c->missing || move.from + move.size < move.from || move.to + move.size < move.to ||
	    !ordered_overlap(&table->functions, (struct ordered_key){0}, move.from, move.from + move.size, &entry) ||
	    entry.key.b != move.from)
		return 0;
	function = *(const struct function *)entry.value;
	function.end = move.to + move.size;
	/* Its lines are those of the old place. */
	function.n_lines = 0;
	r = cut(table, move.from, move.from + move.size);
	if (r == 0)
		r = cut(table, move.to, function.end);
	return r == 0 ? put(table, move.to, &function) : r;
}

static bool is_name(const char *s)
{
	size_t n = 0;

	while (*s && (n = utf8_read_safe(s, strlen(s))))
		s += n;
	return !*s && n;
}

/*
 * Of the function that is told next. A name "\xff" is the one before. Node 20 writes memory that it has freed in place of
 * the names of scripts, and what follows such a name cannot be told: then the function has no lines.
 */
static int read_lines(struct jit_table *table, struct cursor *c)
{
	uint64_t n;
	int64_t file = -1;
	int r = 0;

	table->n_lines = table->first_line;
	(void)take_64(c); /* the function's address, which is told again */
	n = take_64(c);
	for (uint64_t i = 0; i < n && r == 0; i++) {
		struct jit_line line = {.address = take_64(c), .line = (int)take_32(c)};
		const char *name;

		(void)take_32(c);
		name = take_string(c);
		if (c->missing)
			return 0;
		if (strcmp(name, "\xff") != 0 && !is_name(name)) {
			table->n_lines = table->first_line;
			return 0;
		}
		if (strcmp(name, "\xff") != 0)
			file = word(table, name, strlen(name));
		if (file < 0)
			return file == -1 ? 0 : (int)file;
		line.file = (size_t)file;
		line.number = table->n_lines;
		r = cr2_grow(&table->lines, &table->lines_capacity, table->n_lines + 1, sizeof(*table->lines));
		if (r == 0)
			table->lines[table->n_lines++] = line;
	}
	return r;
}

int jit_table_record(struct jit_table *table, const void *bytes, size_t n)
{
	struct cursor c = {bytes, n, false};
	struct jit_record record;

	take(&c, &record, sizeof(record));
	switch (c.missing ? UINT32_MAX : record.kind) {
	case JIT_LOAD:
		return read_load(table, &c);
	case JIT_MOVE:
		return read_move(table, &c);
	case JIT_LINES:
		return read_lines(table, &c);
	default:
		return 0;
	}
}

/* ---- */

/* The last one at the address or before it. */
static void find_line(const struct jit_table *table, const struct function *function, uint64_t address,
		      struct jit_place *place)
{
	const struct jit_line *lines;
	size_t low = 0, high = function->n_lines;

	if (!high)
		return; /* there may be no lines at all */
	lines = table->lines + function->first_line;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (lines[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return;
	place->file = table->words.items[lines[low - 1].file];
	place->line = lines[low - 1].line;
}

bool jit_table_find(const struct jit_table *table, uint64_t address, struct jit_place *ret_place)
{
	const struct function *function;
	struct ordered_entry entry;

	if (address == UINT64_MAX ||
	    !ordered_overlap(&table->functions, (struct ordered_key){0}, address, address + 1, &entry))
		return false;
	function = entry.value;
	*ret_place = (struct jit_place){.function = table->words.items[function->name]};
	find_line(table, function, address, ret_place);
	return true;
}
