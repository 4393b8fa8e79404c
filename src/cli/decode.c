/* SPDX-License-Identifier: MIT */
/* cr2 decode: the list of what can be decoded. */
#include <string.h>

#include "decode.h"

static const struct cli_command *kind(size_t i)
{
	if (i < decode_kinds_count)
		return &decode_kinds[i].command;
	return i == decode_kinds_count ? &decode_log : NULL;
}

/* A kind of these was looked for already. */
static int run(const struct cli_command *self, int argc, char **argv)
{
	if (argc < 2) {
		cli_usage(self, argv[0], stderr);
		return CLI_USAGE;
	}
	if (argv[1][0] != '-')
		return cli_unknown(self, "kind", argv[1]);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "-?") == 0) {
		cli_usage(self, argv[0], stdout);
		return CLI_OK;
	}
	return cli_error(CLI_USAGE, "decode: expected a kind before '%s'; see 'cr2 decode --help'", argv[1]);
}

static const struct argp argp = {
	.args_doc = "KIND [OPTION...] [ITEM...]",
	.doc = "Explains what is in your hands: values of the fault path, and kernel logs.\v"
	       "Items are arguments, or lines of standard input where no argument is given.\n"
	       "Numbers are hexadecimal, as the kernel prints them, with or without 0x, or binary:\n"
	       "0b111, 111b. Underscores may part their digits, and a label stand before them:\n"
	       "0x7ffe_1234_5678, error_code=0x7, RDI=0x1000.\n"
	       "cr2 decode KIND --help says more of each.",
};

const struct cli_command cli_decode = {
	.name = "decode",
	.summary = "explain error codes, page-table entries, addresses, flags, kernel logs",
	.argp = &argp,
	.kind = kind,
	.run = run,
};
