/* SPDX-License-Identifier: MIT */
/* Names to addresses and back, for each process. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static int compare(const void *key, const void *place)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct cr2_place *)place)->mapping;

	return a < b ? -1 : a > b;
}

const struct cr2_place *place_find(const struct process *process, uint32_t mapping)
{
	if (process->n_places == 0)
		return NULL;
	return bsearch(&mapping, process->places, process->n_places, sizeof(*process->places),
		       compare);
}

const struct cr2_place *place_at(const struct process *process, uint64_t address)
{
	for (size_t i = 0; i < process->n_places; i++) {
		const struct cr2_place *place = &process->places[i];

		if (address >= place->address &&
		    address - place->address < place->pages * CR2_PAGE_SIZE)
			return place;
	}
	return NULL;
}

/* A new mapping's number is above all that were before it. */
int place_add(struct process *process, uint32_t mapping, uint64_t address, uint64_t pages)
{
	int r = cr2_grow(&process->places, &process->capacity, process->n_places + 1,
			 sizeof(*process->places));

	if (r == 0)
		process->places[process->n_places++] = (struct cr2_place){mapping, address, pages};
	return r;
}

void place_move(struct process *process, uint32_t mapping, uint64_t address, uint64_t pages)
{
	struct cr2_place *place = (struct cr2_place *)place_find(process, mapping);

	place->address = address;
	place->pages = pages;
}

int places_copy(const struct process *from, struct process *to)
{
	int r = cr2_grow(&to->places, &to->capacity, from->n_places, sizeof(*to->places));

	if (r == 0 && from->n_places)
		memcpy(to->places, from->places, from->n_places * sizeof(*to->places));
	if (r == 0)
		to->n_places = from->n_places;
	return r;
}

static uint64_t align_up(uint64_t address)
{
	return (address + CR2_HUGE_SIZE - 1) & ~(CR2_HUGE_SIZE - 1);
}

uint64_t next_free(const struct interpreter *it)
{
	return it->free_address ? align_up(it->free_address + CR2_LITMUS_GAP) : CR2_LITMUS_BASE;
}

void take_space(struct interpreter *it, uint64_t address, uint64_t pages)
{
	uint64_t end = address + pages * CR2_PAGE_SIZE;

	if (end > it->free_address)
		it->free_address = end;
}

int address_append(const struct cr2_litmus *litmus, const struct cr2_place *place, uint64_t address,
		   struct cr2_text *text)
{
	uint64_t byte = address % CR2_PAGE_SIZE;
	int64_t page;
	int r;

	if (!place)
		return cr2_text_printf(text, "0x%" PRIx64, address);
	/* Exact also below the mapping: both are multiples of the page size. */
	page = (int64_t)(address - byte - place->address) / (int64_t)CR2_PAGE_SIZE;
	r = cr2_text_printf(text, "%s@%" PRId64, litmus->mappings[place->mapping], page);
	if (r == 0 && byte)
		r = cr2_text_printf(text, "+%" PRIu64, byte);
	return r;
}
