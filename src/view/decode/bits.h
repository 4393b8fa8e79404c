/* SPDX-License-Identifier: MIT */
/* Bits as rows: where, name, value, meaning; what is clear is drawn dim. */
#ifndef VIEW_DECODE_BITS_H
#define VIEW_DECODE_BITS_H

#include <cr2/flags.h>

#include "view/draw/grid.h"

/* A heading: "title 0xvalue" in bold, what it comes to behind it. */
int bits_heading(const struct cr2_style *style, struct cr2_text *text, const char *title,
		 uint64_t value, const struct rich *meaning);
/* All rows that the table has for this kernel, or only those that the value has set. */
int bits_rows(const struct cr2_style *style, struct cr2_text *text, enum cr2_flag_table table,
	      const struct cr2_flags *flags, int kernel, bool all);
/* "  label      content", wrapped beside the label. */
int bits_labelled(const struct cr2_style *style, struct cr2_text *text, const char *label,
		  const struct rich *content);
/* The same, of one ink. */
int bits_note(const struct cr2_style *style, struct cr2_text *text, const char *label,
	      enum ink ink, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
