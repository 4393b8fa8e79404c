/* SPDX-License-Identifier: MIT */
/* A command's description, in pieces. */
#include <stdlib.h>
#include <string.h>

#include "help.h"

void help_options(const struct cli_command *command, void (*f)(const struct argp_option *option))
{
	const struct argp_option *lists[] = {command->argp ? command->argp->options : NULL,
					     cli_common_options};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(lists); i++)
		for (const struct argp_option *o = lists[i]; o && (o->name || o->key); o++)
			if (!(o->flags & OPTION_HIDDEN))
				f(o);
}

char *help_text(const struct cli_command *command, bool after)
{
	const struct argp *argp = command->argp;
	const char *doc = argp && argp->doc ? argp->doc : "", *split = strchr(doc, '\v');
	const char *text = after ? (split ? split + 1 : "") : doc;
	char *copy, *filtered;

	copy = after || !split ? strdup(text) : strndup(text, (size_t)(split - text));
	if (!copy || !after || !argp || !argp->help_filter)
		return copy;
	filtered = argp->help_filter(ARGP_KEY_HELP_POST_DOC, copy, NULL);
	if (filtered != copy)
		free(copy);
	return filtered;
}
