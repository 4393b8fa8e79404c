/* SPDX-License-Identifier: MIT */
/* Bits as rows: where, name, value, meaning; what is clear is drawn dim. */
#ifndef VIEW_DECODE_BITS_H
#define VIEW_DECODE_BITS_H

#include "view/draw/field.h"

/* The blocks of which decoded things are made. */
extern const struct field_block bits_heading; /* one paragraph */
extern const struct field_block bits_facts; /* label and content */

/* All rows that the table has for this kernel, or only those that the value has set. */
void bits_rows(struct fields *f, enum cr2_flag_table table, const struct cr2_flags *flags,
	       int kernel, bool all);

#endif
