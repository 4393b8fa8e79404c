/* SPDX-License-Identifier: MIT */
/* Takes apart an entry that is not present, not zero and no page. */
#ifndef DECODE_SWAP_ENTRY_H
#define DECODE_SWAP_ENTRY_H

#include <cr2/decode.h>

void swap_entry_decode(struct cr2_entry *entry);

#endif
