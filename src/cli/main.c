/* SPDX-License-Identifier: MIT */
/* cr2: dispatches to the subcommands, one file each. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

static const struct cli_command commands[] = {
	{"bench", "measure the model beside this machine's kernel", cli_bench},
	{"decode", "explain error codes, page-table entries, addresses, flags, kernel logs", cli_decode},
	{"run", "run a scenario in the model, on this kernel, or compare them", cli_run},
	{"force", "make one page fault of a kind on this kernel, and show all of it", cli_force},
	{"fuzz", "compare the model with a kernel, by random scenarios", cli_fuzz},
	{"guest-init", NULL, cli_guest_init},
	{"guest-serve", NULL, cli_guest_serve},
};

int cli_error(int code, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("cr2: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

int cli_diag(struct cr2_diag *diag)
{
	struct cr2_text text = {0};

	fflush(stdout);
	if (cr2_diag_format(diag, &text) == 0)
		fputs(text.data, stderr);
	cr2_text_finish(&text);
	cr2_diag_finish(diag);
	return CLI_USAGE;
}

bool cli_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(fileno(stream)) && !(no_color && *no_color);
}

unsigned cli_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 100;
}

static void usage(FILE *stream)
{
	fputs("usage: cr2 COMMAND [ARGUMENT...]\n\n", stream);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(commands); i++)
		if (commands[i].summary)
			fprintf(stream, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\ncr2 COMMAND --help tells more of each. "
	      "Exit: 0 success, 1 a difference, 2 bad input, 3 not possible here.\n", stream);
}

/* What a full disk swallowed is no success. */
static int finish(int code)
{
	if ((fflush(stdout) == 0 && !ferror(stdout)) || code == CLI_UNABLE)
		return code;
	return cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
}

/*
 * A file that is opened where 0, 1 or 2 is closed would be taken for that stream. What stands
 * there instead fails when it is used, as a closed one does.
 */
static void hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_PATH);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int dispatch(const struct cli_command *command, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "cr2 %s", command->name);
	argv[1] = name;
	return finish(command->run(argc - 1, argv + 1));
}

static int unknown(const char *word)
{
	const char *names[CR2_ARRAY_SIZE(commands)];
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(commands); i++)
		if (commands[i].summary)
			names[n++] = commands[i].name;
	near = cr2_nearest(word, names, n);
	if (near)
		return cli_error(CLI_USAGE, "unknown command '%s'; did you mean '%s'?", word, near);
	return cli_error(CLI_USAGE, "unknown command '%s'; see 'cr2 --help'", word);
}

int main(int argc, char **argv)
{
	hold_streams();
	if (argc < 2) {
		usage(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return finish(CLI_OK);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("cr2 " CR2_VERSION);
		return finish(CLI_OK);
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return dispatch(&commands[i], argc, argv);
	return unknown(argv[1]);
}
