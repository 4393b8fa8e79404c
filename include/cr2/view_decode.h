/* SPDX-License-Identifier: MIT */
/*
 * How decoded things look: laid out for people, and as one JSON object a line. All append to
 * text and return 0 or -ENOMEM.
 */
#ifndef CR2_VIEW_DECODE_H
#define CR2_VIEW_DECODE_H

#include <cr2/decode.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

int cr2_view_error(const struct cr2_error *error, const struct cr2_style *style,
		   struct cr2_text *text);
int cr2_error_to_json(const struct cr2_error *error, struct cr2_text *text);

int cr2_view_entry(const struct cr2_entry *entry, const struct cr2_style *style,
		   struct cr2_text *text);
int cr2_entry_to_json(const struct cr2_entry *entry, struct cr2_text *text);

int cr2_view_va(const struct cr2_va *va, const struct cr2_style *style, struct cr2_text *text);
int cr2_va_to_json(const struct cr2_va *va, struct cr2_text *text);

/* A word of flags; title is what it is called: "vm_flags". */
int cr2_view_flags(const char *title, enum cr2_flag_table table, const struct cr2_flags *flags,
		   const struct cr2_style *style, struct cr2_text *text);
int cr2_flags_to_json(enum cr2_flag_table table, const struct cr2_flags *flags,
		      struct cr2_text *text);

int cr2_view_probe(const struct cr2_probe *probe, const struct cr2_style *style,
		   struct cr2_text *text);
int cr2_probe_to_json(const struct cr2_probe *probe, struct cr2_text *text);

CR2_END_DECLS

#endif
