/* SPDX-License-Identifier: MIT */
/* Whether a fault was taken by a read, a write or a fetch, told by the instruction. */
#ifndef TRACE_OWN_ACCESS_H
#define TRACE_OWN_ACCESS_H

#include <cr2/trace.h>

#include "record/perf/programs.h"

struct own_access;
int own_access_create(struct own_access **ret_access); /* 0 or -ENOMEM */
void own_access_destroy(struct own_access *access);
/* A fault at ip, as perf tells it; si and di: the registers of string instructions. */
struct own_fault {
	uint32_t pid;
	uint64_t ip, addr, si, di;
};
enum cr2_trace_access own_access_of(struct own_access *access, const struct programs *programs,
				    const struct own_fault *fault);

#endif
