/* SPDX-License-Identifier: MIT */
/* A page-table entry drawn bit by bit. */
#ifndef VIEW_ENTRY_BITS_H
#define VIEW_ENTRY_BITS_H

#include "narrative.h"

/*
 * Rows: bit numbers, names, the old entry, the new one, the changes marked. Bits that mean
 * nothing here are left out while they are 0 in both.
 */
void tell_entry_bits(struct narrator *teller, const struct cr2_walk_entry *entry, uint64_t old);

#endif
