/* SPDX-License-Identifier: MIT */
/* Options and items of one kind of cr2 decode. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "decode.h"

struct invocation {
	const struct decode_kind *kind;
	struct decode_settings settings;
	int first; /* of argv: the items; 0: none */
};

static int wrong_option(const struct invocation *in, const char *option, const char *value,
			const char *reason)
{
	cli_error(CLI_USAGE, "decode %s: --%s '%s': %s", in->kind->command.name, option, value, reason);
	return EINVAL;
}

/* Is the word of n bytes among those of a list? */
static bool listed(const char *list, const char *word, size_t n)
{
	for (const char *s = list; s && *s; s += strspn(s, " ")) {
		size_t length = strcspn(s, " ");

		if (length == n && strncasecmp(s, word, n) == 0)
			return true;
		s += length;
	}
	return false;
}

static bool is_register(const char *word, size_t n)
{
	char name[8];

	if (n >= sizeof(name))
		return false;
	memcpy(name, word, n);
	name[n] = '\0';
	return cr2_register_parse(name) >= 0;
}

int decode_number(const char *labels, const char *item, uint64_t *ret_value,
		  const char **ret_reason)
{
	size_t n = strcspn(item, "=");

	if (!item[n])
		return cr2_parse_number(item, ret_value, ret_reason);
	*ret_reason = "what stands before '=' is not what is decoded here";
	if (!listed(labels, item, n) && !is_register(item, n))
		return -EINVAL;
	return cr2_parse_number(item + n + 1, ret_value, ret_reason);
}

static int set_address(struct invocation *in, const char *arg)
{
	const char *reason;

	if (decode_number(DECODE_ADDRESS_LABELS, arg, &in->settings.error.address, &reason) < 0)
		return wrong_option(in, "addr", arg, reason);
	in->settings.error.has_address = true;
	return 0;
}

static int set_mapping(struct invocation *in, const char *arg)
{
	const char *reason;

	if (cr2_mapping_parse(arg, &in->settings.error.mapping, &reason) < 0)
		return wrong_option(in, "vma", arg, reason);
	in->settings.error.has_mapping = true;
	return 0;
}

static int set_level(struct invocation *in, const char *arg)
{
	int level = cr2_level_parse(arg);

	if (level < 0)
		return wrong_option(in, "level", arg, "expected pte, pmd, pud, p4d or pgd");
	in->settings.entry.level = (enum cr2_level)level;
	return 0;
}

static int set_levels(struct invocation *in, const char *arg)
{
	if (strcmp(arg, "4") != 0 && strcmp(arg, "5") != 0)
		return wrong_option(in, "levels", arg, "expected 4 or 5");
	in->settings.levels = in->settings.entry.levels = (unsigned)(*arg - '0');
	return 0;
}

static int set_kernel(struct invocation *in, const char *arg)
{
	if (cr2_kernel_parse(arg, &in->settings.kernel) < 0)
		return wrong_option(in, "kernel", arg, "expected a version, such as 6.12");
	in->settings.entry.kernel = in->settings.kernel;
	return 0;
}

error_t decode_parse_option(int key, char *arg, struct argp_state *state)
{
	struct invocation *in = state->input;

	switch (key) {
	case DECODE_JSON:
		in->settings.json = true;
		return 0;
	case DECODE_KERNEL:
		return set_kernel(in, arg);
	case DECODE_ADDR:
		return set_address(in, arg);
	case DECODE_VMA:
		return set_mapping(in, arg);
	case DECODE_LEVEL:
		return set_level(in, arg);
	case DECODE_LEVELS:
		return set_levels(in, arg);
	case DECODE_PROBE:
		in->settings.probe = arg;
		return 0;
	case DECODE_DEVICE_PRIVATE:
		in->settings.entry.device_private = true;
		return 0;
	case DECODE_NO_MEMORY_FAILURE:
		in->settings.entry.memory_failure = false;
		return 0;
	case ARGP_KEY_ARGS:
		in->first = state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Where an item came from, for messages; line 0: an argument. */
static int wrong_item(const struct decode_kind *kind, unsigned line, const char *item,
		      const char *reason)
{
	if (line)
		return cli_error(CLI_USAGE, "decode %s: <stdin>:%u: '%s': %s", kind->command.name, line,
				 item, reason);
	return cli_error(CLI_USAGE, "decode %s: '%s': %s", kind->command.name, item, reason);
}

static int explain_number(const struct invocation *in, const char *item, struct cr2_text *text,
			  const char **ret_reason)
{
	uint64_t value;

	if (decode_number(in->kind->labels, item, &value, ret_reason) < 0)
		return -EINVAL;
	return in->kind->show(&in->settings, value, text);
}

/* Prints what an item means; *printed is whether something stands above it. */
static int explain(const struct invocation *in, char *item, unsigned line, bool *printed)
{
	const struct decode_settings *settings = &in->settings;
	struct cr2_text text = {0};
	const char *reason = "";
	int r = in->kind->show ? explain_number(in, item, &text, &reason)
			       : in->kind->explain(settings, item, &text, &reason);
	int code = CLI_OK;

	if (r == -EINVAL)
		code = wrong_item(in->kind, line, item, reason);
	else if (r < 0)
		code = cli_error(CLI_UNABLE, "decode %s: %s", in->kind->command.name, strerror(-r));
	else
		printf("%s%s", *printed && !settings->json ? "\n" : "", text.data);
	*printed |= code == CLI_OK;
	cr2_text_finish(&text);
	return code;
}

static int explain_joined(const struct invocation *in, int n, char **items)
{
	struct cr2_text all = {0};
	bool printed = false;
	int code = CLI_USAGE, r = 0;

	for (int i = 0; r == 0 && i < n; i++)
		r = cr2_text_printf(&all, "%s%s", i ? " " : "", items[i]);
	if (r == 0)
		code = explain(in, all.data, 0, &printed);
	cr2_text_finish(&all);
	return code;
}

static int explain_arguments(const struct invocation *in, int n, char **items)
{
	bool printed = false;
	int code = CLI_OK;

	for (int i = 0; i < n; i++) {
		int one = explain(in, items[i], 0, &printed);

		code = one ? one : code;
	}
	return code;
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* A wrong line does not end the stream, but its exit code stays. */
static int explain_input(const struct invocation *in)
{
	struct cr2_text line = {0};
	bool printed = false;
	int code = CLI_OK, r;

	if (isatty(STDIN_FILENO))
		return cli_error(CLI_USAGE, "decode %s: nothing to decode; give %s, or lines on "
				 "standard input", in->kind->command.name, in->kind->command.argp->args_doc);
	for (unsigned number = 1; (r = cli_read_line(stdin, &line)) > 0; number++) {
		char *item = trim(line.data);
		int one = *item ? explain(in, item, number, &printed) : CLI_OK;

		code = one ? one : code;
		fflush(stdout);
	}
	cr2_text_finish(&line);
	if (r < 0)
		return cli_error(CLI_USAGE, "decode %s: cannot read standard input: %s", in->kind->command.name,
				 strerror(-r));
	return code;
}

int decode_run(const struct cli_command *self, int argc, char **argv)
{
	const struct decode_kind *kind = (const struct decode_kind *)self;
	struct invocation in = {
		.kind = kind,
		.settings = {.style = cli_style(), .levels = 4},
	};
	int code;

	cr2_entry_input_init(&in.settings.entry);
	if (cli_parse(self, argc, argv, &in) != 0)
		return CLI_USAGE;
	code = kind->check ? kind->check(&in.settings) : CLI_OK;
	if (code != CLI_OK)
		return code;
	if (in.first == 0)
		return explain_input(&in);
	cli_page();
	if (kind->joined)
		return explain_joined(&in, argc - in.first, argv + in.first);
	return explain_arguments(&in, argc - in.first, argv + in.first);
}
