/* SPDX-License-Identifier: MIT */
/*
 * All pages of all processes, after each step.
 */
#include <errno.h>
#include <string.h>

#include "host.h"
#include "writable.h"

/* The last look becomes the one before. */
static void turn(struct host_process *process)
{
	struct host_view old = process->before;

	process->before = process->now;
	process->now = old;
	process->now.count = 0;
}

static int look_at(struct host_runner *host, size_t i, const struct cr2_op *op)
{
	struct host_process *process = &host->processes[i];
	bool born = op->kind == CR2_OP_FORK && op->child == i;
	const struct host_sight sight = {
		.pid = process->pid,
		.maps = process->maps,
		.pagemap = process->pagemap,
		.files = &host->files,
		.objects = &host->objects,
		.areas = host_process_areas(host, process),
		.before = &host->processes[born ? op->process : i].before,
		.op = op,
		.shown = cr2_marks_shown(host->shows),
		.entries = host->shows & CR2_SHOW_ENTRIES ? host->entries : NULL,
	};
	int r = host_view_read(&process->now, &sight);

	if (r == -E2BIG)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "the mappings are too large to watch: "
				   "a process may have 4 GiB here");
	if (r == -ENODATA)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "this kernel does not show which 2 MiB "
				   "pages are split: Linux 6.7 does");
	if (r < 0)
		return reason_refuse(&host->reason, r, "the pages of process %d cannot be read: %s",
				   (int)process->pid, strerror(-r));
	return 0;
}

int host_look(struct host_runner *host, const struct cr2_op *op, enum cr2_result result)
{
	int r = 0;

	for (size_t i = 0; i < host->n_processes; i++)
		turn(&host->processes[i]);
	for (size_t i = 0; r == 0 && i < host->n_processes; i++)
		if (host->processes[i].alive && host->processes[i].space == i)
			r = look_at(host, i, op);
	if (r == 0)
		r = host_shared_forget(&host->identity, &host->processes[op->process], op, result);
	if (r == 0)
		r = host_identity_update(&host->identity, &host->files, host->processes,
					 host->n_processes, op, result);
	for (size_t i = 0; r == 0 && i < host->n_processes; i++) {
		struct host_process *process = &host->processes[i];

		host_writable_update(&process->before, &process->now, op, op->process == i, result);
	}
	return r;
}

struct cr2_page_state host_page_state(const struct host_view *view, uint64_t address)
{
	const struct host_region *region = host_view_region(view, address);
	const struct host_page *page = host_view_page(view, address);
	struct cr2_page_state state = {.kind = CR2_PAGE_NOMAP, .object = CR2_NO_OBJECT};

	if (!page)
		return state;
	state.kind = page->kind;
	state.marks = page->marks;
	if (region->vma.gigantic && (address & ~(page->kind == CR2_PAGE_HUGE ? CR2_HUGE_SIZE - 1 : ~CR2_PAGE_MASK)) != region->vma.start)
		state.marks &= ~CR2_MARK(BEGINS);
	if (page->kind == CR2_PAGE_FILE) {
		state.object = region->object;
		state.index = host_region_index(region, address);
	}
	if (page->kind == CR2_PAGE_ANON || page->kind == CR2_PAGE_HUGE)
		state.id = page->id;
	if (state.id || page->kind == CR2_PAGE_FILE)
		state.mapcount = page->mapcount;
	return state;
}
