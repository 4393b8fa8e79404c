/* SPDX-License-Identifier: MIT */
/* See promise.h. */
#include "promise.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/reason.h"

/* As Documentation/mm/overcommit-accounting.rst numbers them. */
enum mode { HEURISTIC, NO_LIMIT, STRICT };

static enum mode read_mode(void)
{
	FILE *file = fopen("/proc/sys/vm/overcommit_memory", "re");
	int mode = HEURISTIC;

	if (file && fscanf(file, "%d", &mode) != 1)
		mode = HEURISTIC;
	if (file)
		fclose(file);
	return (enum mode)mode;
}

/* In bytes; 0: there is no such line. */
static uint64_t meminfo(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0 &&
		    sscanf(line + strlen(name), ": %" SCNu64, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

/* The most that one call can be promised now. */
static uint64_t most(enum mode mode)
{
	uint64_t limit, used;
	struct sysinfo info;

	if (mode == HEURISTIC)
		return sysinfo(&info) < 0 ? UINT64_MAX :
		       ((uint64_t)info.totalram + info.totalswap) * info.mem_unit;
	if (mode == NO_LIMIT)
		return UINT64_MAX;
	limit = meminfo("CommitLimit");
	used = meminfo("Committed_AS");
	return limit > used ? limit - used : 0;
}

/* What it asks for at the most; fork asks for each mapping. */
static uint64_t asked(const struct cr2_op *op)
{
	switch (op->kind) {
	case CR2_OP_MAP:
		return op->flags & CR2_MAP_HUGETLB ? 0 : op->length; /* the pool's are promised by themselves */
	case CR2_OP_PROTECT:
		return op->length;
	case CR2_OP_REMAP:
	case CR2_OP_BRK:
		return op->new_length;
	case CR2_OP_FORK:
		return UINT64_MAX;
	default:
		return 0;
	}
}

int host_promise_check(const struct cr2_op *op, int error, struct cr2_text *reason)
{
	enum mode mode = read_mode();
	uint64_t can = most(mode);

	if (error != ENOMEM || asked(op) <= can || (op->kind == CR2_OP_FORK && mode != STRICT))
		return 0;
	return reason_refuse(reason, -EOPNOTSUPP, "this kernel does not promise so much memory: "
			     "%" PRIu64 " MiB at the most (vm.overcommit_memory is %d); map fewer pages, "
			     "or with noreserve", can >> 20, (int)mode);
}
