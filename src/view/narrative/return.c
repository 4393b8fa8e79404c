/* SPDX-License-Identifier: MIT */
/* S8: the access completes, or is refused for good. */
#include <inttypes.h>

#include "stages.h"

static const char *mode(const struct teller *teller)
{
	const struct cr2_stage *s = tell_find(teller, CR2_STAGE_EXCEPTION);

	return s && !(s->exception.frame.cs & 3) ? "kernel" : "user";
}

static void tell_hardware_walk(struct teller *teller, const struct cr2_walk *walk)
{
	const struct cr2_walk_entry *last;

	if (!walk->n)
		return;
	last = &walk->entries[walk->n - 1];
	tell_add(teller, INK_PLAIN, "TLB miss, hardware walk: ");
	for (unsigned i = 0; i < walk->n; i++) {
		tell_add(teller, INK_PLAIN, "%s", i ? " → " : "");
		tell_entry_name(teller, &teller->line, &walk->entries[i]);
	}
	tell_add(teller, INK_PLAIN, " = 0x%" PRIx64, last->value);
	tell_line(teller, 0);
}

static void tell_physical(struct teller *teller, const struct cr2_stage_return *r)
{
	const struct cr2_walk *walk = &r->walk;

	if (walk->n) {
		uint64_t frame = tell_entry_pfn(&walk->entries[walk->n - 1]) << CR2_PAGE_SHIFT;

		tell_add(teller, INK_PLAIN, "frame 0x%" PRIx64 " + offset 0x%" PRIx64 " = ", frame,
			 r->physical - frame);
	}
	tell_add(teller, INK_PLAIN, "physical 0x%" PRIx64 ": ", r->physical);
	if (r->access == CR2_ACCESS_FETCH)
		tell_add(teller, INK_GOOD, "the instruction is fetched");
	else
		tell_add(teller, INK_GOOD, "0x%02x is %s", r->value,
			 r->access == CR2_ACCESS_WRITE ? "stored" : "loaded");
	tell_line(teller, 0);
}

void tell_return(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_return *r = &stage->ret;

	tell_add(teller, INK_PLAIN, "iretq to RIP 0x%" PRIx64 " in %s mode", r->rip, mode(teller));
	if (r->retried)
		tell_add(teller, INK_PLAIN, ": the same instruction makes the %s again",
			 cr2_access_name(r->access));
	tell_line(teller, 0);
	if (r->tlb_miss)
		tell_hardware_walk(teller, &r->walk);
	tell_physical(teller, r);
}

void tell_again(struct teller *teller)
{
	const struct cr2_stage *s = tell_find(teller, CR2_STAGE_EXCEPTION);

	tell_add(teller, INK_PLAIN, "iretq to RIP 0x%" PRIx64 " in %s mode: the same instruction "
		 "makes the access again", s ? s->exception.frame.rip : 0, mode(teller));
	tell_add(teller, INK_WARN, " and faults again");
	tell_line(teller, 0);
}

static const char *signal_name(int signo)
{
	switch (signo) {
	case 7:
		return "SIGBUS";
	case 9:
		return "SIGKILL";
	case 11:
		return "SIGSEGV";
	default:
		return NULL;
	}
}

static void tell_no_lookup(struct teller *teller)
{
	if (tell_find(teller, CR2_STAGE_VMA))
		return;
	tell_add(teller, INK_PLAIN, "CR2 lies at or above TASK_SIZE_MAX, where user space ends: no "
				    "mapping of a process is there, none is looked for");
	tell_line(teller, 0);
}

/* The function that refuses the access, as this kernel calls it. */
static const char *refuser(const struct teller *teller, enum cr2_path path)
{
	if (path == CR2_PATH_SEGV_MAPERR && !tell_find(teller, CR2_STAGE_VMA))
		return "bad_area_nosemaphore";
	return cr2_function_in(cr2_path_function(path), teller->step->kernel);
}

static void tell_killed(struct teller *teller)
{
	tell_add(teller, INK_PLAIN, "mem_cgroup_out_of_memory → ");
	tell_add(teller, INK_BAD, "SIGKILL");
	tell_add(teller, INK_PLAIN, ": the control group may have no more, and nothing that it has can be reclaimed");
	tell_line(teller, 0);
	tell_add(teller, INK_PLAIN, "no handler is asked: the process ends, and the access with it");
	tell_line(teller, 0);
}

void tell_signal(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_signal *s = &stage->signal;
	const char *function = refuser(teller, s->path), *name = signal_name(s->signo);
	enum cr2_result result = cr2_result_from_signal(s->signo, s->code);

	if (result == CR2_RESULT_SIGKILL) {
		tell_killed(teller);
		return;
	}
	tell_no_lookup(teller);
	if (function && *function)
		tell_add(teller, INK_PLAIN, "%s → ", function);
	if (name)
		tell_add(teller, INK_BAD, "%s", name);
	else
		tell_add(teller, INK_BAD, "signal %d", s->signo);
	tell_add(teller, INK_PLAIN, ", si_code %d", s->code);
	if (result != CR2_RESULT_UNKNOWN)
		tell_add(teller, INK_PLAIN, " %s", cr2_result_name(result));
	tell_add(teller, INK_PLAIN, ", si_addr 0x%" PRIx64, s->address);
	tell_line(teller, 0);
	tell_add(teller, INK_PLAIN, "the signal frame shows error code 0x%" PRIx64 ", trap 14; the "
		 "access does not complete", s->error_code);
	tell_line(teller, 0);
}

void tell_extable(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_extable *e = &stage->extable;
	const char *result = cr2_result_name(e->result);

	tell_no_lookup(teller);
	tell_add(teller, INK_PLAIN, "no signal: the kernel made the access. Its instruction at 0x%"
		 PRIx64 " has an entry in the exception table", e->ip);
	tell_line(teller, 0);
	tell_add(teller, INK_PLAIN, "iretq to the fixup at 0x%" PRIx64 " instead: the copy ends "
		 "there, the system call returns ", e->fixup);
	tell_add(teller, INK_BAD, "%s", result ? result : "?");
	tell_line(teller, 0);
}
