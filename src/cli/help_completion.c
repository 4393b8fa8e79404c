/* SPDX-License-Identifier: MIT */
/* Completions for shells, written from the descriptions of the commands. */
#include <string.h>

#include "help.h"

/* Calls f for every command and kind that people see; path is "run", "decode error". */
static void each(void (*f)(const struct cli_command *command, const struct cli_command *kind))
{
	const struct cli_command *command, *kind;

	for (size_t i = 0; (command = cli_root.kind(i)); i++) {
		if (!command->summary)
			continue;
		f(command, NULL);
		for (size_t k = 0; command->kind && (kind = command->kind(k)); k++)
			f(command, kind);
	}
}

static void word(const struct cli_command *command)
{
	const struct cli_command *kind;

	for (size_t i = 0; command->kind && (kind = command->kind(i)); i++)
		if (kind->summary)
			printf(" %s", kind->name);
}

/* Within single quotes. */
static void quoted(const char *s)
{
	for (; *s; s++)
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
}

/* --- bash --- */

static void bash_option(const struct argp_option *o)
{
	if (o->name)
		printf(" --%s%s", o->name, o->arg && !(o->flags & OPTION_ARG_OPTIONAL) ? "=" : "");
	if (o->key > ' ' && o->key < 0x7f)
		printf(" -%c", o->key);
}

static void bash_case(const struct cli_command *command, const struct cli_command *kind)
{
	printf("    '%s%s%s') words='", command->name, kind ? " " : "", kind ? kind->name : "");
	if (command == &cli_help)
		word(&cli_root);
	if (!kind)
		word(command);
	help_options(kind ? kind : command, bash_option);
	puts("' ;;");
}

static void bash(void)
{
	puts("# bash completion for cr2; written by 'cr2 help --completion bash'\n"
	     "_cr2() {\n"
	     "  local cur=${COMP_WORDS[COMP_CWORD]} path=${COMP_WORDS[1]} words\n"
	     "  [[ $COMP_CWORD -gt 2 ]] && case $path in");
	fputs("    decode|bench) [[ ${COMP_WORDS[2]} == -* ]] || path+=\" ${COMP_WORDS[2]}\" ;;\n"
	      "  esac\n"
	      "  [[ $COMP_CWORD -eq 1 ]] && path=\n"
	      "  case $path in\n"
	      "    '') words='", stdout);
	word(&cli_root);
	puts(" --help --version --no-pager' ;;");
	each(bash_case);
	puts("  esac\n"
	     "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	     "  [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
	     "  [[ $COMP_CWORD -gt 1 && $cur != -* ]] && mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$cur\")\n"
	     "}\n"
	     "complete -o filenames -F _cr2 cr2");
}

/* --- zsh --- */

static void zsh_description(const char *s)
{
	for (; s && *s; s++)
		if (strchr("[]:\\", *s))
			printf("\\%c", *s);
		else if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
}

static void zsh_option(const struct argp_option *o)
{
	if (!o->name)
		return;
	printf(" \\\n        '--%s%s[", o->name, !o->arg ? "" : o->flags & OPTION_ARG_OPTIONAL ? "=-" : "=");
	zsh_description(o->doc);
	putchar(']');
	if (o->arg)
		printf(":%s%s:_files", o->flags & OPTION_ARG_OPTIONAL ? ":" : "", o->arg);
	putchar('\'');
}

static void zsh_case(const struct cli_command *command, const struct cli_command *kind)
{
	printf("    '%s%s%s')\n      _arguments", command->name, kind ? " " : "", kind ? kind->name : "");
	help_options(kind ? kind : command, zsh_option);
	if (command->kind && !kind) {
		fputs(" \\\n        '1:kind:(", stdout);
		word(command);
		fputs(")'", stdout);
	}
	if (command == &cli_help) {
		fputs(" \\\n        '1:command:(", stdout);
		word(&cli_root);
		fputs(")'", stdout);
	}
	puts(" \\\n        '*:file:_files' ;;");
}

static void zsh_command(const struct cli_command *command, const struct cli_command *kind)
{
	if (kind)
		return;
	printf("      '%s:", command->name);
	zsh_description(command->summary);
	puts("'");
}

static void zsh(void)
{
	puts("#compdef cr2\n"
	     "# written by 'cr2 help --completion zsh'\n"
	     "_cr2() {\n"
	     "  local path_words=$words[2]\n"
	     "  if (( CURRENT == 2 )); then\n"
	     "    local -a commands=(");
	each(zsh_command);
	puts("    )\n"
	     "    _describe command commands\n"
	     "    return\n"
	     "  fi\n"
	     "  if [[ $words[2] == (decode|bench) && $words[3] != -* ]] && (( CURRENT > 3 )); then\n"
	     "    path_words+=\" $words[3]\"\n"
	     "    shift words\n"
	     "    (( CURRENT-- ))\n"
	     "  fi\n"
	     "  shift words\n"
	     "  (( CURRENT-- ))\n"
	     "  case $path_words in");
	each(zsh_case);
	puts("  esac\n"
	     "}\n"
	     "_cr2 \"$@\"");
}

/* --- fish --- */

static const struct cli_command *fish_command, *fish_kind;

static void fish_option(const struct argp_option *o)
{
	if (!o->name && !o->key)
		return;
	printf("complete -c cr2 -n '__fish_seen_subcommand_from %s", fish_command->name);
	if (fish_kind)
		printf("; and __fish_seen_subcommand_from %s", fish_kind->name);
	putchar('\'');
	if (o->name)
		printf(" -l %s", o->name);
	if (o->key > ' ' && o->key < 0x7f)
		printf(" -s %c", o->key);
	if (o->arg && !(o->flags & OPTION_ARG_OPTIONAL))
		fputs(" -r", stdout);
	fputs(" -d '", stdout);
	quoted(o->doc ? o->doc : "");
	puts("'");
}

static void fish_each(const struct cli_command *command, const struct cli_command *kind)
{
	if (kind)
		printf("complete -c cr2 -n '__fish_seen_subcommand_from %s' -a %s -d '", command->name,
		       kind->name);
	else
		printf("complete -c cr2 -n __fish_use_subcommand -f -a %s -d '", command->name);
	quoted(kind ? kind->summary : command->summary);
	puts("'");
	fish_command = command;
	fish_kind = kind;
	help_options(kind ? kind : command, fish_option);
}

int help_completion(const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		bash();
	else if (strcmp(shell, "zsh") == 0)
		zsh();
	else if (strcmp(shell, "fish") == 0)
		puts("# fish completion for cr2; written by 'cr2 help --completion fish'"), each(fish_each);
	else
		return -1;
	return 0;
}
