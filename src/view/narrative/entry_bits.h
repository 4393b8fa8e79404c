/* SPDX-License-Identifier: MIT */
/* A page-table entry drawn bit by bit. */
#ifndef VIEW_NARRATIVE_ENTRY_BITS_H
#define VIEW_NARRATIVE_ENTRY_BITS_H

#include "teller.h"

/*
 * Rows: bit numbers, names, the old entry, the new one, the changes marked; then the new one in
 * words. Runs of bits that are mostly 0 stand as one column while they are. An entry that stays
 * as it was is described in words only.
 */
void tell_entry_bits(struct teller *teller, const struct cr2_walk_entry *entry, uint64_t old);

#endif
