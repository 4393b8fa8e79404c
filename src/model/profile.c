/* SPDX-License-Identifier: MIT */
/* The profile table, one row of profile.def a difference. */
#include "profile.h"

static const struct profile table[CR2_PROFILE_COUNT] = {
#define X(member, v6_1, v6_12, v6_18, course, since, what) .member = v6_1,
	[CR2_PROFILE_6_1] = {
#include "profile.def"
	},
#undef X
#define X(member, v6_1, v6_12, v6_18, course, since, what) .member = v6_12,
	[CR2_PROFILE_6_12] = {
#include "profile.def"
	},
#undef X
#define X(member, v6_1, v6_12, v6_18, course, since, what) .member = v6_18,
	[CR2_PROFILE_6_18] = {
#include "profile.def"
	},
#undef X
#define X(member, v6_1, v6_12, v6_18, course, since, what) .member = course,
	[CR2_PROFILE_COURSE] = {
#include "profile.def"
	},
#undef X
};

const struct profile *profile_get(enum cr2_profile profile)
{
	return &table[profile];
}
