/* SPDX-License-Identifier: MIT */
/* The settings that a scenario relies on, and the values that it wants. */
#ifndef HOST_WANTED_H
#define HOST_WANTED_H

#include <cr2/litmus.h>
#include <cr2/settings.h>

struct host_wanted {
	struct cr2_setting items[48];
	size_t n;
};
/* Returns 0, or why the scenario cannot run here. */
int host_wanted_find(struct host_wanted *wanted, const struct cr2_litmus *litmus,
		     struct cr2_text *reason);

/* The part of it that nothing can change: is the kernel new enough? */
int host_wanted_kernel(const struct cr2_settings *settings, struct cr2_text *reason);

#endif
