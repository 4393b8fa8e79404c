/* SPDX-License-Identifier: MIT */
/* Where an instruction is in a program's file and its source, as the files at hand tell. */
#ifndef CR2_SYMBOL_H
#define CR2_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/frame.h>
#include <cr2/recording.h>

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

/* Files that were looked in, kept open, and what was found. */
struct cr2_symbols;
/* Whether what programs say of code that they made while they ran is read: perf's map files, jitdump. */
enum cr2_symbols_made {
	CR2_SYMBOLS_MADE_UNKNOWN, /* it is not: they ran on another machine */
	CR2_SYMBOLS_MADE_BEFORE, /* the processes may have ended, their numbers be those of others */
	CR2_SYMBOLS_MADE_NOW, /* they run, and go on writing */
};
/* What processes had mapped when a fault was settled, by which its code gets names. */
struct cr2_symbols_places {
	/* False: nothing is known. */
	bool (*map)(void *data, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map);
	/* The kernel's function around an address, or NULL. */
	const char *(*kernel)(void *data, uint64_t address);
	void *data;
	enum cr2_symbols_made made;
	bool same_kernel; /* they ran on this one: its vdso is theirs */
};
/* places is copied. 0 or -ENOMEM. */
int cr2_symbols_create(const struct cr2_symbols_places *places, struct cr2_symbols **ret_symbols);
void cr2_symbols_destroy(struct cr2_symbols *symbols);
/*
 * Whose code the fault was; all: and where that was called from, as far as it was recorded.
 * The list is valid until the next call, its frames as long as symbols. 0 or -ENOMEM.
 */
int cr2_symbols_calls(struct cr2_symbols *symbols, const struct cr2_recorded_fault *fault, bool all,
		      struct cr2_calls *ret_calls);

/* The first file with names of such code that was not read, or not to its end, and why; NULL: none. */
const char *cr2_symbols_refused(const struct cr2_symbols *symbols);

CR2_END_DECLS

#endif
