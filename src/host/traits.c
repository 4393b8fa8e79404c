/* SPDX-License-Identifier: MIT */
/*
 * What sets this machine apart from the one that scenarios speak of, found out by running the
 * scenarios of tables/trait.def, and the steps that cannot be made as they are meant because of it.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "host.h"

static int has_trait(struct host_runner *host, enum cr2_trait trait, bool *ret_has)
{
	const char *text = cr2_trait_scenario(trait);
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_run run;
	int r = cr2_litmus_parse(cr2_trait_name(trait), text, strlen(text), &litmus, &diag);

	if (r < 0) {
		cr2_diag_finish(&diag);
		return r;
	}
	*ret_has = false;
	r = host_wanted_kernel(&litmus.settings, &host->reason);
	if (r == 0) {
		r = cr2_litmus_run(&litmus, &host->base, NULL, NULL, &run);
		*ret_has = run.n_failures;
		if (r == -EOPNOTSUPP && run.reason_line)
			r = 0; /* what cannot be tried, no scenario can meet */
		cr2_run_finish(&run);
	} else if (r == -EOPNOTSUPP) {
		cr2_text_clear(&host->reason);
		r = 0; /* nor what an older kernel has not got */
	}
	cr2_litmus_finish(&litmus);
	return r;
}

int host_traits_find(struct host_runner *host)
{
	unsigned traits = 0;
	int r = 0;

	if (host->traits_known)
		return 0;
	host->traits_known = true; /* the scenarios come by here, too */
	for (enum cr2_trait trait = 0; r == 0 && trait < CR2_TRAIT_COUNT; trait++) {
		bool has;

		r = has_trait(host, trait, &has);
		if (r == 0 && has)
			traits |= 1U << trait;
	}
	host->traits = traits;
	host->traits_known = r == 0;
	return r;
}

static int refuse_trait(struct host_runner *host, const struct cr2_op *op, enum cr2_trait trait)
{
	return reason_refuse(&host->reason, -EOPNOTSUPP, "%s 0x%llx: on this machine %s (%s)",
			     cr2_op_name(op->kind), (unsigned long long)op->address,
			     cr2_trait_sentence(trait), cr2_trait_cause(trait));
}

/* As the kernel lays it out: docs of x86_64/mm, "cpu_entry_area mapping". */
#define ENTRY_AREA_START 0xfffffe0000000000ULL
#define ENTRY_AREA_END 0xfffffe8000000000ULL

static bool meets_entry_area(const struct cr2_op *op)
{
	return op->address >= ENTRY_AREA_START && op->address < ENTRY_AREA_END &&
	       op->kind != CR2_OP_KREAD && op->kind != CR2_OP_KWRITE;
}

static bool behind_end(const struct host_runner *host, const struct host_region *region,
		       uint64_t address)
{
	struct stat file;

	return region->object != CR2_NO_OBJECT &&
	       fstat(host->objects.items[region->object].fd, &file) == 0 &&
	       host_region_index(region, address) * CR2_PAGE_SIZE >= (uint64_t)file.st_size;
}

/* A fetch that the mapping forbids, of a page that it brings all the same. */
static bool fetch_brings_page(const struct host_runner *host, const struct cr2_op *op)
{
	const struct host_view *now = &host->processes[op->process].now;
	const struct host_region *region = host_region_at_or_grown(now, op->address);
	const struct host_page *page = host_view_page(now, op->address);

	if (op->kind != CR2_OP_EXEC || !region || !region->vma.prot ||
	    region->vma.prot & CR2_PROT_EXEC)
		return false;
	if (page && page->kind != CR2_PAGE_NONE && page->kind != CR2_PAGE_SWAP)
		return false;
	return !behind_end(host, region, op->address);
}

int host_traits_check(struct host_runner *host, const struct cr2_op *op)
{
	if (host->traits & CR2_TRAIT(ENTRY_AREA_HIDDEN) && meets_entry_area(op))
		return refuse_trait(host, op, CR2_TRAIT_ENTRY_AREA_HIDDEN);
	if (host->traits & CR2_TRAIT(FETCH_UNCHECKED) && fetch_brings_page(host, op))
		return refuse_trait(host, op, CR2_TRAIT_FETCH_UNCHECKED);
	return 0;
}
