/* SPDX-License-Identifier: MIT */
/* Object files at hand: where an address is in its source, and what its bytes are. */
#ifndef SYMBOL_H
#define SYMBOL_H

#include <cr2/log.h>

struct symbols;
int symbols_create(const char *const *paths, size_t n_paths, struct symbols **ret_symbols);
void symbols_destroy(struct symbols *symbols); /* NULL is fine */

/*
 * Fills report->place, and report->insn.bytes where the log has no Code: line but the file
 * is there. Finding nothing is no error.
 */
void symbols_locate(struct symbols *symbols, struct cr2_log_report *report);

#endif
