/* SPDX-License-Identifier: MIT */
/* Observations and differences: who owns what. */
#include <stdlib.h>

#include <cr2/record.h>

void cr2_observation_finish(struct cr2_observation *o)
{
	free(o->faults);
	free(o->changes);
	*o = (struct cr2_observation){0};
}

int cr2_observations_add(struct cr2_observations *list, struct cr2_observation *o)
{
	int r = cr2_grow(&list->items, &list->capacity, list->count + 1, sizeof(*list->items));

	if (r < 0)
		cr2_observation_finish(o);
	else
		list->items[list->count++] = *o;
	*o = (struct cr2_observation){0};
	return r;
}

void cr2_observations_finish(struct cr2_observations *list)
{
	for (size_t i = 0; i < list->count; i++)
		cr2_observation_finish(&list->items[i]);
	free(list->items);
	cr2_names_finish(&list->names);
	*list = (struct cr2_observations){0};
}

void cr2_differences_finish(struct cr2_differences *differences)
{
	for (size_t i = 0; i < differences->count; i++)
		for (int side = 0; side < 2; side++)
			cr2_page_list_finish(&differences->items[i].pages[side]);
	free(differences->items);
	*differences = (struct cr2_differences){0};
}
