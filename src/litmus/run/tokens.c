/* SPDX-License-Identifier: MIT */
/* Pages to text, folded. */
#include <string.h>

#include "tokens.h"

bool token_equals(const struct token *a, const struct token *b)
{
	return a->kind == b->kind && a->number == b->number && a->count == b->count &&
	       a->object_length == b->object_length &&
	       (a->object == b->object || memcmp(a->object, b->object, a->object_length) == 0);
}

/* Tokens are written by the million: no printf. */
static int append_number(struct cr2_text *text, uint64_t value)
{
	char digits[20];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + value % 10);
	while (value /= 10);
	return cr2_text_append_n(text, digits + i, sizeof(digits) - i);
}

static int append_marked(struct cr2_text *text, const char *mark, uint64_t value)
{
	int r = cr2_text_append(text, mark);

	return r == 0 ? append_number(text, value) : r;
}

static int append_file(const struct token *token, struct cr2_text *text)
{
	int r = cr2_text_append_n(text, token->object, token->object_length);

	return r == 0 ? append_marked(text, ":", token->number) : r;
}

int token_append(const struct token *token, struct cr2_text *text)
{
	bool counted = token->kind == CR2_PAGE_ANON || token->kind == CR2_PAGE_HUGE;
	int r;

	if (token->kind == CR2_PAGE_FILE)
		r = append_file(token, text);
	else
		r = cr2_text_append(text, cr2_page_token(token->kind));
	if (r == 0 && counted)
		/* A page of no named mapping bears no number. */
		r = token->number ? append_number(text, token->number) : cr2_text_append(text, "?");
	if (r == 0 && (counted || token->kind == CR2_PAGE_FILE) && token->count != 1)
		r = append_marked(text, "/", token->count);
	return r;
}

static bool follows(const struct token *token, const struct token *last)
{
	return token->kind == CR2_PAGE_ANON && last->kind == CR2_PAGE_ANON && token->count == 1 &&
	       last->count == 1 && token->number == last->number + 1;
}

static int append_blank(struct token_writer *writer)
{
	bool begun = writer->begun;

	writer->begun = true;
	return begun ? cr2_text_append(writer->text, " ") : 0;
}

static int flush(struct token_writer *writer)
{
	int r;

	if (writer->count == 0)
		return 0;
	r = append_blank(writer);
	if (r == 0)
		r = token_append(&writer->first, writer->text);
	if (r < 0 || writer->count == 1)
		return r;
	if (!writer->ascending)
		return append_marked(writer->text, "*", writer->count);
	r = cr2_text_append(writer->text, writer->count > 2 ? ".." : " ");
	return r == 0 ? token_append(&writer->last, writer->text) : r;
}

/* Is this page a further piece of the 2 MiB page before it? */
static bool is_piece(const struct token_writer *writer, uint64_t page, const struct token *token)
{
	return (token->kind == CR2_PAGE_HUGE || token->kind == CR2_PAGE_HUGE_ZERO) &&
	       writer->count && page % PAGES_PER_HUGE != 0 && token_equals(token, &writer->last);
}

static void begin(struct token_writer *writer, const struct token *token)
{
	writer->first = writer->last = *token;
	writer->count = 1;
	writer->ascending = false;
}

/* a1 a2 a2 is a1 a2*2: the last of an ascending row begins a row of equals. */
static int split_last(struct token_writer *writer)
{
	struct token last = writer->last;
	int r;

	writer->last.number--;
	writer->count--;
	r = flush(writer);
	begin(writer, &last);
	return r;
}

int token_writer_add(struct token_writer *writer, uint64_t page, const struct token *token)
{
	bool equal = writer->count && token_equals(token, &writer->last);
	bool ascends = writer->count && follows(token, &writer->last);
	int r = 0;

	if (is_piece(writer, page, token))
		return 0;
	if (equal && writer->ascending)
		r = split_last(writer);
	if (equal || (ascends && (writer->count == 1 || writer->ascending))) {
		writer->ascending = ascends;
		writer->last = *token;
		writer->count++;
		return r;
	}
	r = flush(writer);
	begin(writer, token);
	return r;
}

int token_writer_end(struct token_writer *writer)
{
	int r = flush(writer);

	writer->count = 0;
	return r;
}
