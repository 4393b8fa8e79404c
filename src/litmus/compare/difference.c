/* SPDX-License-Identifier: MIT */
/* The list of what differs. */
#include <errno.h>
#include <string.h>

#include "difference.h"

static struct cr2_difference *new_difference(struct comparison *c, size_t observation,
					     enum cr2_field field)
{
	struct cr2_differences *list = &c->differences;
	struct cr2_difference *d;

	if (cr2_grow(&list->items, &list->capacity, list->count + 1, sizeof(*list->items)) < 0)
		return NULL;
	d = &list->items[list->count++];
	*d = (struct cr2_difference){
		.column = 1,
		.observation = observation,
		.field = field,
		.process = CR2_NO_OBJECT,
		.mapping = CR2_NO_OBJECT,
	};
	return d;
}

int difference_add(struct comparison *c, size_t observation, enum cr2_field field)
{
	return new_difference(c, observation, field) ? 0 : -ENOMEM;
}

int difference_add_pages(struct comparison *c, size_t observation, uint32_t process,
			 uint32_t mapping, uint64_t first, uint64_t last)
{
	struct cr2_difference *d = new_difference(c, observation, CR2_FIELD_STATE);
	int r = d ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	d->process = process;
	d->mapping = mapping;
	d->first = first;
	d->last = last;
	for (int side = 0; side < 2 && r == 0; side++)
		r = cr2_state_list(c->sides[side].state, process, mapping, first, last,
				   &d->pages[side]);
	return r;
}

int difference_add_lack(struct comparison *c, size_t observation, uint32_t process,
			uint32_t mapping)
{
	struct cr2_state_mapping m = {0};
	struct cr2_difference *d;
	uint64_t last = 0;
	int r;

	for (int side = 0; side < 2 && mapping != CR2_NO_OBJECT; side++)
		if (cr2_state_find(c->sides[side].state, process, mapping, &m))
			last = m.pages - 1;
	r = difference_add_pages(c, observation, process, mapping, 0, last);
	if (r < 0)
		return r;
	d = &c->differences.items[c->differences.count - 1];
	for (int side = 0; side < 2; side++)
		d->lacks[side] = mapping == CR2_NO_OBJECT
			? !cr2_state_lives(c->sides[side].state, process)
			: !cr2_state_find(c->sides[side].state, process, mapping, &m);
	return 0;
}
