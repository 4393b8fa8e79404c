/* SPDX-License-Identifier: MIT */
/* What holds of a fault, or not. A condition that asks for any frame's counts has to be given them. */
#ifndef STEP_CONDITION_H
#define STEP_CONDITION_H

#include <cr2/step.h>

/* The frames that the condition names by number, whose counts are to be looked at when a fault begins. */
struct frame_counts {
	uint64_t pfn;
	bool known; /* there is such a frame */
	uint32_t refs, maps;
};
size_t condition_frames(const struct cr2_condition *condition, const uint64_t **ret_pfns);

/* counts: of these frames, in their order. */
bool condition_holds(const struct cr2_condition *condition, const struct cr2_fault_facts *facts,
		     const struct frame_counts *counts);

#endif
