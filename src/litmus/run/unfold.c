/* SPDX-License-Identifier: MIT */
/* Text to pages: the inverse of tokens.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tokens.h"

struct unfolding {
	const char *s; /* what is left to read */
	uint64_t page;
	struct token *tokens;
	size_t n, capacity;
};

static bool read_number(const char **s, uint64_t *ret_value)
{
	const char *begin = *s;
	uint64_t value = 0;

	for (; **s >= '0' && **s <= '9'; ++*s)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (unsigned)(**s - '0'), &value))
			return false;
	*ret_value = value;
	return *s > begin;
}

/* Takes one of c where it stands next. */
static bool skip(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

static bool read_count(const char **s, struct token *token)
{
	uint64_t count = 1;

	if (skip(s, '/') && (!read_number(s, &count) || count > UINT32_MAX))
		return false;
	token->count = (uint32_t)count;
	return true;
}

static bool read_numbered(const char **s, struct token *token, enum cr2_page_kind kind)
{
	token->kind = kind;
	return read_number(s, &token->number) && read_count(s, token);
}

/* What has no number: a token that ends here, or is repeated. */
static bool read_plain(const char **s, struct token *token)
{
	static const enum cr2_page_kind kinds[] = {CR2_PAGE_NOMAP, CR2_PAGE_NONE, CR2_PAGE_ZERO,
						   CR2_PAGE_HUGE_ZERO, CR2_PAGE_SWAP};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++) {
		const char *name = cr2_page_token(kinds[i]);
		size_t n = strlen(name);

		if (strncmp(*s, name, n) == 0 && strchr(" *", (*s)[n])) {
			token->kind = kinds[i];
			*s += n;
			return true;
		}
	}
	return false;
}

static bool read_token(const char **s, struct token *token)
{
	size_t n = strcspn(*s, ": ");

	*token = (struct token){0};
	if ((*s)[n] == ':') {
		token->object = *s;
		token->object_length = n;
		*s += n + 1;
		return read_numbered(s, token, CR2_PAGE_FILE);
	}
	if (read_plain(s, token))
		return true;
	if (skip(s, 'a'))
		return read_numbered(s, token, CR2_PAGE_ANON);
	return skip(s, 'h') && read_numbered(s, token, CR2_PAGE_HUGE);
}

static int put(struct unfolding *u, const struct token *token)
{
	bool huge = token->kind == CR2_PAGE_HUGE || token->kind == CR2_PAGE_HUGE_ZERO;
	size_t n = huge ? PAGES_PER_HUGE - u->page % PAGES_PER_HUGE : 1;
	int r = cr2_grow(&u->tokens, &u->capacity, u->n + n, sizeof(*u->tokens));

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		u->tokens[u->n++] = *token;
	u->page += n;
	return u->n <= CR2_LITMUS_PAGES_MAX ? 0 : -EINVAL;
}

static int put_repeated(struct unfolding *u, const struct token *token)
{
	uint64_t count;
	int r = 0;

	if (!read_number(&u->s, &count) || count == 0)
		return -EINVAL;
	while (r == 0 && count--)
		r = put(u, token);
	return r;
}

static int put_ascending(struct unfolding *u, struct token *token)
{
	struct token last;
	int r = 0;

	u->s += 2;
	if (!read_token(&u->s, &last) || last.kind != CR2_PAGE_ANON || last.count != 1 ||
	    token->kind != CR2_PAGE_ANON || token->count != 1 || last.number < token->number)
		return -EINVAL;
	for (; r == 0 && token->number <= last.number; token->number++)
		r = put(u, token);
	return r;
}

static int unfold(struct unfolding *u)
{
	int r = 0;

	while (r == 0 && *u->s) {
		struct token token;

		if (!read_token(&u->s, &token))
			return -EINVAL;
		if (skip(&u->s, '*'))
			r = put_repeated(u, &token);
		else if (strncmp(u->s, "..", 2) == 0)
			r = put_ascending(u, &token);
		else
			r = put(u, &token);
		if (r == 0 && *u->s && (!skip(&u->s, ' ') || !*u->s))
			r = -EINVAL;
	}
	return r;
}

int tokens_unfold(const char *text, uint64_t page, struct token **ret_tokens, size_t *ret_n)
{
	struct unfolding u = {.s = text, .page = page};
	int r = unfold(&u);

	if (r < 0) {
		free(u.tokens);
		return r;
	}
	*ret_tokens = u.tokens;
	*ret_n = u.n;
	return 0;
}
