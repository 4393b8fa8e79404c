/* SPDX-License-Identifier: MIT */
/* What a replay knows while it runs. */
#ifndef REPLAY_INTERNAL_H
#define REPLAY_INTERNAL_H

#include <errno.h>

#include <cr2/model.h>
#include <cr2/replay.h>

#include "base/hash.h"

/* Consecutive pages of a file that were in memory: folios of one order. */
struct cached_run {
	uint64_t first, pages;
	unsigned order;
	bool mark; /* the first page is where readahead goes on */
};

/* A file, or shared memory, by device and inode; and the model's object for it. */
struct file {
	uint64_t device, inode;
	uint64_t size; /* bytes, when first seen */
	bool sized;
	bool looked_at; /* what is in no run is absent */
	bool counted; /* when it was mapped first, so many pages were in memory: */
	uint64_t cached;
	bool reserved; /* by fallocate() before: pages that nobody has used */
	size_t n_runs, runs_capacity;
	struct cached_run *runs;
	size_t n_majors, majors_capacity;
	uint64_t *majors; /* pages that a major fault brought: absent before */
	uint32_t object; /* CR2_NO_OBJECT: the model has none yet */
	bool shmem; /* or of the pool's pages */
	bool segment; /* of System V memory */
	uint64_t pages; /* of the object now */
	char *path; /* as far as it is known */
};

struct files {
	size_t n, capacity;
	struct file *items;
	struct hash numbers; /* (device, inode): place in items, from 1 */
	struct hash filled; /* (place, CHUNK pages): what was in memory there is in the model's page cache */
};
#define CHUNK 512ULL

/* What came for a program that begins, until it is in place. */
struct waiting {
	bool is_fault;
	struct cr2_recorded_fault fault;
	struct cr2_recorded_change change; /* MAP */
};
struct beginning {
	uint64_t pid;
	size_t n, capacity;
	struct waiting *items;
};

/* Pages next to each other that others map, too, and in which frames: a call of kind FRAMES. */
struct frames {
	uint64_t first, pages;
	unsigned maps; /* how often each of them is mapped; 0: not told */
	uint64_t args[CR2_CALL_ARGS];
};

/* An address space: a process of the model. */
struct space {
	uint64_t brk;
	uint64_t last; /* when anything happened in it for the last time: it may be coming apart from then on */
	uint32_t parent; /* the process that it was copied from; 0: none */
	uint64_t vvar, vvar_end; /* pages of the kernel's that fork() copies the entries of */
	bool no_huge; /* prctl(PR_SET_THP_DISABLE): it, and what is copied from it */
	bool leaves_out; /* something is mapped that the model does not have */
	bool found; /* it was there before, or was copied from one that was */
	bool being_found; /* not all that is there has come yet; what waits for that: */
	struct beginning waiting;
	uint64_t mappings; /* so many have come */
	uint64_t found_until; /* when it had been looked at */
	uint64_t def_flags; /* what it gives to all that it maps: locked, after mlockall(MCL_FUTURE) */
	/* What it has, where it is looked at, as it comes: CR2_PAGE_RUN(), and the pages of them all. */
	size_t n_runs, runs_capacity;
	uint64_t *runs;
	uint64_t run_pages;
	size_t n_frames, frames_capacity; /* while it is being found; by address */
	struct frames *frames;
	bool compared;
};

/* A fault of the model's that the recording has not come to: an access took several. */
struct pending {
	bool is_there;
	uint64_t space, page;
	unsigned next;
	struct cr2_outcome outcome;
};

/* Faults that were under way not long ago, for those that met on a page. */
#define RECENT 64
struct recent {
	uint64_t from, until, page, tid;
	uint32_t process;
};

/* Calls that took pages away not long ago. */
#define TAKINGS 64
struct taking {
	uint64_t start, end; /* addresses */
	uint64_t until; /* when it returned; UINT64_MAX: it has not */
	uint64_t tid;
	uint32_t process;
};

#define POOL_SHIFT 21 /* of those pages of the pool that are in the model */
#define HUGE_PAGES (CR2_HUGE_SIZE / CR2_PAGE_SIZE)
/* No kernel has longer ones. */
#define SPECIAL_MOST (4ULL << 20)

#define NO_MORE UINT64_MAX /* in a hash: there was something */

struct replay {
	const struct cr2_replay_config *config;
	struct cr2_recording *recording;
	struct cr2_model *model;
	struct cr2_replay out;
	struct files files;
	struct hash lasts; /* (space, 0): when anything happened in it for the last time */
	uint32_t n_objects;
	struct hash processes; /* (space, 0): the model's process, from 1, or NO_MORE */
	struct hash beginnings; /* (pid, 0): place in begun, from 1, or NO_MORE */
	size_t n_begun, begun_capacity;
	struct beginning *begun;
	size_t n_spaces, spaces_capacity;
	struct space *spaces; /* by the model's process */
	struct hash objects; /* (object, 0): place in files, from 1, or NO_MORE: a page of the kernel's own */
	struct hash attached; /* (process, address): bytes of the System V memory there */
	struct hash passed; /* (process, address / 64 KiB): so many pages fewer the kernel had around a fault there */
	size_t n_ending, ending_capacity;
	uint32_t *ending; /* processes that are alive, but nothing happens in them any more */
	struct pending pending;
	struct recent recent[RECENT];
	size_t n_recent;
	struct taking takings[TAKINGS];
	size_t n_takings;
	struct hash frames; /* (frame, 0), (place in swap, 1): place in ties, from 1: the model's page that was found there last */
	size_t n_ties, ties_capacity;
	struct cr2_page_state *ties;
	struct hash held; /* (id of the model's page, 0): 1, somebody who is not recorded has it too; NO_MORE */
	struct hash doubtful; /* (process, page): 1, such a call met a fault there; 2: it did, and a fault settled it */
	size_t rows_capacity, calls_capacity;
	struct hash rows, calls; /* (path, mapping), (number, 0): place, from 1 */
	uint64_t machine[CR2_CALL_ARGS]; /* as a call of kind MACHINE has it */
	bool refused; /* the last operation: execute() */
	struct cr2_model_config model_config;
	size_t n_log, log_capacity;
	struct cr2_op *log; /* what was executed and not refused, where scenarios are asked for */
	uint64_t n_scenarios;
	bool small_stacks; /* the kernel knows MAP_STACK */
	struct cr2_text reason;
};

/* spaces.c. A copy of another process, or of the empty one: 0. */
int make_process(struct replay *r, uint32_t of, uint64_t space, uint32_t *ret_process);
/* Pages of the kernel's own, each known by itself; is_vvar: fork() copies their entries. */
int map_special(struct replay *r, struct cr2_op *op, bool is_vvar);

/* found.c: address spaces that were there before. Calls of kinds FOUND, MAPPED, and FRAMES, PAGES of what is being found. */
int found_begin(struct replay *r, const struct cr2_traced_call *call);
int found_map(struct replay *r, uint32_t process, const struct cr2_traced_call *call);
int found_frames(struct replay *r, uint32_t process, const struct cr2_traced_call *call);
int found_pages(struct replay *r, uint32_t process, const struct cr2_traced_call *call);
void found_forget(struct replay *r, uint32_t process); /* where it has not been found whole */

/* files.c: what the first reading of the recording finds, and the model's objects. */
int files_change(struct files *files, const struct cr2_recorded_change *change);
int files_fault(struct files *files, const struct cr2_recorded_fault *fault);
bool is_reserving(const struct cr2_traced_call *call);
void files_settle(struct files *files, bool forget); /* behind the last; forget: all was in memory */
void files_finish(struct files *files);
enum file_kind {
	FILE_ON_DISK,
	FILE_SHMEM,
	FILE_OF_POOL, /* of pages of 2 MiB */
};
/* The object of a file, made where the model has none. 0 or a negative errno. */
int file_object(struct replay *r, uint64_t device, uint64_t inode, enum file_kind kind, uint64_t least, uint32_t *ret_object);
/* The same of what a call maps, as long as the call says that it is: map is of that. */
int file_of_call(struct replay *r, const struct cr2_traced_call *call, struct cr2_op *map);
/* Before a fault there: what was in memory around a page is in the model's page cache. */
int file_fill(struct replay *r, uint64_t device, uint64_t inode, uint64_t page);
int file_fill_object(struct replay *r, uint32_t object, uint64_t page); /* the same */
int file_resize(struct replay *r, uint64_t device, uint64_t inode, uint64_t size);
bool file_is_segment(const struct replay *r, uint64_t device, uint64_t inode);
const char *file_path(const struct replay *r, uint32_t object); /* NULL: not known */
/* One of a page by itself, that nobody else maps: the vdso's and its like. */
int page_object(struct replay *r, uint32_t *ret_object);

/* calls.c: system calls as operations. process: the model's. */
int call_replay(struct replay *r, uint32_t process, const struct cr2_traced_call *call);

/*
 * takings.c: whether a page was gone when another thread was taking it away is not recorded. takings_end() says whether the
 * call was seen to begin.
 */
void takings_begin(struct replay *r, uint32_t process, const struct cr2_traced_call *call);
bool takings_end(struct replay *r, uint32_t process, const struct cr2_traced_call *call);
/* Whether this is such a fault, or follows one on its page. */
bool takings_meet(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f);
int takings_note(struct replay *r, uint32_t process, const struct cr2_traced_fault *f);
bool takings_left(const struct replay *r, uint32_t process, uint64_t address); /* in doubt since */

/* compare.c */
int fault_replay(struct replay *r, uint32_t process, const struct cr2_recorded_fault *fault);
/* Whether another process, which comes apart, has the page with that id at that address. */
bool is_held_by_ending(const struct replay *r, uint32_t process, uint64_t address, uint64_t id);

/*
 * scenario.c: one in whose last access, the log's, the model takes the same fault (NULL: none), with so many entries
 * present around before. 0, with *ret_text or, where there is none, *ret_unsaid: why; or -ENOMEM.
 */
int scenario_make(struct replay *r, const struct cr2_fault *model, unsigned near, struct cr2_text *ret_text,
		  const char **ret_unsaid);

/* pages.c: a call of kind PAGES, which adds to the space's runs; and compares them where they are whole. */
int pages_collect(struct replay *r, uint32_t process, const struct cr2_traced_call *call);
int pages_replay(struct replay *r, uint32_t process, const struct cr2_traced_call *call);
void pages_forget(struct space *space);

static inline bool state_is_swapped(unsigned state)
{
	return (state & CR2_PAGE_RUN_KIND) == CR2_TRACE_PAGE_NONE && state & CR2_PAGE_RUN_SWAPPED;
}

/* Does somebody have the page who is not recorded? */
static inline bool found_is_held(const struct replay *r, uint64_t id)
{
	return id && hash_get(&r->held, id, 0) == 1;
}

static inline int log_operation(struct replay *r, const struct cr2_op *op)
{
	int error = cr2_grow(&r->log, &r->log_capacity, r->n_log + 1, sizeof(*r->log));

	if (error == 0)
		r->log[r->n_log++] = *op;
	return error;
}

/*
 * 0 or -ENOMEM; what the kernel would return is in the outcome. What the model does not have, or what no kernel can
 * have done, changes nothing: r->refused says so until the next.
 */
static inline int execute(struct replay *r, const struct cr2_op *op, struct cr2_outcome *ret_outcome)
{
	int error = cr2_model_execute(r->model, op, ret_outcome);

	r->out.operations++;
	r->refused = error == -EOPNOTSUPP || error == -EINVAL;
	if (r->refused)
		*ret_outcome = (struct cr2_outcome){.result = CR2_RESULT_EINVAL};
	else if (error == 0 && r->n_scenarios < r->config->scenarios)
		error = log_operation(r, op);
	return r->refused ? 0 : error;
}

/* What fault-around maps at most, aligned. */
static inline uint64_t window_of(uint64_t address)
{
	return address / (16 * CR2_PAGE_SIZE);
}

static inline uint64_t page_up(uint64_t n)
{
	return (n + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK;
}

static inline uint64_t page_down(uint64_t n)
{
	return n & CR2_PAGE_MASK;
}

#endif
