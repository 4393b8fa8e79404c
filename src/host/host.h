/* SPDX-License-Identifier: MIT */
/*
 * The host runner's parts. The runner (in cr2) forks actors, the scenario's processes; an
 * actor executes one operation at a time (actor.c) that it is handed over a
 * channel (channel.c), and survives what its accesses raise (probe.c). Before a fetch the
 * runner makes sure that what would be executed is harmless (fetch.c). Around each step the
 * runner drains the CPU's page batches (drain.c), collects the page-fault exceptions
 * (observe/fault_ring.c) and what BPF read of them (paths.c), looks at mappings (observe/maps.c) and pages (view.c), and tells which pages are
 * the same as before (identity.c). Files: objects.c. System settings:
 * wanted.c says which, settings.c holds them.
 */
#ifndef HOST_H
#define HOST_H

#include <cr2/run.h>
#include <cr2/settings.h>

#include "base/reason.h"

#include "actor.h"
#include "bounds.h"
#include "channel.h"
#include "drain.h"
#include "fetch.h"
#include "huge.h"
#include "identity.h"
#include "limits.h"
#include "objects.h"
#include "paths.h"
#include "probe.h"
#include "process.h"
#include "reference.h"
#include "shortage.h"
#include "userfault.h"
#include "view.h"
#include "ward.h"
#include "wanted.h"

struct host_runner {
	struct cr2_runner base;
	struct cr2_text reason;
	const struct cr2_settings_watch *watch; /* or NULL */
	/*
	 * Without privileges: no faults are traced, no page frames looked at, all pages look as if
	 * they were not there. Only for scenarios known to execute nothing (check.c).
	 */
	bool blind;
	/* kept from one scenario to the next */
	bool traits_known;
	unsigned traits; /* bits of CR2_TRAIT() */
	bool looked_for_room;
	bool probed;
	bool has_userfault, has_force; /* known to: the latter writes by /proc/PID/mem what is read-only */
	struct frames files;
	struct fault_tracer tracer;
	struct host_paths paths;
	struct cr2_trace_entries *entries; /* NULL: not asked for yet */
	struct host_drain drain;
	struct host_objects objects;
	struct host_identity identity;
	struct host_shortage shortage;
	struct host_probe *probe;
	int pipe[2];
	/* of the scenario under way */
	bool running;
	bool keys; /* its memory may have protection keys */
	struct host_actor_config config; /* of its processes */
	unsigned shows; /* CR2_SHOW_ */
	bool bounded; /* it sets limits */
	struct host_ward ward;
	struct host_amounts amounts_before; /* the step, where that is of interest */
	struct host_limits limits;
	struct cr2_held_settings *settings;
	struct host_channel channel;
	struct host_process *processes;
	size_t n_processes;
	struct host_areas areas, program_areas; /* the latter of those that run a program: its stack besides */
	struct host_references references;
	struct host_written written;
	/* of the last step */
	struct cr2_outcome outcome;
	uint32_t actor; /* the process that did it, in its own memory or another's */
	struct host_seen seen; /* where it was an access */
	unsigned exceptions; /* while the access was under way, wherever they hit */
};

/* The runner behind the interface; NULL: it is another's. */
struct host_runner *host_of_runner(struct cr2_runner *runner);

/* process.c: the runner's side of actors. */
int host_processes_create(struct host_runner *host, size_t n);
int host_process_start(struct host_runner *host, const struct cr2_litmus *litmus); /* the first */
int host_process_watch(struct host_runner *host, struct host_process *process, pid_t pid);
/* It runs another program now, in memory of its own. */
int host_process_replace(struct host_runner *host, struct host_process *process);
/* Where the process's memory is the scenario's. */
const struct host_areas *host_process_areas(const struct host_runner *host, const struct host_process *process);
void host_process_close(struct host_process *process);
void host_processes_end(struct host_runner *host);

/* look.c: fills before and now of every process. */
int host_look(struct host_runner *host, const struct cr2_op *op, enum cr2_result result);
struct cr2_page_state host_page_state(const struct host_view *view, uint64_t address);

/* layout.c: 0, or -EOPNOTSUPP where the kernel's memory around address is not in its usual place. */
int host_layout_check(uint64_t address, bool five_levels, struct cr2_text *reason);

/* traits.c: what sets the machine apart, found out once; 0, or why a step shows it and not what it means. */
int host_traits_find(struct host_runner *host);
int host_traits_check(struct host_runner *host, const struct cr2_op *op);

/* check.c: 0, or why an operation cannot be done here. */
int host_check(struct host_runner *host, const struct cr2_op *op);
/* The mapping at address, or the one that a stack's growth would bring there; NULL: none. */
const struct host_region *host_region_at_or_grown(const struct host_view *view, uint64_t address);
bool host_op_uses_object(const struct cr2_op *op);
/* Remembers what later fetches have to reckon with. */
int host_take_note(struct host_runner *host, const struct cr2_op *op);

/* explain.c: the step's faults, after host_look(). */
int host_explain(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *outcome);

/* step.c */
int host_step(struct host_runner *host, const struct cr2_op *op, struct cr2_outcome *ret_outcome);

#endif
