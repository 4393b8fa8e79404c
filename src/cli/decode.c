/* SPDX-License-Identifier: MIT */
/* cr2 decode: dispatches to what is to be decoded. */
#include <string.h>

#include "decode.h"

static void usage(FILE *stream)
{
	fputs("usage: cr2 decode KIND [OPTION...] [ITEM...]\n\n", stream);
	for (size_t i = 0; i < decode_kinds_count; i++)
		fprintf(stream, "  %-10s  %s\n", decode_kinds[i].name, decode_kinds[i].summary);
	fputs("\nItems are arguments, or lines of standard input where no argument is given.\n"
	      "Numbers are hexadecimal, as the kernel prints them, with or without 0x, or binary:\n"
	      "0b111, 111b. Underscores may part their digits, and a label stand before them:\n"
	      "0x7ffe_1234_5678, error_code=0x7, RDI=0x1000.\n"
	      "cr2 decode KIND --help describes each.\n", stream);
}

static int unknown(const char *word)
{
	const char *names[16];
	const char *near;

	for (size_t i = 0; i < decode_kinds_count; i++)
		names[i] = decode_kinds[i].name;
	near = cr2_nearest(word, names, decode_kinds_count);
	if (near)
		return cli_error(CLI_USAGE, "decode: unknown kind '%s'; did you mean '%s'?", word,
				 near);
	return cli_error(CLI_USAGE, "decode: unknown kind '%s'; see 'cr2 decode --help'", word);
}

static int dispatch(const struct decode_kind *kind, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "cr2 decode %s", kind->name);
	argv[1] = name;
	if (kind->run)
		return kind->run(argc - 1, argv + 1);
	return decode_run(kind, argc - 1, argv + 1);
}

int cli_decode(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
		usage(stdout);
		return CLI_OK;
	}
	for (size_t i = 0; i < decode_kinds_count; i++)
		if (strcmp(decode_kinds[i].name, argv[1]) == 0)
			return dispatch(&decode_kinds[i], argc, argv);
	return unknown(argv[1]);
}
