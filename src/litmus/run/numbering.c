/* SPDX-License-Identifier: MIT */
/* Numbers pages by first appearance. */
#include <errno.h>
#include <stdlib.h>

#include "tokens.h"

static size_t slot_of(const struct numbering *numbering, uint64_t id)
{
	size_t mask = numbering->n_slots - 1;
	size_t i = (size_t)(id * 0x9e3779b97f4a7c15ULL >> 20) & mask;

	while (numbering->numbers[i] && numbering->ids[i] != id)
		i = (i + 1) & mask;
	return i;
}

static int grow(struct numbering *numbering)
{
	struct numbering grown = {.count = numbering->count};

	grown.n_slots = numbering->n_slots ? numbering->n_slots * 2 : 64;
	grown.ids = malloc(grown.n_slots * sizeof(*grown.ids));
	grown.numbers = calloc(grown.n_slots, sizeof(*grown.numbers));
	if (!grown.ids || !grown.numbers) {
		numbering_finish(&grown);
		return -ENOMEM;
	}
	for (size_t i = 0; i < numbering->n_slots; i++) {
		size_t slot;

		if (!numbering->numbers[i])
			continue;
		slot = slot_of(&grown, numbering->ids[i]);
		grown.ids[slot] = numbering->ids[i];
		grown.numbers[slot] = numbering->numbers[i];
	}
	numbering_finish(numbering);
	*numbering = grown;
	return 0;
}

int numbering_add(struct numbering *numbering, uint64_t id, uint64_t *ret_number)
{
	size_t slot;
	int r = 0;

	if (numbering->count * 2 >= numbering->n_slots)
		r = grow(numbering);
	if (r < 0)
		return r;
	slot = slot_of(numbering, id);
	if (!numbering->numbers[slot]) {
		numbering->ids[slot] = id;
		numbering->numbers[slot] = (uint32_t)++numbering->count;
	}
	*ret_number = numbering->numbers[slot];
	return 0;
}

uint64_t numbering_find(const struct numbering *numbering, uint64_t id)
{
	return numbering->n_slots ? numbering->numbers[slot_of(numbering, id)] : 0;
}

void numbering_finish(struct numbering *numbering)
{
	free(numbering->ids);
	free(numbering->numbers);
	*numbering = (struct numbering){0};
}
