/* SPDX-License-Identifier: MIT */
/* cr2 bench questions: the course's questions, with this machine's numbers beside the course's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_bench.h>

#include "bench/questions.h"
#include "bench_common.h"

static const char doc[] =
	"Answers the course's questions about faults, all or those named: calculation, "
	"measurement on this machine, verdict. QUESTION is a number or a name:\v"
	"The largest touch 1 GiB, or less where less than three times as much is free, and say so. "
	"A time holds where it is within a factor of two of the course's.\n\n"
	"Exit: 0 answered, whatever the verdict, 2 bad input, 3 the kernel does not allow it.";

enum {
	OPTION_JSON = 256,
	OPTION_QUICK,
	OPTION_ROUNDS,
};

static const struct argp_option argp_options[] = {
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a question", 0},
	{"quick", OPTION_QUICK, NULL, 0, "Let 32 MiB stand for the gigabyte, in few rounds", 0},
	{"rounds", OPTION_ROUNDS, "N", 0, "Measure N times, 1 to 10000", 0},
	{0},
};

#define MOST 32
struct arguments {
	bool json, quick, any;
	uint64_t rounds; /* 0: not said */
	bool chosen[MOST];
	int exit;
};

static error_t choose(struct arguments *a, const char *word)
{
	const char *names[MOST], *near;
	size_t n = 0;
	int i = question_find(word);

	if (i >= 0) {
		a->chosen[i] = a->any = true;
		return 0;
	}
	for (; n < question_count(); n++)
		names[n] = question_name(n);
	near = cr2_nearest(word, names, n);
	if (near)
		a->exit = cli_error(CLI_USAGE, "bench questions: unknown question '%s'; did you mean '%s'?",
				    word, near);
	else
		a->exit = cli_error(CLI_USAGE, "bench questions: unknown question '%s'; see "
				    "'cr2 bench questions --help'", word);
	return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_JSON:
		a->json = true;
		return 0;
	case OPTION_QUICK:
		a->quick = true;
		return 0;
	case OPTION_ROUNDS:
		a->exit = bench_parse_rounds(arg, &a->rounds);
		return a->exit ? EINVAL : 0;
	case ARGP_KEY_ARG:
		return choose(a, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The list of questions, before what follows the options. */
static char *filter(int key, const char *text, void *input)
{
	struct cr2_text list = {0};
	int r = 0;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	for (size_t i = 0; r == 0 && i < question_count(); i++)
		r = cr2_text_printf(&list, "  %zu %-12s %s\n", i + 1, question_name(i), question_text(i));
	if (r == 0)
		r = cr2_text_printf(&list, "\n%s", text);
	if (r == 0)
		return list.data;
	cr2_text_finish(&list);
	return (char *)text;
}

static int print(const struct arguments *a, const struct cr2_bench_answer *answer, bool first)
{
	const struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = a->json || first ? 0 : cr2_text_append(&text, "\n");

	if (r == 0)
		r = a->json ? cr2_view_answer_json(answer, &text) : cr2_view_answer(answer, &style, &text);
	r = bench_print(r, &text);
	cr2_text_finish(&text);
	return r;
}

static int answer_all(const struct arguments *a)
{
	struct question_plan plan;
	bool first = true;
	int r = CLI_OK;

	question_plan_init(&plan, a->quick);
	if (a->rounds)
		plan.rounds = (unsigned)a->rounds;
	for (size_t i = 0; r == CLI_OK && i < question_count(); i++) {
		struct cr2_bench_answer answer;

		if (a->any && !a->chosen[i])
			continue;
		r = question_answer(&plan, i, &answer);
		if (r < 0)
			r = cli_error(CLI_UNABLE, "bench questions: %s: %s", question_name(i), r == -ENOENT ?
				      "it takes /proc, which is not mounted here; as root: mount -t proc proc /proc" :
				      strerror(-r));
		else
			r = print(a, &answer, first);
		first = false;
	}
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {0};
	int r;

	r = cli_parse(self, argc, argv, &a);
	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	r = cli_settle_settings();
	return r ? r : answer_all(&a);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[QUESTION...]",
	.doc = doc,
	.help_filter = filter,
};

const struct cli_command bench_questions_kind = {
	.name = "questions",
	.summary = "the course's questions, with this machine's numbers",
	.argp = &argp,
	.run = run,
};
