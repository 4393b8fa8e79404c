/* SPDX-License-Identifier: MIT */
/* Names by number, and places by their names. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/record.h>

static void list_finish(struct cr2_name_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct cr2_name_list){0};
}

static int list_copy(const struct cr2_name_list *list, struct cr2_name_list *copy)
{
	copy->items = list->n ? calloc(list->n, sizeof(*copy->items)) : NULL;
	if (list->n && !copy->items)
		return -ENOMEM;
	for (; copy->n < list->n; copy->n++) {
		copy->items[copy->n] = strdup(list->items[copy->n]);
		if (!copy->items[copy->n])
			return -ENOMEM;
	}
	return 0;
}

int cr2_names_copy(const struct cr2_names *names, struct cr2_names *ret_copy)
{
	struct cr2_names copy = {0};
	int r = list_copy(&names->processes, &copy.processes);

	if (r == 0)
		r = list_copy(&names->mappings, &copy.mappings);
	if (r == 0)
		r = list_copy(&names->objects, &copy.objects);
	if (r < 0)
		cr2_names_finish(&copy);
	else
		*ret_copy = copy;
	return r;
}

void cr2_names_finish(struct cr2_names *names)
{
	list_finish(&names->processes);
	list_finish(&names->mappings);
	list_finish(&names->objects);
}

const char *cr2_name(const struct cr2_name_list *list, uint32_t number)
{
	return number < list->n ? list->items[number] : "?";
}

bool cr2_ref_equal(const struct cr2_ref *a, const struct cr2_ref *b)
{
	if (a->mapping != b->mapping)
		return false;
	if (a->mapping == CR2_NO_OBJECT)
		return a->address == b->address;
	return a->first == b->first && a->last == b->last && a->byte == b->byte;
}

int cr2_ref_append(const struct cr2_names *names, const struct cr2_ref *ref, struct cr2_text *text)
{
	int r;

	if (ref->mapping == CR2_NO_OBJECT)
		return cr2_text_printf(text, "0x%" PRIx64, ref->address);
	r = cr2_text_printf(text, "%s@%" PRId64, cr2_name(&names->mappings, ref->mapping),
			    ref->first);
	return r == 0 && ref->byte ? cr2_text_printf(text, "+%" PRIu32, ref->byte) : r;
}
