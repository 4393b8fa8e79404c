/* SPDX-License-Identifier: MIT */
/* See pool.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/settings.h>

#include "base/reason.h"

#include "pool.h"
#include "setting.h"

struct pool {
	uint64_t size; /* of its pages, bytes */
	const char *name, *folder, *more; /* more: what may help where they cannot be had */
	enum cr2_setting_id id;
};

static const struct pool pools[] = {
	{CR2_HUGE_SIZE, "2 MiB", "/sys/kernel/mm/hugepages/hugepages-2048kB/",
	 " (echo 1 > /proc/sys/vm/compact_memory)", CR2_SETTING_HUGETLB},
	{CR2_GIGANTIC_SIZE, "1 GiB", "/sys/kernel/mm/hugepages/hugepages-1048576kB/", "", CR2_SETTING_GIGANTIC},
};

/* How large the pages are that it takes; 0: it takes none. */
static uint64_t page_size_of(const struct cr2_statement *s)
{
	if (s->map_flags & CR2_MAP_HUGETLB)
		return cr2_map_unit(s->map_flags);
	return s->kind == CR2_OP_ALLOCATE || (s->kind == CR2_OP_SHM && s->flags & CR2_FILE_HUGETLB) ? CR2_HUGE_SIZE : 0;
}

bool host_pool_is_used(const struct cr2_litmus *litmus, uint64_t size)
{
	bool takes = false;

	for (size_t i = 0; i < litmus->n_statements && !takes; i++)
		takes = page_size_of(&litmus->statements[i]) == size;
	return takes || (size == CR2_GIGANTIC_SIZE ? litmus->settings.gigantic : litmus->settings.hugetlb);
}

static unsigned long read_number(const char *path)
{
	char text[32];

	return setting_read(path, text, sizeof(text)) < 0 ? 0 : strtoul(text, NULL, 10);
}

static unsigned long read_in(const struct pool *pool, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", pool->folder, name);
	return read_number(path);
}

/* The kernel sets aside as many pages as it finds, and keeps those that are in use. */
static int check(const struct pool *pool, unsigned long wanted, struct cr2_text *reason)
{
	unsigned long pages = read_number(cr2_setting_pattern(pool->id)), free_pages = read_in(pool, "free_hugepages");

	if (pages < wanted)
		return reason_refuse(reason, -EOPNOTSUPP, "the kernel finds %lu of %lu %s pages for the pool: memory is "
				     "short or fragmented%s", pages, wanted, pool->name, pool->more);
	if (pages > wanted || free_pages != pages || read_in(pool, "resv_hugepages"))
		return reason_refuse(reason, -EOPNOTSUPP, "other programs use the machine's pool of %s pages "
				     "(%s): a guest has one of its own", pool->name, pool->folder);
	return 0;
}

int host_pool_check(const struct cr2_litmus *litmus, struct cr2_text *reason)
{
	int r = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(pools) && r == 0; i++)
		if (host_pool_is_used(litmus, pools[i].size))
			r = check(&pools[i], pools[i].size == CR2_GIGANTIC_SIZE ? litmus->settings.gigantic :
				  litmus->settings.hugetlb, reason);
	return r;
}
