/* SPDX-License-Identifier: MIT */
/* A session with a learner: lines in, replies out; what is shown and kept is the caller's. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "learn.h"
#include "progress.h"

static const struct {
	const char *word, *argument, *sentence;
} commands[] = {
#define X(id, word, argument, sentence) [CR2_LESSON_DO_##id] = {word, argument, sentence},
#include <cr2/tables/lesson_command.def>
#undef X
};

const char *cr2_lesson_command_word(enum cr2_lesson_command command)
{
	return (unsigned)command < CR2_LESSON_COMMANDS ? commands[command].word : NULL;
}

const char *cr2_lesson_command_argument(enum cr2_lesson_command command)
{
	return (unsigned)command < CR2_LESSON_COMMANDS ? commands[command].argument : NULL;
}

const char *cr2_lesson_command_sentence(enum cr2_lesson_command command)
{
	return (unsigned)command < CR2_LESSON_COMMANDS ? commands[command].sentence : NULL;
}

/* ---- exercises begin ---- */

const struct cr2_exercise_part *cr2_lesson_part(const struct cr2_lesson *lesson)
{
	const struct cr2_lesson_place *place = &lesson->progress.place;

	return lesson->made && place->part < lesson->exercise.n_parts ? &lesson->exercise.parts[place->part] : NULL;
}

static int say(const struct cr2_lesson *lesson, enum cr2_lesson_event event, struct cr2_lesson_reply *ret)
{
	*ret = (struct cr2_lesson_reply){.event = event, .part = cr2_lesson_part(lesson), .bit = -1};
	return 0;
}

/* The exercise of progress.place, which may have come out of a file. */
static int make(struct cr2_lesson *lesson)
{
	const struct cr2_lesson_place *place = &lesson->progress.place;
	struct cr2_exercise exercise;
	int r = cr2_exercise_make_timed(place->kind, place->seed, place->level, place->profile, lesson->calibration, &exercise);

	if (r < 0)
		return r;
	if (lesson->made)
		cr2_exercise_finish(&lesson->exercise);
	lesson->exercise = exercise;
	lesson->made = true;
	return 0;
}

static int begin(struct cr2_lesson *lesson, const struct cr2_lesson_place *place, struct cr2_lesson_reply *ret)
{
	struct cr2_lesson_place last = lesson->progress.place;
	int r;

	lesson->progress.place = *place;
	lesson->progress.place.there = true;
	r = make(lesson);
	if (r < 0 || lesson->exercise.n_parts > CR2_LESSON_PARTS) {
		lesson->progress.place = last;
		return r < 0 ? r : -EINVAL;
	}
	memset(lesson->progress.place.parts, 0, sizeof(place->parts));
	memset(lesson->progress.place.parts, CR2_LESSON_OPEN, lesson->exercise.n_parts);
	if (last.there)
		lesson->progress.before = last;
	return say(lesson, CR2_LESSON_BEGUN, ret);
}

/* One that tells the misconception from the right idea: of where it was seen, or of any level. */
static int find_separating(const struct cr2_lesson *lesson, enum cr2_misconception misconception,
			   struct cr2_lesson_place *place)
{
	const struct cr2_recall *recall = &lesson->progress.recalls[misconception];
	unsigned level = recall->level;
	int r = -ENOENT;

	for (unsigned i = 0; i < CR2_EXERCISE_LEVELS && r == -ENOENT; i++) {
		level = (recall->level - 1 + i) % CR2_EXERCISE_LEVELS + 1;
		r = cr2_exercise_separate(misconception, recall->kind, level, lesson->profile,
					  lesson->progress.seed, &place->seed);
	}
	place->kind = recall->kind;
	place->level = level;
	place->why = CR2_LESSON_RECALL;
	place->misconception = misconception;
	return r;
}

/* Of a kind at a level; the course's come in their order, on the course's kernel. */
static struct cr2_lesson_place place_of(const struct cr2_lesson *lesson, enum cr2_exercise_kind kind, unsigned level)
{
	const struct cr2_progress *progress = &lesson->progress;
	struct cr2_lesson_place place = {.kind = kind, .level = level, .profile = lesson->profile, .seed = progress->seed};

	if (kind != CR2_EXERCISE_COURSE)
		return place;
	place.profile = CR2_PROFILE_COURSE;
	place.seed = progress->place.there && progress->place.kind == kind ? progress->place.seed :
		     progress->topics[kind].solved;
	place.seed = place.seed % CR2_COURSE_EXERCISES + 1;
	return place;
}

/* The course's seeds are no others'. */
static void take_seed(struct cr2_progress *progress, const struct cr2_lesson_place *place)
{
	if (place->kind != CR2_EXERCISE_COURSE)
		progress->seed = place->seed + 1;
}

static unsigned level_of(const struct cr2_progress *progress, enum cr2_exercise_kind kind)
{
	unsigned level = progress->topics[kind].level;

	return level > CR2_EXERCISE_LEVELS ? CR2_EXERCISE_LEVELS : level;
}

static int begin_topic(struct cr2_lesson *lesson, struct cr2_lesson_reply *ret)
{
	struct cr2_progress *progress = &lesson->progress;
	enum cr2_exercise_kind kind = progress_topic(progress);
	const struct cr2_lesson_place place = place_of(lesson, kind, level_of(progress, kind));
	int r = begin(lesson, &place, ret);

	if (r == 0)
		take_seed(progress, &place);
	return r;
}

/* What was answered wrongly comes first, then the topic whose turn it is. */
static int begin_next(struct cr2_lesson *lesson, struct cr2_lesson_reply *ret)
{
	struct cr2_progress *progress = &lesson->progress;
	struct cr2_lesson_place place = {.profile = lesson->profile};
	bool may = lesson->again || cr2_progress_may_recall(progress);
	int misconception = may ? progress_recall(progress, lesson->again) : -1, r;

	if (misconception < 0 && lesson->again)
		return say(lesson, CR2_LESSON_NOTHING, ret);
	if (misconception < 0)
		return begin_topic(lesson, ret);
	r = find_separating(lesson, (enum cr2_misconception)misconception, &place);
	if (r == -ENOENT) {
		progress_later(progress, (enum cr2_misconception)misconception);
		return begin_topic(lesson, ret);
	}
	if (r == 0)
		r = begin(lesson, &place, ret);
	if (r == 0)
		take_seed(progress, &place);
	return r;
}

int cr2_lesson_choose(struct cr2_lesson *lesson, enum cr2_exercise_kind kind, unsigned level,
		      uint64_t seed, struct cr2_lesson_reply *ret_reply)
{
	const struct cr2_lesson_place place = {
		.kind = kind, .seed = seed, .level = level, .profile = lesson->profile, .why = CR2_LESSON_CHOSEN,
	};

	return begin(lesson, &place, ret_reply);
}

int cr2_lesson_begin(struct cr2_lesson *lesson, const struct cr2_progress *progress, bool again,
		     enum cr2_profile profile, const struct cr2_calibration *calibration,
		     struct cr2_lesson_reply *ret_reply)
{
	const struct cr2_lesson_place *place = &lesson->progress.place;
	int r = 0;

	*lesson = (struct cr2_lesson){.progress = *progress, .again = again, .profile = profile, .calibration = calibration};
	if (again || !place->there)
		return begin_next(lesson, ret_reply);
	r = make(lesson);
	/* Of another version of cr2, maybe. */
	if (r == 0 && (strlen(place->parts) != lesson->exercise.n_parts || place->part > lesson->exercise.n_parts))
		r = -EINVAL;
	if (r < 0) {
		cr2_lesson_finish(lesson);
		return r;
	}
	if (place->part == lesson->exercise.n_parts)
		return begin_next(lesson, ret_reply);
	return say(lesson, CR2_LESSON_BEGUN, ret_reply);
}

void cr2_lesson_finish(struct cr2_lesson *lesson)
{
	if (lesson->made)
		cr2_exercise_finish(&lesson->exercise);
	free(lesson->variant);
	lesson->variant = NULL;
	lesson->made = false;
}

/* ---- answers ---- */

/* Goes on behind the part that the reply is about. */
static void advance(struct cr2_lesson *lesson, struct cr2_lesson_reply *reply)
{
	struct cr2_lesson_place *place = &lesson->progress.place;

	if (++place->part < lesson->exercise.n_parts)
		return;
	reply->ended = true;
	reply->rose = progress_ended(&lesson->progress);
}

static int lowest_bit(const struct cr2_check *check)
{
	const struct cr2_answer *right = &check->part->answer;
	bool bits = right->type == CR2_ANSWER_HEX || right->type == CR2_ANSWER_FLAGS || right->type == CR2_ANSWER_ERRORS;

	if (!bits || check->reason || right->n != 1 || check->answer.n != 1 || right->values[0] == check->answer.values[0])
		return -1;
	return __builtin_ctzll(right->values[0] ^ check->answer.values[0]);
}

/* A prediction is made before its answer is seen: then that is shown beside what would have to be for it to be right. */
static int show_variant(struct cr2_lesson *lesson, struct cr2_lesson_reply *reply)
{
	struct cr2_lesson_place *place = &lesson->progress.place;
	int r = cr2_exercise_variant(&lesson->exercise, &reply->check, &lesson->variant);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	reply->check.variant = lesson->variant;
	place->parts[place->part] = CR2_LESSON_SHOWN;
	advance(lesson, reply);
	return 0;
}

/* What was right at once before speaks, too. */
static void weigh(const struct cr2_lesson *lesson, struct cr2_check *check)
{
	bool right[CR2_LESSON_PARTS] = {false};

	for (size_t i = 0; i < lesson->exercise.n_parts && i < CR2_LESSON_PARTS; i++)
		right[i] = lesson->progress.place.parts[i] == CR2_LESSON_FIRST;
	cr2_exercise_weigh(&lesson->exercise, right, check);
}

static void note_wrong(struct cr2_lesson *lesson, struct cr2_lesson_reply *reply)
{
	struct cr2_progress *progress = &lesson->progress;

	reply->event = CR2_LESSON_WRONG;
	reply->bit = lowest_bit(&reply->check);
	if (reply->check.reason)
		return;
	progress->place.wrong = true;
	if (progress->place.parts[progress->place.part] == CR2_LESSON_OPEN)
		progress->place.parts[progress->place.part] = CR2_LESSON_LATER;
	for (size_t i = 0; i < reply->check.n_misconceptions; i++)
		progress_mistaken(progress, reply->check.misconceptions[i]);
}

static int take_answer(struct cr2_lesson *lesson, const char *line, struct cr2_lesson_reply *ret)
{
	char *state = &lesson->progress.place.parts[lesson->progress.place.part];

	say(lesson, CR2_LESSON_RIGHT, ret);
	cr2_exercise_check(&lesson->exercise, ret->part, line, &ret->check);
	if (!ret->check.correct) {
		weigh(lesson, &ret->check);
		note_wrong(lesson, ret);
		return show_variant(lesson, ret);
	}
	if (*state == CR2_LESSON_OPEN)
		*state = CR2_LESSON_FIRST;
	advance(lesson, ret);
	return 0;
}

/* ---- commands ---- */

static int not_known(const struct cr2_lesson *lesson, const char *reason, struct cr2_lesson_reply *ret)
{
	say(lesson, CR2_LESSON_NOT_KNOWN, ret);
	ret->reason = reason;
	return 0;
}

static int do_hint(struct cr2_lesson *lesson, struct cr2_lesson_reply *ret)
{
	struct cr2_lesson_place *place = &lesson->progress.place;

	if (place->hints == lesson->exercise.n_hints)
		return say(lesson, CR2_LESSON_NO_HINT, ret);
	say(lesson, CR2_LESSON_HINTED, ret);
	ret->hint = place->hints++;
	return 0;
}

static int do_solution(struct cr2_lesson *lesson, struct cr2_lesson_reply *ret)
{
	say(lesson, CR2_LESSON_SOLVED, ret);
	lesson->progress.place.parts[lesson->progress.place.part] = CR2_LESSON_SHOWN;
	advance(lesson, ret);
	return 0;
}

static int do_skip(struct cr2_lesson *lesson, struct cr2_lesson_reply *ret)
{
	say(lesson, CR2_LESSON_SKIPPED, ret);
	advance(lesson, ret);
	return 0;
}

/* The exercise before is gone through once more; it does not count again. */
static int do_back(struct cr2_lesson *lesson, struct cr2_lesson_reply *ret)
{
	struct cr2_lesson_place place = lesson->progress.before;

	if (lesson->progress.place.part > 0) {
		lesson->progress.place.part--;
		return say(lesson, CR2_LESSON_ASKED, ret);
	}
	if (!place.there)
		return not_known(lesson, "this is where you began: there is nothing before it", ret);
	place.part = 0;
	return begin(lesson, &place, ret);
}

static int do_next(struct cr2_lesson *lesson, struct cr2_lesson_reply *ret)
{
	const struct cr2_lesson_place *place = &lesson->progress.place;

	if (place->there && !place->counted && place->why == CR2_LESSON_RECALL)
		progress_later(&lesson->progress, place->misconception);
	return begin_next(lesson, ret);
}

static int do_start(struct cr2_lesson *lesson, const char *argument, struct cr2_lesson_reply *ret)
{
	char name[16] = "";
	size_t n = strcspn(argument, " \t");
	struct cr2_lesson_place place;
	uint64_t level;
	int kind, r;

	if (n < sizeof(name))
		memcpy(name, argument, n);
	kind = cr2_exercise_parse(name);
	if (kind < 0)
		return not_known(lesson, "there is no such exercise; 'topics' lists them", ret);
	level = level_of(&lesson->progress, (enum cr2_exercise_kind)kind);
	argument += n + strspn(argument + n, " \t");
	if (*argument && (cr2_parse_u64(argument, &level) < 0 || level < 1 || level > CR2_EXERCISE_LEVELS))
		return not_known(lesson, "levels go from 1 to 5", ret);
	place = place_of(lesson, (enum cr2_exercise_kind)kind, (unsigned)level);
	place.why = CR2_LESSON_CHOSEN;
	r = begin(lesson, &place, ret);
	if (r == 0)
		take_seed(&lesson->progress, &place);
	return r;
}

static int run_command(struct cr2_lesson *lesson, enum cr2_lesson_command command, const char *argument,
		       struct cr2_lesson_reply *ret)
{
	switch (command) {
	case CR2_LESSON_DO_HINT:
		return do_hint(lesson, ret);
	case CR2_LESSON_DO_SOLUTION:
		return do_solution(lesson, ret);
	case CR2_LESSON_DO_SKIP:
		return do_skip(lesson, ret);
	case CR2_LESSON_DO_BACK:
		return do_back(lesson, ret);
	case CR2_LESSON_DO_SHOW:
		return say(lesson, CR2_LESSON_BEGUN, ret);
	case CR2_LESSON_DO_NEXT:
		return do_next(lesson, ret);
	case CR2_LESSON_DO_START:
		return do_start(lesson, argument, ret);
	case CR2_LESSON_DO_TOPICS:
		return say(lesson, CR2_LESSON_TOPICS, ret);
	case CR2_LESSON_DO_QUIT:
		return say(lesson, CR2_LESSON_LEFT, ret);
	default:
		return say(lesson, CR2_LESSON_HELPED, ret);
	}
}

/* Those that are about the part that is asked. */
static bool wants_part(enum cr2_lesson_command command)
{
	return command == CR2_LESSON_DO_HINT || command == CR2_LESSON_DO_SOLUTION || command == CR2_LESSON_DO_SKIP;
}

static int find_command(const char *line, size_t n)
{
	if (n == 1 && *line == '?')
		return CR2_LESSON_DO_HELP;
	for (int i = 0; i < CR2_LESSON_COMMANDS; i++)
		if (strlen(commands[i].word) == n && strncasecmp(commands[i].word, line, n) == 0)
			return i;
	return -1;
}

int cr2_lesson_say(struct cr2_lesson *lesson, const char *line, struct cr2_lesson_reply *ret_reply)
{
	const char *argument;
	size_t n;
	int command;

	free(lesson->variant);
	lesson->variant = NULL;
	line += strspn(line, " \t\r");
	n = strcspn(line, " \t\r");
	command = find_command(line, n);
	if (!cr2_lesson_part(lesson) && (!*line || (command >= 0 && wants_part((enum cr2_lesson_command)command))))
		return do_next(lesson, ret_reply);
	if (!*line)
		return say(lesson, CR2_LESSON_ASKED, ret_reply);
	argument = line + n + strspn(line + n, " \t\r");
	if (command >= 0)
		return run_command(lesson, (enum cr2_lesson_command)command, argument, ret_reply);
	if (!cr2_lesson_part(lesson))
		return not_known(lesson, "nothing is asked now: Enter goes on, 'help' says what else there is", ret_reply);
	return take_answer(lesson, line, ret_reply);
}
