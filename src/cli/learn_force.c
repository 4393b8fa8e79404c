/* SPDX-License-Identifier: MIT */
/* cr2 learn force: a programming exercise. The learner's program must take faults that are demanded, and the kernel says whether it did. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "learn.h"
#include "learn_force.h"
#include "target_guest.h"

static const char doc[] =
	"A programming exercise: a C program of yours must take page faults that are demanded of it. Without arguments it lists "
	"what can be demanded; TASK says what is demanded, --skeleton FOLDER makes a program to begin with, and PROGRAM.c is "
	"built, run, and judged by the faults that the kernel saw. What the program prints does not count.\v"
	"The program runs in a sandbox: as nobody where you are root, in namespaces of its own, with limits and a time limit. What "
	"of that cannot be had on a machine is said. Building takes a C compiler, which may compute for 10 s and have 1 GiB of memory. What settled a fault is read by BPF, for which "
	"one must be root or have CAP_BPF and CAP_PERFMON; perf events, which everybody has of one's own processes, tell it for "
	"'major', and of 'touch' what is wrong. With --on guest:6.12 nobody needs rights. A PROGRAM whose name does not end in .c is run as it is.\n\n"
	"Exit: 0 the demand is met, 1 it is not, or the program does not build or end in time; 2 bad input; 3 not run: it cannot "
	"be judged here.";

enum {
	OPTION_SKELETON = LEARN_OWN,
	OPTION_HINTS,
	OPTION_TIME_LIMIT,
	OPTION_SOURCE,
	OPTION_ON,
};

static const struct argp_option argp_options[] = {
	{"seed", LEARN_SEED, "S", 0, "What numbers are drawn from, and the task where only --level is given; default: 1", 0},
	{"level", LEARN_LEVEL, "L", 0, "Draw a task of this level, 1 to 5", 0},
	{"skeleton", OPTION_SKELETON, "FOLDER", 0, "Write FOLDER/skeleton.c, to begin with", 0},
	{"hints", OPTION_HINTS, NULL, 0, "Say where to look, too", 0},
	{"time-limit", OPTION_TIME_LIMIT, "S", 0, "Seconds that the program has, once it is built; default: 10", 0},
	{"source", OPTION_SOURCE, "SOURCE", 0, "Where faults are seen: bpf or perf; default: the first that is allowed", 0},
	{"on", OPTION_ON, "GUEST", 0, "Judge it in a virtual machine, guest:VERSION or guest:IMAGE as of 'cr2 run': it takes no rights, and sees all", 0},
	{"json", LEARN_JSON, NULL, 0, "Print one JSON object a task", 0},
	{0},
};

struct arguments {
	bool has_task, has_level, has_seed, has_source, json, hints;
	enum cr2_demand demand;
	uint64_t seed, level, seconds;
	const char *skeleton, *guest;
	struct force_program program;
	int exit; /* of a mistake in the arguments; 0: none */
};

static int parse_source(const char *word, enum cr2_trace_source *ret_source)
{
	if (strcmp(word, "bpf") == 0)
		*ret_source = CR2_TRACE_SOURCE_BPF;
	else if (strcmp(word, "perf") == 0)
		*ret_source = CR2_TRACE_SOURCE_PERF;
	else
		return cli_error(CLI_USAGE, "learn force: --source: '%s' is neither bpf nor perf", word);
	return CLI_OK;
}

static int parse_task(const char *word, struct arguments *a)
{
	const char *names[CR2_DEMANDS], *near;
	int demand = cr2_demand_parse(word);

	for (int i = 0; i < CR2_DEMANDS; i++)
		names[i] = cr2_demand_name((enum cr2_demand)i);
	near = cr2_nearest(word, names, CR2_DEMANDS);
	if (demand < 0)
		return cli_error(CLI_USAGE, near ? "learn force: unknown task '%s'; did you mean '%s'?" :
						   "learn force: unknown task '%s'; 'cr2 learn force' lists them", word, near);
	a->demand = (enum cr2_demand)demand;
	a->has_task = true;
	return CLI_OK;
}

static int parse_argument(const char *word, struct arguments *a)
{
	if (!a->has_task)
		return parse_task(word, a);
	if (a->program.path)
		return cli_error(CLI_USAGE, "learn force: one PROGRAM.c, not '%s' too", word);
	a->program.path = word;
	return CLI_OK;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case LEARN_SEED:
		a->has_seed = true;
		a->exit = cli_number("seed", arg, 0, INT64_MAX, &a->seed);
		break;
	case LEARN_LEVEL:
		a->has_level = true;
		a->exit = cli_number("level", arg, 1, CR2_EXERCISE_LEVELS, &a->level);
		break;
	case OPTION_SKELETON:
		a->skeleton = arg;
		break;
	case OPTION_HINTS:
		a->hints = true;
		break;
	case OPTION_TIME_LIMIT:
		a->exit = cli_number("time-limit", arg, 1, 3600, &a->seconds);
		break;
	case OPTION_SOURCE:
		a->has_source = true;
		a->exit = parse_source(arg, &a->program.source);
		break;
	case OPTION_ON:
		if (!target_is_guest(arg))
			a->exit = cli_error(CLI_USAGE, "learn force: --on: '%s' is no guest; guest:6.12 is one", arg);
		a->guest = arg;
		a->program.needs_nothing = true;
		break;
	case LEARN_JSON:
		a->json = true;
		break;
	case ARGP_KEY_ARG:
		a->exit = parse_argument(arg, a);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->exit ? EINVAL : 0;
}

/* ---- what is demanded ---- */

static int list(bool json)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = json ? cr2_view_demands_json(&text) : cr2_view_demands(&style, &text);

	if (r == 0 && !json)
		r = cr2_text_append(&text, "\ncr2 learn force TASK says what it consists of; the numbers are those of --seed 1.\n");
	return learn_print(&text, r);
}

static int show_task(const struct arguments *a, const struct cr2_demand_task *task)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = a->json ? cr2_view_demand_task_json(task, a->hints, &text) : cr2_view_demand_task(task, a->hints, &style, &text);

	if (r == 0 && !a->json)
		r = cr2_text_printf(&text, "\nTo begin: cr2 learn force %s --seed %llu --skeleton FOLDER\n",
				    cr2_demand_name(task->demand), (unsigned long long)task->seed);
	return learn_print(&text, r);
}

static int write_skeleton(const char *folder, const struct cr2_demand_task *task)
{
	struct cr2_text path = {0}, text = {0};
	FILE *file = NULL;
	int code = CLI_OK, r = cr2_text_printf(&path, "%s/skeleton.c", folder);

	if (r == 0)
		r = cr2_view_demand_skeleton(task, &text);
	if (r < 0)
		code = cli_error(CLI_UNABLE, "learn force: %s", strerror(-r));
	else if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		code = cli_error(CLI_USAGE, "learn force: %s: %s", folder, strerror(errno));
	else if (!(file = fopen(path.data, "wxe")))
		code = cli_error(CLI_USAGE, errno == EEXIST ? "learn force: %s is there already, and may be somebody's work: name another FOLDER" :
							     "learn force: %s: %s", path.data, strerror(errno));
	if (file && fputs(text.data, file) == EOF)
		code = cli_error(CLI_UNABLE, "learn force: %s: %s", path.data, strerror(errno));
	if (file && fclose(file) == EOF && code == CLI_OK)
		code = cli_error(CLI_UNABLE, "learn force: %s: %s", path.data, strerror(errno));
	if (code == CLI_OK)
		printf("%s says what is demanded. To judge it: cr2 learn force %s --seed %llu %s\n", path.data,
		       cr2_demand_name(task->demand), (unsigned long long)task->seed, path.data);
	cr2_text_finish(&path);
	cr2_text_finish(&text);
	return code;
}

/* ---- judging ---- */

static int show_result(const struct arguments *a, const struct cr2_view_demand *result)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = a->json ? cr2_view_demand_json(result, &text) : cr2_view_demand(result, &style, &text);

	return learn_print(&text, r);
}

static int code_of(enum cr2_demand_verdict verdict)
{
	return verdict == CR2_DEMAND_RIGHT ? CLI_OK : verdict == CR2_DEMAND_WRONG ? CLI_DIFFERENT : CLI_UNABLE;
}

static void tell_of_guests(void)
{
	struct cr2_text reason = {0};

	if (cr2_guest_emulator(&reason) == 0)
		puts("With --on guest:6.12 it takes no rights.");
	else
		printf("With --on guest:6.12 it would take no rights, but %s.\n", reason.data ? reason.data : "QEMU is not here");
	cr2_text_finish(&reason);
}

static int show_run(const struct arguments *a, const struct cr2_demand_task *task, const struct force_run *run)
{
	const char *unprotected[CR2_PROTECTIONS];
	struct cr2_view_demand result = {.task = *task, .reason = run->reason, .unprotected = unprotected};
	enum cr2_demand_verdict verdict = CR2_DEMAND_NOT_RUN;
	int code;

	for (int i = 0; i < CR2_PROTECTIONS; i++)
		if (run->end.missing >> i & 1)
			unprotected[result.n_unprotected++] = cr2_protection_missing((enum cr2_protection)i);
	if (run->ran) {
		verdict = cr2_demand_verdict(&run->report);
		result.report = &run->report;
		result.output = run->end.output.data;
		result.output_length = run->end.output.length;
		result.output_bytes = run->end.bytes;
		if (verdict != CR2_DEMAND_NOT_RUN)
			result.reason = NULL;
		else if (!result.reason && run->report.source == CR2_TRACE_SOURCE_PERF)
			result.reason = "perf events do not tell what settled a fault; BPF does";
	}
	code = show_result(a, &result);
	/* Where it was seen whole and still not judged, a guest would do no better. */
	if (code == CLI_OK && (!run->ran || (verdict == CR2_DEMAND_NOT_RUN && run->report.source == CR2_TRACE_SOURCE_PERF)) &&
	    !a->json)
		tell_of_guests();
	return code == CLI_OK ? code_of(verdict) : code;
}

static int show_not_run(const struct arguments *a, const struct cr2_demand_task *task, bool unbuilt, const char *reason)
{
	const struct cr2_view_demand result = {.task = *task, .unbuilt = unbuilt, .reason = reason};
	int code = show_result(a, &result);

	return code == CLI_OK ? unbuilt ? CLI_DIFFERENT : CLI_UNABLE : code;
}

static int build_and_run(const struct arguments *a, const struct cr2_demand_task *task)
{
	const char *lacks = a->guest ? NULL : force_program_lacks(&a->program, task->demand);
	struct force_run run;
	char *said;
	int code;

	if (lacks)
		return show_not_run(a, task, false, lacks);
	code = force_program_build(&a->program, &said);
	if (code != CLI_OK)
		return code;
	if (said) {
		code = show_not_run(a, task, true, said);
		free(said);
		return code;
	}
	if (a->guest)
		return force_program_judge_in_guest(&a->program, a->guest, task, a->json);
	code = force_program_run(&a->program, task, &run);
	if (code != CLI_OK)
		return code;
	code = show_run(a, task, &run);
	force_run_finish(&run);
	return code;
}

static int judge(struct arguments *a, const struct cr2_demand_task *task)
{
	int code;

	a->program.seconds = (double)a->seconds;
	code = force_program_begin(&a->program);
	if (code != CLI_OK)
		return code;
	code = build_and_run(a, task);
	force_program_end(&a->program);
	if (code == CLI_OK && !a->json)
		learn_keep_program(task->demand);
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.seed = 1, .level = 1, .seconds = 10};
	struct cr2_demand_task task;
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	if (a.has_task && a.has_level)
		return cli_error(CLI_USAGE, "learn force: --level draws a task; '%s' is one", cr2_demand_name(a.demand));
	if (a.guest && a.has_source)
		return cli_error(CLI_USAGE, "learn force: --source or --on: a guest has bpf");
	if (!a.has_task && !a.has_level && !a.has_seed && !a.skeleton)
		return list(a.json);
	if (!a.has_task)
		r = cr2_demand_draw((unsigned)a.level, a.seed, &a.demand);
	if (r == 0)
		r = cr2_demand_make(a.demand, a.seed, &task);
	if (r < 0)
		return cli_error(CLI_UNABLE, "learn force: %s", strerror(-r));
	return a.program.path ? judge(&a, &task) : a.skeleton ? write_skeleton(a.skeleton, &task) : show_task(&a, &task);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[TASK [PROGRAM.c]]",
	.doc = doc,
};

const struct cli_command cli_learn_force = {
	.name = "force",
	.summary = "a program that takes page faults on demand: yours, judged by what the kernel saw",
	.argp = &argp,
	.run = run,
};
