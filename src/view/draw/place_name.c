/* SPDX-License-Identifier: MIT */
/* Names instead of numbers, wherever the scenario has one. */
#include <inttypes.h>

#include "place_name.h"

/* An address this near to a mapping is named by it, as in a scenario's buf@-1. */
#define NEAR (1ULL << 29)

static uint64_t distance(const struct cr2_view_name *name, uint64_t address)
{
	if (address < name->start)
		return name->start - address;
	return address >= name->end ? address - name->end + 1 : 0;
}

static const struct cr2_view_name *nearest(const struct cr2_view_names *names, uint64_t address)
{
	const struct cr2_view_name *best = NULL;

	for (size_t i = 0; names && i < names->n_mappings; i++) {
		const struct cr2_view_name *name = &names->mappings[i];

		if (distance(name, address) < NEAR &&
		    (!best || distance(name, address) < distance(best, address)))
			best = name;
	}
	return best;
}

void name_add_address(struct rich *rich, const struct cr2_view_names *names, uint64_t address)
{
	const struct cr2_view_name *name = nearest(names, address);
	int64_t page;

	if (!name)
		return;
	page = ((int64_t)(address & CR2_PAGE_MASK) - (int64_t)name->start) >> CR2_PAGE_SHIFT;
	rich_keep(rich, INK_BOLD, "%s@%" PRId64, name->name, page);
	if (offset_in_page(address))
		rich_keep(rich, INK_BOLD, "+%" PRIu64, offset_in_page(address));
}

bool name_add_range(struct rich *rich, const struct cr2_view_names *names, uint64_t start,
		    uint64_t end)
{
	bool any = false;

	for (size_t i = 0; names && i < names->n_mappings; i++) {
		const struct cr2_view_name *name = &names->mappings[i];

		if (name->start >= end || name->end <= start)
			continue;
		rich_printf(rich, INK_BOLD, "%s%s", any ? ", " : "", name->name);
		any = true;
	}
	return any;
}

void name_add_object(struct rich *rich, const struct cr2_view_names *names, uint32_t object)
{
	if (names && object < names->n_objects && names->objects[object])
		rich_add(rich, INK_BOLD, names->objects[object]);
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
