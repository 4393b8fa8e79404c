/* SPDX-License-Identifier: MIT */
/* The tokens of a page state, those that count up folded for the eye: f:0 f:1 f:2 is f:0..f:2. */
#ifndef VIEW_RUN_TOKENS_H
#define VIEW_RUN_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

/* One token, or three and more that count up; they point into the tokens. */
struct token_run {
	const char *first;
	size_t length;
	const char *last; /* NULL: first stands alone */
	size_t last_length;
};

/* Takes the next run off *tokens; false at their end. */
bool token_run_next(const char **tokens, struct token_run *ret_run);

#endif
