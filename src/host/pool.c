/* SPDX-License-Identifier: MIT */
/* See pool.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/settings.h>

#include "base/reason.h"

#include "pool.h"
#include "setting.h"

#define FOLDER "/sys/kernel/mm/hugepages/hugepages-2048kB/"

bool host_pool_is_used(const struct cr2_litmus *litmus)
{
	bool maps = false;

	for (size_t i = 0; i < litmus->n_statements && !maps; i++)
		maps = litmus->statements[i].map_flags & CR2_MAP_HUGETLB;
	return maps || litmus->settings.hugetlb;
}

static unsigned long read_number(const char *path)
{
	char text[32];

	return setting_read(path, text, sizeof(text)) < 0 ? 0 : strtoul(text, NULL, 10);
}

/* The kernel sets aside as many pages as it finds, and keeps those that are in use. */
int host_pool_check(const struct cr2_litmus *litmus, struct cr2_text *reason)
{
	unsigned long wanted = litmus->settings.hugetlb, pages, free_pages;

	if (!host_pool_is_used(litmus))
		return 0;
	pages = read_number(cr2_setting_pattern(CR2_SETTING_HUGETLB));
	free_pages = read_number(FOLDER "free_hugepages");
	if (pages < wanted)
		return reason_refuse(reason, -EOPNOTSUPP, "the kernel finds %lu of %lu 2 MiB pages for the pool: memory is "
				     "short or fragmented (echo 1 > /proc/sys/vm/compact_memory)", pages, wanted);
	if (pages > wanted || free_pages != pages || read_number(FOLDER "resv_hugepages"))
		return reason_refuse(reason, -EOPNOTSUPP, "other programs use the machine's pool of 2 MiB pages "
				     "(" FOLDER "): a guest has one of its own");
	return 0;
}
