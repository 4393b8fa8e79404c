/* SPDX-License-Identifier: MIT */
/*
 * The parser's parts: a line becomes words (words.c), words become a statement
 * (statement.c, ref.c, expect.c), what is named where is kept in scope.c, and whoever
 * finds a mistake says so with wrong() and hint() (mistake.c). parse.c drives them.
 */
#ifndef LITMUS_LANG_PARSER_H
#define LITMUS_LANG_PARSER_H

#include <cr2/litmus.h>

#define NOT_FOUND UINT32_MAX

/* A piece of the current line; not NUL-terminated. */
struct word {
	const char *s;
	size_t n;
	unsigned column; /* from 1 */
};

/* Names in order of creation. */
struct names {
	char **items;
	size_t count, capacity;
	void *root; /* tsearch()'s */
};

struct process_scope {
	uint32_t parent; /* NOT_FOUND for the first */
	uint32_t depth; /* ancestors that it has */
	uint32_t jump; /* an ancestor further up, so that any is found in few steps; the first: itself */
	size_t forked_at; /* statement */
	unsigned line;
	unsigned exited_line; /* 0: lives */
};

struct mapping_scope {
	uint32_t process; /* that made it */
	size_t made_at; /* statement */
	unsigned line;
	int64_t lowest; /* page number of its first page, from the place it hangs on (at ...) */
};

struct object_scope {
	unsigned line;
};

struct scope {
	struct names processes, mappings, objects;
	struct process_scope *process;
	struct mapping_scope *mapping;
	struct object_scope *object;
	size_t process_capacity, mapping_capacity, object_capacity;
	uint64_t used; /* bytes of address space that placement may take at most */
};

struct parser {
	const char *path;
	const char *line; /* the current line, without its newline */
	size_t line_length;
	unsigned line_number;
	struct word *words;
	size_t n_words, words_capacity;
	size_t next; /* word */
	struct scope scope;
	struct cr2_litmus *litmus;
	size_t statements_capacity;
	unsigned settings_seen; /* bits: index into the settings' table */
	struct cr2_diag *diag;
};

/* words.c. Each returns 0, or a negative errno with the diagnosis made. */
int check_text(struct parser *p); /* UTF-8, no control characters */
/* Bytes of the character at s, of n left; 0: it does not belong in text. */
size_t text_step(const char *s, size_t n);
int split_words(struct parser *p);
bool word_is(const struct word *w, const char *s);
struct word word_part(const struct word *w, size_t from, size_t to);
/* The offset of the first c in w at or behind from; w->n where there is none. */
size_t word_find(const struct word *w, size_t from, char c);
/* A copy with its NUL; false where it does not fit. */
bool word_copy(const struct word *w, char *buffer, size_t size);
/* The next word, or a mistake at the line's end: "expected WHAT". */
int take(struct parser *p, const char *what, struct word *ret_word);
/* The next word is there and not =>. */
bool more(const struct parser *p);
/* A number, decimal or (hex) 0x; what names it: "a size in pages". */
int parse_number(struct parser *p, const struct word *w, const char *what, bool hex, uint64_t min,
		 uint64_t max, uint64_t *ret_value);
int parse_page(struct parser *p, const struct word *w, int64_t *ret_page);

/* mistake.c. wrong() returns -EINVAL (or -ENOMEM); hint() returns what it was given. */
int wrong(struct parser *p, const struct word *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int hint(struct parser *p, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "did you mean 'X'?", or where none is near: "one of A, B, C". */
int hint_words(struct parser *p, int r, const struct word *w, const char *const *words, size_t n);
/* w as a message shows it: shortened, NUL-terminated; in buffer. */
#define QUOTE_SIZE 40
const char *quote(const struct word *w, char buffer[QUOTE_SIZE]);

/* scope.c */
int scope_init(struct scope *scope);
void scope_finish(struct scope *scope);
int take_new_name(struct parser *p, const char *what, struct word *ret_word);
int declare_process(struct parser *p, const struct word *w, uint32_t parent, uint32_t *ret_index);
int declare_mapping(struct parser *p, const struct word *w, uint32_t process, uint32_t *ret_index);
int declare_object(struct parser *p, const struct word *w, uint32_t *ret_index);
int find_process(struct parser *p, const struct word *w, uint32_t *ret_index);
int find_mapping(struct parser *p, const struct word *w, uint32_t process, uint32_t *ret_index);
int find_object(struct parser *p, const struct word *w, uint32_t *ret_index);
bool mapping_is_known(const struct scope *scope, uint32_t mapping, uint32_t process);
/*
 * Is there address space for all that the file places? For pages at a fresh place, and for
 * pages at a page of another mapping; w is blamed.
 */
int reserve(struct parser *p, const struct word *w, uint64_t pages);
int reserve_at(struct parser *p, const struct word *w, uint32_t mapping, const struct cr2_ref *at,
	       uint64_t pages);

/* names.c */
uint32_t names_find(const struct names *names, const char *s, size_t n);
int names_add(struct names *names, const char *s, size_t n, uint32_t *ret_index);
void names_finish(struct names *names);

/* ref.c: 0 allows M alone, whatever more is told here. */
enum {
	PLACE_WHOLE = 1, /* M alone means all of it */
	PLACE_RANGE = 2, /* M@K..L */
	PLACE_BYTE = 4, /* M@K+B */
	PLACE_ABSOLUTE = 8, /* 0x... */
	PLACE_PAGE = 16, /* M@K and nothing else */
};
int take_place(struct parser *p, unsigned allowed, uint32_t process, struct cr2_ref *ret_ref);

/* statement.c, expect.c */
int parse_statement(struct parser *p);
int parse_expectation(struct parser *p, struct cr2_statement *s);
void free_statement(struct cr2_statement *s); /* what it owns */

#endif
