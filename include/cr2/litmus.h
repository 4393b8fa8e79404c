/* SPDX-License-Identifier: MIT */
/*
 * The scenario language (docs: LITMUS.md): parse, run on a target, compare.
 *
 * A scenario is parsed once; cr2_litmus_run() resolves its names to addresses, hands
 * operations to a runner, asks it for page states, and makes observations of them.
 */
#ifndef CR2_LITMUS_H
#define CR2_LITMUS_H

#include <stdio.h>

#include <cr2/base.h>
#include <cr2/force.h>
#include <cr2/guest.h>
#include <cr2/model.h>
#include <cr2/record.h>

#define CR2_NAME_MAX 15

/*
 * Where scenarios' mappings are placed: the first at CR2_LITMUS_BASE, each next one 2 MiB
 * aligned with CR2_LITMUS_GAP free before it. The same on every target: below every
 * address that Linux picks by itself for a small program, sanitizers included.
 */
#define CR2_LITMUS_BASE 0x200000200000ULL
#define CR2_LITMUS_GAP (1ULL << 30)
#define CR2_LITMUS_END 0x500000000000ULL
/*
 * At most so many pages in a mapping, a file, or a range; steps of one statement; page
 * numbers K of M@K up to +-CR2_LITMUS_REACH.
 */
#define CR2_LITMUS_PAGES_MAX (1ULL << 24)
#define CR2_LITMUS_STEPS_MAX (1ULL << 16)
#define CR2_LITMUS_REACH (1LL << 30)

struct cr2_settings {
	enum cr2_thp thp;
	uint32_t fault_around; /* pages */
	bool fault_around_set; /* the file asks for it by name */
	bool swap;
	int kernel; /* major * 1000 + minor; 0: any */
};

/* What a statement names: pages first to last of a mapping, or an absolute address. */
struct cr2_ref {
	uint32_t mapping; /* index into names; CR2_NO_OBJECT: absolute */
	int64_t first, last; /* pages, inclusive; equal for one page */
	bool whole; /* M alone, in a statement that takes a range */
	uint32_t byte; /* offset in the page */
	uint64_t address; /* absolute */
};

/* All words must hold; members that the file does not ask for have their has_ clear. */
struct cr2_expectation {
	bool none; /* no fault */
	bool has_error_code, has_major, has_path, has_result, has_value;
	uint64_t error_code;
	bool major;
	enum cr2_path path;
	enum cr2_result result;
	uint8_t value;
	char *map; /* token, or NULL */
	bool any; /* is there an expectation at all */
};

struct cr2_statement {
	unsigned line;
	enum cr2_op_kind kind;
	uint32_t process; /* index into processes */
	uint32_t name; /* into objects (FILE SHMEM), mappings (MAP REMAP) or processes (FORK) */
	struct cr2_ref ref; /* RANGE or REF */
	uint64_t pages; /* FILE SHMEM MAP REMAP TRUNCATE */
	uint32_t object; /* MAP EVICT TRUNCATE: into objects, or CR2_NO_OBJECT */
	uint64_t object_page; /* F@K */
	uint8_t prot;
	uint32_t map_flags; /* CR2_MAP_ */
	bool cold;
	bool at; /* MAP ... at M2@K: ref says where */
	enum cr2_advice advice;
	uint8_t value;
	struct cr2_expectation expect;
};

struct cr2_litmus {
	char *path;
	char *title; /* the first comment line, without its #; or NULL */
	struct cr2_settings settings;
	size_t n_processes; /* names of processes, in order of creation; 0 is "parent" */
	char **processes;
	size_t n_mappings; /* names of mappings, in order of first creation */
	char **mappings;
	size_t n_objects;
	char **objects;
	size_t n_statements;
	struct cr2_statement *statements;
	char *source; /* the text, for excerpts */
};

/*
 * Parses and checks text (length bytes; need not be NUL-terminated). path names it in
 * messages. Returns 0; -EINVAL with *ret_diag filled; -ENOMEM.
 */
int cr2_litmus_parse(const char *path, const char *text, size_t length,
		     struct cr2_litmus *ret_litmus, struct cr2_diag *ret_diag);
/* The same from a file. Also -ENOENT and other errnos of open and read, with *ret_diag filled. */
int cr2_litmus_load(const char *path, struct cr2_litmus *ret_litmus, struct cr2_diag *ret_diag);
void cr2_litmus_finish(struct cr2_litmus *litmus);

/*
 * A target that executes operations one by one: the model, or the kernel that runs us.
 * Every call returns 0 or a negative errno; on -EOPNOTSUPP (the scenario cannot run here:
 * skipped, or not modelled) and -EPERM (privileges) reason() says why in one line and what
 * would help. Processes, objects: the litmus file's indices. snapshot() fills n states for
 * the n pages from address on.
 */
struct cr2_runner;
struct cr2_run;
struct cr2_runner_ops {
	const char *name; /* "model", "host" */
	int (*begin)(struct cr2_runner *runner, const struct cr2_litmus *litmus);
	int (*execute)(struct cr2_runner *runner, const struct cr2_op *op,
		       struct cr2_outcome *ret_outcome);
	int (*snapshot)(struct cr2_runner *runner, uint32_t process, uint64_t address, size_t n,
			struct cr2_page_state *ret_states);
	int (*end)(struct cr2_runner *runner);
	const char *(*reason)(const struct cr2_runner *runner);
	void (*destroy)(struct cr2_runner *runner);
	/*
	 * Instead of all of these but destroy: runs a whole scenario elsewhere, as
	 * cr2_litmus_run() does, without telling its steps.
	 */
	int (*run)(struct cr2_runner *runner, const struct cr2_litmus *litmus,
		   struct cr2_run *ret_run);
};
struct cr2_runner {
	const struct cr2_runner_ops *ops;
};
void cr2_runner_destroy(struct cr2_runner *runner); /* NULL is fine */

int cr2_runner_model_create(const struct cr2_model_config *config, struct cr2_runner **ret_runner);
/* The runner's model while a scenario runs, for observers. */
struct cr2_model *cr2_runner_model_get(struct cr2_runner *runner);
/*
 * The kernel that runs us, with real processes. One runner runs any number of scenarios, one
 * after another; all calls of a scenario come from one thread, which is bound to one CPU
 * meanwhile, and whose end is the end of the scenario's processes. Whatever begin() changed on
 * the system is put back by end(), and also when this process is killed. begin() needs root,
 * or CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH where no settings change (-EPERM); -EBUSY: other
 * runners have held the settings for half a minute.
 */
int cr2_runner_host_create(struct cr2_runner **ret_runner);
/*
 * The kernel of a guest (cr2/guest.h, also for the errors), found or fetched, and booted; any
 * number of scenarios run in one boot. A guest that dies or hangs in a scenario is lost with
 * it (-EIO, -ETIMEDOUT), and the next scenario boots another.
 */
int cr2_runner_guest_create(const char *version, cr2_guest_progress_fn *progress, void *data,
			    struct cr2_runner **ret_runner, struct cr2_text *reason);
/* In the guest: runs scenarios from in until it ends (`cr2 guest-serve`). Blocks. */
int cr2_guest_serve(FILE *in, FILE *out);

/*
 * Makes one page fault on the kernel that runs us, with a runner of cr2_runner_host_create().
 * Returns 0, or as cr2_litmus_run() does with the report's reason filled. Without privileges
 * the fault is made all the same where it can be, and what the process itself can see of it
 * is told: 0 with traced clear and reason filled. Finish the report in any case.
 */
int cr2_force_run(struct cr2_runner *runner, enum cr2_force force,
		  struct cr2_force_report *ret_report);

/* A failed expectation. */
struct cr2_failure {
	unsigned line;
	size_t observation; /* index into the run's observations */
	char *expected;
	char *seen;
};

struct cr2_run {
	struct cr2_observations observations;
	size_t n_failures;
	struct cr2_failure *failures;
	char *reason; /* of a negative return, one line; else NULL */
	unsigned reason_line; /* of the file; 0: the whole scenario */
	char *console; /* of a guest that was lost: the last lines; else NULL */
};
void cr2_run_finish(struct cr2_run *run);

/* Where a mapping is in one process; it stays known when nothing is mapped there any more. */
struct cr2_place {
	uint32_t mapping; /* index into names */
	uint64_t address;
	uint64_t pages;
};

/* One step as a watcher sees it, before it (observation NULL) and after it. */
struct cr2_step {
	unsigned number; /* from 1 */
	const struct cr2_statement *statement;
	const struct cr2_op *op;
	size_t n_places; /* of the step's process, in order of their making */
	const struct cr2_place *places;
	const struct cr2_observation *observation;
};
/* May attach observers, or stop: a nonzero return ends the run with it. */
typedef int cr2_step_fn(void *data, const struct cr2_step *step);

/*
 * Runs a scenario from start to end. Returns 0 (expectations may have failed: see
 * n_failures), or a runner's negative errno with reason filled; what was observed until
 * then is in the run.
 */
int cr2_litmus_run(const struct cr2_litmus *litmus, struct cr2_runner *runner,
		   cr2_step_fn *step, void *step_data, struct cr2_run *ret_run);

/* One cell in which two runs of a scenario differ. */
struct cr2_difference {
	size_t observation;
	const char *field; /* "result", "value", "faults", "major", "state", "steps"; static */
	char *where; /* state: "child.buf@3", "child.buf@3..7"; else NULL */
	char *left, *right;
};
struct cr2_differences {
	size_t count;
	struct cr2_difference *items;
	/* How many cells differed and were accepted, since Linux allows both. */
	uint64_t widened[CR2_WIDENING_COUNT];
};
/*
 * Compares all but path and evidence. Leaves out what LITMUS.md leaves unspecified (the
 * neighbours in cold and evicted files). A run that was stopped (reason) is compared as far
 * as it went. Returns 0 or -ENOMEM.
 */
int cr2_litmus_compare(const struct cr2_litmus *litmus, const struct cr2_run *left,
		       const struct cr2_run *right, struct cr2_differences *ret_differences);
void cr2_differences_finish(struct cr2_differences *differences);

/*
 * What random scenarios may ask of a target. Scenarios are numbered: number n of a seed is that
 * of cr2_generator_seed(seed, n), so that nearby seeds have nothing in common.
 */
struct cr2_generator {
	unsigned statements; /* at the most, besides the settings and objects */
	bool thp, swap, fault_around; /* settings besides the defaults */
};
uint64_t cr2_generator_seed(uint64_t seed, uint64_t number);
/* A random valid scenario; the same seed and config give the same text. 0 or -ENOMEM. */
int cr2_litmus_generate(uint64_t seed, const struct cr2_generator *config,
			struct cr2_text *ret_text);

/* Does the scenario still show it? 1 yes, 0 no (also where it is not valid), or an errno. */
typedef int cr2_reduce_fn(void *data, const char *text, size_t length);
/* The smallest scenario found that still shows what text shows. 0 or an errno, fn's included. */
int cr2_litmus_reduce(const char *text, size_t length, cr2_reduce_fn *fn, void *data,
		      struct cr2_text *ret_text);

#endif
