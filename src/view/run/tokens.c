/* SPDX-License-Identifier: MIT */
/* Runs of tokens that count up: "a5/2" is the stem "a", the number 5, the tail "/2". */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "tokens.h"

#define LEAST 3 /* tokens that are worth a run */

struct token {
	const char *start;
	size_t length;
	size_t stem; /* up to its number; the whole length where it has none */
	size_t tail; /* where the number ends */
	uint64_t number;
};

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " ");
}

/* Only numbers that are whole in 18 digits count; others make a token that stands alone. */
static void take_number(struct token *t)
{
	size_t end = t->length, start;

	for (start = end; start && isdigit((unsigned char)t->start[start - 1]); start--)
		;
	if (start && start < end && t->start[start - 1] == '/') {
		end = start - 1;
		for (start = end; start && isdigit((unsigned char)t->start[start - 1]); start--)
			;
	}
	if (start == end || end - start > 18 || memchr(t->start, '*', t->length) ||
	    memmem(t->start, t->length, "..", 2))
		return;
	t->stem = start;
	t->tail = end;
	for (size_t i = start; i < end; i++)
		t->number = 10 * t->number + (uint64_t)(t->start[i] - '0');
}

static struct token token_at(const char *s)
{
	size_t length = strcspn(s, " ");
	struct token t = {.start = s, .length = length, .stem = length, .tail = length};

	take_number(&t);
	return t;
}

static bool same(const char *a, size_t a_length, const char *b, size_t b_length)
{
	return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool follows(const struct token *a, const struct token *b)
{
	return a->stem < a->length && b->stem < b->length && b->number == a->number + 1 &&
	       same(a->start, a->stem, b->start, b->stem) &&
	       same(a->start + a->tail, a->length - a->tail, b->start + b->tail,
		    b->length - b->tail);
}

bool token_run_next(const char **tokens, struct token_run *ret_run)
{
	struct token first = token_at(skip_blanks(*tokens)), last = first, next;
	size_t n = 1;

	if (first.length == 0)
		return false;
	for (;; last = next, n++) {
		next = token_at(skip_blanks(last.start + last.length));
		if (next.length == 0 || !follows(&last, &next))
			break;
	}
	*ret_run = (struct token_run){.first = first.start, .length = first.length};
	if (n >= LEAST) {
		ret_run->last = last.start;
		ret_run->last_length = last.length;
	} else
		last = first;
	*tokens = last.start + last.length;
	return true;
}
