/* SPDX-License-Identifier: MIT */
/* What the model takes of the host's memory, as the allocator counts it. */
#include <errno.h>
#include <malloc.h>

#include <cr2/model.h>

#include "side.h"

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Page tables of a mapping of so many pages that starts where a PUD entry does. */
static uint64_t table_bytes(uint64_t pages)
{
	uint64_t n = 0;

	for (unsigned level = CR2_LEVEL_PTE; level <= CR2_LEVEL_PUD; level++) {
		pages = (pages + 511) / 512;
		n += pages;
	}
	return n * CR2_PAGE_SIZE;
}

static int populate(struct cr2_model *m, uint64_t pages)
{
	struct cr2_op op = {
		.kind = CR2_OP_MAP,
		.address = BENCH_BASE,
		.length = pages * CR2_PAGE_SIZE,
		.prot = CR2_PROT_READ | CR2_PROT_WRITE,
		.flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_POPULATE,
	};
	struct cr2_outcome outcome;
	int r = cr2_model_execute(m, &op, &outcome);

	return r == 0 && outcome.result != CR2_RESULT_OK ? -EPROTO : r;
}

int model_memory(const struct bench_plan *plan, double *ret_bytes, const char **ret_absent)
{
	uint64_t pages = plan->memory_pages;
	struct cr2_model_config config;
	struct cr2_model *m;
	size_t before = allocated(), after;
	int r;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	r = cr2_model_create(&config, &m);
	if (r < 0)
		return r;
	r = populate(m, pages);
	after = allocated();
	cr2_model_destroy(m);
	if (r == 0 && after <= before)
		*ret_absent = "the allocator does not count";
	else if (r == 0)
		*ret_bytes = (double)(after - before - table_bytes(pages)) / (double)pages;
	return r;
}
