/* SPDX-License-Identifier: MIT */
/* cr2 learn check: answers to an exercise, right or wrong, and why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"
#include "target.h"

static const char doc[] =
	"Checks answers to the EXERCISE of this seed, level and kernel: each KEY=VALUE answers one of its "
	"parts. What a wrong answer may come from is said, not what would be right. Parts without an "
	"answer count neither as right nor as wrong, and are listed.\v"
	"Exit: 0 all these answers are right, 1 one of them is not, 2 bad input.";

static const struct argp_option argp_options[] = {
	LEARN_OPTIONS,
	LEARN_OPTION_TIME,
	{0},
};

struct answers {
	struct learn_choice choice;
	size_t n;
	char **words; /* KEY=VALUE, of argv */
};

static error_t add_word(struct answers *a, char *word)
{
	char **words;

	if (!a->choice.has_kind)
		return learn_kind(&a->choice, word);
	if (!strchr(word, '=')) {
		a->choice.exit = cli_error(CLI_USAGE, "learn check: '%s' is not KEY=VALUE", word);
		return EINVAL;
	}
	words = reallocarray(a->words, a->n + 1, sizeof(*words));
	if (!words)
		return ENOMEM;
	a->words = words;
	a->words[a->n++] = word;
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct answers *a = state->input;

	if (key == ARGP_KEY_ARG)
		return add_word(a, arg);
	return learn_option(&a->choice, key, arg);
}

static int unknown_key(const struct cr2_exercise *e, const char *key)
{
	const char **keys = calloc(e->n_parts, sizeof(*keys));
	int code;

	if (!keys)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < e->n_parts; i++)
		keys[i] = e->parts[i].key;
	code = target_unknown("part", key, keys, e->n_parts);
	free(keys);
	return code;
}

/* Of what the answer would be right. */
static int find_variant(const struct cr2_exercise *e, struct cr2_check *check)
{
	int r = cr2_exercise_variant(e, check, &check->variant);

	return r == -ENOMEM ? cli_error(CLI_UNABLE, "%s", strerror(-r)) : CLI_OK;
}

/* One KEY=VALUE; the word is cut at its '='. */
static int check(const struct cr2_exercise *e, char *word, struct cr2_check *checks, size_t n)
{
	char *value = strchr(word, '=');
	const struct cr2_exercise_part *part;

	*value++ = '\0';
	part = cr2_exercise_part(e, word);
	if (!part)
		return unknown_key(e, word);
	for (size_t i = 0; i < n; i++)
		if (checks[i].part == part)
			return cli_error(CLI_USAGE, "learn check: two answers to '%s'", word);
	cr2_exercise_check(e, part, value, &checks[n]);
	return find_variant(e, &checks[n]);
}

static int show(const struct answers *a, const struct cr2_exercise *e, const struct cr2_check *checks)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int code = CLI_OK, r;

	for (size_t i = 0; i < a->n; i++)
		if (!checks[i].correct)
			code = CLI_DIFFERENT;
	r = a->choice.json ? cr2_view_checks_json(e, checks, a->n, &text) :
			     cr2_view_checks(e, checks, a->n, &style, &text);
	r = learn_print(&text, r);
	return r ? r : code;
}

static int weigh(const struct answers *a, const struct cr2_exercise *e, struct cr2_check *checks)
{
	bool *right = calloc(e->n_parts, sizeof(*right));

	if (!right)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < a->n; i++)
		right[checks[i].part - e->parts] = checks[i].correct;
	for (size_t i = 0; i < a->n; i++)
		cr2_exercise_weigh(e, right, &checks[i]);
	free(right);
	return CLI_OK;
}

static int check_all(const struct answers *a)
{
	const struct learn_choice *c = &a->choice;
	struct cr2_check *checks = calloc(a->n, sizeof(*checks));
	struct cr2_exercise exercise;
	int code = checks ? learn_make(c, 0, &exercise) : cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));

	if (code != CLI_OK) {
		free(checks);
		return code;
	}
	for (size_t i = 0; i < a->n && code == CLI_OK; i++)
		code = check(&exercise, a->words[i], checks, i);
	if (code == CLI_OK)
		code = weigh(a, &exercise, checks);
	if (code == CLI_OK)
		code = show(a, &exercise, checks);
	for (size_t i = 0; i < a->n; i++)
		free(checks[i].variant);
	cr2_exercise_finish(&exercise);
	free(checks);
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct answers a = {.choice = LEARN_CHOICE};
	int r = cli_parse(self, argc, argv, &a);

	learn_settle(&a.choice);
	if (r)
		r = a.choice.exit ? a.choice.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	else if (!a.choice.has_kind || a.n == 0)
		r = cli_error(CLI_USAGE, "learn check: an EXERCISE and answers are wanted: bits --seed 7 P=1 W=0");
	else if (!a.choice.seeded)
		r = cli_error(CLI_USAGE, "learn check: which one? --seed says it");
	else
		r = check_all(&a);
	free(a.words);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "EXERCISE KEY=VALUE...",
	.doc = doc,
};

const struct cli_command cli_learn_check = {
	.name = "check",
	.summary = "check answers to an exercise, and say what a wrong one may come from",
	.argp = &argp,
	.run = run,
};
