/* SPDX-License-Identifier: MIT */
/* Names to addresses and back, for each process. */
#include <errno.h>
#include <stdlib.h>

#include "execution.h"

uint32_t space_of(const struct cr2_execution *x, uint32_t process)
{
	const uint32_t *space = ordered_get(&x->spaces, (struct ordered_key){process, 0, 0});

	return space ? *space : process;
}

static struct ordered_key mapping_key(const struct cr2_execution *x, uint32_t process, uint32_t mapping)
{
	return (struct ordered_key){space_of(x, process), mapping, 0};
}

static struct ordered_key address_key(const struct cr2_execution *x, uint32_t process, const struct cr2_place *place)
{
	return (struct ordered_key){space_of(x, process), place->address, place->mapping};
}

static uint64_t place_end(const struct cr2_place *place)
{
	return place->address + place->pages * CR2_PAGE_SIZE;
}

const struct cr2_place *place_find(const struct cr2_execution *x, uint32_t process,
				   uint32_t mapping)
{
	return ordered_get(&x->by_mapping, mapping_key(x, process, mapping));
}

const struct cr2_place *place_at(const struct cr2_execution *x, uint32_t process, uint64_t address)
{
	struct ordered_key key = {space_of(x, process), 0, 0};
	const struct cr2_place *first = NULL;
	struct ordered_entry e;

	while (ordered_overlap(&x->by_address, key, address, address + 1, &e)) {
		const struct cr2_place *place = e.value;

		if (!first || place->mapping < first->mapping)
			first = place;
		key = ordered_above(e.key);
	}
	return first;
}

int place_put(struct cr2_execution *x, uint32_t process, const struct cr2_place *place)
{
	const struct cr2_place *old = place_find(x, process, place->mapping);
	int r = old ? ordered_remove(&x->by_address, address_key(x, process, old)) : 0;

	if (r == 0)
		r = ordered_put(&x->by_address, address_key(x, process, place), place_end(place), place);
	return r == 0 ? ordered_put(&x->by_mapping, mapping_key(x, process, place->mapping), 0, place)
		      : r;
}

int places_inherit(struct cr2_execution *x, uint32_t parent, uint32_t child)
{
	uint32_t space = space_of(x, parent);
	struct ordered_key key = {space, 0, 0};
	struct ordered_entry e;
	int r = 0;

	while (r == 0 && ordered_ceil(&x->by_mapping, key, &e) && e.key.a == space) {
		struct cr2_place place = *(const struct cr2_place *)e.value;

		key = ordered_above(e.key);
		r = place_put(x, child, &place);
	}
	return r;
}

int cr2_execution_places(const struct cr2_execution *x, uint32_t process,
			 struct cr2_place **ret_items, size_t *ret_n)
{
	uint32_t space = space_of(x, process);
	struct ordered_key key = {space, 0, 0};
	struct cr2_place *items = NULL;
	size_t n = 0, capacity = 0;
	struct ordered_entry e;

	while (ordered_ceil(&x->by_mapping, key, &e) && e.key.a == space) {
		if (cr2_grow(&items, &capacity, n + 1, sizeof(*items)) < 0) {
			free(items);
			return -ENOMEM;
		}
		items[n++] = *(const struct cr2_place *)e.value;
		key = ordered_above(e.key);
	}
	*ret_items = items;
	*ret_n = n;
	return 0;
}

static uint64_t align_up(uint64_t address)
{
	return (address + CR2_HUGE_SIZE - 1) & ~(CR2_HUGE_SIZE - 1);
}

uint64_t space_next(const struct cr2_execution *x)
{
	return x->free_address ? align_up(x->free_address + CR2_LITMUS_GAP) : CR2_LITMUS_BASE;
}

void space_take(struct cr2_execution *x, uint64_t address, uint64_t pages)
{
	uint64_t end = address + pages * CR2_PAGE_SIZE;

	/* Places that a file names itself lie elsewhere. */
	if (address < CR2_LITMUS_END && end > x->free_address)
		x->free_address = end;
}

struct cr2_ref address_ref(const struct cr2_place *place, uint64_t address)
{
	uint64_t byte = address % CR2_PAGE_SIZE;
	struct cr2_ref ref = {.mapping = CR2_NO_OBJECT, .address = address};

	if (!place)
		return ref;
	/* Exact also below the mapping: both are multiples of the page size. */
	ref.first = ref.last = (int64_t)(address - byte - place->address) / (int64_t)CR2_PAGE_SIZE;
	ref.mapping = place->mapping;
	ref.byte = (uint32_t)byte;
	ref.address = 0;
	return ref;
}
