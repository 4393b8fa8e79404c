/* SPDX-License-Identifier: MIT */
/* See bounds.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "host.h"

static const struct {
	enum __rlimit_resource resource;
	const char *name;
} kinds[CR2_LIMITS] = {
	[CR2_LIMIT_STACK] = {RLIMIT_STACK, "the stack (ulimit -H -s)"},
	[CR2_LIMIT_AS] = {RLIMIT_AS, "virtual memory (ulimit -H -v)"},
	[CR2_LIMIT_DATA] = {RLIMIT_DATA, "data (ulimit -H -d)"},
	[CR2_LIMIT_MEMLOCK] = {RLIMIT_MEMLOCK, "locked memory (ulimit -H -l)"},
};

bool host_bounds_are_set(const struct cr2_litmus *litmus, enum cr2_limit limit)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		if (litmus->statements[i].kind == CR2_OP_LIMIT && litmus->statements[i].flags == limit)
			return true;
	return false;
}

static int read_amounts(struct host_runner *host, pid_t pid, struct host_amounts *ret_amounts)
{
	struct host_amounts kib = {0};
	char path[32], line[256];
	unsigned found = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		found += (unsigned)(sscanf(line, "VmSize: %" SCNu64, &kib.total) == 1) +
			 (unsigned)(sscanf(line, "VmData: %" SCNu64, &kib.data) == 1) +
			 (unsigned)(sscanf(line, "VmLck: %" SCNu64, &kib.locked) == 1);
	if (file)
		fclose(file);
	if (found != 3)
		return reason_refuse(&host->reason, -EIO, "%s does not tell what the process has", path);
	*ret_amounts = (struct host_amounts){kib.total / 4, kib.data / 4, kib.locked / 4};
	return 0;
}

int host_bounds_begin(struct host_runner *host, const struct cr2_litmus *litmus)
{
	struct host_bounds *bounds = &host->processes[0].bounds;

	host->bounded = false;
	for (int i = 0; i < CR2_LIMITS; i++) {
		bounds->pages[i] = UINT64_MAX;
		host->bounded |= host_bounds_are_set(litmus, (enum cr2_limit)i);
	}
	return host->bounded ? read_amounts(host, host->processes[0].pid, &bounds->own) : 0;
}

/* Does the step act in a new way in the same memory: on a stack that is the process's own affair? */
static bool adds_own(const struct cr2_op *op)
{
	return cr2_op_makes_process(op->kind) && op->kind != CR2_OP_FORK;
}

static uint64_t own_pages(const struct host_amounts *own, enum cr2_limit limit, const struct cr2_op *op)
{
	switch (limit) {
	case CR2_LIMIT_AS:
		return own->total;
	case CR2_LIMIT_DATA:
		return own->data;
	case CR2_LIMIT_MEMLOCK: /* mlockall looks at all that could be locked */
		return op->kind == CR2_OP_LOCKALL && op->flags & CR2_MCL_CURRENT ? own->total : own->locked;
	default:
		return 0;
	}
}

/* The hard limit stays where it is, if it can; RLIM_INFINITY is as far as it goes. */
static int set_limit(struct host_runner *host, enum cr2_limit limit, rlim_t bytes)
{
	pid_t pid = host->processes[host->actor].pid;
	struct rlimit wanted;
	int r = prlimit(pid, kinds[limit].resource, NULL, &wanted);

	wanted.rlim_cur = bytes == RLIM_INFINITY ? wanted.rlim_max : bytes;
	if (r == 0 && wanted.rlim_max < wanted.rlim_cur)
		wanted.rlim_max = bytes;
	if (r == 0)
		r = prlimit(pid, kinds[limit].resource, &wanted, NULL);
	return r == 0 ? 0 : reason_refuse(&host->reason, -EOPNOTSUPP, "there is a hard limit on %s", kinds[limit].name);
}

/* Without any memory to lock, a process may not even ask. */
static int set_one(struct host_runner *host, enum cr2_limit limit, uint64_t pages, const struct cr2_op *op)
{
	const struct host_amounts *own = &host->processes[op->process].bounds.own;

	if (adds_own(op))
		return set_limit(host, limit, limit == CR2_LIMIT_STACK ? pages * CR2_PAGE_SIZE : RLIM_INFINITY);
	if (limit != CR2_LIMIT_MEMLOCK || pages)
		pages += own_pages(own, limit, op);
	return set_limit(host, limit, pages * CR2_PAGE_SIZE);
}

int host_bounds_set(struct host_runner *host, const struct cr2_op *op)
{
	const struct host_bounds *bounds = &host->processes[host->actor].bounds;
	int r = 0;

	if (host->bounded && adds_own(op))
		r = read_amounts(host, host->processes[op->process].pid, &host->amounts_before);
	for (int i = 0; bounds->any && i < CR2_LIMITS && r == 0; i++)
		if (bounds->pages[i] != UINT64_MAX)
			r = set_one(host, (enum cr2_limit)i, bounds->pages[i], op);
	return r;
}

/* Of the scenario's mappings, where all are; those of the pool are not counted. */
static uint64_t lockable(const struct host_view *view)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < view->count; i++)
		if (!view->regions[i].vma.hugetlb)
			pages += (view->regions[i].vma.end - view->regions[i].vma.start) / CR2_PAGE_SIZE;
	return pages;
}

static int note_own(struct host_runner *host, const struct cr2_op *op)
{
	struct host_process *process = &host->processes[op->process];
	struct host_amounts *own = &process->bounds.own, now;
	int r = read_amounts(host, process->pid, &now);

	if (r < 0)
		return r;
	if (op->kind == CR2_OP_LOCKALL) {
		own->locked = now.locked - lockable(&process->now);
		return 0;
	}
	own->total += now.total - host->amounts_before.total;
	own->data += now.data - host->amounts_before.data;
	own->locked += now.locked - host->amounts_before.locked;
	return 0;
}

int host_bounds_note(struct host_runner *host, const struct cr2_op *op, const struct cr2_outcome *outcome)
{
	struct host_bounds *bounds = &host->processes[host->actor].bounds;

	if (!host->bounded || outcome->result != CR2_RESULT_OK)
		return 0;
	if (op->kind == CR2_OP_LIMIT && op->flags < CR2_LIMITS) {
		bounds->any = true;
		bounds->pages[op->flags] = op->length / CR2_PAGE_SIZE;
	}
	if (cr2_op_makes_process(op->kind)) {
		host->processes[op->child].bounds = *bounds;
		host->processes[op->child].bounds.own = host->processes[op->process].bounds.own;
		host->processes[op->child].bounds.own.locked = 0;
	}
	if (op->kind == CR2_OP_UNLOCKALL)
		host->processes[op->process].bounds.own.locked = 0;
	if (adds_own(op) || (op->kind == CR2_OP_LOCKALL && op->flags & CR2_MCL_CURRENT))
		return note_own(host, op);
	return 0;
}
