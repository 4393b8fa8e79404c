/* SPDX-License-Identifier: MIT */
/*
 * Names, numbered in order of creation and found in a balanced tree: none can be chosen so
 * that finding them takes long.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

/* The text comes first: whoever takes over items frees each as a string. */
struct name {
	char text[CR2_NAME_MAX + 1];
	uint32_t index;
};

static int compare_names(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	return strcmp(left->text, right->text);
}

/* False where s is longer than any name. */
static bool name_init(struct name *name, const char *s, size_t n)
{
	*name = (struct name){0};
	if (n > CR2_NAME_MAX)
		return false;
	memcpy(name->text, s, n);
	return true;
}

uint32_t lang_names_find(const struct names *names, const char *s, size_t n)
{
	struct name key, **found;

	if (!name_init(&key, s, n))
		return NOT_FOUND;
	found = tfind(&key, &names->root, compare_names);
	return found ? (*found)->index : NOT_FOUND;
}

int lang_names_add(struct names *names, const char *s, size_t n, uint32_t *ret_index)
{
	int r = cr2_grow(&names->items, &names->capacity, names->count + 1, sizeof(*names->items));
	struct name *name;

	if (r < 0)
		return r;
	name = malloc(sizeof(*name));
	if (!name || !name_init(name, s, n))
		goto failed;
	name->index = (uint32_t)names->count;
	if (!tsearch(name, &names->root, compare_names))
		goto failed;
	names->items[names->count++] = name->text;
	*ret_index = name->index;
	return 0;
failed:
	free(name);
	return -ENOMEM;
}

static void keep(void *name)
{
	(void)name;
}

void lang_names_finish(struct names *names)
{
	tdestroy(names->root, keep);
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct names){0};
}
