/* SPDX-License-Identifier: MIT */
/* Page-table entries of one's own children: cr2/trace.h. */
#include <cr2/trace.h>

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "discover.h"
#include "entries.h"
#include "settle.h"

#include "trace/entries.skel.h"

struct cr2_trace_entries {
	struct entries_bpf *skeleton;
	struct entries_request request;
};

/* can_cast: with what is there since 6.2; a kernel without refuses it. */
static int load(struct cr2_trace_entries *e, const struct discovered *found, bool can_cast)
{
	struct entries_bpf *s = e->skeleton = entries_bpf__open();

	if (!s)
		return -errno;
	s->rodata->trace_kernel = found->kernel;
	s->rodata->trace_direct_map = found->direct_map;
	s->rodata->trace_vmemmap = found->vmemmap;
	s->rodata->trace_pid_level = (uint32_t)found->pid_level;
	s->rodata->trace_pid_space = found->pid_space;
	s->rodata->trace_can_cast = can_cast;
	return entries_bpf__load(s);
}

int cr2_trace_entries_open(struct cr2_trace_entries **ret_entries, struct cr2_text *reason)
{
	struct cr2_trace_entries *e = calloc(1, sizeof(*e));
	struct discovered found;
	int r = e ? 0 : -ENOMEM;

	if (r == 0)
		r = discover(&found, reason);
	if (r == 0)
		r = load(e, &found, true);
	if (r < 0 && e && e->skeleton) {
		entries_bpf__destroy(e->skeleton);
		r = load(e, &found, false);
		if (r < 0)
			trace_refuse(reason, r, "the kernel refuses the BPF program");
	}
	if (r < 0) {
		cr2_trace_entries_close(e);
		trace_explain(reason);
		return r;
	}
	*ret_entries = e;
	return 0;
}

void cr2_trace_entries_close(struct cr2_trace_entries *e)
{
	if (e)
		entries_bpf__destroy(e->skeleton);
	free(e);
}

static int ask(struct cr2_trace_entries *e)
{
	uint32_t key = 0;
	uint64_t args[2] = {0};
	int map = bpf_map__fd(e->skeleton->maps.requests), r;
	struct bpf_test_run_opts run = {
		.sz = sizeof(run), .ctx_in = args, .ctx_size_in = sizeof(args),
	};

	if (bpf_map_update_elem(map, &key, &e->request, BPF_ANY) < 0)
		return -errno;
	r = bpf_prog_test_run_opts(bpf_program__fd(e->skeleton->progs.entries), &run);
	if (r == 0 && bpf_map_lookup_elem(map, &key, &e->request) < 0)
		r = -errno;
	if (r < 0)
		return r;
	return e->request.found ? 0 : -ESRCH;
}

/* Of the levels above a PMD only what maps a page is of interest. */
static bool is_leaf(uint32_t level, uint64_t value)
{
	return level && (level <= CR2_LEVEL_PMD || (level == CR2_LEVEL_PUD && value & TRACE_HUGE));
}

int cr2_trace_entries_read(struct cr2_trace_entries *e, uint32_t pid, uint64_t address, size_t n, uint32_t *ret_marks)
{
	for (size_t done = 0; done < n; done += e->request.n) {
		size_t left = n - done;
		int r;

		e->request.pid = pid;
		e->request.address = address + done * CR2_PAGE_SIZE;
		e->request.n = (uint32_t)(left < ENTRIES_MAX ? left : ENTRIES_MAX);
		r = ask(e);
		if (r < 0)
			return r;
		for (size_t i = 0; i < e->request.n; i++)
			ret_marks[done + i] = is_leaf(e->request.entries[i].level, e->request.entries[i].value) ?
				cr2_marks_of_entry(e->request.entries[i].value, e->request.entries[i].level,
						   e->request.entries[i].exclusive) : 0;
	}
	return 0;
}
