/* SPDX-License-Identifier: MIT */
/* Manual pages, written from the descriptions of the commands. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

/* What roff would take for its own is escaped. */
static void put_n(const char *s, size_t n)
{
	if (n && (*s == '.' || *s == '\''))
		fputs("\\&", stdout);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\')
			fputs("\\e", stdout);
		else if (s[i] == '-')
			fputs("\\-", stdout);
		else
			putchar(s[i]);
	}
}

static void put(const char *s)
{
	put_n(s, strlen(s));
}

static void put_upper(const char *s)
{
	for (; *s; s++)
		putchar(toupper((unsigned char)*s));
}

/* "  name   text" is a tagged paragraph, another indented line an example, the rest is filled. */
static void put_line(const char *s, size_t n)
{
	size_t indent = strspn(s, " "), tag = indent;

	while (tag < n && !(s[tag] == ' ' && tag + 1 < n && s[tag + 1] == ' '))
		tag++;
	/* A blank is enough behind a tag that fills its column. */
	if (indent && tag == n)
		for (tag = indent; tag < n && s[tag] != ' '; tag++)
			;
	if (!indent) {
		put_n(s, n);
	} else if (strncmp(s + indent, "cr2 ", 4) == 0 || strstr(s, " | ")) {
		fputs(".br\n.EX\n    ", stdout);
		put_n(s + indent, n - indent);
		fputs("\n.EE", stdout);
	} else {
		size_t text = tag + strspn(s + tag, " ");

		fputs(".TP\n\\fB", stdout);
		put_n(s + indent, tag - indent);
		fputs("\\fR\n", stdout);
		put_n(s + text, n > text ? n - text : 0);
	}
	putchar('\n');
}

static void put_text(const char *s)
{
	for (bool paragraph = true; *s; s++) {
		size_t n = strcspn(s, "\n");

		if (n == 0) {
			paragraph = true;
			continue;
		}
		if (paragraph && *s != ' ')
			puts(".PP");
		else if (*s != ' ')
			puts(".br");
		paragraph = false;
		put_line(s, n);
		s += n - !s[n];
	}
}

static void put_option(const struct argp_option *o)
{
	bool letter = o->key > ' ' && o->key < 0x7f;

	puts(".TP");
	if (letter)
		printf("\\fB\\-%c\\fR%s", o->key, o->name ? ", " : "");
	if (o->name) {
		fputs("\\fB\\-\\-", stdout);
		put(o->name);
		fputs("\\fR", stdout);
	}
	if (o->arg)
		printf(o->flags & OPTION_ARG_OPTIONAL ? "[=\\fI%s\\fR]" : "=\\fI%s\\fR", o->arg);
	putchar('\n');
	put(o->doc ? o->doc : "");
	putchar('\n');
}

/* One line of the synopsis for each of the argument lists. */
static void put_synopsis(const char *name, const struct cli_command *command)
{
	const char *args = command->argp && command->argp->args_doc ? command->argp->args_doc : "";
	bool options = command->argp && command->argp->options;

	do {
		size_t n = strcspn(args, "\n");

		printf(".B %s\n%s", name, options && !strstr(args, "[OPTION") ? "[\\fIOPTION\\fR...] " : "");
		put_n(args, n);
		fputs("\n.br\n", stdout);
		args += n + (args[n] == '\n');
	} while (*args);
}

static void put_body(const struct cli_command *command)
{
	char *before = help_text(command, false), *after = help_text(command, true);

	put_text(before ? before : "");
	puts("");
	put_text(after ? after : "");
	free(before);
	free(after);
}

static void put_kind(const struct cli_command *command, const struct cli_command *kind)
{
	char name[64];

	snprintf(name, sizeof(name), "cr2 %s %s", command->name, kind->name);
	printf(".SS %s\n", name);
	put_synopsis(name, kind);
	put_body(kind);
	if (kind->argp->options)
		for (const struct argp_option *o = kind->argp->options; o->name || o->key; o++)
			put_option(o);
}

static void put_kinds(const struct cli_command *command, bool own_pages)
{
	const struct cli_command *kind;

	puts(own_pages ? ".SH COMMANDS" : ".SH KINDS");
	for (size_t i = 0; (kind = command->kind(i)); i++) {
		if (!kind->summary)
			continue;
		if (!own_pages) {
			put_kind(command, kind);
			continue;
		}
		printf(".TP\n.BR cr2\\-%s (1)\n", kind->name);
		put(kind->summary);
		putchar('\n');
	}
}

static void put_see_also(const struct cli_command *command)
{
	const struct cli_command *other;
	const char *comma = "";

	puts(".SH SEE ALSO");
	if (command != &cli_root) {
		fputs(".BR cr2 (1)", stdout);
		comma = ",\n";
	}
	for (size_t i = 0; (other = cli_root.kind(i)); i++)
		if (other->summary && other != command) {
			printf("%s.BR cr2\\-%s (1)", comma, other->name);
			comma = ",\n";
		}
	putchar('\n');
}

int help_man(const struct cli_command *command)
{
	const bool root = !command;
	char name[64];

	command = command ? command : &cli_root;
	snprintf(name, sizeof(name), root ? "cr2" : "cr2 %s", command->name);
	fputs(".TH CR2", stdout);
	if (!root) {
		putchar('-');
		put_upper(command->name);
	}
	puts(" 1 \"\" \"cr2 " CR2_VERSION "\" \"cr2\"");
	printf(".SH NAME\ncr2%s%s \\- ", root ? "" : "\\-", root ? "" : command->name);
	put(command->summary);
	puts("\n.SH SYNOPSIS");
	put_synopsis(name, command);
	puts(".SH DESCRIPTION");
	put_body(command);
	puts(".SH OPTIONS");
	help_options(command, put_option);
	if (command->kind)
		put_kinds(command, root);
	put_see_also(command);
	return CLI_OK;
}
