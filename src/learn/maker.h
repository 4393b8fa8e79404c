/* SPDX-License-Identifier: MIT */
/* What owns an exercise: seen by those that make and end it. */
#ifndef LEARN_MAKER_H
#define LEARN_MAKER_H

#include <errno.h>

#include "learn.h"

struct cr2_exercise_memory {
	union learn_facts facts;
	enum cr2_exercise_kind kind; /* of the facts: an exercise of the course's is one of another kind */
	size_t n, capacity;
	char **texts;
	size_t given_capacity, parts_capacity, hints_capacity, steps_capacity;
	struct cr2_exercise_part no_part; /* for who adds one where there is no memory */
};

#endif
