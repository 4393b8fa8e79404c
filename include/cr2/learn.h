/* SPDX-License-Identifier: MIT */
/*
 * Exercises: made from a seed, answered by decode and the model, checked, and explained. Nothing
 * is stored: the same kind, seed, level and kernel give the same exercise on every machine.
 *
 * A wrong answer is explained by what each misconception would have answered. <cr2/view_learn.h>
 * draws exercises and checks.
 */
#ifndef CR2_LEARN_H
#define CR2_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>
#include <cr2/calibration.h>
#include <cr2/flags.h>
#include <cr2/record.h>
#include <cr2/tables.h>

CR2_BEGIN_DECLS

enum cr2_exercise_kind {
#define X(id, name, summary) CR2_EXERCISE_##id,
#include <cr2/tables/exercise.def>
#undef X
	CR2_EXERCISE_COUNT,
};
const char *cr2_exercise_name(enum cr2_exercise_kind kind); /* "bits"; NULL outside the table */
const char *cr2_exercise_summary(enum cr2_exercise_kind kind);
int cr2_exercise_parse(const char *name); /* the enumerator, or -EINVAL */

#define CR2_EXERCISE_LEVELS 5 /* from 1 */
#define CR2_COURSE_EXERCISES 7 /* of the kind course: seeds from 1; it has one level */

enum cr2_answer_type {
#define X(id, name, form, listed) CR2_ANSWER_##id,
#include <cr2/tables/answer_type.def>
#undef X
	CR2_ANSWER_TYPES,
};
const char *cr2_answer_type_name(enum cr2_answer_type type); /* "hex" */
const char *cr2_answer_type_form(enum cr2_answer_type type); /* how it is written, in words */
const char *cr2_answer_type_listed(enum cr2_answer_type type); /* the same where cr2_answer_forms() is all that is taken */

/* What someone answers who has understood something wrongly. */
enum cr2_misconception {
#define X(id, name, function, sentence) CR2_MISCONCEPTION_##id,
#include <cr2/tables/misconception.def>
#undef X
	CR2_MISCONCEPTION_COUNT,
};
const char *cr2_misconception_name(enum cr2_misconception misconception); /* "end_inclusive" */
const char *cr2_misconception_sentence(enum cr2_misconception misconception);
int cr2_misconception_parse(const char *name);

/* An answer as a value: a number as a rule, or several in their order (ERRORS, PATHS: none of them is "none"). */
struct cr2_answer {
	enum cr2_answer_type type;
	enum cr2_flag_table flags; /* FLAGS: whose names */
	int kernel; /* FLAGS, FUNCTION: whose names; as in <cr2/flags.h> */
	size_t n;
	/* BIT, YESNO: 0, 1; ACCESS: enum cr2_access; MODE: 1 user; PATHS: enum cr2_path */
	uint64_t values[CR2_OUTCOME_FAULTS];
	const char *word; /* FUNCTION; static */
};
#define CR2_ANSWER_PERCENT 10 /* TIME, in ns: so far off it is as right */
bool cr2_answer_equal(const struct cr2_answer *a, const struct cr2_answer *b);
/* Appends it in a form that is accepted: "0x7", "none", "yes". Returns 0 or -ENOMEM. */
int cr2_answer_format(const struct cr2_answer *answer, struct cr2_text *text);
/*
 * Every way to write it, for programs that compare texts, in the order of the tables; what each does with one may end
 * it by a negative errno. Not listed, though they are accepted: capitals, blanks around, zeros in front; flags have one order.
 * usual: without underscores and words behind numbers, too.
 */
typedef int cr2_form_fn(void *data, const char *form);
int cr2_answer_forms(const struct cr2_answer *answer, bool usual, cr2_form_fn *each, void *data);

/* A value that an exercise gives. */
enum cr2_given_type {
	CR2_GIVEN_HEX,
	CR2_GIVEN_NUMBER,
	CR2_GIVEN_TEXT, /* may have several lines */
};
struct cr2_given {
	const char *key;
	const char *group; /* the key of an object that it is in, NULL: none; one group's follow each other */
	enum cr2_given_type type;
	uint64_t number;
	const char *text;
};

/* One thing that is asked for. */
struct cr2_exercise_part {
	const char *key;
	const char *ask;
	struct cr2_answer answer; /* its type says what is accepted */
	size_t n_also;
	const struct cr2_answer *also; /* what is as right */
	size_t step; /* of the solution: the one that finds it */
	unsigned subject, line; /* the library's own */
};

struct cr2_exercise {
	enum cr2_exercise_kind kind;
	uint64_t seed;
	unsigned level;
	enum cr2_profile profile;
	const char *question;
	size_t n_given;
	struct cr2_given *given;
	size_t n_parts;
	struct cr2_exercise_part *parts;
	size_t n_hints;
	const char **hints; /* from a nudge to the rule */
	size_t n_steps;
	const char **steps; /* of the solution */
	struct cr2_exercise_memory *memory; /* what owns all this */
};

/*
 * Makes an exercise. Returns 0, -ENOMEM, or -EINVAL: no such kind, level or profile. Ended with
 * cr2_exercise_finish().
 */
int cr2_exercise_make(enum cr2_exercise_kind kind, uint64_t seed, unsigned level,
		      enum cr2_profile profile, struct cr2_exercise *ret_exercise);
/*
 * The same, and exercises of count ask how long, too, where costs are known of all their faults: this machine's as far
 * as calibration, or NULL, has them, else round figures. They are given.
 */
int cr2_exercise_make_timed(enum cr2_exercise_kind kind, uint64_t seed, unsigned level, enum cr2_profile profile,
			    const struct cr2_calibration *calibration, struct cr2_exercise *ret_exercise);
void cr2_exercise_finish(struct cr2_exercise *exercise);
/* The part of that key, or NULL. */
const struct cr2_exercise_part *cr2_exercise_part(const struct cr2_exercise *exercise,
						  const char *key);

/* What an answer to a part comes to. */
struct cr2_check {
	const struct cr2_exercise_part *part;
	bool correct;
	struct cr2_answer answer; /* as it was read; n 0 and a reason: it could not be */
	const char *reason; /* static; NULL: it was read */
	size_t n_misconceptions; /* that answer so; none where it is correct */
	enum cr2_misconception misconceptions[CR2_MISCONCEPTION_COUNT];
	struct cr2_variant *variant; /* of cr2_exercise_variant(), where the caller wants it shown; else NULL */
};
void cr2_exercise_check(const struct cr2_exercise *exercise, const struct cr2_exercise_part *part,
			const char *answer, struct cr2_check *ret_check);
/*
 * What else was answered rightly (right[i]: the exercise's part i) speaks against a misconception that would have answered
 * otherwise there: such ones are taken from the check, unless none would be left.
 */
void cr2_exercise_weigh(const struct cr2_exercise *exercise, const bool *right, struct cr2_check *check);

/*
 * A wrong answer to a part about a scenario (cow, predict) as a scenario of which it is right: what would have to be
 * otherwise, run in the model and set beside the right one, line by line, up to the line that the part is about.
 */
#define CR2_VARIANT_LINES 32
#define CR2_STATEMENT_MAX 79
struct cr2_variant_side {
	char statement[CR2_STATEMENT_MAX + 1]; /* "": it has none here */
	size_t n_answers;
	struct cr2_answer answers[2]; /* error codes, and paths; or one number; of the last line what was asked for */
};
struct cr2_variant_line {
	unsigned line; /* of the exercise's scenario; 0: the variant's own */
	const char *number; /* what the number counts, "faults"; NULL: there is none */
	struct cr2_variant_side right, variant;
	bool part; /* they do not come to the same */
};
struct cr2_variant {
	enum cr2_misconception misconception;
	const char *as_if; /* "as if nobody else had the page" */
	size_t n;
	struct cr2_variant_line lines[CR2_VARIANT_LINES];
};
/* To be freed with free(). Returns 0, -ENOMEM, or -ENOENT: the answer is right, or no variant makes it so. */
int cr2_exercise_variant(const struct cr2_exercise *exercise, const struct cr2_check *check,
			 struct cr2_variant **ret_variant);

/*
 * What someone with this misconception may answer to the part, where that is wrong; returns how many
 * answers there are, of which ret_answers gets up to CR2_MISTAKES.
 */
#define CR2_MISTAKES 4
size_t cr2_exercise_mistakes(const struct cr2_exercise *exercise,
			     const struct cr2_exercise_part *part,
			     enum cr2_misconception misconception, struct cr2_answer *ret_answers);

/*
 * The first seed from `from` on whose exercise separates a misconception from the right idea: some part
 * of it is answered wrongly by who has it, and so by no other misconception where there is such a one
 * among the CR2_SEPARATE_SEEDS next. Returns 0, -ENOENT: none of them does; -ENOMEM; -EINVAL.
 */
#define CR2_SEPARATE_SEEDS 100
int cr2_exercise_separate(enum cr2_misconception misconception, enum cr2_exercise_kind kind,
			  unsigned level, enum cr2_profile profile, uint64_t from,
			  uint64_t *ret_seed);

CR2_END_DECLS

#endif
