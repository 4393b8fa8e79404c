/* SPDX-License-Identifier: MIT */
/* cr2 step: a scenario in the model, forward and back, by stage, fault and step. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "find.h"
#include "page.h"
#include "screen.h"
#include "step.h"
#include "target.h"

static const char doc[] =
	"Steps through a scenario in the model of Linux's page-fault path: forward and back by stage of a fault (S1 "
	"the exception to S8 the return), by fault and by step, anywhere at once. FILE is a file, a name of the "
	"catalogue such as cow/child-writes, or - for standard input, such as what 'cr2 force --scenario cow' "
	"prints.\v"
	"COMMANDS are separated by semicolons, or - reads them from standard input, a line each: step, next, fault, "
	"continue, back, jump, break, print, edit and others, as gdb has them; --batch help lists them.\n\n"
	"A CONDITION is asked of faults: path == wp_copy && refs(pfn) > 1; proc == child; error & 0x2; "
	"addr == buf@3; op, result, major, pfn, new, maps, step, line; with &&, || and !.\n\n"
	"Keys: n and p forward and back by a step, s and S by a stage, f and F by a fault, c to what was asked for, "
	"b breakpoint, g jump, / search, 1 to 9 what is shown, : any command, ? all keys and commands, q quit.\n\n"
	"With --json all positions are printed, an object a line (docs/LITMUS.md has the tokens); with --batch those "
	"that the commands go to.\n\n"
	"Exit: 0; 1 with --against and --json: they differ; 2 bad input or no terminal; 3 it cannot be run here.";

enum {
	OPTION_KERNEL = 256,
	OPTION_PROFILE,
	OPTION_AGAINST,
	OPTION_JSON,
	OPTION_ROWS,
	OPTION_BATCH,
	OPTION_HTML,
};

static const struct argp_option argp_options[] = {
	{"kernel", OPTION_KERNEL, "PROFILE", 0, "The model's kernel: 6.1, 6.12, 6.18 or course; default: 6.18", 0},
	{"profile", OPTION_PROFILE, "PROFILE", OPTION_ALIAS | OPTION_HIDDEN, NULL, 0},
	{"against", OPTION_AGAINST, "OTHER", 0,
	 "Step beside it through another kernel's model (a PROFILE), the scenario under another setting, such as "
	 "'thp always', or another scenario (a FILE); begins where they first differ", 0},
	{"json", OPTION_JSON, NULL, 0, "Print scenes, one JSON object a line", 0},
	{"rows", OPTION_ROWS, "N", 0,
	 "With --json: of long lists some N rows, around the fault or what changed, and how many are left out", 0},
	{"batch", OPTION_BATCH, "COMMANDS", 0, "Carry out commands instead of reading keys", 0},
	{"html", OPTION_HTML, "FILE", 0, "Write a web page to step through it, which needs nothing else (docs/web.md)", 0},
	{0},
};

struct arguments {
	enum cr2_profile profile;
	const char *against, *batch, *html;
	uint64_t rows; /* 0: all */
	bool json;
	struct found files;
	int exit; /* of a mistake in the arguments; 0: none */
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_KERNEL:
	case OPTION_PROFILE:
		a->exit = target_profile(arg, &a->profile);
		break;
	case OPTION_AGAINST:
		a->against = arg;
		break;
	case OPTION_JSON:
		a->json = true;
		break;
	case OPTION_ROWS:
		a->exit = cli_number("rows", arg, 1, 1U << 30, &a->rows);
		break;
	case OPTION_BATCH:
		a->batch = arg;
		break;
	case OPTION_HTML:
		a->html = arg;
		break;
	case ARGP_KEY_ARG:
		a->exit = find_scenarios(arg, &a->files);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->exit ? EINVAL : 0;
}

/* ---- beginning ---- */

static int unable(int r)
{
	return cli_error(CLI_UNABLE, "step: %s", strerror(-r));
}

/* path NULL: the first side's scenario once more, since standard input cannot be read twice. */
static int load(const struct stepper *s, const char *path, struct cr2_litmus *ret_litmus)
{
	const struct cr2_litmus *first = path ? NULL : cr2_session_litmus(s->sides[0].session);
	struct cr2_diag diag = {0};
	int r = path ? cr2_litmus_load(path, ret_litmus, &diag)
		     : cr2_litmus_parse(first->path, first->source, strlen(first->source), ret_litmus, &diag);

	if (r == 0)
		return CLI_OK;
	return diag.message ? cli_diag(&diag) : unable(r);
}

static int add_side(struct stepper *s, const char *path, enum cr2_profile profile)
{
	struct step_side *side = &s->sides[s->n_sides];
	struct cr2_model_config config;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r = load(s, path, &litmus);

	if (r)
		return r;
	cr2_model_config_init(&config, profile);
	r = asprintf(&side->target, "model %s", cr2_profile_name(profile)) < 0 ? -ENOMEM : 0;
	if (r == 0)
		r = cr2_session_create(&litmus, &config, &side->session, &diag);
	if (r == 0) {
		s->n_sides++;
		return CLI_OK;
	}
	free(side->target);
	side->target = NULL;
	cr2_litmus_finish(&litmus);
	if (r != -EOPNOTSUPP)
		return unable(r);
	cli_diag(&diag);
	return CLI_UNABLE;
}

/* The same scenario under another setting. */
static int add_setting(struct stepper *s, const struct arguments *a)
{
	struct step_side *side = &s->sides[s->n_sides];
	struct cr2_diag diag;
	char *target;
	int r = add_side(s, NULL, a->profile);

	if (r != CLI_OK)
		return r;
	r = cr2_session_set(side->session, a->against, &diag);
	if (r == -EINVAL || r == -EOPNOTSUPP) {
		cli_error(CLI_USAGE, "step: --against: '%s': %s", a->against, diag.message);
		cr2_diag_finish(&diag);
		return r == -EINVAL ? CLI_USAGE : CLI_UNABLE;
	}
	if (r == 0 && asprintf(&target, "%s, %s", side->target, a->against) < 0)
		r = -ENOMEM;
	if (r < 0)
		return unable(r);
	free(side->target);
	side->target = target;
	return CLI_OK;
}

static bool is_setting(const char *other)
{
	return strchr(other, ' ') && access(other, F_OK) < 0;
}

/* A kernel's name is a kernel, whatever files there are; a setting has two words. */
static int add_other(struct stepper *s, const struct arguments *a)
{
	int profile = cr2_profile_parse(a->against);
	struct found found = {0};
	int r;

	if (profile >= 0)
		return add_side(s, NULL, (enum cr2_profile)profile);
	if (is_setting(a->against))
		return add_setting(s, a);
	r = find_scenarios(a->against, &found);
	if (r == CLI_OK && found.n != 1)
		r = cli_error(CLI_USAGE, "step: --against: %s: a folder; it takes one scenario, a kernel, or a setting", a->against);
	if (r == CLI_OK)
		r = add_side(s, found.paths[0], a->profile);
	found_finish(&found);
	return r;
}

/* A run that stopped early is stepped through as far as it went. */
static void tell_stops(const struct stepper *s)
{
	for (size_t i = 0; i < s->n_sides; i++) {
		unsigned line;
		const char *reason = cr2_session_reason(s->sides[i].session, &line);
		const char *path = cr2_session_litmus(s->sides[i].session)->path;

		if (reason && line)
			fprintf(stderr, "%s:%u: %s: %s\n", path, line, s->sides[i].target, reason);
		else if (reason)
			fprintf(stderr, "%s: %s: %s\n", path, s->sides[i].target, reason);
	}
}

static int open_sides(struct stepper *s, const struct arguments *a)
{
	int r = add_side(s, a->files.paths[0], a->profile);

	if (r == CLI_OK && a->against)
		r = add_other(s, a);
	if (r != CLI_OK)
		return r;
	tell_stops(s);
	r = step_look(s);
	return r < 0 ? unable(r) : CLI_OK;
}

/* ---- without a screen ---- */

static int put(struct cr2_text *text)
{
	bool ok = !text->length || fwrite(text->data, 1, text->length, stdout) == text->length;

	cr2_text_clear(text);
	return ok ? CLI_OK : cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
}

static int print_sessions(const struct stepper *s, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; i < s->n_sides && r == 0 && s->json; i++)
		r = cr2_view_session_json(s->sides[i].session, s->sides[i].target, text);
	return r < 0 ? unable(r) : put(text);
}

/* One after another: where they differ, if there are two; else each position. */
static int print_all(struct stepper *s, struct cr2_text *text)
{
	int r = s->n_sides > 1 ? 1 : step_show(s, text) < 0 ? -ENOMEM : 1, code = CLI_OK;
	bool differ = false;

	while (r > 0 && code == CLI_OK) {
		struct cr2_position p;

		differ |= text->length && s->n_sides > 1;
		code = put(text);
		if (s->n_sides > 1)
			r = step_difference(s);
		else if ((r = cr2_session_next(s->sides[0].session, CR2_UNIT_STAGE, false, &p)) > 0 &&
			 (r = cr2_session_go(s->sides[0].session, &p)) == 0)
			r = step_look(s) < 0 ? -ENOMEM : 1;
		if (r > 0)
			r = step_show(s, text) < 0 ? -ENOMEM : 1;
	}
	return r < 0 ? unable(r) : differ && code == CLI_OK ? CLI_DIFFERENT : code;
}

/* One line with the place of a wrong command, and below it what is underlined; line 0: it was an argument. */
static int refuse(unsigned line, struct cr2_text *text)
{
	char *below = strchr(text->data, '\n');

	if (below)
		*below++ = '\0';
	if (line)
		cli_error(CLI_USAGE, "step: <stdin>:%u: %s", line, text->data);
	else
		cli_error(CLI_USAGE, "step: %s", text->data);
	if (below)
		fputs(below, stderr);
	return CLI_USAGE;
}

/* What a command says is printed; what is wrong with one goes to stderr, and ends it. */
static int do_command(struct stepper *s, const char *command, unsigned line, struct cr2_text *text)
{
	int r = step_command(s, command, text);

	return r == -EINVAL ? refuse(line, text) : r < 0 ? unable(r) : put(text);
}

/* Commands of a line, separated by ";". */
static int do_line(struct stepper *s, char *line, unsigned number, struct cr2_text *text)
{
	char *command;
	int r = CLI_OK;

	while (r == CLI_OK && !s->quit && (command = strsep(&line, ";\n")))
		r = do_command(s, command, number, text);
	return r;
}

static int do_batch(struct stepper *s, const char *batch, struct cr2_text *text)
{
	bool from_stdin = strcmp(batch, "-") == 0;
	struct cr2_text line = {0};
	unsigned number = 0;
	int code = CLI_OK, r = from_stdin ? 0 : cr2_text_append(&line, batch);

	if (!from_stdin && r == 0)
		code = do_line(s, line.data, 0, text);
	while (from_stdin && code == CLI_OK && !s->quit && (r = cli_read_line(stdin, &line)) > 0)
		code = do_line(s, line.data, ++number, text);
	cr2_text_finish(&line);
	return r < 0 ? unable(r) : code;
}

static int write_page(struct stepper *s, const struct arguments *a)
{
	int r = add_side(s, a->files.paths[0], a->profile);

	/* Whether it can be: the page makes the other side itself. */
	if (r == CLI_OK && a->against)
		r = add_other(s, a);

	if (r != CLI_OK)
		return r;
	tell_stops(s);
	return page_write("step", a->html, cr2_session_litmus(s->sides[0].session)->source, a->profile,
			  a->against ? a->against : "");
}

static int begin_at_difference(struct stepper *s)
{
	int r = step_difference(s);

	return r < 0 ? unable(r) : CLI_OK;
}

/* Beside what the commands print. */
static int tell_difference(const struct stepper *s)
{
	struct cr2_text text = {0};
	int r = step_tell_difference(s, &text);

	if (r == 0)
		fprintf(stderr, "step: %s\n", text.data);
	cr2_text_finish(&text);
	return r < 0 ? unable(r) : CLI_OK;
}

static int step(struct stepper *s, const struct arguments *a)
{
	struct cr2_text text = {0};
	int r = open_sides(s, a);

	if (r == CLI_OK && s->n_sides > 1 && (a->batch || !a->json))
		r = begin_at_difference(s);
	if (r == CLI_OK)
		r = print_sessions(s, &text);
	if (r == CLI_OK && s->n_sides > 1 && a->batch)
		r = tell_difference(s);
	if (r == CLI_OK && a->batch)
		r = do_batch(s, a->batch, &text);
	else if (r == CLI_OK && a->json)
		r = print_all(s, &text);
	else if (r == CLI_OK)
		r = step_screen(s);
	cr2_text_finish(&text);
	return r;
}

static int check(const struct arguments *a)
{
	if (a->files.n != 1)
		return cli_error(CLI_USAGE, a->files.n ? "step: one scenario at a time; --against sets another beside it"
						       : "step: expected a litmus file or a name of the catalogue, such "
							 "as cow/child-writes; '-' reads standard input");
	if (a->batch && strcmp(a->batch, "-") == 0 && strcmp(a->files.paths[0], "-") == 0)
		return cli_error(CLI_USAGE, "step: standard input cannot be both the scenario and the commands");
	if (a->html && (a->batch || a->json))
		return cli_error(CLI_USAGE, "step: --html writes a page, instead of what --json or --batch print");
	if (a->html && a->against && cr2_profile_parse(a->against) < 0 && !is_setting(a->against))
		return cli_error(CLI_USAGE, "step: --html: --against takes a kernel, 6.1, 6.12, 6.18 or course, or a setting, "
					    "such as 'thp always'");
	if (!a->batch && !a->json && !a->html && !screen_is_there())
		return cli_error(CLI_USAGE, "step: it draws on a terminal, and this is none (or TERM is dumb); use "
					    "--batch COMMANDS, or --json");
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.profile = CR2_PROFILE_6_18};
	struct stepper stepper = {.style = cli_style()};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		r = a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	else
		r = check(&a);
	stepper.json = a.json;
	stepper.rows = (unsigned)a.rows;
	if (r == CLI_OK)
		r = a.html ? write_page(&stepper, &a) : step(&stepper, &a);
	stepper_finish(&stepper);
	found_finish(&a.files);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "FILE",
	.doc = doc,
};

const struct cli_command cli_step = {
	.name = "step",
	.summary = "step through a scenario's faults, forward and back",
	.argp = &argp,
	.run = run,
};
