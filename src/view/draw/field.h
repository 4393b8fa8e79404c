/* SPDX-License-Identifier: MIT */
/*
 * What a report says, as one list that is drawn twice: fields_draw() lays it out for people,
 * fields_json() makes one JSON object of it. A value has a key, a type, and a form: what
 * people read, the value in the place of '%'. A value without a key is for people only, one
 * without a form for programs only. Between the values stand marks: what programs get as an
 * object or a list, what people see as a block, a row, a cell, a line.
 *
 *	fields_row(f, "access");
 *	field_text(f, OP, "write", .form = "%", .ink = INK_BOLD);
 *	field_hex(f, ADDR, 0x1000, .form = " at %");
 *
 * is the row "access  write at 0x1000" and {"op": "write", "addr": "0x1000"}.
 */
#ifndef VIEW_DRAW_FIELD_H
#define VIEW_DRAW_FIELD_H

#include <cr2/flags.h>

#include "grid.h"

enum field_type {
	FIELD_TEXT,
	FIELD_HEX, /* what people write in hexadecimal: a string in JSON */
	FIELD_NUMBER,
	FIELD_BOOL, /* people read one of two words */
	FIELD_FLAGS, /* the names of a word of flags */
	FIELD_TEXTS, /* a list of texts */
	/* For programs: up to END, what follows is inside */
	FIELD_OBJECT,
	FIELD_LIST,
	FIELD_END,
	/* For people */
	FIELD_BLOCK, /* rows whose columns line up */
	FIELD_ROW, /* a row begins: its first cell */
	FIELD_CELL, /* its next cell begins */
	FIELD_BREAK, /* the next line of the cell */
};

/* How the rows of a block stand. */
struct field_block {
	unsigned columns;
	unsigned at; /* where the first column begins */
	unsigned first; /* the first column's least width */
	unsigned hang; /* continuation lines of the last column are indented by so much */
	unsigned last; /* the last column's least width, even beyond the terminal's edge */
	unsigned percent[GRID_COLUMNS]; /* the widest that a column gets, of the terminal; 0: no limit */
	bool joined; /* no empty line above it */
	bool ends; /* two cells a row, the second flush with the right edge */
	bool beside; /* each object in it is a column, with the same rows */
};

struct field {
	enum field_type type;
	enum cr2_key key;
	const char *name; /* in the key's place, where data names it */
	const char *form;
	enum ink ink;
	bool keep; /* its blanks do not break lines */
	bool absent; /* null in JSON */
	const char *none; /* what people read then; NULL: nothing */
	const char *text; /* TEXT, NULL: absent; ROW; the heading of an OBJECT in a block beside others */
	uint64_t number; /* HEX, NUMBER (signed), BOOL */
	const char *words[2]; /* BOOL: for false and true */
	const struct cr2_flags *flags;
	const char *const *texts;
	size_t n_texts;
	const struct field_block *block;
};

struct fields {
	struct field *items;
	size_t n, capacity;
	void **owned;
	size_t n_owned, owned_capacity;
	/* Only one of the two will be asked: what the other one shows is left out. */
	bool for_programs, for_people; /* fields_json(), fields_draw() */
	int error; /* the first failure sticks */
};

/* Room for n at once, where so many are expected. */
void fields_reserve(struct fields *f, size_t n);
void fields_add(struct fields *f, const struct field *field);
/* A value; further members of struct field may follow it. */
#define field_text(f, id, ...) FIELD(f, id, .type = FIELD_TEXT, .text = __VA_ARGS__)
#define field_hex(f, id, ...) FIELD(f, id, .type = FIELD_HEX, .number = __VA_ARGS__)
#define field_number(f, id, ...) FIELD(f, id, .type = FIELD_NUMBER, .number = __VA_ARGS__)
#define field_bool(f, id, ...) FIELD(f, id, .type = FIELD_BOOL, .number = __VA_ARGS__)
#define field_flags(f, id, ...) FIELD(f, id, .type = FIELD_FLAGS, .flags = __VA_ARGS__)
#define FIELD(f, id, ...) fields_add(f, &(struct field){.key = CR2_KEY_##id, __VA_ARGS__})

/* For people only. */
void fields_say(struct fields *f, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same, on one line. */
void fields_keep(struct fields *f, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void fields_block(struct fields *f, const struct field_block *block); /* block is static */
/* A row of label and what follows, in the block's first and second cell. */
void fields_row(struct fields *f, const char *label);
/* A row of any cells; what follows stands in the first. */
void fields_cells(struct fields *f);
void fields_cell(struct fields *f);
void fields_break(struct fields *f);
/* For programs only. */
void fields_object(struct fields *f, enum cr2_key key);
/* The same; in a block of columns beside each other, its heading. */
void fields_column(struct fields *f, enum cr2_key key, const char *heading);
void fields_list(struct fields *f, enum cr2_key key);
/* A list of n texts; the texts themselves are not copied. */
void fields_texts(struct fields *f, enum cr2_key key, const char *const *texts, size_t n);
void fields_end(struct fields *f);

/* What the list keeps until it ends. */
const char *fields_printf(struct fields *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A text that was made with error error, 0 or negative: the list takes it over. */
const char *fields_take(struct fields *f, struct cr2_text *text, int error);
const struct cr2_flags *fields_decode(struct fields *f, enum cr2_flag_table table, uint64_t value,
				      int kernel);

/* Both append to text, end the list, and return 0 or -ENOMEM. */
int fields_draw(struct fields *f, const struct cr2_style *style, struct cr2_text *text);
int fields_json(struct fields *f, struct cr2_text *text); /* a line of its own */

/* For the writers. */
void fields_finish(struct fields *f);

#endif
