/* SPDX-License-Identifier: MIT */
/* Names instead of numbers, wherever the scenario has one. */
#include <inttypes.h>

#include "place_name.h"

/* An address this near to a mapping is named by it, as in a scenario's buf@-1. */
#define NEAR (1ULL << 29)

static uint64_t place_end(const struct cr2_place *place)
{
	return place->address + place->pages * CR2_PAGE_SIZE;
}

static uint64_t distance(const struct cr2_place *place, uint64_t address)
{
	if (address < place->address)
		return place->address - address;
	return address >= place_end(place) ? address - place_end(place) + 1 : 0;
}

static const struct cr2_place *nearest(const struct cr2_places *places, uint64_t address)
{
	const struct cr2_place *best = NULL;

	for (size_t i = 0; places && i < places->n; i++) {
		const struct cr2_place *place = &places->items[i];

		if (distance(place, address) < NEAR &&
		    (!best || distance(place, address) < distance(best, address)))
			best = place;
	}
	return best;
}

void name_add_address(struct rich *rich, const struct cr2_places *places, uint64_t address)
{
	const struct cr2_place *place = nearest(places, address);
	int64_t page;

	if (!place)
		return;
	page = ((int64_t)(address & CR2_PAGE_MASK) - (int64_t)place->address) >> CR2_PAGE_SHIFT;
	rich_keep(rich, INK_BOLD, "%s@%" PRId64, cr2_name(&places->names->mappings, place->mapping),
		  page);
	if (offset_in_page(address))
		rich_keep(rich, INK_BOLD, "+%" PRIu64, offset_in_page(address));
}

bool name_add_range(struct rich *rich, const struct cr2_places *places, uint64_t start,
		    uint64_t end)
{
	bool any = false;

	for (size_t i = 0; places && i < places->n; i++) {
		const struct cr2_place *place = &places->items[i];

		if (place->address >= end || place_end(place) <= start)
			continue;
		rich_printf(rich, INK_BOLD, "%s%s", any ? ", " : "",
			    cr2_name(&places->names->mappings, place->mapping));
		any = true;
	}
	return any;
}

void name_add_object(struct rich *rich, const struct cr2_names *names, uint32_t object)
{
	if (names && object < names->objects.n)
		rich_add(rich, INK_BOLD, names->objects.items[object]);
	else
		rich_keep(rich, INK_BOLD, "object %" PRIu32, object);
}

const char *level_name(enum cr2_level level, unsigned levels)
{
	static const char *const table[] = {
		[CR2_LEVEL_PTE] = "PTE", [CR2_LEVEL_PMD] = "PMD", [CR2_LEVEL_PUD] = "PUD",
		[CR2_LEVEL_P4D] = "P4D", [CR2_LEVEL_PGD] = "PGD",
	};

	/* With 4 levels Linux folds the P4D away: the top is the PGD. */
	if ((unsigned)level == levels)
		return table[CR2_LEVEL_PGD];
	return (size_t)level < CR2_ARRAY_SIZE(table) && table[level] ? table[level] : "level ?";
}
