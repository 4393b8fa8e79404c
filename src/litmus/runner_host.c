/* SPDX-License-Identifier: MIT */
/*
 * The host runner: a scenario on the kernel that runs us, with real processes. What its
 * parts are: runner_host.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "derive.h"
#include "runner_host.h"

struct host_runner {
	struct cr2_runner base;
	struct cr2_text reason;
	/* kept from one scenario to the next */
	bool probed;
	struct host_page_files files;
	struct host_tracer tracer;
	struct host_drain drain;
	struct host_objects objects;
	struct host_identity identity;
	struct host_probe *probe;
	int pipe[2];
	/* of the scenario under way */
	bool running;
	struct host_settings settings;
	struct host_channel channel;
	struct host_process *processes;
	size_t n_processes;
	struct host_written written;
};

int host_refuse(struct cr2_text *reason, int err, const char *format, ...)
{
	va_list args;

	cr2_text_clear(reason);
	va_start(args, format);
	cr2_text_vprintf(reason, format, args);
	va_end(args);
	return err;
}

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

static int probe_system(struct host_runner *host)
{
	int r;

	if (host->probed)
		return 0;
	r = host_page_files_open(&host->files, &host->reason);
	if (r == 0)
		r = host_tracer_open(&host->tracer, &host->reason);
	if (r == 0)
		r = host_drain_probe(&host->drain, &host->files, &host->reason);
	if (r == 0)
		r = open_pipe(host);
	if (r == 0 && !(host->probe = host_probe_create()))
		r = -ENOMEM;
	host->probed = r == 0;
	return r;
}

static void forget_system(struct host_runner *host)
{
	host_page_files_close(&host->files);
	host_tracer_close(&host->tracer);
	host_drain_finish(&host->drain);
	host_objects_finish(&host->objects);
	host_identity_finish(&host->identity);
	host_probe_destroy(host->probe);
	host->probe = NULL;
	for (int i = 0; i < 2; i++) {
		if (host->pipe[i] >= 0)
			close(host->pipe[i]);
		host->pipe[i] = -1;
	}
	host->probed = false;
}

/* --- processes --- */

static void close_process(struct host_process *process)
{
	host_ring_close(&process->ring);
	if (process->maps >= 0)
		close(process->maps);
	if (process->pagemap >= 0)
		close(process->pagemap);
	process->maps = process->pagemap = -1;
	process->alive = false;
}

/* Opens what it is watched through. */
static int watch(struct host_runner *host, struct host_process *process, pid_t pid)
{
	int r;

	process->pid = pid;
	process->alive = true;
	r = host_ring_open(&host->tracer, pid, &process->ring, &host->reason);
	if (r < 0)
		return r;
	process->maps = host_maps_open(pid);
	process->pagemap = host_pagemap_open(pid);
	if (process->maps < 0 || process->pagemap < 0)
		return host_refuse(&host->reason, -EPERM, "/proc/%d cannot be read", (int)pid);
	return 0;
}

static int start_first(struct host_runner *host, bool thp_disable)
{
	struct host_actor_config config = {
		.slots = host->channel.slots,
		.probe = host->probe,
		.pipe = {host->pipe[0], host->pipe[1]},
		.thp_disable = thp_disable,
	};
	pid_t pid;
	int r = host_actor_start(&config, &pid);

	if (r < 0)
		return host_refuse(&host->reason, r, "the first process cannot be started: %s",
				   strerror(-r));
	return watch(host, &host->processes[0], pid);
}

static int make_processes(struct host_runner *host, size_t n)
{
	host->processes = calloc(n, sizeof(*host->processes));
	if (!host->processes)
		return -ENOMEM;
	host->n_processes = n;
	for (size_t i = 0; i < n; i++) {
		struct host_process *process = &host->processes[i];

		process->maps = process->pagemap = -1;
		process->ring = (struct host_ring){.fds = {-1, -1, -1}};
	}
	return host_channel_create(&host->channel, n);
}

static void end_processes(struct host_runner *host)
{
	for (size_t i = 0; i < host->n_processes; i++) {
		struct host_process *process = &host->processes[i];

		if (process->alive)
			host_actor_reap(process->pid, true);
		close_process(process);
		host_view_finish(&process->before);
		host_view_finish(&process->now);
	}
	free(host->processes);
	host->processes = NULL;
	host->n_processes = 0;
}

/* --- a scenario's start and end --- */

static int host_end(struct cr2_runner *runner)
{
	struct host_runner *host = host_of(runner);

	if (!host->running)
		return 0;
	end_processes(host);
	host_channel_destroy(&host->channel);
	host_objects_end(&host->objects);
	host_identity_clear(&host->identity);
	host->written.count = 0;
	host_drain_end(&host->drain);
	host_settings_end(&host->settings);
	host->running = false;
	return 0;
}

static int start(struct host_runner *host, const struct cr2_litmus *litmus)
{
	int r = host_drain_begin(&host->drain, &host->reason);

	if (r == 0)
		r = probe_system(host);
	if (r == 0)
		r = host_objects_begin(&host->objects, litmus->n_objects);
	if (r == 0)
		r = make_processes(host, litmus->n_processes ? litmus->n_processes : 1);
	return r == 0 ? start_first(host, litmus->settings.thp == CR2_THP_NEVER) : r;
}

static int host_begin(struct cr2_runner *runner, const struct cr2_litmus *litmus)
{
	struct host_runner *host = host_of(runner);
	int r;

	host_end(runner);
	cr2_text_clear(&host->reason);
	r = host_settings_begin(&host->settings, litmus, &host->reason);
	host->running = true;
	if (r == 0)
		r = start(host, litmus);
	if (r < 0)
		host_end(runner);
	return r;
}

/* --- looking --- */

static int view(struct host_runner *host, struct host_process *process)
{
	struct host_view old = process->before;
	int r;

	process->before = process->now;
	process->now = old;
	process->now.count = 0;
	if (!process->alive)
		return 0;
	r = host_view_read(&process->now, &host->files, process->maps, process->pagemap, &host->objects);
	if (r == -E2BIG)
		return host_refuse(&host->reason, -EOPNOTSUPP, "the mappings are too large to watch: "
				   "a process may have 4 GiB here");
	if (r < 0)
		return host_refuse(&host->reason, r, "the pages of process %d cannot be read: %s",
				   (int)process->pid, strerror(-r));
	return 0;
}

static int look(struct host_runner *host, const struct cr2_op *op, enum cr2_result result)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < host->n_processes; i++)
		r = view(host, &host->processes[i]);
	if (r < 0)
		return r;
	return host_identity_update(&host->identity, &host->files, host->processes,
				    host->n_processes, op, result);
}

static struct cr2_page_state state_of(const struct host_view *view_, uint64_t address)
{
	const struct host_region *region = host_view_region(view_, address);
	const struct host_page *page = host_view_page(view_, address);
	struct cr2_page_state state = {.kind = CR2_PAGE_NOMAP, .object = CR2_NO_OBJECT};

	if (!page)
		return state;
	state.kind = page->kind;
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

static int host_snapshot(struct cr2_runner *runner, uint32_t process, uint64_t address, size_t n,
			 struct cr2_page_state *ret_states)
{
	struct host_runner *host = host_of(runner);

	if (process >= host->n_processes || !host->processes[process].alive)
		return -ESRCH;
	for (size_t i = 0; i < n; i++)
		ret_states[i] = state_of(&host->processes[process].now, address + i * CR2_PAGE_SIZE);
	return 0;
}

/* --- faults --- */

struct collecting {
	const struct cr2_op *op;
	const struct host_process *process;
	struct cr2_outcome *outcome;
	unsigned dropped; /* for want of room */
};

static bool is_of_interest(const struct collecting *collecting, uint64_t address)
{
	const struct cr2_op *op = collecting->op;

	return host_view_region(&collecting->process->now, address) ||
	       host_view_region(&collecting->process->before, address) ||
	       (cr2_op_is_access(op->kind) &&
		(address & CR2_PAGE_MASK) == (op->address & CR2_PAGE_MASK));
}

/* Before it gives up the kernel's copy routine may try an address again. */
static bool repeats(const struct cr2_outcome *outcome, const struct host_hit *hit)
{
	const struct cr2_fault *last = &outcome->faults[outcome->n_faults - 1];

	return outcome->n_faults && hit->kernel && last->address == hit->address &&
	       last->error_code == hit->error_code;
}

static void collect(void *data, const struct host_hit *hit)
{
	struct collecting *collecting = data;
	struct cr2_outcome *outcome = collecting->outcome;

	if (!is_of_interest(collecting, hit->address))
		return;
	if (outcome->n_faults && repeats(outcome, hit)) {
		outcome->faults[outcome->n_faults - 1].major |= hit->major;
		return;
	}
	if (outcome->n_faults == CR2_OUTCOME_FAULTS) {
		collecting->dropped++;
		return;
	}
	outcome->faults[outcome->n_faults++] = (struct cr2_fault){
		.address = hit->address,
		.ip = hit->ip,
		.error_code = hit->error_code,
		.process = collecting->op->process,
		.major = hit->major,
	};
}

static uint8_t needed_prot(uint64_t error_code)
{
	if (error_code & CR2_PF(W))
		return CR2_PROT_WRITE;
	return error_code & CR2_PF(I) ? CR2_PROT_EXEC : CR2_PROT_READ | CR2_PROT_WRITE | CR2_PROT_EXEC;
}

static uint64_t frame_of(const struct host_view *view_, uint64_t address)
{
	const struct host_page *page = host_view_page(view_, address);

	return page && page->kind != CR2_PAGE_SWAP ? page->frame : CR2_NO_FRAME;
}

/* alone: no other fault of the step was at this page, so before and after are this one's. */
static void explain(const struct host_process *process, struct cr2_fault *fault, bool alone)
{
	const struct host_region *region = host_view_region(&process->now, fault->address);
	struct derive_facts facts = {
		.error_code = fault->error_code,
		.result = fault->result,
		.mapped = region,
		.before = state_of(&process->before, fault->address),
		.after = state_of(&process->now, fault->address),
	};

	if (region) {
		facts.permitted = region->vma.prot & needed_prot(fault->error_code);
		facts.shared = region->vma.shared;
		facts.file = region->object != CR2_NO_OBJECT;
	}
	fault->frame_before = frame_of(&process->before, fault->address);
	fault->frame_after = frame_of(&process->now, fault->address);
	if (fault->result == CR2_RESULT_OK && fault->frame_after != CR2_NO_FRAME)
		fault->page_shift = facts.after.kind == CR2_PAGE_HUGE ||
				    facts.after.kind == CR2_PAGE_HUGE_ZERO ? 21 : 12;
	if (alone || fault->result != CR2_RESULT_OK)
		fault->path = derive_path(&facts);
	fault->evidence = fault->path ? CR2_EVIDENCE_DERIVED : CR2_EVIDENCE_UNKNOWN;
}

static bool is_alone(const struct cr2_outcome *outcome, unsigned i)
{
	for (unsigned k = 0; k < outcome->n_faults; k++)
		if (k != i && (outcome->faults[k].address ^ outcome->faults[i].address) < CR2_PAGE_SIZE)
			return false;
	return true;
}

/* An access that fails does so in its last fault. */
static void explain_all(const struct host_process *process, const struct cr2_op *op,
			struct cr2_outcome *outcome)
{
	if (outcome->n_faults && cr2_op_is_access(op->kind) && outcome->result != CR2_RESULT_OK)
		outcome->faults[outcome->n_faults - 1].result = outcome->result;
	for (unsigned i = 0; i < outcome->n_faults; i++)
		explain(process, &outcome->faults[i], is_alone(outcome, i));
}

/* The events stand in the ring; views before and after the step tell which count. */
static int collect_faults(struct host_runner *host, const struct cr2_op *op,
			  struct cr2_outcome *outcome)
{
	struct host_process *process = &host->processes[op->process];
	struct collecting collecting = {.op = op, .process = process, .outcome = outcome};
	int r = host_ring_take(&host->tracer, &process->ring, collect, &collecting);

	if (r < 0)
		return host_refuse(&host->reason, r, "page-fault events were lost");
	if (collecting.dropped)
		return host_refuse(&host->reason, -EOVERFLOW, "more than %d page faults in one step",
				   CR2_OUTCOME_FAULTS);
	explain_all(process, op, outcome);
	return 0;
}

/* --- operations --- */

static bool uses_object(const struct cr2_op *op)
{
	return op->kind == CR2_OP_EVICT || op->kind == CR2_OP_TRUNCATE ||
	       (op->kind == CR2_OP_MAP && !(op->flags & CR2_MAP_ANONYMOUS));
}

static bool in_area(uint64_t address, uint64_t length)
{
	return address >= HOST_AREA_START && address < HOST_AREA_END &&
	       length <= HOST_AREA_END - address;
}

static int check_range(struct host_runner *host, const struct cr2_op *op)
{
	bool fits = in_area(op->address, op->length);

	if (op->kind == CR2_OP_REMAP)
		fits = fits && in_area(op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address,
				       op->new_length);
	if (fits)
		return 0;
	return host_refuse(&host->reason, -EOPNOTSUPP, "%s of 0x%llx bytes at 0x%llx leaves the "
			   "addresses that scenarios may use", cr2_op_name(op->kind),
			   (unsigned long long)op->length, (unsigned long long)op->address);
}

/* The kernel grows a stack for accesses this far below it. */
#define STACK_REACH (8ULL << 20)

/* Outside the scenario's area only addresses that hold nothing may be accessed. */
static int check_access(struct host_runner *host, const struct cr2_op *op)
{
	struct host_vma vma;
	int r;

	if (in_area(op->address, 1))
		return 0;
	r = host_vma_at(host->processes[op->process].maps, op->address, &vma);
	if (r == -ENOENT || (r == 0 && vma.start > op->address && vma.start - op->address > STACK_REACH))
		return 0;
	if (r < 0)
		return host_refuse(&host->reason, r, "the mappings cannot be read: %s", strerror(-r));
	return host_refuse(&host->reason, -EOPNOTSUPP, "address 0x%llx belongs to the process that "
			   "stands for the scenario's: choose another", (unsigned long long)op->address);
}

/* Would the kernel let something be executed there? Where a stack would grow too. */
static int check_fetch(struct host_runner *host, const struct cr2_op *op)
{
	const struct host_view *now = &host->processes[op->process].now;
	const struct host_region *region = host_view_region(now, op->address);
	bool zeros = true, returns = false;

	for (uint64_t above = 0; !region && above <= STACK_REACH; above += CR2_PAGE_SIZE)
		region = host_view_region(now, op->address + above);
	if (!region || !(region->vma.prot & CR2_PROT_EXEC))
		return 0;
	if (region->object != CR2_NO_OBJECT) {
		returns = true;
		zeros = host->objects.items[region->object].zeros;
	}
	return host_fetch_check(&host->written, op->address, zeros, returns, &host->reason);
}

static int check(struct host_runner *host, const struct cr2_op *op)
{
	int r = 0;

	if (op->process >= host->n_processes || !host->processes[op->process].alive)
		return host_refuse(&host->reason, -ESRCH, "no such process");
	if (uses_object(op) &&
	    (op->object >= host->objects.count || host->objects.items[op->object].fd < 0))
		return host_refuse(&host->reason, -EINVAL, "no such object");
	if (cr2_op_is_access(op->kind))
		r = check_access(host, op);
	else if (op->length && op->kind != CR2_OP_TRUNCATE)
		r = check_range(host, op);
	if (r == 0 && op->kind == CR2_OP_EXEC)
		r = check_fetch(host, op);
	return r;
}

/* What later fetches have to reckon with. */
static int take_note(struct host_runner *host, const struct cr2_op *op)
{
	const struct host_region *region;

	if (op->kind == CR2_OP_WRITE || op->kind == CR2_OP_KWRITE)
		return host_written_add(&host->written, op->address, op->value);
	if (op->kind == CR2_OP_TRUNCATE)
		host->objects.items[op->object].zeros = true;
	if (op->kind != CR2_OP_ADVISE || op->advice != CR2_ADVICE_REMOVE)
		return 0;
	for (size_t i = 0; i < host->processes[op->process].now.count; i++) {
		region = &host->processes[op->process].now.regions[i];
		if (region->object != CR2_NO_OBJECT)
			host->objects.items[region->object].zeros = true;
	}
	return 0;
}

static int create_object(struct host_runner *host, const struct cr2_op *op,
			 struct cr2_outcome *outcome)
{
	int r;

	if (op->object >= host->objects.count)
		return host_refuse(&host->reason, -EINVAL, "no such object");
	r = host_object_create(&host->objects, op, &host->reason);
	if (r < 0 && r != -EOPNOTSUPP && r != -EAGAIN)
		host_refuse(&host->reason, r, "the %s cannot be created: %s", cr2_op_name(op->kind),
			    strerror(-r));
	outcome->result = CR2_RESULT_OK;
	return r;
}

static int died(struct host_runner *host, struct host_process *process, int err)
{
	host_actor_reap(process->pid, true);
	close_process(process);
	return host_refuse(&host->reason, -EIO, err == -ETIMEDOUT ?
			   "the process did not answer and was killed" :
			   "the process was killed by something else, perhaps for want of memory");
}

static void end_process(struct host_runner *host, const struct cr2_op *op,
			const struct host_request *request)
{
	struct host_process *process = &host->processes[op->process];

	host_channel_tell(&host->channel.slots[op->process], request);
	host_actor_reap(process->pid, false);
	close_process(process);
}

static void fill_outcome(const struct cr2_op *op, const struct host_reply *reply,
			 struct cr2_outcome *outcome)
{
	outcome->result = cr2_op_is_access(op->kind) ? reply->result :
			  cr2_result_from_errno(reply->error);
	outcome->has_value = (op->kind == CR2_OP_READ || op->kind == CR2_OP_KREAD) &&
			     outcome->result == CR2_RESULT_OK;
	if (outcome->has_value)
		outcome->value = reply->value;
}

static int check_reply(struct host_runner *host, const struct cr2_op *op,
		       const struct host_reply *reply)
{
	if (op->kind == CR2_OP_MAP && reply->error == EEXIST && !(op->flags & CR2_MAP_FIXED))
		return host_refuse(&host->reason, -EOPNOTSUPP, "the addresses from 0x%llx on are "
				   "taken in this program", (unsigned long long)op->address);
	if (op->kind == CR2_OP_FORK && !reply->error)
		return watch(host, &host->processes[op->child], reply->child);
	return 0;
}

/* Hands the operation over; the actor does it. */
static int perform(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *outcome)
{
	struct host_process *process = &host->processes[op->process];
	const struct host_request request = {
		.op = *op,
		.fd = uses_object(op) ? host->objects.items[op->object].fd : -1,
	};
	struct host_reply reply = {0};
	int r;

	if (op->kind == CR2_OP_EXIT) {
		end_process(host, op, &request);
		return 0;
	}
	r = host_channel_ask(&host->channel.slots[op->process], process->pid, &request, &reply);
	if (r < 0)
		return died(host, process, r);
	r = check_reply(host, op, &reply);
	if (r == 0)
		fill_outcome(op, &reply, outcome);
	return r;
}

static int step(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *outcome)
{
	int r = check(host, op);

	if (r == 0)
		r = host_drain(&host->drain);
	if (r == 0)
		r = take_note(host, op);
	if (r == 0)
		r = perform(host, op, outcome);
	if (r == 0)
		r = look(host, op, outcome->result);
	if (r == 0 && op->kind != CR2_OP_EXIT)
		r = collect_faults(host, op, outcome);
	return r;
}

static int host_execute(struct cr2_runner *runner, const struct cr2_op *op,
			struct cr2_outcome *ret_outcome)
{
	struct host_runner *host = host_of(runner);
	struct cr2_outcome outcome = {.result = CR2_RESULT_OK};
	int r;

	cr2_text_clear(&host->reason);
	if (op->kind == CR2_OP_FILE || op->kind == CR2_OP_SHMEM)
		r = create_object(host, op, &outcome);
	else if (op->kind == CR2_OP_EVICT && op->object < host->objects.count &&
		 host->objects.items[op->object].shmem)
		r = 0; /* nothing, by definition */
	else
		r = step(host, op, &outcome);
	if (r == 0)
		*ret_outcome = outcome;
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
	.end = host_end,
	.reason = host_reason,
	.destroy = host_destroy,
};

int cr2_runner_host_create(struct cr2_runner **ret_runner)
{
	struct host_runner *host = calloc(1, sizeof(*host));

	if (!host)
		return -ENOMEM;
	host->base.ops = &host_ops;
	host->files = (struct host_page_files){-1, -1};
	host->drain.method = -1;
	host->objects.directory = -1;
	host->pipe[0] = host->pipe[1] = -1;
	host->settings = (struct host_settings){.lock = -1, .pipe = -1};
	*ret_runner = &host->base;
	return 0;
}
