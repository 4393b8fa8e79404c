/* SPDX-License-Identifier: MIT */
/* Amounts of memory in tables of faults. */
#ifndef VIEW_TRACE_AMOUNT_H
#define VIEW_TRACE_AMOUNT_H

#include "view/draw/rich.h"

/* "4 KiB", "1.5 MiB", "12 GiB" */
void view_bytes(struct rich *line, uint64_t bytes);

#endif
