/* SPDX-License-Identifier: MIT */
/* Amounts of memory in words. */
#include "view/trace/amount.h"

void view_bytes(struct rich *line, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	uint64_t size = 1024;
	size_t unit = 0;
	double value;

	for (; bytes >= size * 1024 && unit + 1 < CR2_ARRAY_SIZE(units); unit++)
		size *= 1024;
	value = (double)bytes / (double)size;
	rich_keep(line, INK_PLAIN, "%.*f %s", value < 10 && bytes % size ? 1 : 0, value, units[unit]);
}
