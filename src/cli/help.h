/* SPDX-License-Identifier: MIT */
/* What is written from the descriptions of the commands: help, manual pages, completions. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli.h"

/* help_text.c. Calls f for each option of the command that is listed: its own, and those of all commands. */
void help_options(const struct cli_command *command, void (*f)(const struct argp_option *option));
/* The text before and after the options, or only before them; made anew: to be freed. */
char *help_text(const struct cli_command *command, bool after);

/* help_man.c: the manual page of a command and its kinds; NULL: of cr2. */
int help_man(const struct cli_command *command);
/* help_completion.c: for "bash", "zsh" or "fish"; -1: there is no such shell. */
int help_completion(const char *shell);

#endif
