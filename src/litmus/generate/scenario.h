/* SPDX-License-Identifier: MIT */
/*
 * The generator's parts: what it knows of the scenario so far and where in it a statement may
 * point (place.c), statements (operation.c, text.c), runs of statements that belong together
 * (phrase.c), and how often each comes (theme.c). generate.c puts a scenario together.
 *
 * It knows names, sizes and which processes live, no more: what an operation does, the targets
 * show.
 */
#ifndef LITMUS_GENERATE_SCENARIO_H
#define LITMUS_GENERATE_SCENARIO_H

#include <cr2/generate.h>
#include <cr2/litmus.h>

#include "base/random.h"

#define PROCESSES_MAX 4
#define MAPPINGS_MAX 8
#define OBJECTS_MAX 3
#define SEGMENTS_MAX 2
#define NONE UINT32_MAX

/* --- themes --- */

/* What a statement is about; PHRASE: several. */
enum verb {
	VERB_MAP,
	VERB_FORK,
	VERB_EXIT,
	VERB_PROTECT,
	VERB_ADVISE,
	VERB_UNMAP,
	VERB_LOCK,
	VERB_UNLOCK,
	VERB_LIMIT,
	VERB_REMAP,
	VERB_SYNC,
	VERB_TRUNCATE,
	VERB_EVICT,
	VERB_USERFAULT,
	VERB_REFERENCE,
	VERB_MIGRATE,
	VERB_CLEAR,
	VERB_KSM,
	VERB_ACCESS,
	VERB_PHRASE,
	VERBS,
};

enum phrase {
	PHRASE_COW,
	PHRASE_ALONE_AGAIN,
	PHRASE_TOGGLE,
	PHRASE_PAST_END,
	PHRASE_OUT_AND_IN,
	PHRASE_FREE,
	PHRASE_MOVE,
	PHRASE_PATCH,
	PHRASE_EVICT,
	PHRASE_PARTS,
	PHRASE_AS_ONE,
	PHRASE_PATTERN,
	PHRASES,
};

/* Weights and percentages: what is rare in programs becomes frequent in a scenario. */
struct theme {
	const char *name;
	unsigned weight; /* among the themes */
	bool thp, swap; /* needs the setting */
	bool huge_shmem; /* faults bring shared memory's 2 MiB pages, too */
	bool numa; /* moves pages between nodes */
	bool ksm; /* merges pages */
	bool soft_dirty; /* clears soft-dirty bits */
	bool async; /* userfaultfd protects without asking */
	uint8_t verbs[VERBS];
	uint8_t phrases[PHRASES];
	bool common; /* advice of any kind */
	uint8_t advice[CR2_ADVICE_COUNT]; /* besides */
	/* percent */
	uint8_t around; /* scenarios with a fault_around of their own */
	bool memory; /* with a limit of memory, and without what it does not go together with */
	uint8_t keys; /* scenarios with protection keys */
	uint8_t tmpfs, cold; /* objects */
	uint8_t shared, object, fixed, stack, populate, locked, noreserve; /* mappings */
	uint8_t hugetlb; /* mappings of the pool, which the scenario then has */
	uint8_t program; /* scenarios with a program */
	bool gigantic; /* that of 1 GiB pages */
	uint8_t large; /* sizes around 2 MiB, of mappings and remaps */
	uint8_t outside; /* references beyond the ends, and ranges */
	uint8_t absolute; /* accesses to addresses that have nothing to do with a mapping */
};
const struct theme *gen_draw_theme(struct random *random, const struct cr2_generator *config);

size_t gen_draw_advice(struct random *random, const struct theme *theme); /* enum cr2_advice */

/* --- the scenario so far --- */

#define GIGANTIC 262144 /* pages of 1 GiB */

struct gen_mapping {
	const char *name; /* of a program's part; NULL: by number */
	uint64_t pages;
	uint64_t hot; /* a page that statements meet at */
	unsigned knows; /* bit per process that has it */
	unsigned object; /* or NONE */
	bool stack;
	bool shared;
	bool hugetlb, gigantic; /* gigantic: its pages have 1 GiB */
	bool heap;
	bool attached; /* a System V segment */
	uint8_t uffd[PROCESSES_MAX]; /* modes that it may be registered for, CR2_UFFD_ */
	bool writable_file; /* shared, of an object: a write makes an entry writable in place */
};
struct gen_object {
	uint64_t pages;
	bool tmpfs; /* or secret memory */
	bool hugetlb; /* of pages of the pool */
};
struct gen {
	struct random random;
	const struct theme *theme;
	struct cr2_text *text;
	unsigned left; /* statements that may still come */
	unsigned alive; /* bit per process that does not wait for one that it made by vfork */
	struct gen_process {
		unsigned space; /* whose memory it acts in */
		unsigned leader; /* whose thread it is, or itself */
		unsigned maker; /* that waits for it, or NONE */
		unsigned heap; /* of its memory: a mapping, or NONE */
	} processes[PROCESSES_MAX];
	unsigned exited; /* bit per process */
	unsigned uffd; /* bit per process: it has a userfaultfd */
	uint8_t uffd_features[PROCESSES_MAX]; /* CR2_UFFD_FEATURES of that */
	unsigned n_processes, n_mappings, n_objects, n_segments;
	struct gen_mapping mappings[MAPPINGS_MAX + CR2_PARTS];
	unsigned parts; /* the first of a program's, or NONE: there is none */
	char name[CR2_NAME_MAX + 1]; /* gen_name()'s */
	struct gen_object objects[OBJECTS_MAX];
	struct gen_object segments[SEGMENTS_MAX];
	bool keys; /* there are protection keys */
	bool five_levels; /* page tables have them */
	unsigned n_high; /* places beyond 47 bits that are taken */
	bool limited; /* memory is */
	int r; /* first error of the text */
};

void gen_put(struct gen *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "p1: "; nothing for the first process. A statement begins with it. */
void gen_put_process(struct gen *g, unsigned process);
/* One of n words. */
const char *gen_pick(struct gen *g, const char *const *words, size_t n);

/* --- places --- */

/* Good until the next. */
const char *gen_name(struct gen *g, unsigned mapping);
/* May there be one more? */
bool gen_has_room(const struct gen *g);
/* A mapping that the process knows, NONE if it knows none. */
unsigned gen_place(struct gen *g, unsigned process);
uint64_t gen_size(struct gen *g);
/* A page of the mapping: where things happened before, or a border, more often than others. */
uint64_t gen_page(struct gen *g, unsigned mapping);
void gen_put_range(struct gen *g, unsigned mapping); /* for range operations */
void gen_put_ref(struct gen *g, unsigned mapping, bool exec); /* for accesses */
void gen_put_page(struct gen *g, unsigned mapping, uint64_t page);
/* Where a mapping is laid over, below or behind another. */
void gen_put_at(struct gen *g, unsigned mapping);
void gen_put_absolute(struct gen *g);
bool gen_put_high(struct gen *g); /* " at 0x..." beyond 47 bits, where there is a place left */

/* --- statements: a line each --- */

void gen_object(struct gen *g);
void gen_segment(struct gen *g);
void gen_program(struct gen *g);
void gen_map(struct gen *g, unsigned process);
void gen_fork(struct gen *g, unsigned process);
/* One of any verb but VERB_PHRASE; where it is not possible, an access. */
void gen_verb(struct gen *g, enum verb verb, unsigned process, unsigned mapping);
void gen_access(struct gen *g, unsigned process, unsigned mapping, const char *verb);
void gen_advise(struct gen *g, unsigned process, unsigned mapping, const char *advice);
/* A step of a pattern at a page: no fork. */
void gen_step(struct gen *g, unsigned process, unsigned mapping, uint64_t page,
	      const struct cr2_pattern_step *step);
/* The others that a phrase needs, with their last word or number. */
void gen_protect(struct gen *g, unsigned process, unsigned mapping, const char *prot);
void gen_truncate(struct gen *g, unsigned process, unsigned object, uint64_t pages);
void gen_evict(struct gen *g, unsigned process, unsigned object);
void gen_advise_all(struct gen *g, unsigned process, unsigned mapping, const char *advice);
void gen_remap(struct gen *g, unsigned process, unsigned mapping, uint64_t pages);

/* --- phrases --- */

/* Several statements; where the phrase does not fit the scenario, an access. */
void gen_phrase(struct gen *g, unsigned process, unsigned mapping);

#endif
