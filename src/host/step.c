/* SPDX-License-Identifier: MIT */
/*
 * One operation: checked, done by its process, observed.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cr2/flags.h>

#include "host.h"
#include "image.h"
#include "ksm.h"
#include "numa.h"
#include "program.h"
#include "promise.h"

static int create_object(struct host_runner *host, const struct cr2_op *op,
			 struct cr2_outcome *outcome)
{
	int r;

	if (op->object >= host->objects.count || host_object_is_made(&host->objects.items[op->object]))
		return reason_refuse(&host->reason, -EINVAL, "no such object");
	r = host_object_create(&host->objects, op, &host->reason);
	if (r == -ENOMEM && host->objects.items[op->object].absent) {
		outcome->result = CR2_RESULT_ENOMEM;
		return 0;
	}
	if (r < 0 && r != -EOPNOTSUPP && r != -EAGAIN)
		reason_refuse(&host->reason, r, "the %s cannot be created: %s", cr2_op_name(op->kind),
			    strerror(-r));
	outcome->result = CR2_RESULT_OK;
	return r;
}

static int actor_died(struct host_runner *host, struct host_process *process, int err)
{
	host_actor_reap(process->pid, true);
	host_process_close(process);
	return reason_refuse(&host->reason, -EIO, err == -ETIMEDOUT ?
			   "the process did not answer and was killed" :
			   "the process was killed by something else, perhaps because the machine is out of memory");
}

/* For want of memory, as the scenario has it: what it was doing when, is still to be looked at. */
static void note_killed(struct host_runner *host, struct host_process *process, struct cr2_outcome *outcome)
{
	host_references_release(&host->references, process->space, 0, UINT64_MAX);
	host_actor_reap(process->pid, true);
	process->alive = false;
	outcome->result = CR2_RESULT_SIGKILL;
}

static void end_process(struct host_runner *host, const struct host_request *request)
{
	struct host_process *process = &host->processes[host->actor];

	if (process->space == host->actor)
		host_references_release(&host->references, process->space, 0, UINT64_MAX);
	if (!process->replaced)
		host_channel_tell(&host->channel.slots[host->actor], request);
	host_actor_reap(process->pid, process->replaced);
	host_process_close(process);
}

static void fill_outcome(const struct cr2_op *op, const struct host_reply *reply,
			 struct cr2_outcome *outcome)
{
	outcome->result = cr2_op_is_access(op->kind) || reply->result ? reply->result : cr2_result_from_errno(reply->error);
	outcome->has_value = (cr2_op_gives_value(op->kind) || op->kind == CR2_OP_KREAD || (op->kind == CR2_OP_KWRITE && op->length) ||
			      (op->kind == CR2_OP_ADVISE && op->new_length)) &&
			     outcome->result == CR2_RESULT_OK && !reply->nothing;
	if (outcome->has_value)
		outcome->value = reply->value;
}

static int check_reply(struct host_runner *host, const struct cr2_op *op,
		       const struct host_reply *reply)
{
	if (op->kind == CR2_OP_BRK && reply->error && reply->error != ENOMEM)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "the heap cannot be moved to where scenarios' mappings go: %s "
				   "(PR_SET_MM_MAP: CONFIG_CHECKPOINT_RESTORE)", strerror(reply->error));
	if ((op->kind == CR2_OP_MAP && reply->error == EEXIST && !(op->flags & (CR2_MAP_FIXED_NOREPLACE | CR2_MAP_HINT))) ||
	    (op->kind == CR2_OP_SHMAT && reply->error == EINVAL))
		return reason_refuse(&host->reason, -EOPNOTSUPP, "the addresses from 0x%llx on are "
				   "taken in this program", (unsigned long long)op->address);
	if (cr2_op_makes_process(op->kind) && reply->error == EAGAIN)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "no more processes may be made here "
				   "(ulimit -u, the control group's pids.max)");
	if (cr2_op_is_by_other(op) && op->kind != CR2_OP_PEEK && op->kind != CR2_OP_POKE && reply->error == EPERM)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "a process may not reach into another here (ptrace_scope; CAP_SYS_NICE)");
	if (reply->error == ENOMEM)
		return host_promise_check(op, reply->error, &host->reason);
	if (cr2_op_makes_process(op->kind) && !reply->error) {
		host->processes[op->child].space = op->kind == CR2_OP_FORK ? op->child : op->process;
		host->processes[op->child].apart = host->processes[op->process].apart;
		return host_process_watch(host, &host->processes[op->child], reply->child);
	}
	return 0;
}

/* A descriptor of a process that has its own. */
static int take_from(pid_t pid, int fd)
{
	long process = syscall(SYS_pidfd_open, (long)pid, 0L);
	long own = process < 0 ? -1 : syscall(SYS_pidfd_getfd, process, (long)fd, 0L);

	if (process >= 0)
		close((int)process);
	return (int)own;
}

static int serve_userfault(struct host_runner *host, uint32_t number, int uffd)
{
	struct host_process *process = &host->processes[number];
	int r;

	process->uffd = uffd;
	r = host_userfault_serve(uffd, &host->channel.slots[number], &process->answerer);
	return r == 0 ? 0 : reason_refuse(&host->reason, r, "userfaultfd's faults cannot be answered: %s", strerror(-r));
}

/* The step opened a userfaultfd: without SIGBUS somebody must answer. */
static int take_userfault(struct host_runner *host, const struct cr2_op *op, int uffd)
{
	struct host_process *process = &host->processes[op->process];

	if (uffd < 0)
		return 0;
	if (process->apart)
		uffd = take_from(process->pid, uffd);
	if (uffd < 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "the process's userfaultfd cannot be had: %s (pidfd_getfd)", strerror(errno));
	if (op->flags & CR2_UFFD_EVENTS || !(op->flags & CR2_UFFD_SIGBUS))
		return serve_userfault(host, op->process, uffd);
	process->uffd = uffd;
	return 0;
}

/* Whose userfaultfd is told of events has one for what fork made. */
static int take_child_userfault(struct host_runner *host, const struct cr2_op *op)
{
	struct host_slot *slot = &host->channel.slots[op->process];
	int uffd;

	if (!host->processes[op->process].answerer)
		return 0;
	host_userfault_settle(slot, host->processes[op->process].answerer);
	uffd = slot->uffd_of_child;
	slot->uffd_of_child = -1;
	return uffd < 0 ? 0 : serve_userfault(host, op->child, uffd);
}

/* What the operation acts on by a descriptor, or -1. */
static int fd_of(const struct host_runner *host, const struct cr2_op *op)
{
	if (op->kind == CR2_OP_PEEK || op->kind == CR2_OP_POKE)
		return host->processes[op->process].mem;
	if (op->kind == CR2_OP_FREAD)
		return host_object_reader(&host->objects.items[op->object]);
	if (op->kind == CR2_OP_SHMAT)
		return host->objects.items[op->object].segment;
	return host_op_uses_object(op) ? host->objects.items[op->object].fd : -1;
}

/* Meanwhile, where it is to, the scanner goes through the process's memory. -ESRCH: it was killed for want of memory. */
static int ask(struct host_runner *host, const struct host_request *request, struct host_reply *reply)
{
	struct host_process *process = &host->processes[host->actor];
	struct host_slot *slot = &host->channel.slots[host->actor];
	int scanned = 0, r;
	uint32_t told;

	slot->scanned = false;
	told = host_channel_tell(slot, request);
	if (request->op.kind == CR2_OP_NUMA_SCAN)
		scanned = host_numa_scan(process->pid, slot, &host->reason);
	r = host_channel_await(slot, process->pid, told, reply);
	if (scanned < 0)
		return scanned;
	if (r == -ECHILD && host_ward_has_killed(&host->ward))
		return -ESRCH;
	return r < 0 ? actor_died(host, process, r) : 0;
}

static int replace_program(struct host_runner *host, struct host_request *request)
{
	struct host_process *process = &host->processes[host->actor];
	struct host_reply reply = {0};
	int r;

	request->fd = host_program_open();
	if (request->fd < 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "there is no program to run: %s", strerror(-request->fd));
	if (process->space == host->actor)
		host_references_release(&host->references, process->space, 0, UINT64_MAX);
	r = ask(host, request, &reply);
	if (r == 0)
		r = host_program_await(process->pid);
	close(request->fd);
	if (r == -ECHILD || r == -ETIMEDOUT)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "the process does not become another program (execveat)");
	process->replaced = r == 0;
	process->apart = process->apart && r < 0; /* its stack is no scenario's */
	return r == 0 ? host_process_replace(host, process) : r;
}

/* The process goes on as one of the scenario's programs, and answers as that. */
static int enter_program(struct host_runner *host, struct host_request *request)
{
	struct host_process *process = &host->processes[host->actor];
	const struct host_birth birth = {
		.config = host->config, .slot = host->actor, .runner = getpid(), .clear = CR2_STACK_TOP - CR2_PAGE_SIZE,
	};
	struct host_slot *slot = &host->channel.slots[host->actor];
	struct host_reply reply = {0};
	int r;

	request->fd = host->objects.items[request->op.object].fd;
	request->channel = host->channel.fd;
	request->image = host_image_make(&birth, host->channel.n * sizeof(struct host_slot));
	if (request->image < 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "what acts for the process cannot be carried over into another "
				   "program: %s", strerror(-request->image));
	if (process->space == host->actor)
		host_references_release(&host->references, process->space, 0, UINT64_MAX);
	r = host_channel_ask(slot, process->pid, request, &reply);
	close(request->image);
	if (r < 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "the process does not become another program (execveat, and "
				   "personality: ADDR_NO_RANDOMIZE)");
	if (reply.error)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "%s", reply.obstacle ? reply.obstacle : strerror(reply.error));
	process->space = host->actor;
	process->apart = true;
	return host_process_replace(host, process);
}

/* A positive errno where the page cannot be had; negative: the reason is told. */
static int take_reference(struct host_runner *host, const struct cr2_op *op, uint64_t address)
{
	struct host_request request = {.op = *op, .fd = -1};
	struct host_reply reply = {0};
	int r = host_reference_open(&host->references, op, address, &request.fd, &host->reason);

	if (r < 0)
		return r;
	request.op.address = address;
	r = ask(host, &request, &reply);
	host_reference_settle(&host->references, request.fd, r == 0 && !reply.error);
	if (r == 0 && reply.error == ENOMEM)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "no more memory may be pinned here (ulimit -l), or there is none");
	return r < 0 ? r : reply.error;
}

/* To all pages or none. */
static int take_references(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *outcome)
{
	const size_t before = host->references.count;
	int r = 0;

	for (uint64_t at = 0; r == 0 && at < op->length; at += CR2_PAGE_SIZE)
		r = take_reference(host, op, op->address + at);
	if (r != 0)
		host_references_undo(&host->references, host->references.count - before);
	outcome->result = cr2_result_from_errno(r > 0 ? r : 0);
	return r < 0 ? r : 0;
}

/* Who has nothing to merge, ksmd would not even begin for. */
static int merge_pages(struct host_runner *host)
{
	bool any = false;

	for (size_t i = 0; i < host->n_processes && !any; i++)
		any = host->processes[i].alive && host_ksm_knows(host->processes[i].pid);
	return any ? host_ksm_scan(&host->reason) : 0;
}

/* Hands the operation over; the actor does it. */
static int perform(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *outcome)
{
	const struct host_process *process = &host->processes[op->process];
	struct host_request request = {.op = *op, .fd = fd_of(host, op), .pid = process->pid, .uffd = process->uffd};
	struct host_reply reply = {0};
	int r;

	if (op->kind == CR2_OP_HOLD || op->kind == CR2_OP_PIN)
		return take_references(host, op, outcome);
	if (op->kind == CR2_OP_RELEASE) {
		host_references_release(&host->references, op->process, op->address, op->address + op->length);
		return 0;
	}
	if (op->kind == CR2_OP_KSM_SCAN)
		return merge_pages(host);
	if (op->kind == CR2_OP_EXIT) {
		end_process(host, &request);
		return 0;
	}
	if (op->kind == CR2_OP_EXECVE && op->object != CR2_NO_OBJECT)
		return enter_program(host, &request);
	if (op->kind == CR2_OP_EXECVE)
		return replace_program(host, &request);
	host->channel.slots[op->process].userfault = 0;
	r = ask(host, &request, &reply);
	if (r == -ESRCH) {
		note_killed(host, &host->processes[host->actor], outcome);
		return 0;
	}
	if (r < 0)
		return r;
	r = check_reply(host, op, &reply);
	host->seen = reply.seen;
	if (r == 0)
		r = take_userfault(host, op, reply.uffd);
	if (r == 0 && op->kind == CR2_OP_FORK)
		r = take_child_userfault(host, op);
	if (r == 0)
		fill_outcome(op, &reply, outcome);
	return r;
}

/* Until a page is on the disk, who still holds it depends on the disk's speed. */
static void wait_until_written(const struct host_runner *host, uint64_t frame)
{
	const struct timespec pause = {.tv_nsec = 100000};
	uint64_t flags;

	for (int i = 0; i < 10000; i++) {
		if (frames_flags(&host->files, frame, &flags) < 0 || !(flags & CR2_FRAME_FLAG(WRITEBACK)))
			return;
		nanosleep(&pause, NULL);
	}
}

static void wait_for_pageout(const struct host_runner *host, const struct cr2_op *op)
{
	const struct host_view *view = &host->processes[op->process].now;

	if (op->kind != CR2_OP_ADVISE || op->advice != CR2_ADVICE_PAGEOUT)
		return;
	for (size_t i = 0; i < view->n_pages; i++)
		if (view->pages[i].frame != CR2_NO_FRAME)
			wait_until_written(host, view->pages[i].frame);
}

/* Has the page gone, or the 2 MiB page been split, without the step's acting on it? */
static bool is_lost(const struct host_page *was, const struct host_page *now,
		    const struct cr2_op *op, uint64_t address)
{
	if (was->frame == CR2_NO_FRAME)
		return false;
	if (!now || now->frame == CR2_NO_FRAME)
		return true;
	return was->kind == CR2_PAGE_HUGE && now->kind != CR2_PAGE_HUGE &&
	       !host_op_acts_near(op, address, CR2_HUGE_SIZE);
}

static bool has_lost_pages(const struct host_process *process, const struct cr2_op *op)
{
	for (size_t i = 0; i < process->before.count; i++) {
		const struct host_region *region = &process->before.regions[i];
		uint64_t address = region->vma.start;

		for (size_t k = 0; address < region->vma.end; k++, address += 1ULL << host_region_shift(region))
			if (is_lost(&region->pages[k], host_view_page(&process->now, address), op, address))
				return true;
	}
	return false;
}

/* Accesses and what populates take no page away; the kernel does, where memory is short. */
static bool has_lost(const struct host_runner *host, const struct cr2_op *op)
{
	if (!cr2_op_is_access(op->kind) && op->kind != CR2_OP_LOCK && op->kind != CR2_OP_LOCKALL &&
	    op->kind != CR2_OP_FORK)
		return false;
	for (size_t i = 0; i < host->n_processes; i++)
		if (host->processes[i].alive && has_lost_pages(&host->processes[i], op))
			return true;
	return false;
}

/* May what the step came to be memory's shortage, and not what the scenario asks for? */
static int check_shortage(struct host_runner *host, const struct cr2_op *op, int r,
			  const struct cr2_outcome *outcome)
{
	struct cr2_text limit = {0};
	int met = host_shortage_check_limit(&host->shortage, &limit);

	if (r == 0)
		r = host_shortage_check_huge(&host->shortage, &host->reason);
	if (met < 0 && (r < 0 || outcome->result == CR2_RESULT_ENOMEM ||
			outcome->result == CR2_RESULT_EAGAIN || has_lost(host, op)))
		r = reason_refuse(&host->reason, met, "%s", limit.data);
	cr2_text_finish(&limit);
	return r;
}

static int look_and_explain(struct host_runner *host, const struct cr2_op *op,
			    struct cr2_outcome *outcome)
{
	int r = host->blind ? 0 : host_look(host, op, outcome->result);

	if (r == 0)
		wait_for_pageout(host, op);
	if (r == 0 && op->kind != CR2_OP_EXIT && !host->blind)
		r = host_explain(host, op, outcome);
	if (outcome->result == CR2_RESULT_SIGKILL)
		host_process_close(&host->processes[host->actor]);
	return r;
}

static int step(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *outcome)
{
	int r = host_check(host, op);

	if (r == 0)
		r = host_traits_check(host, op);
	if (r == 0 && !host->blind)
		r = host_drain(&host->drain);
	if (r == 0)
		r = host_take_note(host, op);
	if (r < 0)
		return r;
	host_shortage_note(&host->shortage);
	r = host_bounds_set(host, op);
	if (r == 0)
		r = host_ward_before(host, op);
	if (r < 0)
		return r;
	r = perform(host, op, outcome);
	if (r == 0)
		r = look_and_explain(host, op, outcome);
	if (r == 0)
		r = host_bounds_note(host, op, outcome);
	if (r == 0)
		r = host_ward_after(host, op, outcome);
	return check_shortage(host, op, r, outcome);
}

/* Who acts; from here on the operation's process is the one whose memory it is about. */
static int find_actor(struct host_runner *host, const struct cr2_op *op, struct cr2_op *ret_own)
{
	if (op->process >= host->n_processes || !host->processes[op->process].alive)
		return reason_refuse(&host->reason, -ESRCH, "no such process");
	*ret_own = *op;
	/* A program's memory is its own, whose the process's was before. */
	if (op->kind != CR2_OP_EXECVE || op->object == CR2_NO_OBJECT)
		ret_own->process = host->processes[op->process].space;
	host->actor = cr2_op_is_by_other(op) ? op->by : op->process;
	return 0;
}

int host_step(struct host_runner *host, const struct cr2_op *op,
			struct cr2_outcome *ret_outcome)
{
	struct cr2_outcome outcome = {.result = CR2_RESULT_OK};
	struct cr2_op own;
	int r;

	cr2_text_clear(&host->reason);
	host->seen = (struct host_seen){0};
	host->exceptions = 0;
	r = find_actor(host, op, &own);
	if (r < 0)
		return r;
	op = &own;
	if (cr2_op_makes_object(op->kind))
		r = create_object(host, op, &outcome);
	else if (op->kind == CR2_OP_EVICT && op->object < host->objects.count &&
		 host->objects.items[op->object].shmem)
		r = 0; /* nothing, by definition */
	else if (op->kind == CR2_OP_SHMAT && op->object < host->objects.count && host->objects.items[op->object].absent)
		outcome.result = CR2_RESULT_EINVAL;
	else
		r = step(host, op, &outcome);
	if (r == 0)
		*ret_outcome = host->outcome = outcome;
	return r;
}
