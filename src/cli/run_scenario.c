/* SPDX-License-Identifier: MIT */
/* One scenario on every target: run, compared, shown. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run_explain.h"

/* What a scenario came to on one target. */
struct result {
	int code; /* of cr2_litmus_run() */
	struct cr2_run run;
	struct cr2_differences differences; /* from the first target */
};

struct scenario {
	const struct run_options *options;
	struct cr2_litmus litmus;
	struct result results[CR2_VIEW_COLUMNS];
	bool unchecked; /* its expectations are those of another machine */
	struct run_explain explain;
};

static void scenario_finish(struct scenario *s)
{
	for (size_t i = 0; i < s->options->n_targets; i++) {
		cr2_run_finish(&s->results[i].run);
		cr2_differences_finish(&s->results[i].differences);
	}
	run_explain_finish(&s->explain);
	cr2_litmus_finish(&s->litmus);
}

static enum run_verdict worse(enum run_verdict a, enum run_verdict b)
{
	return a > b ? a : b;
}

static enum run_verdict verdict_of(const struct result *result)
{
	enum run_verdict verdict = RUN_AGREED;

	if (result->code == -EOPNOTSUPP)
		verdict = RUN_SKIPPED;
	else if (result->code == -ENOTRECOVERABLE)
		verdict = RUN_FAILED;
	else if (result->code < 0)
		verdict = RUN_UNABLE;
	if (result->run.n_failures)
		verdict = worse(verdict, RUN_FAILED);
	if (result->differences.count)
		verdict = worse(verdict, RUN_DIFFERED);
	return verdict;
}

static enum run_verdict scenario_verdict(const struct scenario *s)
{
	enum run_verdict verdict = RUN_AGREED;

	for (size_t i = 0; i < s->options->n_targets; i++)
		verdict = worse(verdict, verdict_of(&s->results[i]));
	return verdict;
}

/* The narrative is the first model's. */
static int run_target(struct scenario *s, const struct target *target, struct result *result)
{
	bool explain = s->options->explain && target->is_model && !s->explain.runner;

	if (explain)
		s->explain = (struct run_explain){
			.options = s->options,
			.litmus = &s->litmus,
			.runner = target->runner,
		};
	target->runner->shows = s->options->shows;
	return cr2_litmus_run(&s->litmus, target->runner, explain ? run_explain_step : NULL,
			      &s->explain, &result->run);
}

/* A target that has a trait which the others lack cannot show the same. */
static int skip_apart(struct scenario *s, size_t i)
{
	const struct run_options *options = s->options;
	unsigned apart = options->targets[i].traits & ~options->traits;
	bool depends;
	int r = cr2_litmus_depends(&s->litmus, options->profile, apart, &depends);

	if (r < 0 || !depends)
		return r;
	s->results[i].code = -EOPNOTSUPP;
	return asprintf(&s->results[i].run.reason, "%s (%s), on which the scenario depends",
			cr2_trait_sentence(CR2_TRAIT_NO_ZERO_PAGE),
			cr2_trait_cause(CR2_TRAIT_NO_ZERO_PAGE)) < 0 ? -ENOMEM : 0;
}

static int reckon_with_traits(struct scenario *s)
{
	int r = cr2_litmus_depends(&s->litmus, s->options->profile, s->options->traits,
				   &s->unchecked);

	for (size_t i = 0; r == 0 && i < s->options->n_targets; i++)
		r = skip_apart(s, i);
	return r;
}

static int run_all(struct scenario *s)
{
	int r = 0;

	for (size_t i = 0; i < s->options->n_targets && r == 0; i++) {
		struct result *result = &s->results[i];

		if (!result->code)
			result->code = run_target(s, &s->options->targets[i], result);
		if (s->unchecked)
			cr2_run_forget_failures(&result->run);
		if (i > 0)
			r = cr2_litmus_compare(&s->litmus, &s->results[0].run, &result->run,
					       &result->differences);
	}
	return r;
}

/* Differences of all columns, in the order of their observations. */
static int by_observation(const void *a, const void *b)
{
	const struct cr2_difference *x = a, *y = b;

	if (x->observation != y->observation)
		return x->observation < y->observation ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/* Borrowed, in an array to be freed. */
static int gather_differences(const struct scenario *s, struct cr2_difference **ret_items,
			      size_t *ret_n)
{
	struct cr2_difference *items;
	size_t n = 0;

	for (size_t i = 1; i < s->options->n_targets; i++)
		n += s->results[i].differences.count;
	items = calloc(n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	*ret_n = n;
	*ret_items = items;
	for (size_t i = 1; i < s->options->n_targets; i++)
		for (size_t j = 0; j < s->results[i].differences.count; j++) {
			*items = s->results[i].differences.items[j];
			items++->column = i;
		}
	if (s->options->n_targets > 2)
		qsort(*ret_items, n, sizeof(**ret_items), by_observation);
	return 0;
}

static size_t count_expectations(const struct cr2_litmus *litmus)
{
	size_t n = 0;

	for (size_t i = 0; i < litmus->n_statements; i++)
		n += litmus->statements[i].expect.any;
	return n;
}

/* The table, or its lines for programs. */
static int make_text(const struct scenario *s, bool json, struct cr2_text *text)
{
	struct cr2_style style = cli_style();
	struct cr2_view_column columns[CR2_VIEW_COLUMNS] = {0};
	struct cr2_difference *differences;
	struct cr2_view_run run = {
		.path = s->litmus.path,
		.title = s->litmus.title,
		.source = s->litmus.source,
		.state = s->options->state,
		.n_expectations = count_expectations(&s->litmus),
		.unchecked = s->unchecked,
		.n_columns = s->options->n_targets,
		.columns = columns,
	};
	int r = gather_differences(s, &differences, &run.n_differences);

	if (r < 0)
		return r;
	run.differences = differences;
	for (size_t i = 0; i < run.n_columns; i++)
		columns[i] = (struct cr2_view_column){
			.name = s->options->targets[i].name,
			.observations = &s->results[i].run.observations,
			.n_failures = s->results[i].run.n_failures,
			.failures = s->results[i].run.failures,
			.stopped = s->results[i].run.reason,
			.stopped_line = s->results[i].run.reason_line,
		};
	r = json ? cr2_view_run_json(&run, text) : cr2_view_run(&run, &style, text);
	free(differences);
	return r;
}

static int show_table(const struct scenario *s)
{
	struct cr2_text text = {0};
	int r = make_text(s, false, &text);

	if (r == 0)
		fputs(text.data, stdout);
	if (r == 0 && run_is_several(s->options))
		putchar('\n');
	cr2_text_finish(&text);
	return r;
}

static int show_json(const struct scenario *s)
{
	struct cr2_text text = {0};
	int r = make_text(s, true, &text);

	if (r == 0)
		fwrite(text.data, 1, text.length, stdout);
	cr2_text_finish(&text);
	return r;
}

/* Where compilers' messages are read, these are: file:line: */
static void tell_failures(const struct scenario *s)
{
	fflush(stdout);
	for (size_t i = 0; i < s->options->n_targets; i++) {
		const struct cr2_run *run = &s->results[i].run;

		for (size_t j = 0; j < run->n_failures; j++)
			fprintf(stderr, "%s:%u: %s: expected %s, seen %s\n", s->litmus.path,
				run->failures[j].line, s->options->targets[i].name,
				run->failures[j].expected, run->failures[j].seen);
	}
}

/* In the table they stand too; here for those who do not print it. */
static void tell_stops(const struct scenario *s)
{
	for (size_t i = 0; i < s->options->n_targets; i++) {
		const struct cr2_run *run = &s->results[i].run;

		if (s->results[i].code == 0)
			continue;
		fprintf(stderr, "%s:", s->litmus.path);
		if (run->reason_line)
			fprintf(stderr, "%u:", run->reason_line);
		fprintf(stderr, " %s: %s\n", s->options->targets[i].name,
			run->reason ? run->reason : strerror(-s->results[i].code));
	}
}

/* Of guests that were lost. */
static void tell_consoles(const struct scenario *s)
{
	for (size_t i = 0; i < s->options->n_targets; i++)
		if (s->results[i].run.console)
			cli_tell_console(s->options->targets[i].name, s->results[i].run.console);
}

static void show_line(const struct scenario *s, enum run_verdict verdict)
{
	static const char *const words[RUN_VERDICTS] = {
		[RUN_AGREED] = "ok",
		[RUN_SKIPPED] = "skipped",
		[RUN_UNABLE] = "unable",
		[RUN_FAILED] = "failed",
		[RUN_DIFFERED] = "differ",
	};

	printf("%-8s ", words[verdict]);
	cli_print_safe(s->litmus.path);
	for (size_t i = 0; i < s->options->n_targets; i++) {
		const struct cr2_run *run = &s->results[i].run;

		if (!run->reason)
			continue;
		printf(" (%s", s->options->targets[i].name);
		if (run->reason_line)
			printf(", line %u", run->reason_line);
		fputs(": ", stdout);
		cli_print_safe(run->reason);
		putchar(')');
	}
	putchar('\n');
}

/* Instead of the table, unless that sets targets side by side. */
static int show_narrative(const struct scenario *s)
{
	int r = s->options->n_targets > 1 ? show_table(s) : 0;

	if (r < 0)
		return r;
	if (s->options->n_targets > 1)
		putchar('\n');
	else
		tell_stops(s);
	if (s->explain.text.data)
		fputs(s->explain.text.data, stdout);
	else if (!s->options->explain_step)
		cli_print_safe(s->litmus.path), puts(": no step faults");
	return 0;
}

static int show(const struct scenario *s, enum run_verdict verdict)
{
	const struct run_options *options = s->options;
	int r = 0;

	if (run_is_several(options) && !options->json)
		show_line(s, verdict);
	if (options->json && options->explain) {
		fputs(s->explain.text.data ? s->explain.text.data : "", stdout);
		tell_stops(s);
	} else if (options->json) {
		r = show_json(s);
		tell_stops(s);
	} else if (options->explain) {
		r = show_narrative(s);
	} else if (options->files.n == 1 || options->verbose || verdict >= RUN_FAILED) {
		r = show_table(s);
	}
	tell_failures(s);
	tell_consoles(s);
	return r;
}

/* A step that the scenario does not have cannot be narrated. */
static enum run_verdict check_step(const struct scenario *s, enum run_verdict verdict)
{
	unsigned step = s->options->explain_step;
	size_t n = s->results[0].run.observations.count;

	if (!step || s->explain.told || s->results[0].code < 0)
		return verdict;
	cli_error(CLI_USAGE, "%s has %zu steps; there is no step %u to explain", s->litmus.path, n,
		  step);
	return RUN_BAD_INPUT;
}

static enum run_verdict run(struct scenario *s)
{
	enum run_verdict verdict;
	int r = reckon_with_traits(s);

	if (r == 0)
		r = run_all(s);
	verdict = scenario_verdict(s);
	if (r == 0)
		r = show(s, verdict);
	if (r == 0)
		return check_step(s, verdict);
	cli_error(CLI_UNABLE, "%s: %s", s->litmus.path, strerror(-r));
	return RUN_UNABLE;
}

void run_scenario(const struct run_options *options, const char *path, struct run_tally *tally)
{
	struct scenario s = {.options = options};
	struct cr2_diag diag;
	int r = cr2_litmus_load(path, &s.litmus, &diag);

	if (r < 0 && diag.message)
		cli_diag(&diag);
	else if (r < 0)
		cli_error(CLI_UNABLE, "%s: %s", path, strerror(-r));
	if (r < 0) {
		tally->files[RUN_BAD_INPUT]++;
		return;
	}
	tally->files[run(&s)]++;
	tally->unchecked_files += s.unchecked;
	tally->unchecked += s.unchecked ? count_expectations(&s.litmus) : 0;
	scenario_finish(&s);
}
