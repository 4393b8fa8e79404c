/* SPDX-License-Identifier: MIT */
/* Open addressing: an entry stands at its hash, or in the first free place behind. */
#include "hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t slot_of(const struct hash *table, uint64_t a, uint64_t b)
{
	uint64_t hash = (a * 0x9e3779b97f4a7c15ULL ^ b) * 0xff51afd7ed558ccdULL;
	size_t i = (hash >> 32) & (table->capacity - 1);

	while (table->entries[i].value && (table->entries[i].a != a || table->entries[i].b != b))
		i = (i + 1) & (table->capacity - 1);
	return i;
}

uint64_t hash_get(const struct hash *table, uint64_t a, uint64_t b)
{
	return table->capacity ? table->entries[slot_of(table, a, b)].value : 0;
}

/* At most half full, so that searches are short and end. */
static int reserve(struct hash *table, size_t n)
{
	struct hash grown = {.capacity = 64};

	while (grown.capacity < 2 * n)
		grown.capacity *= 2;
	if (grown.capacity <= table->capacity)
		return 0;
	grown.entries = calloc(grown.capacity, sizeof(*grown.entries));
	if (!grown.entries)
		return -ENOMEM;
	for (size_t i = 0; i < table->capacity; i++) {
		const struct hash_entry *entry = &table->entries[i];

		if (entry->value)
			grown.entries[slot_of(&grown, entry->a, entry->b)] = *entry;
	}
	grown.count = table->count;
	free(table->entries);
	*table = grown;
	return 0;
}

int hash_set(struct hash *table, uint64_t a, uint64_t b, uint64_t value)
{
	struct hash_entry *entry;
	int r = reserve(table, table->count + 1);

	if (r < 0)
		return r;
	entry = &table->entries[slot_of(table, a, b)];
	table->count += !entry->value;
	*entry = (struct hash_entry){.a = a, .b = b, .value = value};
	return 0;
}

void hash_clear(struct hash *table)
{
	if (table->count)
		memset(table->entries, 0, table->capacity * sizeof(*table->entries));
	table->count = 0;
}

void hash_finish(struct hash *table)
{
	free(table->entries);
	*table = (struct hash){0};
}
