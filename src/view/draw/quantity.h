/* SPDX-License-Identifier: MIT */
/* Numbers and times with as many digits as say something. */
#ifndef VIEW_QUANTITY_H
#define VIEW_QUANTITY_H

#include "rich.h"

/* "1234", "73.2", "0.412" */
void rich_number(struct rich *cell, enum ink ink, double value);
/* "312 ns", "1.23 µs", "45.6 ms" */
void rich_time(struct rich *cell, enum ink ink, double ns);

#endif
