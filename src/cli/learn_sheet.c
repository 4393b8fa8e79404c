/* SPDX-License-Identifier: MIT */
/* cr2 learn sheet: a sheet of exercises for each student of a roster, and its key. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "learn.h"
#include "target.h"

static const char doc[] =
	"Writes a sheet of exercises in Markdown, another for each student: the seed is mixed with the student's "
	"ID by a keyed hash (HMAC-SHA-256), so that the same student always gets the same sheet, and only who "
	"knows the seed can make it. With -o, DIR/ID.md is the sheet, and DIR/key/ID.md has its answers and how they "
	"are found; without, the sheet is printed.\v"
	"The roster has a student a line: ID, or ID,NAME. An ID is made of letters, digits and . _ @ -, for it "
	"becomes a file's name.\n\n"
	"Exit: 0 success, 2 bad input, 3 not possible here.";

enum {
	OPTION_EXERCISES = 256,
	OPTION_COUNT,
	OPTION_SEED,
	OPTION_LEVEL,
	OPTION_KERNEL,
	OPTION_ROSTER,
	OPTION_ANSWERS,
};

static const struct argp_option argp_options[] = {
	{"exercises", OPTION_EXERCISES, "KIND,...", 0, "Kinds of exercises, which take turns; default: bits", 0},
	{"count", OPTION_COUNT, "N", 0, "Exercises on a sheet; default: 10", 0},
	{"seed", OPTION_SEED, "S", 0, "The secret, any text: who knows it can make the sheets, and their keys", 0},
	{"level", OPTION_LEVEL, "L", 0, "From 1, the easiest, to 5; default: 1", 0},
	{"kernel", OPTION_KERNEL, "PROFILE", 0, "Whose answers count: 6.1, 6.12, 6.18 or course; default: 6.18", 0},
	{"roster", OPTION_ROSTER, "CSV", 0, "The students; default: one sheet, for ID 'sheet'", 0},
	{"output", 'o', "DIR", 0, "Write sheets and keys there", 0},
	{"answers", OPTION_ANSWERS, NULL, 0, "Without -o: print the key instead of the sheet", 0},
	{0},
};

struct arguments {
	size_t n_kinds;
	enum cr2_exercise_kind kinds[CR2_EXERCISE_COUNT];
	uint64_t count;
	unsigned level;
	enum cr2_profile profile;
	const char *seed, *roster, *output;
	bool answers;
	int exit;
};

/* The kinds of a list, which is cut at its commas. */
static int read_kinds(struct arguments *a, char *list)
{
	const char *names[CR2_EXERCISE_COUNT];

	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		names[i] = cr2_exercise_name((enum cr2_exercise_kind)i);
	a->n_kinds = 0;
	for (char *word; (word = strsep(&list, ","));) {
		int kind = cr2_exercise_parse(word);

		if (kind < 0)
			return target_unknown("exercise", word, names, CR2_EXERCISE_COUNT);
		for (size_t i = 0; i < a->n_kinds; i++)
			if (a->kinds[i] == (enum cr2_exercise_kind)kind)
				return cli_error(CLI_USAGE, "--exercises: '%s' stands there twice", word);
		a->kinds[a->n_kinds++] = (enum cr2_exercise_kind)kind;
	}
	return CLI_OK;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	uint64_t level = 1;

	switch (key) {
	case OPTION_EXERCISES:
		a->exit = read_kinds(a, arg);
		break;
	case OPTION_COUNT:
		a->exit = cli_number("count", arg, 1, 1000, &a->count);
		break;
	case OPTION_SEED:
		a->seed = arg;
		break;
	case OPTION_LEVEL:
		a->exit = cli_number("level", arg, 1, CR2_EXERCISE_LEVELS, &level);
		a->level = (unsigned)level;
		break;
	case OPTION_KERNEL:
		a->exit = target_profile(arg, &a->profile);
		break;
	case OPTION_ROSTER:
		a->roster = arg;
		break;
	case 'o':
		a->output = arg;
		break;
	case OPTION_ANSWERS:
		a->answers = true;
		break;
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "learn sheet: '%s' is no option; kinds of exercises stand behind --exercises", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->exit ? EINVAL : 0;
}

/* --- a sheet --- */

static int add_exercise(const struct arguments *a, uint64_t seed, unsigned number, bool answers,
			struct cr2_text *text)
{
	struct cr2_exercise exercise;
	int r = cr2_exercise_make(a->kinds[(number - 1) % a->n_kinds], seed ^ (uint64_t)number << 32, a->level,
				  a->profile, &exercise);

	if (r < 0)
		return r;
	r = cr2_view_exercise_markdown(&exercise, number, answers, text);
	cr2_exercise_finish(&exercise);
	return r;
}

static int make_sheet(const struct arguments *a, const char *id, const char *name, bool answers,
		      struct cr2_text *text)
{
	uint64_t seed = learn_student_seed(a->seed, id);
	int r = cr2_text_append(text, answers ? "# Page faults: the key\n\n" : "# Page faults\n\n");

	if (r == 0)
		r = cr2_text_printf(text, "Sheet: %s\n\nName: ", id);
	if (r == 0)
		r = cr2_text_append_safe(text, name, strlen(name));
	if (r == 0)
		r = cr2_text_append(text, answers ? "\n" : "\n\nWrite each answer behind its `=`. Numbers may be hexadecimal (0x2a),\n"
				    "decimal (42) or binary (0b101010).\n");
	for (unsigned i = 1; i <= a->count && r == 0; i++)
		r = add_exercise(a, seed, i, answers, text);
	return r;
}

/* --- files --- */

static int write_file(const char *directory, const char *id, mode_t mode, const struct cr2_text *text)
{
	char *path = NULL;
	FILE *file;
	int r;

	if (asprintf(&path, "%s/%s.md", directory, id) < 0)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	file = fopen(path, "we");
	r = file && fchmod(fileno(file), mode) == 0 &&
	    fwrite(text->data, 1, text->length, file) == text->length ? 0 : -errno;
	if (file && fclose(file) != 0 && r == 0)
		r = -errno;
	r = r ? cli_error(CLI_UNABLE, "cannot write %s: %s", path, strerror(-r)) : CLI_OK;
	free(path);
	return r;
}

static int make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return CLI_OK;
	return cli_error(CLI_UNABLE, "cannot make %s: %s", path, strerror(errno));
}

/* One sheet or its key; directory NULL: printed. */
static int put(const struct arguments *a, const char *id, const char *name, bool answers, const char *directory)
{
	struct cr2_text text = {0};
	int r = make_sheet(a, id, name, answers, &text);

	if (r < 0 || !directory)
		return learn_print(&text, r);
	r = write_file(directory, id, answers ? 0600 : 0644, &text);
	cr2_text_finish(&text);
	return r;
}

static int put_both(const struct arguments *a, const char *id, const char *name)
{
	char *keys = NULL;
	int r;

	if (!a->output)
		return put(a, id, name, a->answers, NULL);
	if (asprintf(&keys, "%s/key", a->output) < 0)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	r = make_directory(a->output, 0755);
	if (r == CLI_OK)
		r = make_directory(keys, 0700);
	if (r == CLI_OK)
		r = put(a, id, name, false, a->output);
	if (r == CLI_OK)
		r = put(a, id, name, true, keys);
	free(keys);
	return r;
}

/* --- the roster --- */

struct student {
	char *id, *name; /* of its line */
	unsigned number;
	char *line;
};
struct roster {
	struct student *items;
	size_t n, capacity;
};

static bool is_id(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";

	return *s && *s != '.' && s[strspn(s, letters)] == '\0';
}

/* Takes the line over. */
static int add_student(const struct arguments *a, struct roster *roster, char *line, unsigned number)
{
	struct student student = {.line = line, .name = line, .number = number};

	line[strcspn(line, "\r\n")] = '\0';
	student.id = strsep(&student.name, ",");
	if (!student.name)
		student.name = line + strlen(line);
	if (cr2_grow(&roster->items, &roster->capacity, roster->n + 1, sizeof(student)) < 0) {
		free(line);
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	}
	roster->items[roster->n++] = student;
	if (!is_id(student.id))
		return cli_error(CLI_USAGE, "%s:%u: an ID has letters, digits and . _ @ -, and no . in front: ID,NAME",
				 a->roster, number);
	return CLI_OK;
}

static int by_id(const void *a, const void *b)
{
	const struct student *one = a, *other = b;
	int order = strcmp(one->id, other->id);

	return order ? order : one->number < other->number ? -1 : 1;
}

static int read_roster(const struct arguments *a, struct roster *roster)
{
	FILE *file = fopen(a->roster, "re");
	int code = CLI_OK;

	if (!file)
		return cli_error(CLI_USAGE, "cannot read %s: %s", a->roster, strerror(errno));
	for (unsigned number = 1; code == CLI_OK; number++) {
		char *line = NULL;
		size_t room = 0;

		if (getline(&line, &room, file) < 0) {
			free(line);
			break;
		}
		if (line[strspn(line, " \t\r\n")] == '\0')
			free(line);
		else
			code = add_student(a, roster, line, number);
	}
	if (code == CLI_OK && ferror(file))
		code = cli_error(CLI_USAGE, "cannot read %s: %s", a->roster, strerror(errno));
	fclose(file);
	if (code == CLI_OK && roster->n == 0)
		code = cli_error(CLI_USAGE, "%s: no student is in it; a line a student: ID,NAME", a->roster);
	if (code != CLI_OK)
		return code;
	qsort(roster->items, roster->n, sizeof(*roster->items), by_id);
	for (size_t i = 1; i < roster->n; i++)
		if (strcmp(roster->items[i].id, roster->items[i - 1].id) == 0)
			return cli_error(CLI_USAGE, "%s:%u: '%s' stands in line %u, too; an ID is one student's", a->roster,
					 roster->items[i].number, roster->items[i].id, roster->items[i - 1].number);
	return CLI_OK;
}

static int put_roster(const struct arguments *a)
{
	struct roster roster = {0};
	int code = read_roster(a, &roster);

	for (size_t i = 0; i < roster.n && code == CLI_OK; i++)
		code = put_both(a, roster.items[i].id, roster.items[i].name);
	for (size_t i = 0; i < roster.n; i++)
		free(roster.items[i].line);
	free(roster.items);
	return code;
}

/* --- the command --- */

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.kinds = {CR2_EXERCISE_BITS}, .n_kinds = 1, .count = 10, .level = 1,
			      .profile = CR2_PROFILE_6_18};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	if (!a.seed || !*a.seed)
		return cli_error(CLI_USAGE, "learn sheet: --seed is wanted: a secret of your own, such as 20 letters");
	if (a.answers && a.output)
		return cli_error(CLI_USAGE, "learn sheet: with -o both are written: leave out --answers");
	if (a.roster && !a.output)
		return cli_error(CLI_USAGE, "learn sheet: a roster has a sheet for each student: -o says where to");
	return a.roster ? put_roster(&a) : put_both(&a, "sheet", "");
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
