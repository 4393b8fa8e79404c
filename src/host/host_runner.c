/* SPDX-License-Identifier: MIT */
/*
 * The host runner: a scenario on the kernel that runs us, with real processes. What its
 * parts are: host.h.
 */
#include <cr2/host.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "khugepaged.h"
#include "ksm.h"
#include "numa.h"
#include "pageout.h"
#include "pool.h"

static struct host_runner *host_of(struct cr2_runner *runner)
{
	return (struct host_runner *)runner;
}

/* --- what is found out once --- */

static int open_pipe(struct host_runner *host)
{
	if (pipe2(host->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		host->pipe[0] = host->pipe[1] = -1;
		return -errno;
	}
	return 0;
}

static void forget_system(struct host_runner *host)
{
	frames_close(&host->files);
	fault_tracer_close(&host->tracer);
	host_paths_close(&host->paths);
	cr2_trace_entries_close(host->entries);
	host->entries = NULL;
	host_drain_finish(&host->drain);
	host_objects_finish(&host->objects);
	host_identity_finish(&host->identity);
	host_shortage_close(&host->shortage);
	host->looked_for_room = false;
	host_probe_destroy(host->probe);
	host->probe = NULL;
	for (int i = 0; i < 2; i++) {
		if (host->pipe[i] >= 0)
			close(host->pipe[i]);
		host->pipe[i] = -1;
	}
	host->probed = false;
}

/* Before anything else: where there is no room for the runner, it is killed and cannot say why. */
static int check_room(struct host_runner *host)
{
	int r = host->looked_for_room ? 0 : host_shortage_open(&host->shortage);

	if (r < 0)
		reason_refuse(&host->reason, r, "the control groups cannot be read: %s", strerror(-r));
	if (r == 0)
		r = host_shortage_check_room(&host->shortage, &host->reason);
	if (r < 0)
		host_shortage_close(&host->shortage);
	host->looked_for_room = r == 0;
	return r;
}

static int probe_observers(struct host_runner *host)
{
	int r = frames_open(&host->files, &host->reason);

	if (r == 0)
		r = fault_tracer_open(&host->tracer, &host->reason);
	if (r == 0)
		r = host_drain_probe(&host->drain, &host->files, &host->reason);
	return r;
}

static int probe_system(struct host_runner *host)
{
	int r = 0;

	if (host->probed)
		return 0;
	if (!host->blind)
		r = probe_observers(host);
	if (r == 0)
		r = open_pipe(host);
	if (r == 0 && !(host->probe = host_probe_create()))
		r = -ENOMEM;
	if (r < 0)
		forget_system(host);
	host->probed = r == 0;
	return r;
}

/* --- a scenario's start and end --- */

static int host_end(struct cr2_runner *runner)
{
	struct host_runner *host = host_of(runner);
	int r = 0, released;

	if (!host->running)
		return 0;
	host_processes_end(host);
	if (host_ward_end(&host->ward) < 0)
		r = reason_refuse(&host->reason, -EIO, "a control group could not be removed");
	host_channel_destroy(&host->channel);
	host_objects_end(&host->objects);
	host_identity_clear(&host->identity);
	host->written.count = 0;
	memset(host->written.filled, 0, sizeof(host->written.filled));
	host_drain_end(&host->drain);
	released = cr2_settings_release(host->settings);
	host->settings = NULL;
	host_limits_end(&host->limits);
	host->running = false;
	if (host->blind)
		forget_system(host);
	return released < 0 ? reason_refuse(&host->reason, released, "a system setting could not be put back") : r;
}

/* That will be open at a time, beyond those that are. */
static size_t count_files(const struct host_runner *host, const struct cr2_litmus *litmus)
{
	size_t processes = litmus->names.processes.n ? litmus->names.processes.n : 1;
	size_t own = 8; /* settings, the folder of files, and what is open for a moment */

	if (!host->probed)
		own += 2 + CR2_ARRAY_SIZE(host->tracer.events) + CR2_ARRAY_SIZE(host->pipe) + 2;
	return own + processes * (3 + CR2_ARRAY_SIZE(host->processes->ring.fds)) +
	       2 * litmus->names.objects.n;
}

/* Where limits leave no room for more than what a scenario cannot do without, paths are derived. */
static void open_paths(struct host_runner *host, const struct cr2_litmus *litmus)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	size_t own = HOST_PATHS_FILES + 2 * (size_t)(cpus > 0 ? cpus : 1);

	if (!host->blind && host_limits_allow(count_files(host, litmus) + own) &&
	    host_shortage_allows(&host->shortage, HOST_PATHS_BYTES))
		host_paths_open(&host->paths);
}

/* Nothing but BPF shows them. */
static int open_entries(struct host_runner *host)
{
	struct cr2_text why = {0};
	int r;

	if (host->entries || !(host->shows & CR2_SHOW_ENTRIES))
		return 0;
	r = cr2_trace_entries_open(&host->entries, &why);
	if (r < 0)
		reason_refuse(&host->reason, r = -EOPNOTSUPP, "page-table entries cannot be read: %s",
			      why.length ? why.data : "no BPF program runs");
	cr2_text_finish(&why);
	return r;
}

static int start(struct host_runner *host, const struct cr2_litmus *litmus)
{
	bool everywhere = litmus->settings.swap || host_pages_out(litmus);
	int r = host_drain_begin(&host->drain, everywhere, &host->reason);

	if (r == 0)
		r = probe_system(host);
	if (r == 0)
		open_paths(host, litmus);
	if (r == 0)
		r = open_entries(host);
	host->shortage.huge = litmus->settings.thp != CR2_THP_NEVER;
	if (r == 0)
		r = host_objects_begin(&host->objects, litmus->names.objects.n);
	if (r == 0)
		r = host_ward_begin(host, litmus);
	if (r == 0)
		r = host_processes_create(host, litmus->names.processes.n ? litmus->names.processes.n : 1);
	return r == 0 ? host_process_start(host, litmus) : r;
}

static int hold_settings(struct host_runner *host, const struct cr2_litmus *litmus)
{
	struct host_wanted wanted;
	int r = host_wanted_find(&wanted, litmus, &host->reason);

	if (r == 0)
		r = cr2_settings_hold(wanted.items, wanted.n, host->watch, &host->settings,
				      &host->reason);
	if (r == 0 && host_numa_scans(litmus))
		r = host_numa_rest(&host->reason);
	if (r == 0 && cr2_litmus_has(litmus, CR2_OP_KSM_SCAN))
		r = host_ksm_rest(&host->reason);
	if (r == 0)
		r = host_pool_check(litmus, &host->reason);
	return r == 0 && litmus->settings.thp != CR2_THP_NEVER ? host_khugepaged_settle(&host->reason) : r;
}

static int host_begin(struct cr2_runner *runner, const struct cr2_litmus *litmus)
{
	struct host_runner *host = host_of(runner);
	int r;

	host_end(runner);
	cr2_text_clear(&host->reason);
	r = check_room(host);
	if (r == 0 && !host->blind)
		r = host_traits_find(host);
	if (r < 0)
		return r;
	host->running = true;
	host->shows = host->blind ? 0 : cr2_runner_shows(runner, litmus);
	r = host_limits_begin(&host->limits, count_files(host, litmus), &host->reason);
	if (r == 0)
		r = hold_settings(host, litmus);
	if (r == 0)
		r = start(host, litmus);
	if (r < 0)
		host_end(runner);
	return r;
}

static int host_snapshot(struct cr2_runner *runner, uint32_t process, uint64_t address, size_t n,
			 struct cr2_page_state *ret_states)
{
	struct host_runner *host = host_of(runner);

	if (process >= host->n_processes || !host->processes[process].alive)
		return -ESRCH;
	process = host->processes[process].space;
	for (size_t i = 0; i < n; i++)
		ret_states[i] = host_page_state(&host->processes[process].now, address + i * CR2_PAGE_SIZE);
	return 0;
}

/* Of a mapping of 1 GiB pages as many as one token is for, but for the page where it begins; all others one by one. */
static uint64_t host_alike(struct cr2_runner *runner, uint32_t process, uint64_t address, uint64_t n)
{
	const struct host_runner *host = host_of(runner);
	const struct host_region *region;
	const struct host_view *view;
	uint64_t left = (CR2_HUGE_SIZE - address % CR2_HUGE_SIZE) / CR2_PAGE_SIZE;

	if (process >= host->n_processes || !host->processes[process].alive)
		return 1;
	view = &host->processes[host->processes[process].space].now;
	region = host_view_region(view, address);
	if (!region || !region->vma.gigantic)
		return 1;
	if (address == region->vma.start && host_view_page(view, address)->kind != CR2_PAGE_HUGE)
		return 1;
	return n < left ? n : left;
}

static int host_execute(struct cr2_runner *runner, const struct cr2_op *op,
			struct cr2_outcome *ret_outcome)
{
	return host_step(host_of(runner), op, ret_outcome);
}

static int host_traits(struct cr2_runner *runner, unsigned *ret_traits)
{
	struct host_runner *host = host_of(runner);
	int r = host_traits_find(host);

	if (r == 0)
		*ret_traits = host->traits;
	return r;
}

static const char *host_reason(const struct cr2_runner *runner)
{
	const struct host_runner *host = (const struct host_runner *)runner;

	return host->reason.length ? host->reason.data : "no reason is known";
}

static void host_destroy(struct cr2_runner *runner)
{
	struct host_runner *host = host_of(runner);

	host_end(runner);
	forget_system(host);
	cr2_text_finish(&host->reason);
	free(host->written.items);
	free(host);
}

static const struct cr2_runner_ops host_ops = {
	.name = "host",
	.begin = host_begin,
	.execute = host_execute,
	.snapshot = host_snapshot,
	.alike = host_alike,
	.end = host_end,
	.reason = host_reason,
	.destroy = host_destroy,
	.traits = host_traits,
};

struct host_runner *host_of_runner(struct cr2_runner *runner)
{
	return runner->ops == &host_ops ? host_of(runner) : NULL;
}

int cr2_runner_host_create(struct cr2_runner **ret_runner)
{
	struct host_runner *host = calloc(1, sizeof(*host));

	if (!host)
		return -ENOMEM;
	host->base.ops = &host_ops;
	host->files = (struct frames){-1, -1};
	host->drain.local = host->drain.global = -1;
	host->shortage.vmstat = -1;
	host->objects.directory = -1;
	host->pipe[0] = host->pipe[1] = -1;
	host->ward.guardian.pipe = -1;
	*ret_runner = &host->base;
	return 0;
}

int cr2_runner_host_watch(struct cr2_runner *runner, const struct cr2_settings_watch *watch)
{
	struct host_runner *host = host_of_runner(runner);

	if (!host)
		return -EINVAL;
	host->watch = watch;
	return 0;
}
