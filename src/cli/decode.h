/* SPDX-License-Identifier: MIT */
/* What the subcommands of cr2 decode share. */
#ifndef CLI_DECODE_H
#define CLI_DECODE_H

#include <cr2/decode.h>
#include <cr2/view.h>

#include "cli.h"

/* What the options said. */
struct decode_settings {
	bool json;
	struct cr2_style style;
	int kernel;
	unsigned levels;
	struct cr2_error_input error; /* all but the code */
	struct cr2_entry_input entry; /* all but the value */
	const char *probe;
};

/* One kind of thing to decode, whose items decode_run() reads. */
struct decode_kind {
	struct cli_command command; /* the first: decode_run() gets the kind by it */
	const char *labels; /* what may stand before a number and '=', blank-separated; or NULL */
	bool joined; /* all arguments together are one item */
	/* Are the settings whole? Returns an exit code, having said what is wrong. May be NULL. */
	int (*check)(const struct decode_settings *settings);
	/* An item is a number: appends what it means. Returns 0 or -ENOMEM. */
	int (*show)(const struct decode_settings *settings, uint64_t value, struct cr2_text *text);
	/*
	 * Or it is something else, and show is NULL. Also returns -EINVAL with what is wrong in
	 * *ret_reason (static); item is then the part of it that is wrong.
	 */
	int (*explain)(const struct decode_settings *settings, char *item, struct cr2_text *text,
		       const char **ret_reason);
};

extern const struct decode_kind decode_kinds[];
extern const size_t decode_kinds_count;
extern const struct cli_command decode_log;

/* Parses argv as that of the kind whose command this is, and explains its items. */
int decode_run(const struct cli_command *self, int argc, char **argv);
/* Reads the options of any kind. */
error_t decode_parse_option(int key, char *arg, struct argp_state *state);

#define DECODE_ADDRESS_LABELS "address addr cr2 si_addr ip sp"

/*
 * The number of an item: "0x7", "error_code=0x7", "RDI=7ffe12345678"; labels as above, and any
 * register. Returns 0, or -EINVAL with what is wrong in *ret_reason.
 */
int decode_number(const char *labels, const char *item, uint64_t *ret_value,
		  const char **ret_reason);

/* Keys of options, for the kinds' tables. */
enum {
	DECODE_JSON = 'j',
	DECODE_KERNEL = 'k',
	DECODE_ADDR = 'a',
	DECODE_VMA = 'v',
	DECODE_LEVEL = 'l',
	DECODE_LEVELS = 'n',
	DECODE_PROBE = 'p',
	DECODE_DEVICE_PRIVATE = 0x100,
	DECODE_NO_MEMORY_FAILURE,
};

#endif
