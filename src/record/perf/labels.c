/* SPDX-License-Identifier: MIT */
/* An ordered map of strings that it owns. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "labels.h"

void labels_init(struct labels *labels)
{
	ordered_init(&labels->ranges, sizeof(char *));
}

void labels_finish(struct labels *labels)
{
	struct ordered_key key = {0};
	struct ordered_entry entry;

	while (ordered_ceil(&labels->ranges, key, &entry)) {
		free(*(char *const *)entry.value);
		key = ordered_above(entry.key);
	}
	ordered_finish(&labels->ranges);
}

int labels_put(struct labels *labels, uint64_t start, uint64_t end, const char *name, size_t n)
{
	const struct ordered_key key = {.b = start};
	char *const *there = ordered_get(&labels->ranges, key);
	char *old = there ? *there : NULL, *copy = strndup(name, n);
	int r = copy ? ordered_put(&labels->ranges, key, end, &copy) : -ENOMEM;

	free(r < 0 ? copy : old);
	return r;
}

const char *labels_get(const struct labels *labels, uint64_t number)
{
	struct ordered_entry entry;

	return number != UINT64_MAX && ordered_overlap(&labels->ranges, (struct ordered_key){0}, number, number + 1,
						       &entry) ? *(char *const *)entry.value : NULL;
}
