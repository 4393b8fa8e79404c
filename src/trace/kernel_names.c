/* SPDX-License-Identifier: MIT */
/* "ffffffff81000000 T _stext", a line a symbol; a module's with its name behind. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_names.h"

/* How long a function may be whose end no other one tells: behind it nothing may be. */
#define LONGEST (1 << 16)

int kernel_names_add(struct kernel_names *names, const char *line)
{
	uint64_t address;
	char type;
	int at = 0, r;

	if (sscanf(line, "%" SCNx64 " %c %n", &address, &type, &at) != 2 || !strchr("tTwW", type) || !at)
		return 0;
	/* Where they are not to be seen each is 0. */
	if (!address) {
		names->hidden = true;
		return 0;
	}
	r = cr2_grow(&names->items, &names->capacity, names->n + 1, sizeof(*names->items));
	if (r == 0) {
		names->items[names->n].start = address;
		names->items[names->n].name = names->text.length;
		r = cr2_text_append_n(&names->text, line + at, strcspn(line + at, " \t\n"));
	}
	if (r == 0)
		r = cr2_text_append_n(&names->text, "", 1);
	if (r == 0)
		names->n++;
	return r;
}

static int compare(const void *left, const void *right)
{
	const struct kernel_name *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->name < b->name ? -1 : a->name > b->name;
}

/* Of several names of one function the first stays. */
void kernel_names_sort(struct kernel_names *names)
{
	size_t n = 0;

	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), compare);
	for (size_t i = 0; i < names->n; i++)
		if (!n || names->items[n - 1].start != names->items[i].start)
			names->items[n++] = names->items[i];
	names->n = n;
	for (size_t i = 0; i < n; i++) {
		struct kernel_name *name = &names->items[i];

		name->end = name->start + LONGEST;
		if (i + 1 < n && names->items[i + 1].start < name->end)
			name->end = names->items[i + 1].start;
	}
}

static void read_names(struct kernel_names *names)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	names->read = true;
	while (file && r == 0 && getline(&line, &size, file) > 0)
		r = kernel_names_add(names, line);
	free(line);
	if (file)
		fclose(file);
	kernel_names_sort(names);
}

bool kernel_names_find(struct kernel_names *names, uint64_t address, struct kernel_name *ret_name)
{
	size_t low = 0, high;

	if (!names->read)
		read_names(names);
	high = names->n;
	/* The last that begins at the address or before it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= names->items[low - 1].end)
		return false;
	*ret_name = names->items[low - 1];
	return true;
}

void kernel_names_finish(struct kernel_names *names)
{
	free(names->items);
	cr2_text_finish(&names->text);
	*names = (struct kernel_names){0};
}
