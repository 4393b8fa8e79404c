/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "bench/around.h"

#define USUAL 65536 /* what it is unless somebody has set it, also where it cannot be read */

int around_set(uint64_t bytes, struct cr2_held_settings **ret_held, const char **ret_absent)
{
	struct cr2_setting around;
	struct cr2_text reason = {0};
	int r;

	snprintf(around.path, sizeof(around.path), "%s", cr2_setting_pattern(CR2_SETTING_FAULT_AROUND));
	snprintf(around.value, sizeof(around.value), "%" PRIu64, bytes);
	r = cr2_settings_hold(&around, 1, NULL, ret_held, &reason);
	cr2_text_finish(&reason);
	if (r == 0)
		return 0;
	if (bytes == USUAL && r != -EBUSY) {
		*ret_held = NULL;
		return 0;
	}
	if (r == -EBUSY)
		*ret_absent = "others on this machine keep its settings in use";
	else if (r == -EPERM)
		*ret_absent = "fault-around cannot be set: it takes root";
	else
		*ret_absent = "fault-around cannot be set: no debugfs here, or the kernel is locked down";
	return -EOPNOTSUPP;
}
