/* SPDX-License-Identifier: MIT */
/* Addresses, mappings and objects by the names that a scenario gives them. */
#ifndef VIEW_DRAW_PLACE_NAME_H
#define VIEW_DRAW_PLACE_NAME_H

#include "rich.h"

static inline uint64_t offset_in_page(uint64_t address)
{
	return address % CR2_PAGE_SIZE;
}

/* "buf@0", "buf@3+16", also "buf@-1" or "buf@4" beside it; nothing where no name is near. */
void name_add_address(struct rich *rich, const struct cr2_places *places, uint64_t address);
/* What a mapping is called: the names within it, "buf" or "buf, low"; false: none. */
bool name_add_range(struct rich *rich, const struct cr2_places *places, uint64_t start,
		    uint64_t end);
/* "f", or "object 3" where it has no name. */
void name_add_object(struct rich *rich, const struct cr2_names *names, uint32_t object);
/* "PGD": what Linux calls this level where there are 4 or 5. */
const char *level_name(enum cr2_level level, unsigned levels);

#endif
