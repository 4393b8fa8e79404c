/* SPDX-License-Identifier: MIT */
/* Object files at hand, found by the names that a log has for them, kept open in a cache. */
#ifndef SYMBOL_OBJECT_H
#define SYMBOL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#include "symbol.h"

struct object {
	char name[256]; /* as the log says; a kernel's has its release */
	char path[256]; /* empty: not found */
	Dwfl *dwfl;
	Dwfl_Module *module;
	GElf_Addr bias; /* libdwfl's address = the file's + bias */
	Elf *elf; /* NULL: not found, or not ELF */
	struct function_name *functions; /* of symbol_kernel.c: by name; NULL: not asked for yet */
	size_t n_functions;
	uint64_t used; /* when last, for the cache; 0: free */
};

/* Always an object; one without elf when there is no such file. */
struct object *object_of_program(struct symbols *symbols, const char *name);
/* What the kernel maps of its own, for programs of 64 bits: that of the kernel that runs us. */
#define OBJECT_VDSO "[vdso]"
/* That of an absolute path, or the vdso, and no other. */
struct object *object_of_file(struct symbols *symbols, const char *path);
/* The module's, or with an empty name the kernel's own. */
struct object *object_of_kernel(struct symbols *symbols, const char *module, const char *release);

/* Copies n bytes at the file's offset; false where it is shorter. */
bool object_read(const struct object *object, uint64_t offset, uint8_t *ret_bytes, size_t n);

/* Copies as much as fits; NULL is empty. */
void object_copy_name(char *ret, size_t size, const char *name);

/* Is it the one of that build id? Whatever n of 0. */
bool object_has_build_id(const struct object *object, const uint8_t *build_id, size_t n);

/* The file's own address of what stands at an offset; of its first segment's beginning. */
bool object_address(const struct object *object, uint64_t offset, uint64_t *ret_address);
bool object_first_address(const struct object *object, uint64_t *ret_address);

/* source_line.c: place->file, line and inlined, of an address in libdwfl's space. */
void object_source(const struct object *object, uint64_t address, struct cr2_symbol_place *place);
/* The same with all functions that are inlined there. Returns 0 or -ENOMEM. */
int object_frames(const struct object *object, uint64_t address, struct symbol_frames *ret_frames);

#endif
