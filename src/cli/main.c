/* SPDX-License-Identifier: MIT */
/* cr2: finds the command, or the kind of one, that its arguments name, and runs it. */
#include <string.h>

#include "cli.h"

static bool is_option(const char *word, const char *name, const char *letter)
{
	return strcmp(word, name) == 0 || strcmp(word, letter) == 0;
}

/* The command itself, or one of its kinds where the next argument names one. */
static int run(const struct cli_command *command, int argc, char **argv)
{
	const struct cli_command *kind = argc > 2 ? cli_find(command, argv[2]) : NULL;
	int words = kind ? 2 : 1;
	char name[64];

	if (kind)
		snprintf(name, sizeof(name), "cr2 %s %s", command->name, kind->name);
	else
		snprintf(name, sizeof(name), "cr2 %s", command->name);
	command = kind ? kind : command;
	argv[words] = name;
	if (command->paged)
		cli_page();
	return command->run(command, argc - words, argv + words);
}

static int dispatch(int argc, char **argv)
{
	const struct cli_command *command;

	for (; argc > 1 && strcmp(argv[1], "--no-pager") == 0; argc--, argv++)
		cli_no_pager();
	if (argc < 2) {
		cli_usage(&cli_root, "cr2", stderr);
		return CLI_USAGE;
	}
	if (is_option(argv[1], "--help", "-h") || strcmp(argv[1], "-?") == 0) {
		cli_usage(&cli_root, "cr2", stdout);
		return CLI_OK;
	}
	if (is_option(argv[1], "--version", "-V")) {
		puts("cr2 " CR2_VERSION);
		return CLI_OK;
	}
	command = cli_find(&cli_root, argv[1]);
	if (!command)
		return cli_unknown(&cli_root, argv[1][0] == '-' ? "option" : "command", argv[1]);
	return run(command, argc, argv);
}

int main(int argc, char **argv)
{
	const struct cli_command *command = argc > 1 ? cli_find(&cli_root, argv[1]) : NULL;

	/* The other end of a guest speaks to a program: nothing of it is changed on its way. */
	if (command && !command->summary)
		return command->run(command, argc - 1, argv + 1);
	cli_output_begin();
	return cli_output_end(dispatch(argc, argv));
}
