/* SPDX-License-Identifier: MIT */
/* cr2 learn sheet: a sheet of exercises for each student of a roster, and its key. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cr2/export_sheet.h>

#include "learn.h"
#include "page.h"
#include "target.h"

static const char doc[] =
	"Writes a sheet of exercises, another for each student: the seed is mixed with the student's "
	"ID by a keyed hash (HMAC-SHA-256), so that the same student always gets the same sheet, and only who "
	"knows the seed can make it. With -o, DIR/ID.md is the sheet, DIR/key/ID.md has its answers and how they "
	"are found, and DIR/key/key.json is what 'cr2 learn grade' takes; without, the sheet is printed. What Moodle, "
	"Canvas and their like import holds the answers: it is DIR/key/ID.xml or ID.zip. With --html each student gets the page "
	"of docs/web.md to solve the sheet in a browser: for practice, since it shows solutions.\v"
	"The roster is CSV with a student a line: ID, or ID,NAME, or columns that its first line names (id, name, "
	"and what Moodle, Canvas and Gradescope call them). An ID is made of letters, digits and . _ @ -, for it "
	"becomes a file's name.\n\n"
	"Exit: 0 success, 2 bad input, 3 not possible here.";

enum {
	OPTION_EXERCISES = LEARN_OWN,
	OPTION_COUNT,
	OPTION_PROGRAMS,
	OPTION_SEED_FILE,
	OPTION_ROSTER,
	OPTION_ANSWERS,
	OPTION_FORMAT,
	OPTION_HTML,
};

static const struct argp_option argp_options[] = {
	{"exercises", OPTION_EXERCISES, "KIND,...", 0, "Kinds of exercises, which take turns; default: bits", 0},
	{"count", OPTION_COUNT, "N", 0, "Exercises on a sheet; default: 10", 0},
	{"programs", OPTION_PROGRAMS, "NAME,...", 0, "Programs that are graded with the sheet, a point each: counter, force (a task of --level for each student), force:TASK (of "
	 "'cr2 learn force')", 0},
	{"seed-file", OPTION_SEED_FILE, "FILE", 0, "Its first line is the secret, any text: who knows it can make the sheets, and their keys", 0},
	{"seed", LEARN_SEED, "S", 0, "The secret itself: others on this machine may see it, and it stays in the shell's history", 0},
	LEARN_LEVEL_OPTIONS,
	{"roster", OPTION_ROSTER, "CSV", 0, "The students; default: one sheet, for ID 'sheet'", 0},
	{"output", 'o', "DIR", 0, "Write sheets and keys there", 0},
	{"format", OPTION_FORMAT, "FORMAT", 0, "markdown, html (a page to print), moodle (Moodle XML), qti12 (for Canvas) or qti21; default: markdown", 0},
	{"html", OPTION_HTML, NULL, 0, "The sheet inside the step debugger's page, with checks, hints and solutions (docs/web.md)", 0},
	{"answers", OPTION_ANSWERS, NULL, 0, "Without -o: print the key instead of the sheet", 0},
	{"json", LEARN_JSON, NULL, 0, "Without -o: print the key for 'cr2 learn grade' instead", 0},
	{0},
};

struct arguments {
	struct learn_choice choice;
	struct cr2_sheet_plan plan;
	struct cr2_sheets programs; /* without students */
	int demand; /* what force is to be; negative: drawn for each student */
	const char *seed, *seed_file, *roster, *output;
	enum cr2_sheet_format format;
	bool answers, html;
	struct cr2_text page; /* with html */
};

static int read_kind(struct cr2_sheet_plan *plan, const char *word)
{
	const char *names[CR2_EXERCISE_COUNT];
	int kind = cr2_exercise_parse(word);

	if (kind == CR2_EXERCISE_COURSE)
		return cli_error(CLI_USAGE, "--exercises: 'course' is the same for all: 'cr2 learn course' prints it");
	if (cr2_program_parse(word) >= 0)
		return cli_error(CLI_USAGE, "--exercises: '%s' is a program of the student's: --programs %s grades it with the sheet",
				 word, word);
	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		names[i] = cr2_exercise_name((enum cr2_exercise_kind)i);
	if (kind < 0)
		return target_unknown("exercise", word, names, CR2_EXERCISE_COUNT);
	for (size_t i = 0; i < plan->n_kinds; i++)
		if (plan->kinds[i] == (enum cr2_exercise_kind)kind)
			return cli_error(CLI_USAGE, "--exercises: '%s' stands there twice", word);
	plan->kinds[plan->n_kinds++] = (enum cr2_exercise_kind)kind;
	return CLI_OK;
}

/* The kinds of a list, which is cut at its commas. */
static int read_kinds(struct cr2_sheet_plan *plan, char *list)
{
	int code = CLI_OK;

	plan->n_kinds = 0;
	for (char *word; code == CLI_OK && (word = strsep(&list, ","));)
		code = read_kind(plan, word);
	return code;
}

static int read_format(const char *word, enum cr2_sheet_format *ret_format)
{
	const char *names[CR2_SHEET_FORMATS];
	int format = cr2_sheet_format_parse(word);

	for (int i = 0; i < CR2_SHEET_FORMATS; i++)
		names[i] = cr2_sheet_format_name((enum cr2_sheet_format)i);
	if (format < 0)
		return target_unknown("format", word, names, CR2_SHEET_FORMATS);
	if (!cr2_sheet_format_built((enum cr2_sheet_format)format))
		return cli_error(CLI_UNABLE, "learn sheet: --format %s: this cr2 was built without Mini-XML and minizip", word);
	*ret_format = (enum cr2_sheet_format)format;
	return CLI_OK;
}

/* "force:touch" is force with that task. */
static int read_task(struct arguments *a, char *word)
{
	char *colon = strchr(word, ':');
	const char *names[CR2_DEMANDS];

	if (!colon)
		return CLI_OK;
	*colon = '\0';
	if (strcmp(word, cr2_program_name(CR2_PROGRAM_FORCE)) != 0)
		return cli_error(CLI_USAGE, "--programs: '%s' has no tasks; 'force' has", word);
	for (int i = 0; i < CR2_DEMANDS; i++)
		names[i] = cr2_demand_name((enum cr2_demand)i);
	a->demand = cr2_demand_parse(colon + 1);
	return a->demand < 0 ? target_unknown("task of force", colon + 1, names, CR2_DEMANDS) : CLI_OK;
}

/* Kept among the sheets, to which the students come later. */
static int read_programs(struct arguments *a, char *list)
{
	struct cr2_sheets *sheets = &a->programs;
	const char *names[CR2_PROGRAM_COUNT];

	for (int i = 0; i < CR2_PROGRAM_COUNT; i++)
		names[i] = cr2_program_name((enum cr2_program)i);
	for (char *word; (word = strsep(&list, ","));) {
		int code = read_task(a, word), program = cr2_program_parse(word);

		if (code != CLI_OK)
			return code;
		if (program < 0)
			return target_unknown("program", word, names, CR2_PROGRAM_COUNT);
		if (cr2_sheets_add_program(sheets, (enum cr2_program)program) < 0)
			return cli_error(CLI_USAGE, "--programs: '%s' stands there twice", word);
	}
	return CLI_OK;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct learn_choice *c = &a->choice;
	uint64_t count = 0;

	switch (key) {
	case OPTION_EXERCISES:
		c->exit = read_kinds(&a->plan, arg);
		break;
	case OPTION_COUNT:
		c->exit = cli_number("count", arg, 1, CR2_SHEET_ITEMS, &count);
		a->plan.n_items = count;
		break;
	case OPTION_PROGRAMS:
		c->exit = read_programs(a, arg);
		break;
	case OPTION_SEED_FILE:
		a->seed_file = arg;
		break;
	case LEARN_SEED:
		a->seed = arg;
		break;
	case OPTION_ROSTER:
		a->roster = arg;
		break;
	case 'o':
		a->output = arg;
		break;
	case OPTION_FORMAT:
		c->exit = read_format(arg, &a->format);
		break;
	case OPTION_HTML:
		a->html = true;
		break;
	case OPTION_ANSWERS:
		a->answers = true;
		break;
	case ARGP_KEY_ARG:
		c->exit = cli_error(CLI_USAGE, "learn sheet: '%s' is no option; kinds of exercises stand behind --exercises", arg);
		break;
	default:
		return learn_option(c, key, arg);
	}
	return c->exit ? EINVAL : 0;
}

/* --- files --- */

/* Takes the text over, which was made with error r. */
static int write_file(const char *directory, const char *name, mode_t mode, struct cr2_text *text, int r)
{
	char *path = NULL;

	if (r == 0 && asprintf(&path, "%s/%s", directory, name) < 0)
		r = -ENOMEM;
	if (r < 0) {
		cr2_text_finish(text);
		return cli_error(CLI_UNABLE, "%s", strerror(-r));
	}
	r = cli_write_file(path, mode, text->data, text->length);
	r = r ? cli_error(CLI_UNABLE, "cannot write %s: %s", path, strerror(-r)) : CLI_OK;
	cr2_text_finish(text);
	free(path);
	return r;
}

static int make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return CLI_OK;
	return cli_error(CLI_UNABLE, "cannot make %s: %s", path, strerror(errno));
}

static int write_sheet(const struct cr2_sheet *sheet, enum cr2_sheet_format format, bool answers, const char *directory)
{
	struct cr2_text text = {0}, name = {0};
	int r = cr2_text_printf(&name, "%s.%s", sheet->id, cr2_sheet_format_extension(format));

	if (r == 0)
		r = cr2_export_sheet(sheet, format, answers, &text);
	r = write_file(directory, name.data, answers ? 0600 : 0644, &text, r);
	cr2_text_finish(&name);
	return r;
}

static int write_page(const char *page, const struct cr2_sheet *sheet, const char *directory)
{
	struct cr2_text text = {0}, name = {0};
	int r = cr2_text_printf(&name, "%s.html", sheet->id);

	if (r == 0)
		r = cr2_view_sheet_page(page, sheet, &text);
	r = write_file(directory, name.data, 0644, &text, r);
	cr2_text_finish(&name);
	return r;
}

static int write_all(const struct arguments *a, const struct cr2_sheets *sheets)
{
	const enum cr2_sheet_format format = a->format;
	const char *output = a->output;
	struct cr2_text text = {0};
	char *keys = NULL;
	int code;

	if (asprintf(&keys, "%s/key", output) < 0)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	code = make_directory(output, 0755);
	if (code == CLI_OK)
		code = make_directory(keys, 0700);
	for (size_t i = 0; i < sheets->n && code == CLI_OK; i++) {
		if (a->html)
			code = write_page(a->page.data, &sheets->items[i], output);
		else if (cr2_sheet_format_has_key(format))
			code = write_sheet(&sheets->items[i], format, false, output);
		if (code == CLI_OK)
			code = write_sheet(&sheets->items[i], format, true, keys);
	}
	if (code == CLI_OK)
		code = write_file(keys, "key.json", 0600, &text, cr2_sheets_to_json(sheets, &text));
	free(keys);
	return code;
}

static int print(const struct arguments *a, const struct cr2_sheets *sheets)
{
	struct cr2_text text = {0};
	int r = a->choice.json ? cr2_sheets_to_json(sheets, &text) :
		a->html ? cr2_view_sheet_page(a->page.data, &sheets->items[0], &text) :
				 cr2_export_sheet(&sheets->items[0], a->format, a->answers, &text);

	return learn_print(&text, r);
}

/* --- the command --- */

/* The first line of the file. */
static int read_seed(const char *path, struct cr2_text *ret_seed)
{
	int r = cli_read_file(path, ret_seed);
	char *end = r == 0 && ret_seed->data ? strpbrk(ret_seed->data, "\r\n") : NULL;

	if (r < 0)
		return cli_error(CLI_USAGE, "cannot read %s: %s", path, strerror(-r));
	if (end)
		*end = '\0';
	return CLI_OK;
}

static int read_roster(const struct arguments *a, struct cr2_sheets *ret_sheets)
{
	struct cr2_text text = {0};
	struct cr2_diag diag = {0};
	int r = a->roster ? cli_read_file(a->roster, &text) : cr2_sheets_of_one("sheet", ret_sheets), code;

	if (a->roster && r < 0)
		return cli_error(CLI_USAGE, "cannot read %s: %s", a->roster, strerror(-r));
	if (a->roster)
		r = cr2_sheets_read_roster(text.data ? text.data : "", text.length, ret_sheets, &diag);
	code = r < 0 ? learn_refused(a->roster, &diag, r) : CLI_OK;
	cr2_text_finish(&text);
	return code;
}

/* Mixed with a name that no student has, so that who knows the task's seed knows nothing of the sheet's. */
static int demand_program(const struct arguments *a, const char *secret, struct cr2_sheet *sheet)
{
	struct cr2_text name = {0};
	int r = cr2_text_printf(&name, "%s/force", sheet->id);

	if (r == 0)
		r = cr2_sheet_set_force(sheet, a->demand, a->plan.level, learn_student_seed(secret, name.data));
	cr2_text_finish(&name);
	return r;
}

static int make_sheets(const struct arguments *a, const char *seed)
{
	struct cr2_sheets sheets = {0};
	bool forced = false;
	int code = read_roster(a, &sheets);

	for (size_t i = 0; i < a->programs.n_programs && code == CLI_OK; i++) {
		cr2_sheets_add_program(&sheets, a->programs.programs[i].program);
		forced |= a->programs.programs[i].program == CR2_PROGRAM_FORCE;
	}
	for (size_t i = 0; i < sheets.n && code == CLI_OK; i++) {
		struct cr2_sheet *sheet = &sheets.items[i];
		int r = cr2_sheet_fill(sheet, &a->plan, learn_student_seed(seed, sheet->id));

		if (r == 0 && forced)
			r = demand_program(a, seed, sheet);
		code = r < 0 ? cli_error(CLI_UNABLE, "%s", strerror(-r)) : CLI_OK;
	}
	if (code == CLI_OK)
		code = a->output ? write_all(a, &sheets) : print(a, &sheets);
	cr2_sheets_finish(&sheets);
	return code;
}

static int check_arguments(const struct arguments *a)
{
	if (a->seed && a->seed_file)
		return cli_error(CLI_USAGE, "learn sheet: --seed or --seed-file, not both");
	if (!a->seed && !a->seed_file)
		return cli_error(CLI_USAGE, "learn sheet: --seed-file is wanted: its first line is a secret of your own, such as 20 "
				 "letters");
	if ((a->answers || a->choice.json) && a->output)
		return cli_error(CLI_USAGE, "learn sheet: with -o all are written: leave out --answers and --json");
	if (a->html && (a->format != CR2_SHEET_MARKDOWN || a->answers || a->choice.json))
		return cli_error(CLI_USAGE, "learn sheet: --html is a form of its own: leave out --format, --answers and --json");
	if (a->answers && a->choice.json)
		return cli_error(CLI_USAGE, "learn sheet: --answers or --json, not both");
	if (a->roster && !a->output && !a->choice.json)
		return cli_error(CLI_USAGE, "learn sheet: a roster has a sheet for each student: -o says where to");
	return CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.choice = LEARN_CHOICE, .demand = -1, .plan = {.kinds = {CR2_EXERCISE_BITS}, .n_kinds = 1, .n_items = 10}};
	struct cr2_text secret = {0};
	int code, r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.choice.exit ? a.choice.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	a.plan.level = a.choice.level;
	a.plan.profile = a.choice.profile;
	code = check_arguments(&a);
	if (code == CLI_OK && a.seed_file) {
		code = read_seed(a.seed_file, &secret);
		a.seed = secret.data ? secret.data : "";
	}
	if (code == CLI_OK && !*a.seed)
		code = cli_error(CLI_USAGE, "learn sheet: %s: the secret is empty", a.seed_file ? a.seed_file : "--seed");
	if (code == CLI_OK && a.html)
		code = page_load("learn sheet", &a.page);
	if (code == CLI_OK)
		code = make_sheets(&a, a.seed);
	cr2_text_finish(&a.page);
	cr2_text_finish(&secret);
	return code;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_learn_sheet = {
	.name = "sheet",
	.summary = "write a sheet of exercises for each student, and its key",
	.argp = &argp,
	.run = run,
};
