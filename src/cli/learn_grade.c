/* SPDX-License-Identifier: MIT */
/* cr2 learn grade: what students handed in, graded by the key of their sheets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/export_grade.h>

#include "learn.h"
#include "target.h"

static const char doc[] =
	"Grades what students hand in: their sheets, filled in (as 'cr2 learn sheet' wrote them), CSV with the columns "
	"student, item, part and answer, or JSON; of programs what 'cr2 learn counter --json' and 'cr2 learn force --json' "
	"print. Each wrong answer is told the misconceptions that answer so, and the class which of them it has. Nowhere "
	"does it stand what would have been right.\v"
	"A file that does not say whose it is has the student's ID in its name: ID.counter.json. An exercise has a point, its "
	"parts weigh alike; key.json says so, and may be changed. No answer is 'not run', which is not 'wrong', and has no "
	"points either; a program that timed out has none, whatever it got right. What cannot be read is named with its place, and "
	"the others are graded all the same: it is 'not read', which is not 'wrong'.\n\n"
	"Exit: 0 everything that was handed in is right, 1 not all of it is, or was read; 2 bad input: the key, or all that was handed "
	"in; 3 not possible here.";

enum {
	OPTION_KEY = LEARN_OWN,
	OPTION_FORMAT,
};

struct format {
	const char *name;
	int (*draw)(const struct cr2_grades *grades, struct cr2_text *text);
};

static int draw_table(const struct cr2_grades *grades, struct cr2_text *text)
{
	struct cr2_style style = cli_style();

	return cr2_view_grades(grades, &style, text);
}

static const struct format formats[] = {
	{"table", draw_table},
	{"json", cr2_view_grades_json},
	{"csv", cr2_view_grades_csv},
	{"gradescope", cr2_export_gradescope},
	{"junit", cr2_export_junit},
};

static const struct argp_option argp_options[] = {
	{"key", OPTION_KEY, "KEY", 0, "What the answers are graded by: key/key.json of 'cr2 learn sheet -o'", 0},
	{"format", OPTION_FORMAT, "FORMAT", 0, "table; json: an object a student, then one for the class; csv: a row a student; "
	 "gradescope: results.json, of one student; junit: XML, a suite a student; default: table", 0},
	{"json", LEARN_JSON, NULL, 0, "The same as --format json", 0},
	{0},
};

struct arguments {
	const char *key;
	const struct format *format;
	size_t n, capacity;
	const char **files;
	int exit; /* of a mistake in the arguments; 0: none */
};

static int read_format(struct arguments *a, const char *word)
{
	const char *names[CR2_ARRAY_SIZE(formats)];

	for (size_t i = 0; i < CR2_ARRAY_SIZE(formats); i++) {
		names[i] = formats[i].name;
		if (strcmp(word, names[i]) == 0) {
			a->format = &formats[i];
			return CLI_OK;
		}
	}
	return target_unknown("format", word, names, CR2_ARRAY_SIZE(formats));
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_KEY:
		a->key = arg;
		break;
	case OPTION_FORMAT:
		a->exit = read_format(a, arg);
		break;
	case LEARN_JSON:
		a->exit = read_format(a, "json");
		break;
	case ARGP_KEY_ARG:
		if (cr2_grow(&a->files, &a->capacity, a->n + 1, sizeof(*a->files)) < 0)
			return ENOMEM;
		a->files[a->n++] = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->exit ? EINVAL : 0;
}

static int read_key(const char *path, struct cr2_sheets *ret_sheets)
{
	struct cr2_text text = {0};
	struct cr2_diag diag = {0};
	int r = cli_read_file(path, &text), code = CLI_OK;

	if (r < 0)
		return cli_error(CLI_USAGE, "cannot read %s: %s", path, strerror(-r));
	r = cr2_sheets_from_json(text.data ? text.data : "", text.length, ret_sheets, &diag);
	if (r < 0)
		code = learn_refused(path, &diag, r);
	cr2_text_finish(&text);
	return code;
}

static int read_answers(const char *path, struct cr2_grades *grades)
{
	struct cr2_text text = {0};
	int r = cli_read_file(path, &text);

	r = r < 0 ? cr2_grades_unread(grades, path, strerror(-r)) :
		    cr2_grades_read(grades, path, text.data ? text.data : "", text.length);
	cr2_text_finish(&text);
	return r;
}

static void complain(const struct cr2_grade_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		const struct cr2_grade_note *note = &notes->items[i];

		if (note->line)
			cli_error(CLI_USAGE, "%s:%u: %s", note->file, note->line, note->message);
		else
			cli_error(CLI_USAGE, "%s: %s", note->file, note->message);
	}
}

/* Where nothing could be read there is nothing to grade. */
static int nothing_read(const struct cr2_grades *grades)
{
	for (size_t i = 0; i < grades->n; i++)
		complain(&grades->items[i].notes);
	complain(&grades->notes);
	return CLI_USAGE;
}

static int show(const struct arguments *a, const struct cr2_grades *grades)
{
	struct cr2_text text = {0};
	int r = a->format->draw(grades, &text), code;

	if (r == -E2BIG)
		return cli_error(CLI_USAGE, "learn grade: %s is of one student: give one student's answers", a->format->name);
	if (r == -ENOSYS)
		return cli_error(CLI_UNABLE, "learn grade: --format %s: this cr2 was built without Mini-XML", a->format->name);
	code = learn_print(&text, r);
	return code != CLI_OK ? code : cr2_grades_right(grades) ? CLI_OK : CLI_DIFFERENT;
}

static int grade(const struct arguments *a)
{
	struct cr2_sheets sheets = {0};
	struct cr2_grades grades = {0};
	int code = read_key(a->key, &sheets), r = 0;

	if (code == CLI_OK)
		r = cr2_grades_begin(&sheets, &grades);
	for (size_t i = 0; i < a->n && code == CLI_OK && r == 0; i++)
		r = read_answers(a->files[i], &grades);
	if (code == CLI_OK && r == 0)
		r = cr2_grades_judge(&grades);
	if (r < 0)
		code = cli_error(CLI_UNABLE, "%s", strerror(-r));
	if (code == CLI_OK && grades.n_taken == 0 && grades.n_unread > 0)
		code = nothing_read(&grades);
	else if (code == CLI_OK)
		code = show(a, &grades);
	cr2_grades_finish(&grades);
	cr2_sheets_finish(&sheets);
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.format = &formats[0]};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		r = a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	else if (!a.key)
		r = cli_error(CLI_USAGE, "learn grade: --key is wanted: the key.json that 'cr2 learn sheet -o DIR' wrote to DIR/key");
	else if (a.n == 0)
		r = cli_error(CLI_USAGE, "learn grade: which ANSWERS? Files that students handed in");
	else
		r = grade(&a);
	free(a.files);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "ANSWERS...",
	.doc = doc,
};

const struct cli_command cli_learn_grade = {
	.name = "grade",
	.summary = "grade what students handed in, and say what they and the class misunderstood",
	.argp = &argp,
	.paged = true,
	.run = run,
};
