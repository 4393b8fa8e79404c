/* SPDX-License-Identifier: MIT */
/* Where an instruction is in a program's file and its source, as the files at hand tell. */
#ifndef CR2_SYMBOL_H
#define CR2_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

/* How far the object file at hand is the one whose code ran. */
enum cr2_symbol_match {
	CR2_SYMBOL_NO_FILE, /* none found */
	CR2_SYMBOL_UNVERIFIED, /* found by name; there are no code bytes to compare */
	CR2_SYMBOL_SAME, /* its bytes are those that ran */
	CR2_SYMBOL_DIFFERS, /* its bytes are others: not used */
};

/* Where code is, from the object file at hand. Strings are empty where not known. */
struct cr2_symbol_place {
	enum cr2_symbol_match match;
	char path[256]; /* of the object file */
	uint64_t address; /* what addr2line takes */
	bool has_address;
	char symbol[128];
	uint64_t symbol_offset;
	char inlined[128]; /* the function whose code it is, inlined into symbol's */
	char file[256];
	int line;
	char data_symbol[128]; /* what the accessed address is in, where it is in the same object */
	uint64_t data_offset;
	char data_section[32];
	bool data_known, data_write, data_exec; /* how the section is mapped */
};

/* Files that were looked in, kept open. */
struct cr2_symbols;
int cr2_symbols_create(struct cr2_symbols **ret_symbols); /* 0 or -ENOMEM */
void cr2_symbols_destroy(struct cr2_symbols *symbols);
/*
 * The function at an offset of the file, which must be the one of that build id where n_build_id is
 * not 0. NULL: not known; else valid until the next call.
 */
const char *cr2_symbols_function(struct cr2_symbols *symbols, const char *path,
				 const uint8_t *build_id, size_t n_build_id, uint64_t offset);

CR2_END_DECLS

#endif
