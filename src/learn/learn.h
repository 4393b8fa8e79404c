/* SPDX-License-Identifier: MIT */
/*
 * How an exercise is made. A kind's file has one function, learn_make_KIND(), that draws values
 * from the maker's random numbers, says what is given, and adds for each part a step of the
 * solution and the part that it finds. A failure sticks in the maker: only who called it asks.
 *
 * Beside it stand the kind's misconceptions: functions that tell what someone would answer to a
 * part. What they need to know of the exercise is in its facts.
 */
#ifndef LEARN_LEARN_H
#define LEARN_LEARN_H

#include <cr2/decode.h>
#include <cr2/learn.h>
#include <cr2/litmus.h>

#include "base/random.h"

/* What a part asks for, as far as misconceptions have to know. */
enum learn_subject {
	LEARN_OTHER,
	/* an error code taken apart */
	LEARN_BIT, /* line: which */
	LEARN_ACCESS,
	LEARN_MODE,
	LEARN_PRESENT,
	LEARN_POSSIBLE,
	LEARN_CODE_OF_STORY,
	/* a place in a mapping */
	LEARN_INSIDE,
	LEARN_OFFSET,
	LEARN_PAGE,
	LEARN_PAGE_OFFSET,
	LEARN_LAST,
	LEARN_PAGES,
	/* a walk; line: of the level, from the top */
	LEARN_INDEX,
	LEARN_VA_OFFSET,
	LEARN_ENTRY_AT,
	LEARN_PFN,
	LEARN_ENTRY_FLAGS,
	LEARN_PHYS,
	LEARN_ENTRY,
	/* a scenario; line: its */
	LEARN_FAULTS,
	LEARN_ERROR,
	LEARN_PATH,
	LEARN_REFS,
	LEARN_MAPS,
	LEARN_VALUE,
	/* a program */
	LEARN_COUNT_FAULTS,
	LEARN_COUNT_PAGES,
	LEARN_COUNT_TABLES,
	LEARN_COUNT_TIME,
	/* the way of a fault; line: which function of it */
	LEARN_NEXT,
	/* a probed function; line: which argument */
	LEARN_ARGUMENT,
	LEARN_ARGUMENT_FLAGS,
};

/* What an exercise was made from. */
struct learn_bits {
	uint64_t code, story;
};
struct learn_vma {
	uint64_t address, start, end;
};
struct learn_walk {
	uint64_t address, cr3;
	unsigned levels;
	unsigned n_entries; /* given, from the top */
	uint64_t entries[CR2_LEVELS_MAX];
	bool huge; /* the last of them maps 2 MiB */
	uint64_t back; /* the entry that is to be put together */
};
struct learn_probe {
	struct cr2_registers registers;
	unsigned n_arguments;
	unsigned bits[CR2_ARGUMENTS]; /* that count */
};

/* What a line of a scenario came to in the model. */
struct learn_line {
	bool done; /* it is an operation: the others are settings */
	enum cr2_op_kind op;
	uint32_t process, child;
	unsigned byte; /* accesses: which of the page */
	uint64_t pages; /* accesses: so many, one a page */
	unsigned n_faults; /* of all of them */
	unsigned n; /* faults of the first, of which these are known */
	uint64_t codes[CR2_OUTCOME_FAULTS];
	enum cr2_path paths[CR2_OUTCOME_FAULTS];
	bool either; /* with one spurious fault and without is right */
	enum cr2_result result;
	bool has_value;
	uint8_t value; /* read, or written */
	bool was_anon; /* accesses: the process had an anonymous page there before */
	/* The page that the process has after the line; of a fork or an exit: that the first one has. */
	enum cr2_page_kind page;
	uint32_t refs, maps;
};
#define LEARN_LINES 32
#define LEARN_PROCESSES 6
struct learn_scenario {
	unsigned n;
	struct learn_line lines[LEARN_LINES]; /* of line N: N - 1 */
	char processes[LEARN_PROCESSES][CR2_NAME_MAX + 1];
	bool file; /* cow: the page is a file's */
};
enum {
#define X(path, around, name, ns) LEARN_COST_##path##_##around,
#include "cost.def"
#undef X
	LEARN_COSTS,
};
/* A program that touches a mapping, and what it comes to. */
struct learn_count {
	unsigned pages; /* of the mapping */
	unsigned stride; /* it touches the first of so many */
	unsigned child_writes; /* after fork, so many pages; 0: it does not fork */
	bool reads; /* instead of writing */
	bool twice, populate, file, huge;
	unsigned accesses, faults, parent_faults;
	unsigned frames;
	unsigned tables, parent_tables, pte_tables;
	unsigned by_cost[LEARN_COSTS]; /* faults, by rows of cost.def */
	bool uncosted; /* there are others */
};
/* A fault on its way through the kernel. */
struct learn_chain {
	unsigned way; /* row of chain.def */
	enum cr2_path path;
	uint64_t address, error_code;
	bool has_flags; /* it got to handle_mm_fault */
	uint32_t flags;
};
#define LEARN_CHAIN 12 /* functions on the way, at the most */
/* The stages of a fault, as far as they are told. */
struct learn_trace {
	struct cr2_stage_exception exception;
	struct cr2_stage_vma vma;
	struct cr2_stage_entry entry;
	struct cr2_stage_install install;
	struct cr2_stage_return ret;
};
union learn_facts {
	struct learn_bits bits;
	struct learn_vma vma;
	struct learn_walk walk;
	struct learn_probe probe;
	struct learn_scenario scenario;
	struct learn_count count;
	struct learn_chain chain;
	struct learn_trace trace;
};

struct maker {
	struct cr2_exercise *exercise;
	struct random random;
	union learn_facts *facts;
	unsigned level;
	bool timed; /* programs' time is asked for, too */
	const struct cr2_calibration *calibration; /* or NULL */
	int kernel; /* the profile's version */
	int error; /* 0 or -ENOMEM */
};

/* What the exercise keeps until it ends; NULL: no memory. */
const char *maker_printf(struct maker *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A text that was made with error error, 0 or negative: the exercise takes it over. */
const char *maker_take(struct maker *m, struct cr2_text *text, int error);

void maker_question(struct maker *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void maker_give(struct maker *m, enum cr2_key key, const struct cr2_given *given);
#define maker_give_hex(m, id, value) \
	maker_give(m, CR2_KEY_##id, &(struct cr2_given){.type = CR2_GIVEN_HEX, .number = (value)})
#define maker_give_number(m, id, value) \
	maker_give(m, CR2_KEY_##id, &(struct cr2_given){.type = CR2_GIVEN_NUMBER, .number = (value)})
#define maker_give_text(m, id, value) \
	maker_give(m, CR2_KEY_##id, &(struct cr2_given){.type = CR2_GIVEN_TEXT, .text = (value)})
/* Static texts. */
void maker_hints(struct maker *m, const char *const *hints, size_t n);
/* A step of the solution; the parts that come after it are found by it. */
void maker_step(struct maker *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A part, to be completed; valid until the next one. Never NULL. */
struct cr2_exercise_part *maker_part(struct maker *m, enum learn_subject subject, const char *key,
				     const char *ask, const struct cr2_answer *answer);
/* One more answer to the part that is as right. */
void maker_also(struct maker *m, struct cr2_exercise_part *part, const struct cr2_answer *answer);

/* An answer of one value. */
static inline struct cr2_answer learn_answer(enum cr2_answer_type type, uint64_t value)
{
	return (struct cr2_answer){.type = type, .n = 1, .values = {value}};
}
#define maker_ask(m, subject, key, ask, kind, value) maker_part(m, subject, key, ask, \
	&(struct cr2_answer){.type = CR2_ANSWER_##kind, .n = 1, .values = {value}})

/* The questions of a kind on what is not drawn; m->level says how much is asked, and what becomes a gap is drawn. */
void learn_ask_bits(struct maker *m, uint64_t code);
void learn_ask_vma(struct maker *m, const struct learn_vma *vma);
void learn_ask_first_way(struct maker *m, uint64_t address);
void learn_ask_probe(struct maker *m, const char *function, const struct cr2_registers *registers);
void learn_ask_count(struct maker *m, const struct learn_count *count);
void learn_ask_first_trace(struct maker *m, uint64_t address);

/* The facts of an exercise, and of which kind they are. */
enum cr2_exercise_kind learn_kind_of(const struct cr2_exercise *exercise);
const union learn_facts *learn_facts(const struct cr2_exercise *exercise);

/* chain.c: the functions on the way, static names; returns how many. */
unsigned learn_chain_functions(const struct cr2_exercise *exercise, const char **ret_names);

/* A row of chain.def; any: also one that is refused, or maps 2 MiB. And a scenario of it. */
unsigned learn_draw_way(struct maker *m, bool any);
const char *learn_draw_scenario(struct maker *m, unsigned way);
/* Takes its fault in the model: note gets all stages of all faults, the last of them is the row's. 0 or an errno. */
int learn_take_fault(const struct maker *m, const char *scenario, cr2_stage_fn *note, void *data,
		     enum cr2_path *ret_path);

/* A scenario of the first write to a page's address, in a mapping of its own. */
const char *learn_first_write(struct maker *m, uint64_t address);

/* answer.c */
/* Returns 0, or -EINVAL with what is wrong in *ret_reason; like: an answer to the same part. */
int learn_answer_read(const char *s, const struct cr2_answer *like, struct cr2_answer *ret_answer,
		      const char **ret_reason);

/*
 * What a misconception would answer to a part: how many answers, of at most CR2_MISTAKES; those that
 * are right are dropped by the caller. answer has the part's type and other members already.
 */
typedef size_t learn_mistake_fn(const struct cr2_exercise *exercise,
				const struct cr2_exercise_part *part, struct cr2_answer *ret_answers);

/* A mistake of one value. */
static inline size_t learn_one(struct cr2_answer *ret_answers, uint64_t value)
{
	ret_answers[0].n = 1;
	ret_answers[0].values[0] = value;
	return 1;
}

/* One fault path taken for another, in an answer that has paths. */
static inline size_t learn_path_taken_for(const struct cr2_exercise_part *part, enum cr2_path from,
					  enum cr2_path to, struct cr2_answer *ret_answers)
{
	if (part->subject != LEARN_PATH)
		return 0;
	for (size_t i = 0; i < ret_answers[0].n; i++)
		if (ret_answers[0].values[i] == from)
			ret_answers[0].values[i] = to;
	return 1;
}

/* Each kind's maker, and each misconception's function. */
#define X(id, name, summary) void learn_make_##name(struct maker *m);
#include <cr2/tables/exercise.def>
#undef X
#define X(id, name, function, sentence) learn_mistake_fn learn_##function;
#include <cr2/tables/misconception.def>
#undef X

#endif
