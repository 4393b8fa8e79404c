/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/around.h"

#define USUAL 65536 /* what it is unless somebody has set it, also where it cannot be read */

int around_set(uint64_t bytes, struct cr2_held_settings **ret_held, const char **ret_absent)
{
	struct cr2_setting around;
	struct cr2_text reason = {0};
	int r;

	snprintf(around.path, sizeof(around.path), "%s", cr2_setting_pattern(CR2_SETTING_FAULT_AROUND));
	snprintf(around.value, sizeof(around.value), "%" PRIu64, bytes);
	if (bytes == USUAL && access(around.path, R_OK) < 0) {
		*ret_held = NULL;
		return 0;
	}
	r = cr2_settings_hold(&around, 1, NULL, ret_held, &reason);
	cr2_text_finish(&reason);
	if (r < 0)
		*ret_absent = r == -EBUSY ? "others on this machine keep its settings in use" :
			      "fault-around cannot be set: no root, no debugfs, or lockdown";
	return r < 0 ? -EOPNOTSUPP : 0;
}
