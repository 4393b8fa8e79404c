/* SPDX-License-Identifier: MIT */
/* cr2 learn: exercises, made from a seed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "learn.h"
#include "target.h"

static const char doc[] =
	"Asks exercises on page faults, one after another, from where you stand: a wrong answer is told what it may "
	"come from, and a fresh exercise tells the misconception from the right idea; 'help' says what can be typed "
	"besides answers. A prediction that is wrong is run as a variant in the model, and the scenario on this machine's "
	"kernel, which needs root. What is learnt is kept in ~/.local/state/cr2/learn.json ($XDG_STATE_HOME).\n\n"
	"With EXERCISE, prints one, as many as one likes (--list says which there are): values are drawn, and the "
	"answers are computed by cr2's decoders and its model. They are checked by 'cr2 learn check'.\v"
	"Kind, seed, level and kernel make an exercise again, on any machine. Of several (--count) each "
	"has the next seed.\n\n"
	"Exit: 0 success, 2 bad input, 3 not possible here. 'cr2 learn check' exits 1 where an answer is wrong.";

enum {
	OPTION_COUNT = LEARN_OWN,
	OPTION_LIST,
	OPTION_NO_ANSWERS,
	OPTION_HINTS,
	OPTION_SOLUTION,
	OPTION_ASK,
	OPTION_AGAIN,
	OPTION_PLAIN,
};

static const struct argp_option argp_options[] = {
	LEARN_OPTIONS,
	LEARN_OPTION_TIME,
	{"count", OPTION_COUNT, "N", 0, "Make N exercises; default: 1, of the course all 7", 0},
	{"list", OPTION_LIST, NULL, 0, "List the kinds of exercises, and how far you are", 0},
	{"ask", OPTION_ASK, NULL, 0, "Ask EXERCISE in a session instead of printing it", 0},
	{"again", OPTION_AGAIN, NULL, 0, "A session of what you once answered wrongly, and nothing else", 0},
	{"plain", OPTION_PLAIN, NULL, 0, "A session in plain text, a paragraph a line: for a screen reader", 0},
	{"no-answers", OPTION_NO_ANSWERS, NULL, 0, "With --json: without answers, hints and solution", 0},
	{"hints", OPTION_HINTS, NULL, 0, "Print hints too, from a nudge to the rule", 0},
	{"solution", OPTION_SOLUTION, NULL, 0, "Print the solution too, step by step", 0},
	{0},
};

struct arguments {
	struct learn_choice choice;
	uint64_t count;
	bool list, no_answers, hints, solution, ask, again, plain;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_COUNT:
		a->choice.exit = cli_number("count", arg, 1, UINT32_MAX, &a->count);
		return a->choice.exit ? EINVAL : 0;
	case OPTION_LIST:
		a->list = true;
		return 0;
	case OPTION_NO_ANSWERS:
		a->no_answers = true;
		return 0;
	case OPTION_HINTS:
		a->hints = true;
		return 0;
	case OPTION_SOLUTION:
		a->solution = true;
		return 0;
	case OPTION_ASK:
		a->ask = true;
		return 0;
	case OPTION_AGAIN:
		a->again = true;
		return 0;
	case OPTION_PLAIN:
		a->plain = true;
		return 0;
	case ARGP_KEY_ARG:
		return learn_kind(&a->choice, arg);
	default:
		return learn_option(&a->choice, key, arg);
	}
}

static int list(bool json)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	struct cr2_progress progress;
	int r = learn_progress(&progress);

	if (r != CLI_OK)
		return r;
	r = json ? cr2_view_progress_json(&progress, &text) : cr2_view_progress(&progress, &style, &text);
	if (r == 0 && !json)
		r = cr2_text_append(&text, "\ncr2 learn EXERCISE makes one, or tells of the programs.\n");
	return learn_print(&text, r);
}

/* As short as it may be: what is left out is the default. */
static int how_to_check(const struct learn_choice *c, const struct cr2_exercise *e, struct cr2_text *text)
{
	struct learn_choice plain = LEARN_CHOICE;
	int r = cr2_text_printf(text, "\nTo check answers:\n  cr2 learn check %s --seed %llu ", cr2_exercise_name(e->kind),
				(unsigned long long)e->seed);

	plain.has_kind = true;
	plain.kind = e->kind;
	learn_settle(&plain);
	if (r == 0 && e->level != plain.level)
		r = cr2_text_printf(text, "--level %u ", e->level);
	if (r == 0 && e->profile != plain.profile)
		r = cr2_text_printf(text, "--kernel %s ", cr2_profile_name(e->profile));
	return r < 0 ? r : cr2_text_printf(text, "%s%s=ANSWER...\n", c->time ? "--time " : "", e->parts[0].key);
}

static int draw(const struct arguments *a, const struct cr2_exercise *e, struct cr2_text *text)
{
	struct cr2_style style = cli_style();
	int r;

	if (a->choice.json)
		return cr2_view_exercise_json(e, !a->no_answers, text);
	r = cr2_view_exercise(e, &style, text);
	if (r == 0 && a->hints)
		r = cr2_view_exercise_hints(e, &style, text);
	if (r == 0 && a->solution)
		r = cr2_view_exercise_solution(e, &style, text);
	if (r == 0 && !a->solution)
		r = how_to_check(&a->choice, e, text);
	return r;
}

static int make(const struct arguments *a, uint64_t i)
{
	const struct learn_choice *c = &a->choice;
	struct cr2_exercise exercise;
	struct cr2_text text = {0};
	int r = learn_make(c, i, &exercise);

	if (r != CLI_OK)
		return r;
	if (i > 0 && !c->json)
		r = cr2_text_append(&text, "\n");
	if (r == 0)
		r = draw(a, &exercise, &text);
	cr2_exercise_finish(&exercise);
	return learn_print(&text, r);
}

static int make_all(struct arguments *a)
{
	struct learn_choice *c = &a->choice;
	int code = CLI_OK;

	if (!c->seeded && c->kind == CR2_EXERCISE_COURSE) {
		/* The whole of it. */
		c->seeded = true;
		c->seed = 1;
		a->count = a->count ? a->count : CR2_COURSE_EXERCISES;
	}
	a->count = a->count ? a->count : 1;
	if (!c->seeded && getrandom(&c->seed, sizeof(c->seed), 0) < 0)
		c->seed = (uint64_t)(cli_now() * 1e9);
	/* One that people can type. */
	if (!c->seeded)
		c->seed %= 1000000;
	if (c->seed > INT64_MAX - a->count)
		return cli_error(CLI_USAGE, "learn: there are no %llu seeds behind %llu",
				 (unsigned long long)a->count, (unsigned long long)c->seed);
	for (uint64_t i = 0; i < a->count && code == CLI_OK; i++)
		code = make(a, i);
	return code;
}

/* An option that would do nothing is a mistake of who gives it. */
static int check(const struct arguments *a)
{
	const struct learn_choice *c = &a->choice;
	const bool prints = c->has_kind && !a->ask;
	const struct {
		bool given, fits;
		const char *option, *with;
	} rules[] = {
		{c->leveled, c->has_kind, "level", "an EXERCISE"},
		{c->seeded, c->has_kind, "seed", "an EXERCISE"},
		{a->count, prints, "count", "an EXERCISE, without --ask"},
		{a->hints, prints, "hints", "an EXERCISE, without --ask"},
		{a->solution, prints, "solution", "an EXERCISE, without --ask"},
		{a->no_answers, c->json, "no-answers", "--json"},
		{a->plain, !prints, "plain", "a session: --ask, or no EXERCISE"},
		{a->again, !c->has_kind, "again", "no EXERCISE"},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(rules); i++)
		if (rules[i].given && !rules[i].fits)
			return cli_error(CLI_USAGE, "learn: --%s goes with %s", rules[i].option, rules[i].with);
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.choice = LEARN_CHOICE};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.choice.exit ? a.choice.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	learn_settle(&a.choice);
	cli_heap_for_models();
	if (a.list)
		return list(a.choice.json);
	r = check(&a);
	if (r)
		return r;
	if (a.choice.has_kind && !a.ask)
		return make_all(&a);
	if (a.choice.json || (a.ask && !a.choice.has_kind))
		return cli_error(CLI_USAGE, "learn: which EXERCISE? 'cr2 learn --list' lists them");
	return learn_session(&a.choice, a.again, a.plain);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[EXERCISE]",
	.doc = doc,
};

static const struct cli_command *kind(size_t i)
{
	static const struct cli_command *const kinds[] = {&cli_learn_check, &cli_learn_counter, &cli_learn_force,
							     &cli_learn_grade, &cli_learn_sheet};

	return i < CR2_ARRAY_SIZE(kinds) ? kinds[i] : NULL;
}

const struct cli_command cli_learn = {
	.name = "learn",
	.summary = "a trainer: exercises on page faults, explained where an answer is wrong",
	.argp = &argp,
	.kind = kind,
	.paged = true,
	.run = run,
};
