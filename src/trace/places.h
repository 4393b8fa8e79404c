/* SPDX-License-Identifier: MIT */
/* What the processes that are traced have mapped at the time of a fault, so that its code can be named. */
#ifndef TRACE_PLACES_H
#define TRACE_PLACES_H

#include "record/perf/programs.h"
#include "build_ids.h"
#include "kernel_names.h"
#include "told.h"

struct places { /* all zero: none */
	struct told told;
	struct programs programs;
	struct build_ids build_ids;
	struct kernel_names kernel;
	struct cr2_text bytes; /* of the record that is taken in */
};

/* all: also those that are there already. Returns 0 or a negative errno, with what failed in reason. */
int places_open(bool all, struct places *ret_places, struct cr2_text *reason);
void places_close(struct places *places);
/* from_exec: it will be another program, so that what it has now does not matter. 0 or -ENOMEM. */
int places_follow(struct places *places, uint64_t pid, bool from_exec);
/* Both return 0 or -ENOMEM: to what was at that time; or as far as all faults were handed over. */
int places_at(struct places *places, uint64_t time);
int places_read(struct places *places);
#endif
