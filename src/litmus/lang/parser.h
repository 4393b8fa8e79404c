/* SPDX-License-Identifier: MIT */
/*
 * The parser's parts: a line becomes words (words.c), words become a statement
 * (statement.c, ref.c, expect.c), what is named where is kept in scope.c, and whoever
 * finds a mistake says so with lang_wrong() and lang_hint() (mistake.c). parse.c drives them.
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
	/* An ancestor further up, so that any is found in few steps; the first's: itself. */
	uint32_t jump;
	unsigned line; /* of its fork, or in which it left memory that it shared */
	unsigned exited_line; /* 0: lives */
	unsigned replaced_line; /* runs another program since; 0: its own */
	uint32_t space; /* whose memory it acts in: its own, or whose thread or vfork() child it is */
	uint32_t leader; /* itself, or whose thread it is */
	uint32_t maker; /* that waits until it exits or runs another program; NOT_FOUND: none does */
	uint32_t waits; /* until this one exits; NOT_FOUND: for none */
	unsigned threads; /* besides itself, alive */
	unsigned uffd_line; /* that first registered something; 0: none yet */
	uint32_t uffd_features; /* what it said, CR2_UFFD_FEATURES */
	uint32_t heap; /* of its memory: a mapping, or NOT_FOUND */
	unsigned program_line; /* its memory is a program's of the scenario since; 0: the first one's */
};

struct mapping_scope {
	uint32_t process; /* that made it */
	unsigned line;
	int64_t lowest; /* page number of its first page, from the place it hangs on (at ...) */
};

struct object_scope {
	unsigned line;
	bool segment; /* System V's */
	bool program;
	bool hugetlb; /* of pages of the pool */
	uint64_t pages; /* of a segment, or of a program's text */
	uint64_t data, bss; /* of a program, in pages; data ends at this byte of one more */
	uint32_t byte;
};

struct scope {
	struct names processes, mappings, objects;
	struct names doubtful; /* of whatever kind: a line with a mistake would have made them */
	struct process_scope *process;
	struct mapping_scope *mapping;
	struct object_scope *object;
	size_t process_capacity, mapping_capacity, object_capacity;
	uint64_t used; /* bytes of address space that placement may take at most */
	bool full; /* more was asked for, and that has been reported */
	uint32_t parts; /* the first of a program's: text, data, bss and stack; NOT_FOUND: there is no program */
	unsigned full_disk_line; /* that made a file of a full tmpfs; 0: none did */
	struct placed {
		uint64_t start, end;
		unsigned line;
	} *placed; /* by address, in no order */
	size_t n_placed, placed_capacity;
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
	unsigned memory_line; /* that limits memory; 0: none does */
	unsigned limit_line, run_line; /* the first that sets a limit; that runs a program; 0: none does */
	unsigned operation_line; /* of the first operation; 0: none yet */
	struct cr2_diag *first; /* where the first mistake goes */
	struct cr2_diag *diag; /* the last one; NULL: none yet */
	unsigned n_mistakes;
	bool failed; /* a line could not be read */
};

/* words.c. Each returns 0, or a negative errno with the diagnosis made. */
int lang_check_text(struct parser *p); /* UTF-8, no control characters */
int lang_words(struct parser *p);
bool lang_word_is(const struct word *w, const char *s);
struct word lang_word_part(const struct word *w, size_t from, size_t to);
/* The offset of the first c in w at or behind from; w->n where there is none. */
size_t lang_word_find(const struct word *w, size_t from, char c);
/* A copy with its NUL; false where it does not fit. */
bool lang_word_copy(const struct word *w, char *buffer, size_t size);
/* The next word, or a mistake at the line's end: "expected WHAT". */
int lang_take(struct parser *p, const char *what, struct word *ret_word);
/* The next word is there and not =>. */
bool lang_more(const struct parser *p);
/* A number, decimal or (hex) 0x; what names it: "a size in pages". */
int lang_number(struct parser *p, const struct word *w, const char *what, bool hex, uint64_t min,
		uint64_t max, uint64_t *ret_value);
int lang_page(struct parser *p, const struct word *w, int64_t *ret_page);

/*
 * mistake.c. lang_wrong() returns -EINVAL (or -ENOMEM); lang_hint() returns what it was given, and
 * belongs behind it. A name that is doubtful fails with -EINVAL too, and without a further mistake.
 */
int lang_wrong(struct parser *p, const struct word *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int lang_hint(struct parser *p, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "did you mean 'X'?", or where none is near: all, or of NULL "one of A, B, C". */
int lang_hint_words(struct parser *p, int r, const struct word *w, const char *const *words,
		    size_t n, const char *all);
/* Bytes of the character at s, of n left; 0: it does not belong in text. */
size_t lang_text_step(const char *s, size_t n);
/* w as a message shows it: shortened, NUL-terminated; in buffer. */
#define QUOTE_SIZE 40
const char *lang_quote(const struct word *w, char buffer[QUOTE_SIZE]);

/* vocabulary.c */
enum {
#define WORD(id, behind, word) LANG_##id,
#include "word.def"
#undef WORD
	LANG_WORDS,
};
extern const char *const lang_vocabulary[LANG_WORDS];

/* elsewhere.c */
enum lang_vocabulary {
	LANG_OPERATION,
	LANG_ADVICE,
	LANG_MAP_WORD,
	LANG_FILE_WORD,
	LANG_EXPECTATION,
};
/* A mistake: w is none of words. */
int lang_unknown(struct parser *p, enum lang_vocabulary vocabulary, const struct word *w,
		 const char *const *words, size_t n);

/* scope.c */
int lang_scope_init(struct scope *scope);
void lang_scope_finish(struct scope *scope);
int lang_new_name(struct parser *p, const char *what, struct word *ret_word);
int lang_declare_process(struct parser *p, const struct word *w, uint32_t parent,
			 uint32_t *ret_index);
/* Of one that acts in its maker's memory: a thread, or who borrows it while the maker waits. */
int lang_declare_sharer(struct parser *p, const struct word *w, uint32_t maker, bool borrows, uint32_t *ret_index);
int lang_end_process(struct parser *p, const struct word *w, uint32_t index);
/* The process runs another program from here on. */
int lang_replace_program(struct parser *p, const struct word *w, uint32_t index);
/* The same, one of the scenario's, in whose memory it then acts. */
int lang_run_program(struct parser *p, const struct word *w, uint32_t index);
/* 0 where it does not. */
int lang_acts(struct parser *p, const struct word *w, uint32_t index);
/* It does not wait; w is blamed. */
int lang_awake(struct parser *p, const struct word *w, uint32_t index);
int lang_declare_mapping(struct parser *p, const struct word *w, uint32_t process,
			 uint32_t *ret_index);
/* The names of a program's parts, once; w is blamed where there are mappings of these names. */
int lang_declare_parts(struct parser *p, const struct word *w);
int lang_declare_object(struct parser *p, const struct word *w, uint32_t *ret_index);
int lang_find_process(struct parser *p, const struct word *w, uint32_t *ret_index);
int lang_find_mapping(struct parser *p, const struct word *w, uint32_t process,
		      uint32_t *ret_index);
int lang_find_object(struct parser *p, const struct word *w, uint32_t *ret_index); /* a file, by a descriptor */
int lang_find_program(struct parser *p, const struct word *w, uint32_t *ret_index);
int lang_find_segment(struct parser *p, const struct word *w, uint32_t *ret_index);
/* The name nearest to w, or NULL. */
const char *lang_near_name(const struct names *names, const struct word *w);
/* w may be missing only because of a mistake that has been reported. */
int lang_doubt(struct parser *p, const struct word *w);
int lang_doubt_parts(struct parser *p); /* a program's */
bool lang_is_doubtful(const struct parser *p, const struct word *w);
/*
 * Is there address space for all that the file places? For pages at a fresh place, and for
 * pages at a page of another mapping; w is blamed.
 */
int lang_reserve(struct parser *p, const struct word *w, uint64_t pages);
/* The addresses are no other mapping's that the scenario places itself. */
int lang_place_once(struct parser *p, const struct word *w, uint64_t start, uint64_t end);
int lang_reserve_at(struct parser *p, const struct word *w, uint32_t mapping,
		    const struct cr2_ref *at, uint64_t pages);

/* name_table.c */
uint32_t lang_names_find(const struct names *names, const char *s, size_t n);
int lang_names_add(struct names *names, const char *s, size_t n, uint32_t *ret_index);
void lang_names_finish(struct names *names);

/* ref.c: 0 allows M alone, whatever else is allowed. */
enum {
	PLACE_WHOLE = 1, /* M alone means all of it */
	PLACE_RANGE = 2, /* M@K..L */
	PLACE_BYTE = 4, /* M@K+B */
	PLACE_ABSOLUTE = 8, /* 0x... */
	PLACE_PAGE = 16, /* M@K, or M for its first page */
};
int lang_place(struct parser *p, unsigned allowed, uint32_t process, struct cr2_ref *ret_ref);
int lang_byte(struct parser *p, const struct word *w, size_t plus, uint32_t *ret_byte); /* behind w's + */

/* take.c: the statement's next words */
/* One of the vocabulary's words, first to last; which of them. */
int lang_take_choice(struct parser *p, const char *what, size_t first, size_t last, size_t *ret_choice);
int lang_take_pages(struct parser *p, uint64_t min, uint64_t *ret_pages);
int lang_take_size(struct parser *p, struct cr2_statement *s); /* N or N+B */
int lang_take_object(struct parser *p, uint32_t *ret_object);
int lang_take_prot(struct parser *p, uint8_t *ret_prot);
int lang_take_range(struct parser *p, struct cr2_statement *s);
int lang_end_of_line(struct parser *p);

/* setting.c */
#define LANG_SETTINGS 8
size_t lang_find_setting(const struct word *w); /* LANG_SETTINGS: w names none */
int lang_setting(struct parser *p, size_t setting);

/* parse.c. Line and column numbers are unsigned, names are numbered in 32 bits. */
#define LANG_LENGTH_MAX (64u << 20)
int lang_too_long(const char *path, struct cr2_diag *ret_diag);

/* map.c, expect.c, statement.c, tree.c */
int lang_map(struct parser *p, struct cr2_statement *s);
int lang_expectation(struct parser *p, struct cr2_statement *s);
int lang_statement(struct parser *p);
void lang_statement_finish(struct cr2_statement *s); /* what it owns */

#endif
