/* SPDX-License-Identifier: MIT */
/* What differs between kernels: one member a difference, one column a profile. */
#ifndef MODEL_PROFILE_H
#define MODEL_PROFILE_H

#include <stdbool.h>

#include <cr2/tables.h>

struct profile {
#define X(member, v6_1, v6_12, v6_18, course, since, what) bool member;
#include "profile.def"
#undef X
};

const struct profile *profile_get(enum cr2_profile profile);

#endif
