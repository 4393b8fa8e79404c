/* SPDX-License-Identifier: MIT */
/* The commands, and how their arguments are read. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct cli_command *const commands[] = {
	&cli_run, &cli_step, &cli_web, &cli_decode, &cli_stat, &cli_top, &cli_trace, &cli_exporter, &cli_record, &cli_report, &cli_diff,
	&cli_replay,
	&cli_features, &cli_force, &cli_fuzz, &cli_bench, &cli_learn, &cli_help, &cli_guest_init, &cli_guest_serve, &cli_guest_counter,
};

static const struct cli_command *command(size_t i)
{
	return i < CR2_ARRAY_SIZE(commands) ? commands[i] : NULL;
}

static const struct argp root_argp = {
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Shows what happens between an instruction that touches memory and the page that appears "
	       "under it: in an exact model of Linux's page-fault path, and on real kernels.\v"
	       "cr2 COMMAND --help says more of each. "
	       "Exit: 0 success, 1 a difference, 2 bad input, 3 not possible here.\n\n"
	       "Output that is longer than the terminal goes to $CR2_PAGER, $PAGER or 'less -FRX'; cr2 "
	       "--no-pager COMMAND prints it as it is. NO_COLOR=1 turns colours off; TERM=dumb, or a "
	       "locale without UTF-8 such as LC_ALL=C, gets plain ASCII.",
};

const struct cli_command cli_root = {
	.name = "cr2",
	.summary = "the page-fault workbench for Linux",
	.argp = &root_argp,
	.kind = command,
};

const struct cli_command *cli_find(const struct cli_command *parent, const char *name)
{
	const struct cli_command *kind;

	for (size_t i = 0; parent->kind && (kind = parent->kind(i)); i++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}

#define KINDS_MAX 32

int cli_unknown(const struct cli_command *parent, const char *what, const char *word)
{
	const bool root = parent == &cli_root;
	const char *names[KINDS_MAX], *near;
	const struct cli_command *kind;
	size_t n = 0;

	for (size_t i = 0; n < KINDS_MAX && (kind = parent->kind(i)); i++)
		if (kind->summary)
			names[n++] = kind->name;
	near = cr2_nearest(word, names, n);
	if (near)
		return cli_error(CLI_USAGE, "%s%sunknown %s '%s'; did you mean '%s'?",
				 root ? "" : parent->name, root ? "" : ": ", what, word, near);
	return cli_error(CLI_USAGE, "%s%sunknown %s '%s'; see 'cr2 %s%s--help'", root ? "" : parent->name,
			 root ? "" : ": ", what, word, root ? "" : parent->name, root ? "" : " ");
}

enum {
	OPTION_NO_PAGER = 0x1000,
	OPTION_USAGE,
};

const struct argp_option cli_common_options[] = {
	{"no-pager", OPTION_NO_PAGER, NULL, 0, "Do not show the output in a pager", -1},
	{"help", 'h', NULL, 0, "Print this", -1},
	{NULL, '?', NULL, OPTION_HIDDEN, NULL, -1},
	{"usage", OPTION_USAGE, NULL, OPTION_HIDDEN, NULL, -1},
	{"version", 'V', NULL, OPTION_HIDDEN, NULL, -1},
	{0},
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case OPTION_NO_PAGER:
		cli_no_pager();
		return 0;
	case 'h':
	case '?':
		cli_page();
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK);
		exit(cli_output_end(CLI_OK));
	case OPTION_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE);
		exit(cli_output_end(CLI_OK));
	case 'V':
		puts("cr2 " CR2_VERSION);
		exit(cli_output_end(CLI_OK));
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Text of --help breaks at the terminal's edge, as everything does. */
static void set_help_width(void)
{
	unsigned width = cli_style().width;
	char format[64];

	snprintf(format, sizeof(format), "rmargin=%u,opt-doc-col=%u,no-dup-args-note", width > 101 ? 100 : width - 1,
		 width < 70 ? 22 : 29);
	setenv("ARGP_HELP_FMT", format, 0);
}

/* The text before the options, the kinds, the text after them. */
static int append_doc(const struct cli_command *self, struct cr2_text *text)
{
	const char *doc = self->argp->doc, *split = strchr(doc, '\v');
	const struct cli_command *kind;
	int r = cr2_text_append_n(text, doc, split ? (size_t)(split + 1 - doc) : strlen(doc));

	for (size_t i = 0; r == 0 && (kind = self->kind(i)); i++)
		r = cr2_text_printf(text, "%s  %-10s %s\n", i ? "" : "KIND is one of:\n", kind->name,
				    kind->summary);
	return r == 0 ? cr2_text_printf(text, "\n%s", split ? split + 1 : "") : r;
}

int cli_parse(const struct cli_command *self, int argc, char **argv, void *input)
{
	static const struct argp common = {.options = cli_common_options, .parser = parse_common};
	const struct argp_child children[] = {{&common, 0, NULL, 0}, {0}};
	struct argp argp = *self->argp;
	struct cr2_text text = {0};
	int r;

	set_help_width();
	argp.children = children;
	argp_err_exit_status = CLI_USAGE;
	if (self->kind && append_doc(self, &text) == 0)
		argp.doc = text.data;
	r = argp_parse(&argp, argc, argv, ARGP_NO_HELP | (self->takes_command ? ARGP_IN_ORDER : 0), NULL,
		       input);
	cr2_text_finish(&text);
	return r;
}

int cli_number(const char *option, const char *word, uint64_t least, uint64_t most, uint64_t *ret_value)
{
	uint64_t value;

	if (cr2_parse_u64(word, &value) < 0)
		return cli_error(CLI_USAGE, "--%s: '%s' is not a number", option, word);
	if (value < least || value > most)
		return cli_error(CLI_USAGE, "--%s: expected %llu to %llu, not %s", option,
				 (unsigned long long)least, (unsigned long long)most, word);
	*ret_value = value;
	return 0;
}
