/* SPDX-License-Identifier: MIT */
/* Settings: how the scenario's kernel is configured. */
#include <errno.h>

#include "parser.h"

/* Linux has also pages of 16 KiB, and of 8 in files. */
#define THP_LEAST 32
#define THP_MOST 2048

static int set_thp_size(struct parser *p, struct cr2_settings *settings)
{
	static const char what[] = "a size in KiB";
	struct word w;
	char q[QUOTE_SIZE];
	uint64_t kib;
	int r = lang_take(p, what, &w);

	if (r == 0)
		r = lang_number(p, &w, what, false, THP_LEAST, THP_MOST, &kib);
	if (r == 0 && (kib & (kib - 1)))
		return lang_hint(p, lang_wrong(p, &w, "%s is not a power of two", lang_quote(&w, q)), "32, 64, 128, ...");
	if (r == 0)
		settings->thp_pages = (uint32_t)(kib * 1024 / CR2_PAGE_SIZE);
	return r;
}

static int set_shmem_thp(struct parser *p, struct cr2_settings *settings)
{
	size_t choice;
	int r = lang_take_choice(p, "a mode of shared memory's huge pages", LANG_SHMEM_THP_NEVER, LANG_SHMEM_THP_ALWAYS, &choice);

	_Static_assert(CR2_SHMEM_THP_NEVER == 0 &&
		       CR2_SHMEM_THP_ADVISE == LANG_SHMEM_THP_ADVISE - LANG_SHMEM_THP_NEVER &&
		       CR2_SHMEM_THP_WITHIN_SIZE == LANG_SHMEM_THP_WITHIN_SIZE - LANG_SHMEM_THP_NEVER &&
		       CR2_SHMEM_THP_ALWAYS == LANG_SHMEM_THP_ALWAYS - LANG_SHMEM_THP_NEVER, "words in the enum's order");
	if (r == 0)
		settings->shmem_thp = (enum cr2_shmem_thp)choice;
	return r;
}

static int set_thp(struct parser *p, struct cr2_settings *settings)
{
	size_t choice;
	int r = lang_take_choice(p, "a mode of huge pages", LANG_THP_NEVER, LANG_THP_ALWAYS, &choice);

	_Static_assert(CR2_THP_NEVER == 0 && CR2_THP_MADVISE == LANG_THP_MADVISE - LANG_THP_NEVER &&
		       CR2_THP_ALWAYS == LANG_THP_ALWAYS - LANG_THP_NEVER, "words in the enum's order");
	if (r == 0)
		settings->thp = (enum cr2_thp)choice;
	if (r < 0 || !choice || !lang_more(p))
		return r;
	if (!lang_word_is(&p->words[p->next], lang_vocabulary[LANG_THP_SHMEM]))
		return set_thp_size(p, settings);
	p->next++;
	return set_shmem_thp(p, settings);
}

/* The most that Linux's fault_around_bytes takes: what one page table maps. */
#define AROUND_MAX 512

static int set_fault_around(struct parser *p, struct cr2_settings *settings)
{
	struct word w;
	char q[QUOTE_SIZE];
	uint64_t pages;
	int r = lang_take(p, "a number of pages", &w);

	if (r == 0)
		r = lang_number(p, &w, "a number of pages", false, 1, AROUND_MAX, &pages);
	if (r == 0 && (pages & (pages - 1)))
		return lang_hint(p,
				 lang_wrong(p, &w, "%s is not a power of two", lang_quote(&w, q)),
				 "1, 2, 4, 8, 16, ...");
	if (r == 0) {
		settings->fault_around = (uint32_t)pages;
		settings->fault_around_set = true;
	}
	return r;
}

static int set_swap(struct parser *p, struct cr2_settings *settings)
{
	size_t choice;
	int r = lang_take_choice(p, "on or off", LANG_SWAP_OFF, LANG_SWAP_ON, &choice);

	if (r == 0)
		settings->swap = choice;
	return r;
}

static int set_keys(struct parser *p, struct cr2_settings *settings)
{
	size_t choice;
	int r = lang_take_choice(p, "on or off", LANG_KEYS_OFF, LANG_KEYS_ON, &choice);

	if (r == 0)
		settings->keys = choice;
	return r;
}

static int set_kernel(struct parser *p, struct cr2_settings *settings)
{
	struct word w, major, minor;
	uint64_t version[2];
	char q[QUOTE_SIZE];
	size_t dot;
	int r = lang_take(p, "a kernel version such as 6.12", &w);

	if (r < 0)
		return r;
	dot = lang_word_find(&w, 0, '.');
	if (dot == w.n)
		return lang_hint(p,
				 lang_wrong(p, &w, "'%s' is not a kernel version",
					    lang_quote(&w, q)),
				 "MAJOR.MINOR, such as 6.12");
	major = lang_word_part(&w, 0, dot);
	minor = lang_word_part(&w, dot + 1, w.n);
	r = lang_number(p, &major, "a kernel version", false, 0, 999, &version[0]);
	if (r == 0)
		r = lang_number(p, &minor, "a kernel version", false, 0, 999, &version[1]);
	if (r == 0)
		settings->kernel = (int)(version[0] * 1000 + version[1]);
	else if (r == -EINVAL)
		lang_hint(p, r, "MAJOR.MINOR, such as 6.12");
	return r;
}

static int take_pool(struct parser *p, const char *what, uint64_t most, uint32_t *ret_pages)
{
	struct word w;
	uint64_t pages;
	int r = lang_take(p, what, &w);

	if (r == 0)
		r = lang_number(p, &w, what, false, 0, most, &pages);
	if (r == 0)
		*ret_pages = (uint32_t)pages;
	return r;
}

/* 128 MiB: more a guest may not have in one piece each. */
#define POOL_MAX 64

static int set_hugetlb(struct parser *p, struct cr2_settings *settings)
{
	return take_pool(p, "a number of 2 MiB pages", POOL_MAX, &settings->hugetlb);
}

/* More of these would not be for many machines. */
#define GIGANTIC_MAX 2

static int set_gigantic(struct parser *p, struct cr2_settings *settings)
{
	return take_pool(p, "a number of 1 GiB pages", GIGANTIC_MAX, &settings->gigantic);
}

static int set_levels(struct parser *p, struct cr2_settings *settings)
{
	static const char what[] = "a number of levels";
	struct word w;
	uint64_t levels;
	int r = lang_take(p, what, &w);

	if (r == 0)
		r = lang_number(p, &w, what, false, 4, 5, &levels);
	if (r == 0)
		settings->levels = (unsigned)levels;
	return r;
}

typedef int set_fn(struct parser *p, struct cr2_settings *settings);

static set_fn *const table[] = {
	[LANG_THP] = set_thp,
	[LANG_FAULT_AROUND] = set_fault_around,
	[LANG_SWAP] = set_swap,
	[LANG_KEYS] = set_keys,
	[LANG_KERNEL] = set_kernel,
	[LANG_HUGETLB] = set_hugetlb,
	[LANG_GIGANTIC] = set_gigantic,
	[LANG_LEVELS] = set_levels,
};

_Static_assert(CR2_ARRAY_SIZE(table) == LANG_SETTINGS, "a row for each setting");

size_t lang_find_setting(const struct word *w)
{
	size_t i = 0;

	while (i < LANG_SETTINGS && !lang_word_is(w, lang_vocabulary[i]))
		i++;
	return i;
}

int lang_setting(struct parser *p, size_t i)
{
	const struct word *w = &p->words[0];
	int r;

	p->next = 1;
	if (p->operation_line)
		return lang_hint(p, lang_wrong(p, w, "'%s' comes too late", lang_vocabulary[i]),
				 "settings stand before the first operation (line %u)",
				 p->operation_line);
	if (p->settings_seen & 1u << i)
		return lang_wrong(p, w, "'%s' is set twice", lang_vocabulary[i]);
	p->settings_seen |= 1u << i;
	r = table[i](p, &p->litmus->settings);
	return r == 0 ? lang_end_of_line(p) : r;
}
