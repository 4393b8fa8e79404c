/* SPDX-License-Identifier: MIT */
/*
 * A learner's session: what was learnt so far, which exercise is next, and what becomes of a line
 * that the learner types. No files, no terminal: who calls keeps the progress and draws the
 * replies (<cr2/view_learn.h>).
 */
#ifndef CR2_LESSON_H
#define CR2_LESSON_H

#include <cr2/demand.h>

CR2_BEGIN_DECLS

/* How far a kind of exercises has been learnt. */
struct cr2_topic {
	unsigned level; /* the one that comes next; CR2_EXERCISE_LEVELS + 1: all are done */
	unsigned clean; /* exercises of it in a row without help or mistake */
	uint64_t solved;
};
#define CR2_TOPIC_CLEAN 2 /* so many lead to the next level */

/*
 * A misconception that was seen, and when it is asked for again: at once, then after ever more
 * exercises. At CR2_RECALL_STAGES it is learnt.
 */
struct cr2_recall {
	uint64_t seen; /* 0: never */
	unsigned stage;
	uint64_t due; /* in exercises */
	enum cr2_exercise_kind kind; /* where it was seen */
	unsigned level;
};
#define CR2_RECALL_STAGES 4

/* Why an exercise is there. */
enum cr2_lesson_why {
	CR2_LESSON_NEXT, /* it is its topic's turn */
	CR2_LESSON_RECALL, /* for a misconception */
	CR2_LESSON_CHOSEN, /* by the learner */
	CR2_LESSON_WHYS,
};

/* How a part of it was answered: a letter each. */
enum {
	CR2_LESSON_OPEN = '.',
	CR2_LESSON_FIRST = '+', /* right at once */
	CR2_LESSON_LATER = '~',
	CR2_LESSON_SHOWN = '=', /* by the solution, or beside a variant */
};
#define CR2_LESSON_PARTS 159

/* An exercise, and where in it the learner is. */
struct cr2_lesson_place {
	bool there; /* is one begun? */
	enum cr2_exercise_kind kind;
	uint64_t seed;
	unsigned level;
	enum cr2_profile profile;
	enum cr2_lesson_why why;
	enum cr2_misconception misconception; /* RECALL: for which one */
	bool counted; /* its end has been noted */
	bool wrong; /* something was answered wrongly */
	unsigned part; /* the one that is asked; their number: none any more */
	unsigned hints; /* that were shown */
	char parts[CR2_LESSON_PARTS + 1];
};

struct cr2_progress {
	uint64_t seed; /* of the next exercise */
	uint64_t exercises; /* that came to an end */
	struct cr2_topic topics[CR2_EXERCISE_COUNT];
	struct cr2_recall recalls[CR2_MISCONCEPTION_COUNT];
	uint32_t programs; /* that were judged right: a bit each of enum cr2_demand, and of CR2_PROGRESS_COUNTER */
	struct cr2_lesson_place place, before; /* and the one before */
};
#define CR2_PROGRESS_COUNTER CR2_DEMANDS /* cr2 learn counter's */

/* Of somebody who has done nothing; seed: any number that others do not have. */
void cr2_progress_init(struct cr2_progress *progress, uint64_t seed);
/* As one JSON object. Returns 0 or -ENOMEM. */
int cr2_progress_to_json(const struct cr2_progress *progress, struct cr2_text *text);
/* Returns 0, -ENOMEM, or -EINVAL with the place and what is wrong in diag. */
int cr2_progress_from_json(const char *json, size_t size, struct cr2_progress *ret_progress,
			   struct cr2_diag *diag);
/* Misconceptions that are to be asked for again; due: now. */
unsigned cr2_progress_recalls(const struct cr2_progress *progress, bool due);
/* May the next exercise be for one of them? Two do not follow each other, unless the first was answered wrongly. */
bool cr2_progress_may_recall(const struct cr2_progress *progress);

/* What a learner can say instead of an answer. */
enum cr2_lesson_command {
#define X(id, word, argument, sentence) CR2_LESSON_DO_##id,
#include <cr2/tables/lesson_command.def>
#undef X
	CR2_LESSON_COMMANDS,
};
const char *cr2_lesson_command_word(enum cr2_lesson_command command);
const char *cr2_lesson_command_argument(enum cr2_lesson_command command); /* "" where there is none */
const char *cr2_lesson_command_sentence(enum cr2_lesson_command command);

/* What became of a line. */
enum cr2_lesson_event {
	CR2_LESSON_BEGUN, /* an exercise is there, to be shown whole */
	CR2_LESSON_ASKED, /* its part is asked again */
	CR2_LESSON_RIGHT,
	CR2_LESSON_WRONG, /* check says why, or that it could not be read; with a variant its part is over */
	CR2_LESSON_HINTED, /* hint: which one */
	CR2_LESSON_NO_HINT, /* there is no other */
	CR2_LESSON_SOLVED, /* the part's answer is shown */
	CR2_LESSON_SKIPPED,
	CR2_LESSON_TOPICS,
	CR2_LESSON_HELPED,
	CR2_LESSON_NOT_KNOWN, /* no such command, exercise or level: reason */
	CR2_LESSON_NOTHING, /* nothing is to be repeated */
	CR2_LESSON_LEFT,
};
struct cr2_lesson_reply {
	enum cr2_lesson_event event;
	const struct cr2_exercise_part *part; /* what it is about */
	struct cr2_check check; /* its variant: until the next line */
	int bit; /* WRONG: the lowest bit that differs; -1: the answer has none */
	unsigned hint;
	const char *reason;
	bool ended; /* that was the exercise's last part */
	bool rose; /* and its topic's level rose */
};

struct cr2_lesson {
	struct cr2_progress progress;
	bool again; /* only what is to be repeated */
	enum cr2_profile profile; /* of exercises that are begun */
	const struct cr2_calibration *calibration; /* or NULL */
	bool made; /* is the exercise of progress.place there? */
	struct cr2_exercise exercise;
	struct cr2_variant *variant; /* of the last reply; or NULL */
};

/* What this machine's kernel says of an exercise's scenario, beside what is right. Strings are borrowed. */
struct cr2_lesson_kernel {
	const char *name; /* "host 6.18.44"; NULL: not known */
	const char *reason; /* why it was not asked; NULL: it was */
	unsigned line; /* up to which it is compared; 0: the whole */
	unsigned differs; /* the line where it comes to something else; 0: it agrees */
	const char *right, *seen; /* there, in words */
	const enum cr2_trait *trait; /* of the machine, which it is due to; NULL: it is not known why */
};

/*
 * Goes on where the learner was, or begins what is next: the reply says which. again: begins with
 * what is to be repeated. Exercises are those of cr2_exercise_make_timed(), whose calibration the caller keeps. Returns 0,
 * -ENOMEM, or -EINVAL: progress has what no exercise has.
 */
int cr2_lesson_begin(struct cr2_lesson *lesson, const struct cr2_progress *progress, bool again,
		     enum cr2_profile profile, const struct cr2_calibration *calibration,
		     struct cr2_lesson_reply *ret_reply);
/* Begins an exercise of the learner's choice. Returns 0, -ENOMEM or -EINVAL. */
int cr2_lesson_choose(struct cr2_lesson *lesson, enum cr2_exercise_kind kind, unsigned level,
		      uint64_t seed, struct cr2_lesson_reply *ret_reply);
/* A line: an answer or a command. Returns 0 or -ENOMEM. */
int cr2_lesson_say(struct cr2_lesson *lesson, const char *line, struct cr2_lesson_reply *ret_reply);
/* The part that is asked; NULL: none, what is next comes by an empty line. */
const struct cr2_exercise_part *cr2_lesson_part(const struct cr2_lesson *lesson);
void cr2_lesson_finish(struct cr2_lesson *lesson);

CR2_END_DECLS

#endif
