/* SPDX-License-Identifier: MIT */
/* Names, numbered in order of creation and found by hash. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

static uint32_t hash(const char *s, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

static bool equals(const char *name, const char *s, size_t n)
{
	return strncmp(name, s, n) == 0 && name[n] == '\0';
}

/* The slot that holds s, or the free one where it belongs. */
static uint32_t *slot_of(const struct names *names, const char *s, size_t n)
{
	size_t mask = names->n_slots - 1;

	for (size_t i = hash(s, n) & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &names->slots[i];

		if (*slot == 0 || equals(names->items[*slot - 1], s, n))
			return slot;
	}
}

uint32_t names_find(const struct names *names, const char *s, size_t n)
{
	/* Slots hold index + 1, so that a free one reads as NOT_FOUND. */
	return names->n_slots ? *slot_of(names, s, n) - 1 : NOT_FOUND;
}

static int rehash(struct names *names)
{
	size_t n_slots = names->n_slots ? names->n_slots * 2 : 16;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(names->slots);
	names->slots = slots;
	names->n_slots = n_slots;
	for (size_t i = 0; i < names->count; i++)
		*slot_of(names, names->items[i], strlen(names->items[i])) = (uint32_t)i + 1;
	return 0;
}

int names_add(struct names *names, const char *s, size_t n, uint32_t *ret_index)
{
	int r = cr2_grow(&names->items, &names->capacity, names->count + 1, sizeof(*names->items));

	if (r == 0 && names->count * 2 >= names->n_slots)
		r = rehash(names);
	if (r < 0)
		return r;
	names->items[names->count] = strndup(s, n);
	if (!names->items[names->count])
		return -ENOMEM;
	*slot_of(names, s, n) = (uint32_t)names->count + 1;
	*ret_index = (uint32_t)names->count++;
	return 0;
}

void names_finish(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	free(names->slots);
	*names = (struct names){0};
}
