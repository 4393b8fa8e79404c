/* SPDX-License-Identifier: MIT */
/* A learner's session: what became of a line, and what is asked next. */
#include <string.h>

#include "learn.h"

static const struct field_block lines_block = {.columns = 1};
static const struct field_block said_block = {.columns = 1, .at = 2};
static const struct field_block list_block = {.columns = 3, .at = 2};
static const struct field_block commands_block = {.columns = 2, .at = 2};

#define paragraph_line(f, ink, ...) (fields_cells(f), fields_say(f, ink, __VA_ARGS__))

/* ---- an exercise begins ---- */

static void begun(struct fields *f, const struct cr2_lesson *l)
{
	const struct cr2_lesson_place *place = &l->progress.place;

	fields_block(f, &lines_block);
	learn_heading(f, &l->exercise);
	if (place->why == CR2_LESSON_RECALL)
		paragraph_line(f, INK_DIM, "This one separates %s from the right idea.",
			       cr2_misconception_name(place->misconception));
	if (place->part > 0)
		paragraph_line(f, INK_DIM, "You were at question %u.", place->part + 1);
	learn_statement(f, &l->exercise);
}

/* ---- answers ---- */

/* What is found by the same step and still to be asked is not told. */
static void say_step(struct fields *f, const struct cr2_lesson *l, const struct cr2_exercise_part *part)
{
	const struct cr2_exercise_part *next = cr2_lesson_part(l);

	if (part->step < l->exercise.n_steps && (!next || next->step != part->step))
		fields_say(f, INK_PLAIN, " %s", l->exercise.steps[part->step]);
}

static void say_bit(struct fields *f, const struct cr2_exercise_part *part, int bit)
{
	size_t n;
	const struct cr2_error_bit *rows = cr2_error_bits(&n);

	for (size_t i = 0; i < n && part->answer.type == CR2_ANSWER_ERRORS; i++)
		if ((int)rows[i].bit == bit) {
			paragraph_line(f, INK_PLAIN, "The lowest bit that is wrong is bit %d, %s.", bit, rows[i].name);
			return;
		}
	paragraph_line(f, INK_PLAIN, "The lowest bit that is wrong is bit %d, worth 0x%llx.", bit, 1ULL << bit);
}

static void wrong(struct fields *f, const struct cr2_lesson_reply *reply, bool linear)
{
	const struct cr2_check *check = &reply->check;

	fields_cells(f);
	if (check->reason) {
		fields_say(f, INK_WARN, "That is %s.", check->reason);
		fields_say(f, INK_PLAIN, " The answer is %s.", cr2_answer_type_form(reply->part->answer.type));
		return;
	}
	fields_say(f, INK_BAD, "Not so.");
	if (check->n_misconceptions > 1)
		fields_say(f, INK_PLAIN, " %zu misconceptions answer like this:", check->n_misconceptions);
	else if (check->n_misconceptions == 0)
		fields_say(f, INK_PLAIN, " No misconception that cr2 knows answers like this.");
	for (size_t i = 0; i < check->n_misconceptions; i++) {
		fields_cells(f);
		fields_keep(f, INK_NAME, "%s", cr2_misconception_name(check->misconceptions[i]));
		fields_say(f, INK_PLAIN, ": %s.", cr2_misconception_sentence(check->misconceptions[i]));
	}
	if (reply->bit >= 0)
		say_bit(f, reply->part, reply->bit);
	if (check->variant) {
		learn_add_variant(f, check->variant, linear);
		return;
	}
	paragraph_line(f, INK_DIM, "Try again, or type hint, solution or skip.");
}

static void solved(struct fields *f, const struct cr2_lesson *l, const struct cr2_exercise_part *part)
{
	fields_cells(f);
	fields_say(f, INK_PLAIN, "It is ");
	learn_add_answer(f, CR2_KEY_ANSWER, &part->answer, false, "%.");
	say_step(f, l, part);
}

static unsigned count(const struct cr2_lesson *l, char state)
{
	unsigned n = 0;

	for (const char *s = l->progress.place.parts; *s; s++)
		n += *s == state;
	return n;
}

/* What was learnt is said after success, too: the last hint is the rule. */
static void ended(struct fields *f, const struct cr2_lesson *l, const struct cr2_lesson_reply *reply)
{
	const struct cr2_exercise *e = &l->exercise;
	unsigned level = l->progress.topics[e->kind].level, due = cr2_progress_recalls(&l->progress, true);

	fields_block(f, &said_block);
	paragraph_line(f, INK_BOLD, "Through: of %zu questions %u right at once, %u later, %u shown, %u left out.",
		       e->n_parts, count(l, CR2_LESSON_FIRST), count(l, CR2_LESSON_LATER), count(l, CR2_LESSON_SHOWN),
		       count(l, CR2_LESSON_OPEN));
	if (e->n_hints)
		paragraph_line(f, INK_PLAIN, "The rule: %s", e->hints[e->n_hints - 1]);
	if (reply->rose && level <= CR2_EXERCISE_LEVELS)
		paragraph_line(f, INK_GOOD, "%s: level %u comes next.", cr2_exercise_name(e->kind), level);
	else if (reply->rose)
		paragraph_line(f, INK_GOOD, "%s: all levels are done.", cr2_exercise_name(e->kind));
	if (due && cr2_progress_may_recall(&l->progress))
		paragraph_line(f, INK_PLAIN, "%u misconception%s come%s again: the next exercise is for one of them.", due,
			       due == 1 ? "" : "s", due == 1 ? "s" : "");
}

/* ---- lists ---- */

static const char *how_far(struct fields *f, const struct cr2_topic *t)
{
	if (t->level > CR2_EXERCISE_LEVELS)
		return fields_printf(f, "done, %llu solved", (unsigned long long)t->solved);
	return fields_printf(f, "level %u, %llu solved", t->level, (unsigned long long)t->solved);
}

static void topic(struct fields *f, enum cr2_exercise_kind kind, const struct cr2_progress *progress)
{
	fields_cells(f);
	field_text(f, EXERCISE, cr2_exercise_name(kind), .form = "%", .ink = INK_NAME, .keep = true);
	if (progress) {
		fields_cell(f);
		fields_say(f, progress->topics[kind].solved ? INK_GOOD : INK_DIM, "%s", how_far(f, &progress->topics[kind]));
	}
	fields_cell(f);
	field_text(f, SENTENCE, cr2_exercise_summary(kind), .form = "%");
	if (progress) {
		field_number(f, LEVEL, progress->topics[kind].level);
		field_number(f, SOLVED, progress->topics[kind].solved);
	}
}

static unsigned demands_met(const struct cr2_progress *progress)
{
	unsigned n = 0;

	for (int i = 0; i < CR2_DEMANDS; i++)
		n += progress->programs >> i & 1;
	return n;
}

static void of_programs(struct fields *f, const char *name, unsigned solved, unsigned all, const char *sentence)
{
	fields_cells(f);
	field_text(f, EXERCISE, name, .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	fields_say(f, solved ? INK_GOOD : INK_DIM, "%u of %u solved", solved, all);
	fields_cell(f);
	field_text(f, SENTENCE, sentence, .form = "%");
	field_number(f, SOLVED, solved);
}

static void force(struct fields *f, const struct cr2_progress *progress)
{
	of_programs(f, "force", demands_met(progress), CR2_DEMANDS, "a program of yours takes the faults that are demanded of it");
	fields_list(f, CR2_KEY_TASKS);
	for (int i = 0; i < CR2_DEMANDS; i++)
		if (progress->programs >> i & 1)
			field_text(f, TASK, cr2_demand_name((enum cr2_demand)i));
	fields_end(f);
}

static void counter(struct fields *f, const struct cr2_progress *progress)
{
	of_programs(f, "counter", progress->programs >> CR2_PROGRESS_COUNTER & 1, 1,
		    "a kernel module of yours counts the faults of each process");
}

static void topics(struct fields *f, const struct cr2_progress *progress)
{
	fields_block(f, progress ? &list_block : &commands_block);
	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		topic(f, (enum cr2_exercise_kind)i, progress);
	if (!progress)
		return;
	force(f, progress);
	counter(f, progress);
}

static void recalls(struct fields *f, const struct cr2_progress *progress)
{
	fields_block(f, &said_block);
	if (cr2_progress_recalls(progress, false) == 0)
		return;
	fields_cells(f);
	fields_say(f, INK_PLAIN, "To be asked for again (cr2 learn --again):");
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		if (progress->recalls[i].seen && progress->recalls[i].stage < CR2_RECALL_STAGES)
			fields_say(f, INK_NAME, " %s", cr2_misconception_name((enum cr2_misconception)i));
}

static void helped(struct fields *f)
{
	fields_block(f, &commands_block);
	for (int i = 0; i < CR2_LESSON_COMMANDS; i++) {
		const char *argument = cr2_lesson_command_argument((enum cr2_lesson_command)i);

		fields_cells(f);
		fields_keep(f, INK_NAME, "%s%s%s", cr2_lesson_command_word((enum cr2_lesson_command)i),
			    *argument ? " " : "", argument);
		fields_cell(f);
		fields_say(f, INK_PLAIN, "%s", cr2_lesson_command_sentence((enum cr2_lesson_command)i));
	}
}

/* ---- all of it ---- */

static void reply_lines(struct fields *f, const struct cr2_lesson *l, const struct cr2_lesson_reply *reply, bool linear)
{
	fields_block(f, &said_block);
	switch (reply->event) {
	case CR2_LESSON_RIGHT:
		paragraph_line(f, INK_GOOD, "Right.");
		say_step(f, l, reply->part);
		break;
	case CR2_LESSON_WRONG:
		wrong(f, reply, linear);
		break;
	case CR2_LESSON_HINTED:
		paragraph_line(f, INK_PLAIN, "Hint %u of %zu: %s", reply->hint + 1, l->exercise.n_hints,
			       l->exercise.hints[reply->hint]);
		break;
	case CR2_LESSON_NO_HINT:
		paragraph_line(f, INK_PLAIN, "That was the last hint; solution shows the answer.");
		break;
	case CR2_LESSON_SOLVED:
		solved(f, l, reply->part);
		break;
	case CR2_LESSON_SKIPPED:
		paragraph_line(f, INK_DIM, "Left out.");
		break;
	case CR2_LESSON_NOT_KNOWN:
		paragraph_line(f, INK_WARN, "%s", reply->reason);
		break;
	case CR2_LESSON_NOTHING:
		paragraph_line(f, INK_PLAIN, "Nothing is to be repeated.");
		break;
	default:
		break;
	}
}

int cr2_view_lesson(const struct cr2_lesson *l, const struct cr2_lesson_reply *reply, const struct cr2_style *style,
		    struct cr2_text *text)
{
	struct fields f = {0};

	if (reply->event == CR2_LESSON_BEGUN)
		begun(&f, l);
	else if (reply->event == CR2_LESSON_HELPED)
		helped(&f);
	else if (reply->event == CR2_LESSON_TOPICS)
		topics(&f, &l->progress), recalls(&f, &l->progress);
	else
		reply_lines(&f, l, reply, style->linear);
	if (reply->ended)
		ended(&f, l, reply);
	return fields_draw(&f, style, text);
}

int cr2_view_lesson_question(const struct cr2_lesson *l, const struct cr2_style *style, struct cr2_text *text)
{
	const struct cr2_exercise_part *part = cr2_lesson_part(l);
	struct fields f = {0};

	fields_block(&f, &lines_block);
	fields_cells(&f);
	if (part) {
		fields_keep(&f, INK_DIM, "%u/%zu", l->progress.place.part + 1, l->exercise.n_parts);
		fields_say(&f, INK_BOLD, " %s", part->ask);
	} else {
		fields_say(&f, INK_PLAIN, "Enter: the next exercise. help: what else there is.");
	}
	return fields_draw(&f, style, text);
}

int cr2_view_lesson_kernel(const struct cr2_lesson_kernel *kernel, const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fields_block(&f, &said_block);
	fields_cells(&f);
	if (kernel->reason) {
		fields_say(&f, INK_DIM, "This machine's kernel is not asked: %s.", kernel->reason);
		return fields_draw(&f, style, text);
	}
	fields_say(&f, INK_PLAIN, "This machine's kernel (%s)", kernel->name);
	if (kernel->differs) {
		fields_say(&f, INK_BAD, " does not agree: at line %u it comes to %s, the model to %s.", kernel->differs, kernel->seen,
			   kernel->right);
		if (kernel->trait)
			fields_say(&f, INK_PLAIN, " On this machine %s (%s).", cr2_trait_sentence(*kernel->trait),
				   cr2_trait_cause(*kernel->trait));
	} else if (kernel->line) {
		fields_say(&f, INK_GOOD, " agrees with the right one up to line %u.", kernel->line);
	} else {
		fields_say(&f, INK_GOOD, " agrees with the model at every line.");
	}
	return fields_draw(&f, style, text);
}

int cr2_view_progress(const struct cr2_progress *progress, const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	topics(&f, progress);
	if (progress)
		recalls(&f, progress);
	return fields_draw(&f, style, text);
}

int cr2_view_progress_json(const struct cr2_progress *progress, struct cr2_text *text)
{
	struct fields of_force = {.for_programs = true}, of_counter = {.for_programs = true};
	int r = 0;

	for (int i = 0; i < CR2_EXERCISE_COUNT && r == 0; i++) {
		struct fields f = {.for_programs = true};

		topic(&f, (enum cr2_exercise_kind)i, progress);
		r = fields_json(&f, text);
	}
	if (r < 0 || !progress)
		return r;
	force(&of_force, progress);
	r = fields_json(&of_force, text);
	if (r < 0)
		return r;
	counter(&of_counter, progress);
	return fields_json(&of_counter, text);
}
