/* SPDX-License-Identifier: MIT */
/* What the loader asks the kernel's memory for. */
#ifndef TRACE_PEEK_H
#define TRACE_PEEK_H

#include <stdint.h>

#define PEEK_MAX 4096
struct peek {
	uint64_t address, length; /* 0: the one that asks */
	int64_t result;
	uint64_t mm, pgd, pid_level, pid_space; /* of the one that asks */
	uint8_t data[PEEK_MAX];
};

#endif
