/* SPDX-License-Identifier: MIT */
/*
 * cr2 fuzz: options (fuzz.c); workers started, watched and summed up (fuzz_pool.c). A worker is
 * a process of its own with a target of its own; it takes scenarios by number, runs and compares
 * them (fuzz_worker.c, fuzz_case.c), and reduces, saves and shows what it finds (fuzz_finding.c).
 * Workers and the first process share struct fuzz_shared; what is to be printed goes through a
 * pipe.
 */
#ifndef CLI_FUZZ_H
#define CLI_FUZZ_H

#include <stdatomic.h>

#include <cr2/generate.h>
#include <cr2/view_fuzz.h>

#include "target.h"

#define FUZZ_JOBS_MAX 64
#define FUZZ_STATEMENTS 28 /* at the most, of a scenario */
#define FUZZ_TARGET_PROFILE CR2_PROFILE_6_18 /* of --on model */

struct fuzz_options {
	uint64_t seed;
	uint64_t steps; /* 0: no limit */
	double seconds; /* 0: no limit */
	unsigned jobs;
	uint64_t max; /* findings */
	const char *on;
	enum cr2_profile profile;
	const char *out; /* folder */
	bool json;
	struct cr2_style style;
	struct cr2_generator generator;
};

/* Why scenarios did not run; a worker keeps the first FUZZ_REASONS. */
#define FUZZ_REASONS 24
struct fuzz_reason {
	char text[240];
	uint64_t count;
	bool failed;
};

/* What one worker did; it alone writes it, so counts that are read meanwhile may be a little old. */
struct fuzz_slot {
	_Atomic uint64_t busy; /* number of the scenario that it runs, plus one; 0: none */
	uint64_t scenarios, skipped, steps;
	uint64_t findings[CR2_FUZZ_FINDINGS];
	uint64_t widened[CR2_WIDENING_COUNT];
	size_t n_reasons;
	struct fuzz_reason reasons[FUZZ_REASONS];
	struct cr2_coverage coverage;
};

struct fuzz_shared {
	_Atomic bool ending; /* no more scenarios */
	_Atomic bool hurry; /* no more reducing either */
	_Atomic bool without_entries; /* the target does not show them */
	_Atomic uint64_t next; /* number of the next scenario */
	_Atomic uint64_t steps, found;
	double deadline; /* of the monotonic clock; 0: none */
	char model[32], target[64]; /* names */
	struct fuzz_slot slots[];
};

/* Runs all workers. Returns an exit code. */
int fuzz_pool(const struct fuzz_options *options);

/* What a worker has at hand. */
struct fuzz_worker {
	const struct fuzz_options *options;
	struct fuzz_shared *shared;
	struct fuzz_slot *slot;
	int out; /* what is to be printed */
	struct target model, target;
	uint64_t seed; /* of the scenario under way */
	unsigned idle; /* scenarios in a row without a step that was compared */
};

/* A worker's life; returns its exit status, an exit code. */
int fuzz_work(const struct fuzz_options *options, struct fuzz_shared *shared, unsigned slot, int out);

/* One scenario on both sides. */
enum fuzz_verdict {
	FUZZ_AGREE,
	FUZZ_DIFFER,
	FUZZ_LEAK, /* of the model */
	FUZZ_LOST, /* the guest ended */
	FUZZ_SKIPPED, /* one side cannot run it */
	FUZZ_FAILED, /* one side should have */
	FUZZ_UNABLE, /* none will ever run here */
	FUZZ_INVALID, /* it does not parse */
};
struct fuzz_case {
	enum fuzz_verdict verdict;
	const char *reason; /* of all but the first two; borrowed from what follows */
	unsigned reason_line;
	struct cr2_diag diag;
	struct cr2_litmus litmus;
	struct cr2_run model, target;
	struct cr2_differences differences;
};
/*
 * Runs text on both sides and compares. coverage: counts what the model took, or NULL. Returns 0
 * or -ENOMEM; finish the case in any event.
 */
int fuzz_case_run(struct fuzz_worker *worker, const char *text, size_t length,
		  struct cr2_coverage *coverage, struct fuzz_case *ret_case);
void fuzz_case_finish(struct fuzz_case *c);

/* text showed what first says: makes it small, saves it, and has it printed. Returns an exit code. */
int fuzz_found(struct fuzz_worker *worker, const struct cr2_text *text, const struct fuzz_case *first);
/* The same for what brought a worker down: saves it only. */
int fuzz_found_crash(const struct fuzz_options *options, uint64_t seed, const struct cr2_text *text,
		     int signo, struct cr2_text *message);

#endif
