/* SPDX-License-Identifier: MIT */
/* Lines that a terminal, a mail or a web page broke in two: what may go on with what. */
#ifndef LOG_WRAP_H
#define LOG_WRAP_H

#include "line.h"

/* Is it an entry of a call trace, and whole? */
bool log_wrap_is_call(struct log_span message);
/* "Code: 48 8b", as far as it goes: bytes alone, as an x86 CPU's are printed. */
bool log_wrap_is_code(struct log_span message);
/* Could next be the rest of such a line? */
bool log_wrap_code_goes_on(struct log_span next);
/* "...+0x9" and "0 [mod]", "PUD 1" and "20": whatever it means, a number goes on. */
bool log_wrap_digits_go_on(struct log_span message, struct log_span next);

/*
 * A report's first line that lost its beginning: "nable to handle page fault for address: 0".
 * What was lost, and what stands there in its place; false: it is none.
 */
bool log_wrap_lost_head(struct log_span message, const char **ret_head, struct log_span *ret_rest);
/* Does what would be left of one stand anywhere in text? */
bool log_wrap_holds_rest(struct log_span text);

#endif
