/* SPDX-License-Identifier: MIT */
/* Code by its names: what a call stack is shown as. */
#ifndef CR2_FRAME_H
#define CR2_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

/* A function, and the line in it. Equal ones of the same source are the same object. */
struct cr2_frame {
	const char *function; /* "memcpy"; where the name is not known "libc.so.6+0x1234" or "0x7f12..." */
	const char *object; /* the path of the file that holds it, "[kernel]", or NULL: not known */
	const char *file; /* of the source; NULL: not known */
	int line; /* 0: not known */
	bool named; /* function is its name */
	bool kernel;
};

/* Innermost first; functions that are inlined into each other stand by themselves. At least one. */
struct cr2_calls {
	size_t n;
	const struct cr2_frame *const *frames;
};

CR2_END_DECLS

#endif
