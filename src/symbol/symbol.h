/* SPDX-License-Identifier: MIT */
/* Object files at hand: where an address is in its source, and what its bytes are. */
#ifndef SYMBOL_H
#define SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>
#include <cr2/symbol.h>

struct symbols;
/* paths: files or folders to look in before the usual places. 0 or -ENOMEM. */
int symbols_create(const char *const *paths, size_t n_paths, struct symbols **ret_symbols);
void symbols_destroy(struct symbols *symbols); /* NULL is fine */

/* The longest instruction. */
#define SYMBOL_CODE_MAX 15

/* Code of a program that ran, as far as it is known. */
struct symbol_code {
	const char *object; /* the file's name, without its folder */
	uint64_t ip;
	uint64_t start, length; /* the mapping around ip */
	bool has_offset;
	uint64_t offset; /* of ip in the file, bytes */
	const uint8_t *bytes; /* around ip, to compare with; n_bytes 0: none */
	size_t n_bytes;
	size_t at; /* which of them ip is */
	bool behind; /* ip is behind the instruction that is looked for */
	bool has_data;
	uint64_t data; /* an address that the code accessed, which the same file may hold */
};
/* A function of the kernel that ran. */
struct symbol_function {
	const char *release; /* of the kernel */
	const char *module; /* "": the kernel itself */
	const char *name;
	uint64_t offset, size; /* bytes; the size as the kernel prints it, with its padding */
};
struct symbol_found {
	struct cr2_symbol_place place;
	bool has_offset;
	uint64_t offset; /* of ip in the file */
	size_t n_code; /* bytes of the file from ip on; 0: not read */
	uint8_t code[SYMBOL_CODE_MAX];
};
/* Functions whose code is inlined into each other, innermost first; the last one is the symbol. */
struct symbol_frame {
	char function[128]; /* empty: not known */
	char file[256];
	int line;
};
struct symbol_frames {
	size_t n, capacity;
	struct symbol_frame *items; /* freed by the caller */
};
/* A linker's name as its language writes it, to be freed; NULL: it is so already, or is not known. */
char *symbol_demangled(const char *name);
/* Finding nothing is no error: place.match then is CR2_SYMBOL_NO_FILE. */
void symbols_find(struct symbols *symbols, const struct symbol_code *code,
		  struct symbol_found *ret_found);
void symbols_find_function(struct symbols *symbols, const struct symbol_function *function,
			   struct symbol_found *ret_found);
/*
 * Appends the name of the function at an offset of the file, which has to be of that build id where n
 * is not 0. Its lines, and the functions inlined there, are none where no file has them. 0,
 * -ENOENT or -ENOMEM.
 */
int symbols_frames_at(struct symbols *symbols, const char *path, const uint8_t *build_id, size_t n,
		      uint64_t offset, struct cr2_text *text, struct symbol_frames *ret_frames);
/* The lines at the function's offset; none where no file has them. Returns 0 or -ENOMEM. */
int symbols_find_frames(struct symbols *symbols, const struct symbol_function *function,
			struct symbol_frames *ret_frames);

#endif
