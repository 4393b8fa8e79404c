/* SPDX-License-Identifier: MIT */
/* Call stacks from copied ones, by the tables that compilers leave for exceptions. */
#ifndef SYMBOL_UNWIND_H
#define SYMBOL_UNWIND_H

#include <cr2/symbol.h>

#include "symbol.h"

struct unwinder;
/* places stays the caller's. 0 or -ENOMEM. */
int unwinder_create(struct symbols *symbols, const struct cr2_symbols_places *places,
		    struct unwinder **ret_unwinder);
void unwinder_destroy(struct unwinder *unwinder); /* NULL is fine */
/*
 * Puts at most `most` addresses into ret_ips, innermost first; those behind the first are within
 * the calls, not behind them. Returns how many.
 */
size_t unwinder_unwind(struct unwinder *unwinder, const struct cr2_traced_fault *fault, uint64_t *ret_ips,
		       size_t most);

#endif
