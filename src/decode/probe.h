/* SPDX-License-Identifier: MIT */
/* Types of arguments, and what a value of each means. */
#ifndef DECODE_PROBE_H
#define DECODE_PROBE_H

#include <cr2/decode.h>

enum arg_type {
#define X(id, type, bits, kind, what) ARG_##id,
#include <cr2/tables/arg_type.def>
#undef X
	ARG_COUNT,
};

const char *probe_arg_type_name(enum arg_type type);
unsigned probe_arg_type_bits(enum arg_type type); /* of the register, that count */
/* Appends what value means as this type. Returns 0 or -ENOMEM. */
int probe_arg_meaning(enum arg_type type, uint64_t value, int kernel, struct cr2_text *text);

#endif
