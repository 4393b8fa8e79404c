/* SPDX-License-Identifier: MIT */
/* Text to pages: the inverse of pages.c. */
#include <errno.h>
#include <string.h>

#include <cr2/state.h>

#include "pages.h"

struct unfolding {
	const char *s; /* what is left to read */
	struct cr2_page_list *list;
	unfold_name_fn *name;
	void *data;
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

static int read_count(const char **s, struct cr2_page *page)
{
	uint64_t count = 1;

	if (skip(s, '/') && (!read_number(s, &count) || count > UINT32_MAX))
		return -EINVAL;
	page->count = (uint32_t)count;
	return 0;
}

static int read_numbered(const char **s, struct cr2_page *page, enum cr2_page_kind kind)
{
	page->kind = kind;
	return read_number(s, &page->number) ? read_count(s, page) : -EINVAL;
}

/* What has no number: a token that ends here, or is repeated. */
static bool read_plain(const char **s, struct cr2_page *page)
{
	static const enum cr2_page_kind kinds[] = {CR2_PAGE_NOMAP, CR2_PAGE_NONE, CR2_PAGE_ZERO,
						   CR2_PAGE_HUGE_ZERO, CR2_PAGE_SWAP, CR2_PAGE_GUARD, CR2_PAGE_POISON};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++) {
		const char *name = cr2_page_token(kinds[i]);
		size_t n = strlen(name);

		if (strncmp(*s, name, n) == 0 && strchr(" *:", (*s)[n])) {
			page->kind = kinds[i];
			*s += n;
			return true;
		}
	}
	return false;
}

static int read_file(struct unfolding *u, struct cr2_page *page, size_t n)
{
	int64_t object = u->name(u->data, u->s, n);

	if (object < 0)
		return (int)object;
	page->object = (uint32_t)object;
	u->s += n + 1;
	return read_numbered(&u->s, page, CR2_PAGE_FILE);
}

/* What its entry says: letters, where a file's page has a number. */
static int read_marks(const char **s, struct cr2_page *page)
{
	uint32_t marks;
	size_t n;

	if (!skip(s, ':'))
		return 0;
	n = cr2_marks_parse(*s, &marks);
	*s += n;
	page->marks |= marks;
	return n ? 0 : -EINVAL;
}

static int read_page(struct unfolding *u, struct cr2_page *page)
{
	size_t n = strcspn(u->s, ": ");
	int r = -EINVAL;

	if (u->s[n] == ':' && u->s[n + 1] >= '0' && u->s[n + 1] <= '9')
		return read_file(u, page, n);
	if (read_plain(&u->s, page))
		return 0;
	if (skip(&u->s, 'a'))
		r = read_numbered(&u->s, page, CR2_PAGE_ANON);
	else if (skip(&u->s, 'h'))
		r = read_numbered(&u->s, page, CR2_PAGE_HUGE);
	return r == 0 && page->number == 0 ? -EINVAL : r; /* numbers begin with 1 */
}

static int read_token(struct unfolding *u, struct cr2_page *page)
{
	int r;

	*page = (struct cr2_page){.marks = skip(&u->s, '|') ? CR2_MARK(BEGINS) : 0};
	r = read_page(u, page);
	return r == 0 ? read_marks(&u->s, page) : r;
}

static int put(struct unfolding *u, const struct cr2_page *page, uint64_t n, bool ascending)
{
	const struct cr2_pages pages = {n, *page, ascending};

	if (n > CR2_STATE_PAGES_MAX + PAGES_PER_HUGE ||
	    u->list->n_pages + n > CR2_STATE_PAGES_MAX + PAGES_PER_HUGE)
		return -EINVAL;
	return cr2_page_list_add(u->list, &pages);
}

/* A token of a 2 MiB page stands for all of it that is left. */
static int put_repeated(struct unfolding *u, const struct cr2_page *page, uint64_t count)
{
	bool huge = page->kind == CR2_PAGE_HUGE || page->kind == CR2_PAGE_HUGE_ZERO;
	uint64_t at = (u->list->first + u->list->n_pages) % PAGES_PER_HUGE;

	if (count > CR2_STATE_PAGES_MAX)
		return -EINVAL;
	return put(u, page, huge ? count * PAGES_PER_HUGE - at : count, false);
}

static int read_ascending(struct unfolding *u, struct cr2_page *page)
{
	struct cr2_page last;
	int r;

	u->s += 2;
	r = read_token(u, &last);
	if (r < 0)
		return r;
	if (last.kind != CR2_PAGE_ANON || last.count != 1 || page->kind != CR2_PAGE_ANON ||
	    page->count != 1 || last.number < page->number)
		return -EINVAL;
	if (page->marks || last.marks & CR2_MARK(BEGINS) || last.number - page->number >= CR2_STATE_PAGES_MAX)
		return -EINVAL;
	page->marks = last.marks;
	return put(u, page, last.number - page->number + 1, true);
}

static int read_piece(struct unfolding *u)
{
	struct cr2_page page;
	uint64_t count;
	int r = read_token(u, &page);

	if (r < 0)
		return r;
	if (strncmp(u->s, "..", 2) == 0)
		return read_ascending(u, &page);
	if (!skip(&u->s, '*'))
		return put_repeated(u, &page, 1);
	if (!read_number(&u->s, &count) || count == 0)
		return -EINVAL;
	return put_repeated(u, &page, count);
}

int pages_unfold(const char *text, unfold_name_fn *name, void *data, struct cr2_page_list *list)
{
	struct unfolding u = {.s = text, .list = list, .name = name, .data = data};
	int r = 0;

	while (r == 0 && *u.s) {
		r = read_piece(&u);
		if (r == 0 && *u.s && (!skip(&u.s, ' ') || !*u.s))
			r = -EINVAL;
	}
	return r;
}
