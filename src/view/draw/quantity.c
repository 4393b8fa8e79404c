/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "quantity.h"

void rich_number(struct rich *cell, enum ink ink, double value)
{
	double size = value < 0 ? -value : value;

	rich_printf(cell, ink, "%.*f", size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0, value);
}

void rich_time(struct rich *cell, enum ink ink, double ns)
{
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	size_t unit = 0;

	for (; fabs(ns) >= 999.5 && unit + 1 < CR2_ARRAY_SIZE(units); unit++)
		ns /= 1000;
	rich_keep(cell, ink, "%.*f %s", unit == 0 && fabs(ns) >= 9.95 ? 0
					: fabs(ns) < 9.995 ? 2 : fabs(ns) < 99.95 ? 1 : 0,
		  ns, units[unit]);
}
