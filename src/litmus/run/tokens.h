/* SPDX-License-Identifier: MIT */
/*
 * Pages as text and back (docs: LITMUS.md "Observations"). One sequence of pages has one
 * text: equal neighbours as TOKEN*N, three and more new anonymous pages in a row as
 * aI..aJ, a 2 MiB page as one token up to the next 2 MiB boundary.
 */
#ifndef LITMUS_RUN_TOKENS_H
#define LITMUS_RUN_TOKENS_H

#include <cr2/litmus.h>

#define PAGES_PER_HUGE 512

/* A page as its token tells it. Members that the kind has no use for are 0. */
struct token {
	enum cr2_page_kind kind;
	uint64_t number; /* ANON HUGE: N; FILE: page of the file */
	uint32_t count; /* ANON HUGE FILE: map count */
	size_t object_length;
	const char *object; /* FILE: its name, not NUL-terminated */
};
bool token_equals(const struct token *a, const struct token *b);
int token_append(const struct token *token, struct cr2_text *text);

/* From a source's own numbers of pages to those of a run: 1, 2, 3 by first appearance. */
struct numbering {
	uint64_t *ids;
	uint32_t *numbers; /* 0: free */
	size_t n_slots, count;
};
int numbering_add(struct numbering *numbering, uint64_t id, uint64_t *ret_number);
/* 0 where the id was never added. */
uint64_t numbering_find(const struct numbering *numbering, uint64_t id);
void numbering_finish(struct numbering *numbering);

/* Appends a sequence of pages to text; zero-initialise all but text. */
struct token_writer {
	struct cr2_text *text;
	struct token first, last;
	uint64_t count; /* tokens from first to last; 0: nothing pending */
	bool ascending;
	bool begun; /* something is in text */
};
/* page: its number in the address space, for the boundaries of 2 MiB pages. */
int token_writer_add(struct token_writer *writer, uint64_t page, const struct token *token);
int token_writer_end(struct token_writer *writer);

/*
 * The inverse: one token a page, of text whose first page has this number in the address
 * space. Objects' names point into text. Returns 0, -ENOMEM, or -EINVAL (not such a text,
 * or of more than CR2_LITMUS_PAGES_MAX pages).
 */
int tokens_unfold(const char *text, uint64_t page, struct token **ret_tokens, size_t *ret_n);

#endif
