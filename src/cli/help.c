/* SPDX-License-Identifier: MIT */
/* cr2 help, and the lists of commands and kinds. */
#include <stdlib.h>
#include <string.h>

#include "help.h"

/* Prints words of one line, broken at the terminal's edge and indented there. */
static void fill(FILE *stream, unsigned column, unsigned indent, const char *s)
{
	unsigned width = cli_style().width, start = column;

	while (*s) {
		size_t gap = strspn(s, " "), word = strcspn(s + gap, " ");

		if (column > start && column + gap + word >= width) {
			fprintf(stream, "\n%*s", (int)indent, "");
			column = start = indent;
			s += gap;
			gap = 0;
		}
		fwrite(s, 1, gap + word, stream);
		column += (unsigned)(gap + word);
		s += gap + word;
	}
	fputc('\n', stream);
}

static void fill_lines(FILE *stream, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");
		char *line = strndup(s, n);

		fill(stream, 0, 0, line ? line : "");
		free(line);
		s += n + (s[n] == '\n');
	}
}

void cli_list_row(FILE *stream, size_t at, size_t widest, const char *name, const char *text)
{
	unsigned column = (unsigned)(at + widest + 2);

	fprintf(stream, "%*s%-*s  ", (int)at, "", (int)widest, name);
	fill(stream, column, column, text);
}

static void list_kinds(const struct cli_command *command, FILE *stream)
{
	const struct cli_command *kind;
	size_t widest = 0;

	for (size_t i = 0; (kind = command->kind(i)); i++)
		if (kind->summary && strlen(kind->name) > widest)
			widest = strlen(kind->name);
	for (size_t i = 0; (kind = command->kind(i)); i++)
		if (kind->summary)
			cli_list_row(stream, 2, widest, kind->name, kind->summary);
}

void cli_usage(const struct cli_command *command, const char *full_name, FILE *stream)
{
	char *after = help_text(command, true);

	fprintf(stream, "usage: %s %s\n\n", full_name, command->argp->args_doc);
	list_kinds(command, stream);
	fputc('\n', stream);
	fill_lines(stream, after ? after : "");
	free(after);
}

enum {
	OPTION_MAN = 256,
	OPTION_COMPLETION,
	OPTION_LIST,
};

static const struct argp_option argp_options[] = {
	{"man", OPTION_MAN, NULL, OPTION_HIDDEN, NULL, 0},
	{"list", OPTION_LIST, NULL, OPTION_HIDDEN, NULL, 0},
	{"completion", OPTION_COMPLETION, "SHELL", OPTION_HIDDEN, NULL, 0},
	{0},
};

struct arguments {
	bool man, list;
	const char *shell;
	const char *words[2]; /* a command, and a kind of it */
	size_t n;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_MAN:
		a->man = true;
		return 0;
	case OPTION_LIST:
		a->list = true;
		return 0;
	case OPTION_COMPLETION:
		a->shell = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->n == CR2_ARRAY_SIZE(a->words))
			argp_error(state, "unexpected '%s'", arg);
		a->words[a->n++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A command shows its help itself: it knows its options best. */
static int show(const struct arguments *a)
{
	const struct cli_command *command = cli_find(&cli_root, a->words[0]), *kind;
	char name[64], help[] = "--help", *argv[] = {name, help, NULL};

	if (!command || !command->summary)
		return cli_unknown(&cli_root, "command", a->words[0]);
	snprintf(name, sizeof(name), "cr2 %s", command->name);
	if (a->n == 1)
		return command->run(command, 2, argv);
	kind = cli_find(command, a->words[1]);
	if (!kind && !command->kind)
		return cli_error(CLI_USAGE, "%s has no kinds; see 'cr2 help %s'", command->name,
				 command->name);
	if (!kind)
		return cli_unknown(command, "kind", a->words[1]);
	snprintf(name, sizeof(name), "cr2 %s %s", command->name, kind->name);
	return kind->run(kind, 2, argv);
}

static int list_names(void)
{
	const struct cli_command *command;

	for (size_t i = 0; (command = cli_root.kind(i)); i++)
		if (command->summary)
			puts(command->name);
	return CLI_OK;
}

static int run_help(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {0};

	if (cli_parse(self, argc, argv, &a) != 0)
		return CLI_USAGE;
	if (a.shell)
		return help_completion(a.shell) == 0 ? CLI_OK
		       : cli_error(CLI_USAGE, "help: no completion for '%s'; there is one for bash, "
				   "fish and zsh", a.shell);
	if (a.man)
		return help_man(a.n ? cli_find(&cli_root, a.words[0]) : NULL);
	if (a.list)
		return list_names();
	if (a.n)
		return show(&a);
	cli_usage(&cli_root, "cr2", stdout);
	return CLI_OK;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[COMMAND [KIND]]",
	.doc = "Shows what a command is for, and its options.",
};

const struct cli_command cli_help = {
	.name = "help",
	.summary = "show what a command is for, and its options",
	.argp = &argp,
	.run = run_help,
};
