/* SPDX-License-Identifier: MIT */
/*
 * What the page calls. A call returns 0 or a negative errno (or what its comment says) and leaves what it has to
 * say, JSON or text, in web_out, where the page takes it from. Texts come in as NUL-terminated UTF-8.
 */
#ifndef WEB_H
#define WEB_H

#include <cr2/view.h>

#define WEB_EXPORT(name) __attribute__((export_name(#name))) name

extern struct cr2_text web_out;

/* Empties web_out for a call. */
static inline struct cr2_text *web_begin(void)
{
	cr2_text_clear(&web_out);
	return &web_out;
}

static inline struct cr2_style web_style(unsigned width)
{
	return (struct cr2_style){.width = width};
}

#endif
