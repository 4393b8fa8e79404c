/* SPDX-License-Identifier: MIT */
/*
 * The scenario's processes as the runner holds them: each with what it is watched through.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "numa.h"

/* What shows its memory. */
static void close_memory(struct host_process *process)
{
	if (process->maps >= 0)
		close(process->maps);
	if (process->pagemap >= 0)
		close(process->pagemap);
	if (process->answerer)
		host_actor_reap(process->answerer, true);
	if (process->uffd >= 0)
		close(process->uffd);
	if (process->mem >= 0)
		close(process->mem);
	process->maps = process->pagemap = process->mem = process->uffd = -1;
	process->answerer = 0;
}

void host_process_close(struct host_process *process)
{
	fault_ring_close(&process->ring);
	close_memory(process);
	process->alive = false;
}

static int open_memory(struct host_runner *host, struct host_process *process)
{
	process->maps = maps_open(process->pid);
	process->pagemap = frames_pagemap_open(process->pid);
	if (process->maps < 0 || process->pagemap < 0)
		return reason_refuse(&host->reason, -EPERM, "/proc/%d cannot be read", (int)process->pid);
	return 0;
}

int host_process_replace(struct host_runner *host, struct host_process *process)
{
	close_memory(process);
	return open_memory(host, process);
}

/* Opens what it is watched through. */
int host_process_watch(struct host_runner *host, struct host_process *process, pid_t pid)
{
	int r = 0;

	process->pid = pid;
	process->alive = true;
	if (!host->blind)
		r = fault_ring_open(&host->tracer, pid, &process->ring, &host->reason);
	if (r < 0)
		return r;
	return open_memory(host, process);
}

/* What is mapped beside a mapping that the scenario places could become one with it. */
static int check_area(struct host_runner *host, const struct host_area *area)
{
	struct maps_vma vma;
	int r = maps_vma_at(host->processes[0].maps, area->start - CR2_PAGE_SIZE, &vma);

	if (r == -ENOENT || (r == 0 && vma.start > area->end))
		return 0;
	if (r < 0)
		return reason_refuse(&host->reason, r, "/proc/PID/maps: %s", strerror(-r));
	return reason_refuse(&host->reason, -EOPNOTSUPP, "this program has mappings of its own at "
			   "0x%llx, where scenarios' mappings go", (unsigned long long)vma.start);
}

/* The addresses that scenarios use by themselves are far from where the kernel puts things. */
static int check_areas(struct host_runner *host)
{
	int r = 0;

	for (size_t i = 0; i < host->areas.n && r == 0; i++)
		r = check_area(host, &host->areas.items[i]);
	return r;
}

static int by_start(const void *a, const void *b)
{
	const struct host_area *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Areas that touch are one: so may be their mappings. */
static void join_areas(struct host_areas *areas)
{
	size_t n = 0;

	qsort(areas->items, areas->n, sizeof(*areas->items), by_start);
	for (size_t i = 0; i < areas->n; i++)
		if (n > 0 && areas->items[i].start <= areas->items[n - 1].end)
			areas->items[n - 1].end = areas->items[i].end;
		else
			areas->items[n++] = areas->items[i];
	areas->n = n;
}

#define PROGRAM_STACK (8UL << 20) /* of a program's stack */

static int find_program_areas(struct host_runner *host)
{
	const size_t n = host->areas.n;
	struct host_area *items = calloc(n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	memcpy(items, host->areas.items, n * sizeof(*items));
	items[n] = (struct host_area){CR2_STACK_TOP - PROGRAM_STACK, CR2_STACK_TOP};
	free(host->program_areas.items);
	host->program_areas = (struct host_areas){.n = n + 1, .items = items};
	join_areas(&host->program_areas);
	return 0;
}

const struct host_areas *host_process_areas(const struct host_runner *host, const struct host_process *process)
{
	return process->apart ? &host->program_areas : &host->areas;
}

static int find_areas(struct host_runner *host, const struct cr2_litmus *litmus)
{
	struct host_areas areas = {.items = calloc(litmus->n_statements + 1, sizeof(*areas.items))};

	if (!areas.items)
		return -ENOMEM;
	areas.items[areas.n++] = (struct host_area){HOST_AREA_START, HOST_AREA_END};
	for (size_t i = 0; i < litmus->n_statements; i++) {
		const struct cr2_statement *s = &litmus->statements[i];

		if (s->kind == CR2_OP_MAP && s->placed)
			areas.items[areas.n++] = (struct host_area){s->address, s->address + s->pages * CR2_PAGE_SIZE};
	}
	join_areas(&areas);
	free(host->areas.items);
	host->areas = areas;
	return find_program_areas(host);
}

/* HOST_ACTOR_ */
static unsigned what_it_does(const struct cr2_litmus *litmus)
{
	unsigned does = HOST_ACTOR_ANY;

	for (size_t i = 0; i < litmus->n_statements; i++) {
		const struct cr2_statement *s = &litmus->statements[i];

		if (s->kind == CR2_OP_LOCK || s->kind == CR2_OP_LOCKALL || s->map_flags & CR2_MAP_LOCKED)
			does |= HOST_ACTOR_LOCKS;
		if (s->kind == CR2_OP_TRUNCATE || s->kind == CR2_OP_FWRITE)
			does |= HOST_ACTOR_TRUNCATES;
		if (s->prot & CR2_PROT_EXEC)
			does |= HOST_ACTOR_EXECUTES;
	}
	return does;
}

int host_process_start(struct host_runner *host, const struct cr2_litmus *litmus)
{
	struct host_actor_config config = {
		.slots = host->channel.slots,
		.probe = host->probe,
		.pipe = {host->pipe[0], host->pipe[1]},
		.thp_disable = litmus->settings.thp == CR2_THP_NEVER,
		.keys = litmus->settings.keys,
		.five_levels = litmus->settings.levels == 5,
		.does = what_it_does(litmus),
	};
	const char *obstacle = NULL;
	pid_t pid;
	int r = 0;

	host->identity.moves = host_numa_moves(litmus);
	if (host->identity.moves && (r = host_numa_nodes(config.nodes, &host->reason)) < 0)
		return r;
	host->probe->five_levels = config.five_levels;
	r = host_actor_start(&config, &pid, &obstacle);
	if (r < 0 && obstacle)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "%s", obstacle);
	if (r < 0)
		return reason_refuse(&host->reason, r, "the first process cannot be started: %s",
				   strerror(-r));
	host->keys = litmus->settings.keys;
	host->config = config;
	host_paths_follow(&host->paths, pid);
	r = host_process_watch(host, &host->processes[0], pid);
	if (r == 0)
		r = find_areas(host, litmus);
	if (r == 0)
		r = host_bounds_begin(host, litmus);
	return r == 0 ? check_areas(host) : r;
}

int host_processes_create(struct host_runner *host, size_t n)
{
	host->processes = calloc(n, sizeof(*host->processes));
	if (!host->processes)
		return -ENOMEM;
	host->n_processes = n;
	for (size_t i = 0; i < n; i++) {
		struct host_process *process = &host->processes[i];

		process->space = (uint32_t)i;
		process->maps = process->pagemap = process->mem = process->uffd = -1;
		process->ring = (struct fault_ring){.fds = {-1, -1, -1}};
	}
	return host_channel_create(&host->channel, n);
}

void host_processes_end(struct host_runner *host)
{
	for (size_t i = 0; i < host->n_processes; i++) {
		struct host_process *process = &host->processes[i];

		if (process->alive)
			host_actor_reap(process->pid, true);
		host_process_close(process);
		host_view_finish(&process->before);
		host_view_finish(&process->now);
	}
	host_references_finish(&host->references);
	free(host->areas.items);
	free(host->program_areas.items);
	host->areas = host->program_areas = (struct host_areas){0};
	free(host->processes);
	host->processes = NULL;
	host->n_processes = 0;
}
