/* SPDX-License-Identifier: MIT */
/*
 * From page-fault exceptions to fault records: which of them the step is to show, what they
 * ended in, and their paths: as read while they happened, or derived.
 */
#include <errno.h>

#include "observe/derive.h"
#include "host.h"

struct collecting {
	struct host_runner *host;
	const struct cr2_op *op;
	const struct host_process *process;
	struct cr2_outcome *outcome;
	unsigned dropped; /* no room was left */
};

/*
 * What was fetched may end in an exception of which the kernel wants to see the instruction: where a key
 * refuses that, it faults itself, after all that the step is about.
 */
static bool looks_at_instruction(const struct collecting *collecting, const struct fault_hit *hit)
{
	return collecting->op->kind == CR2_OP_EXEC && hit->kernel;
}

static bool is_of_interest(const struct collecting *collecting, uint64_t address)
{
	const struct cr2_op *op = collecting->op;

	return host_view_region(&collecting->process->now, address) ||
	       host_view_region(&collecting->process->before, address) ||
	       (cr2_op_is_access(op->kind) && cr2_op_touches(op, address));
}

/* Before it gives up the kernel's copy routine may try an address again. */
static bool repeats(const struct cr2_outcome *outcome, const struct fault_hit *hit)
{
	const struct cr2_fault *last = &outcome->faults[outcome->n_faults - 1];

	return outcome->n_faults && hit->kernel && last->address == hit->address &&
	       last->error_code == hit->error_code;
}

static void collect(void *data, const struct fault_hit *hit)
{
	struct collecting *collecting = data;
	struct cr2_outcome *outcome = collecting->outcome;
	const struct host_seen *seen = &collecting->host->seen;

	if (hit->time >= seen->from && hit->time <= seen->to)
		collecting->host->exceptions++;
	if (!is_of_interest(collecting, hit->address) || looks_at_instruction(collecting, hit))
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

static uint64_t frame_of(const struct host_view *view, uint64_t address)
{
	const struct host_page *page = host_view_page(view, address);

	return page && page->kind != CR2_PAGE_SWAP ? page->frame : CR2_NO_FRAME;
}

/* Is the entry before the step known to have allowed what the fault was about? */
static bool was_allowed(const struct host_view *before, const struct cr2_fault *fault)
{
	const struct host_region *region = host_view_region(before, fault->address);
	const struct host_page *page = host_view_page(before, fault->address);

	if (!region || page->kind == CR2_PAGE_NONE || page->kind == CR2_PAGE_SWAP ||
	    page->kind == CR2_PAGE_GUARD || page->kind == CR2_PAGE_POISON)
		return false;
	if (fault->error_code & CR2_PF(W))
		return page->writable;
	return region->vma.prot & needed_prot(fault->error_code);
}

/* From the page before and after the step, which are this fault's where it is alone there. */
static enum cr2_path derive(const struct host_runner *host, const struct host_process *process,
			    const struct cr2_fault *fault, bool alone)
{
	const struct host_region *region = host_view_region(&process->now, fault->address);
	struct derive_facts facts = {
		.error_code = fault->error_code,
		.result = fault->result,
		.mapped = region,
		.keys = host->keys,
		.before = host_page_state(&process->before, fault->address),
		.after = host_page_state(&process->now, fault->address),
		.allowed = was_allowed(&process->before, fault),
	};

	if (region) {
		facts.permitted = region->vma.prot & needed_prot(fault->error_code);
		facts.shared = region->vma.shared;
		facts.hugetlb = region->vma.hugetlb;
		facts.file = region->object != CR2_NO_OBJECT;
	}
	return alone || fault->result != CR2_RESULT_OK ? derive_path(&facts) : CR2_PATH_UNKNOWN;
}

static uint8_t page_shift(const struct host_process *process, const struct cr2_fault *fault)
{
	const struct cr2_page_state now = host_page_state(&process->now, fault->address);

	const struct host_region *region = host_view_region(&process->now, fault->address);

	if (fault->result != CR2_RESULT_OK || fault->frame_after == CR2_NO_FRAME)
		return 0;
	if (region && region->vma.gigantic)
		return CR2_GIGANTIC_SHIFT;
	return now.kind == CR2_PAGE_HUGE || now.kind == CR2_PAGE_HUGE_ZERO || (region && region->vma.hugetlb) ? 21 : 12;
}

/* By userfaultfd's thread. */
static bool was_answered(const struct host_runner *host, const struct cr2_fault *fault)
{
	uint64_t page = host->channel.slots[fault->process].userfault;

	return page && page == (fault->address & CR2_PAGE_MASK);
}

static void explain(struct host_runner *host, const struct host_process *process, struct cr2_fault *fault,
		    bool alone)
{
	fault->frame_before = frame_of(&process->before, fault->address);
	fault->frame_after = frame_of(&process->now, fault->address);
	fault->page_shift = page_shift(process, fault);
	fault->path = host_paths_find(&host->paths, host->processes[host->actor].pid, fault);
	if (!fault->path && was_answered(host, fault))
		fault->path = CR2_PATH_USERFAULT;
	fault->evidence = CR2_EVIDENCE_READ;
	if (fault->path)
		return;
	fault->path = derive(host, process, fault, alone);
	fault->evidence = fault->path ? CR2_EVIDENCE_DERIVED : CR2_EVIDENCE_UNKNOWN;
}

static bool is_alone(const struct cr2_outcome *outcome, unsigned i)
{
	for (unsigned k = 0; k < outcome->n_faults; k++)
		if (k != i && outcome->faults[k].result == CR2_RESULT_OK &&
		    (outcome->faults[k].address ^ outcome->faults[i].address) < CR2_PAGE_SIZE)
			return false;
	return true;
}

/* An access that fails, or copies less than it was to, does so in its last fault. */
static void explain_all(struct host_runner *host, const struct host_process *process,
			const struct cr2_op *op, struct cr2_outcome *outcome)
{
	const bool stopped = outcome->has_value && (op->kind == CR2_OP_KREAD || op->kind == CR2_OP_KWRITE) &&
			     outcome->value < op->length;

	if (outcome->n_faults && cr2_op_is_access(op->kind) && (outcome->result != CR2_RESULT_OK || stopped))
		outcome->faults[outcome->n_faults - 1].result = stopped ? CR2_RESULT_EFAULT : outcome->result;
	for (unsigned i = 0; i < outcome->n_faults; i++)
		explain(host, process, &outcome->faults[i], is_alone(outcome, i));
}

/* Did the access take a fault for sure? It ended in a signal, or the page came meanwhile. */
static bool must_have_faulted(const struct host_process *process, const struct cr2_op *op,
			      const struct cr2_outcome *outcome)
{
	const struct host_page *was = host_view_page(&process->before, op->address);
	const struct host_page *now = host_view_page(&process->now, op->address);

	if (!cr2_op_is_access(op->kind) || cr2_op_is_remote(op->kind) || op->kind == CR2_OP_MINCORE)
		return false;
	switch (outcome->result) {
	case CR2_RESULT_SEGV_MAPERR:
	case CR2_RESULT_SEGV_ACCERR:
	case CR2_RESULT_SEGV_PKUERR:
	case CR2_RESULT_BUS_ADRERR:
	case CR2_RESULT_BUS_MCEERR_AR:
		return true;
	default:
		return now && now->kind != CR2_PAGE_NONE && now->kind != CR2_PAGE_SWAP &&
		       (!was || was->kind == CR2_PAGE_NONE || was->kind == CR2_PAGE_SWAP);
	}
}

/* The events stand in the ring; views before and after the step tell which count. */
int host_explain(struct host_runner *host, const struct cr2_op *op,
			  struct cr2_outcome *outcome)
{
	struct host_process *process = &host->processes[op->process];
	struct collecting collecting = {
		.host = host, .op = op, .process = process, .outcome = outcome,
	};
	int r = fault_ring_take(&host->tracer, &host->processes[host->actor].ring, collect, &collecting);

	host_paths_take(&host->paths);
	if (r < 0)
		return reason_refuse(&host->reason, r, "page-fault events were lost");
	if (collecting.dropped)
		return reason_refuse(&host->reason, -EOVERFLOW, "more than %d page faults in one step",
				   CR2_OUTCOME_FAULTS);
	if (!outcome->n_faults && must_have_faulted(process, op, outcome))
		return reason_refuse(&host->reason, -EPERM, "%s 0x%llx took a page fault, and no event "
				     "came of it: something holds them back, such as a BPF program on "
				     "exceptions:page_fault_user that returns 0 ('bpftool perf' lists them)",
				     cr2_op_name(op->kind), (unsigned long long)op->address);
	explain_all(host, process, op, outcome);
	return 0;
}
