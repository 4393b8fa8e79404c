/* SPDX-License-Identifier: MIT */
/*
 * Functions that a program made while it ran, by address, as it tells of them itself: in a map file ("7f10 40 name", a
 * line a function) or in the records of a jitdump. What is told later takes the place of what it overlaps.
 */
#ifndef SYMBOL_JIT_TABLE_H
#define SYMBOL_JIT_TABLE_H

#include "base/ordered.h"
#include "base/words.h"

struct jit_line {
	uint64_t address;
	size_t number, file; /* as they came; a word's number */
	int line;
};
struct jit_table {
	struct ordered functions; /* by start, up to end */
	struct words words;
	struct jit_line *lines;
	size_t n_lines, lines_capacity;
	size_t first_line; /* of those that no function has yet: of the next one that is told */
	size_t n; /* functions that were told */
};
void jit_table_init(struct jit_table *table);
void jit_table_finish(struct jit_table *table);

/* Whole lines; others are passed over. Returns how many bytes of n were taken, or -ENOMEM. */
int64_t jit_table_map(struct jit_table *table, const char *bytes, size_t n);

/* At the beginning of a jitdump. */
struct jit_head {
	uint32_t magic, version, size, machine, spare, pid;
	uint64_t time, flags;
};
#define JIT_MAGIC 0x4a695444u /* "JiTD", in the byte order of the machine */
#define JIT_OTHER_CLOCK 1u /* of flags: times are the CPU's own */
/* Before each record. */
struct jit_record {
	uint32_t kind, size; /* with this */
	uint64_t time;
};
enum {
	JIT_LOAD,
	JIT_MOVE,
	JIT_LINES,
};
/* One record, n bytes with its struct jit_record; of one that does not fit nothing is taken. 0 or -ENOMEM. */
int jit_table_record(struct jit_table *table, const void *bytes, size_t n);

struct jit_place {
	const char *function, *file; /* file: NULL where no line is known */
	int line;
};
/* The function around an address; valid until the next is told. False: none. */
bool jit_table_find(const struct jit_table *table, uint64_t address, struct jit_place *ret_place);

#endif
