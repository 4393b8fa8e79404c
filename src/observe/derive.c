/* SPDX-License-Identifier: MIT */
/* A table of explanations; the first that fits is the only one that can. */
#include "derive.h"

/* What a rule asks of a fault; 0 or ANY: nothing. */
enum access { ANY_ACCESS, LOAD, STORE }; /* a fetch loads */
enum mapping { ANY_MAPPING, PRIVATE_ANON, PRIVATE_FILE, PRIVATE, SHARED };
enum page_set {
	ANY_PAGE = 0,
#define PAGE_SET(kind) (1 << CR2_PAGE_##kind)
	ABSENT = PAGE_SET(NOMAP) | PAGE_SET(NONE), /* NOMAP: a stack grew */
};
enum same { ANY_IDENTITY, SAME_PAGE, OTHER_PAGE };

struct rule {
	bool present; /* P of the error code */
	enum access access;
	enum mapping mapping;
	unsigned before, after; /* page sets */
	enum same same;
	enum cr2_path path;
};

/* To add a row: put it before rows that ask less. */
static const struct rule rules[] = {
	/* not present */
	{false, ANY_ACCESS, PRIVATE, PAGE_SET(SWAP), ANY_PAGE, ANY_IDENTITY, CR2_PATH_SWAP_IN},
	{false, LOAD, PRIVATE_ANON, ABSENT, PAGE_SET(ZERO), ANY_IDENTITY, CR2_PATH_ANON_ZERO},
	{false, ANY_ACCESS, PRIVATE_ANON, ABSENT, PAGE_SET(ANON), ANY_IDENTITY, CR2_PATH_ANON_ALLOC},
	{false, LOAD, PRIVATE_ANON, ABSENT, PAGE_SET(HUGE_ZERO), ANY_IDENTITY, CR2_PATH_ANON_HUGE_ZERO},
	{false, ANY_ACCESS, PRIVATE_ANON, ABSENT, PAGE_SET(HUGE), ANY_IDENTITY, CR2_PATH_ANON_HUGE},
	{false, LOAD, PRIVATE_FILE, ABSENT, PAGE_SET(FILE), ANY_IDENTITY, CR2_PATH_FILE_READ},
	{false, STORE, PRIVATE_FILE, ABSENT, PAGE_SET(ANON), ANY_IDENTITY, CR2_PATH_FILE_COW},
	{false, LOAD, SHARED, ABSENT, PAGE_SET(FILE) | PAGE_SET(ANON) | PAGE_SET(HUGE), ANY_IDENTITY,
	 CR2_PATH_FILE_READ},
	{false, STORE, SHARED, ABSENT, PAGE_SET(FILE) | PAGE_SET(ANON) | PAGE_SET(HUGE), ANY_IDENTITY,
	 CR2_PATH_FILE_SHARED},
	/* present and read-only */
	{true, STORE, PRIVATE, PAGE_SET(ZERO) | PAGE_SET(FILE), PAGE_SET(ANON), ANY_IDENTITY,
	 CR2_PATH_WP_COPY},
	{true, STORE, PRIVATE, PAGE_SET(ANON), PAGE_SET(ANON), OTHER_PAGE, CR2_PATH_WP_COPY},
	{true, STORE, PRIVATE, PAGE_SET(ANON), PAGE_SET(ANON), SAME_PAGE, CR2_PATH_WP_REUSE},
	{true, STORE, SHARED, PAGE_SET(FILE), PAGE_SET(FILE), ANY_IDENTITY, CR2_PATH_WP_SHARED},
	{true, STORE, SHARED, PAGE_SET(ANON), PAGE_SET(ANON), SAME_PAGE, CR2_PATH_WP_SHARED},
	{true, STORE, PRIVATE, PAGE_SET(HUGE), PAGE_SET(HUGE), SAME_PAGE, CR2_PATH_WP_HUGE_REUSE},
	{true, STORE, PRIVATE, PAGE_SET(HUGE) | PAGE_SET(HUGE_ZERO), PAGE_SET(HUGE), OTHER_PAGE,
	 CR2_PATH_WP_HUGE_COPY},
	{true, STORE, PRIVATE, PAGE_SET(HUGE) | PAGE_SET(HUGE_ZERO), PAGE_SET(ANON), ANY_IDENTITY,
	 CR2_PATH_WP_HUGE_SPLIT},
};

static bool mapping_fits(enum mapping wanted, const struct derive_facts *facts)
{
	switch (wanted) {
	case ANY_MAPPING:
		return true;
	case PRIVATE_ANON:
		return !facts->shared && !facts->file;
	case PRIVATE_FILE:
		return !facts->shared && facts->file;
	case PRIVATE:
		return !facts->shared;
	case SHARED:
		return facts->shared;
	}
	return false;
}

static bool page_fits(unsigned set, const struct cr2_page_state *page)
{
	return set == ANY_PAGE || set & 1U << page->kind;
}

static bool identity_fits(enum same wanted, const struct derive_facts *facts)
{
	return wanted == ANY_IDENTITY ||
	       (wanted == SAME_PAGE) == (facts->before.id == facts->after.id);
}

static bool rule_fits(const struct rule *rule, const struct derive_facts *facts)
{
	bool present = facts->error_code & CR2_PF(P), store = facts->error_code & CR2_PF(W);

	return rule->present == present &&
	       (rule->access == ANY_ACCESS || (rule->access == STORE) == store) &&
	       mapping_fits(rule->mapping, facts) && page_fits(rule->before, &facts->before) &&
	       page_fits(rule->after, &facts->after) && identity_fits(rule->same, facts);
}

/* A fault that ended badly: what it ended in says where; the kernel's own says only that. */
static enum cr2_path derive_failure(const struct derive_facts *facts)
{
	const bool guarded = facts->before.kind == CR2_PAGE_GUARD;

	switch (facts->result) {
	case CR2_RESULT_SEGV_MAPERR:
		return guarded ? CR2_PATH_SEGV_GUARD : CR2_PATH_SEGV_MAPERR;
	case CR2_RESULT_SEGV_ACCERR:
		return CR2_PATH_SEGV_ACCERR;
	case CR2_RESULT_SEGV_PKUERR:
		return CR2_PATH_SEGV_PKUERR;
	case CR2_RESULT_BUS_ADRERR:
	case CR2_RESULT_BUS_MCEERR_AR:
		return CR2_PATH_SIGBUS;
	case CR2_RESULT_ENOMEM:
	case CR2_RESULT_SIGKILL:
		return CR2_PATH_OOM;
	case CR2_RESULT_EFAULT:
		if (facts->error_code & CR2_PF(PK))
			return CR2_PATH_SEGV_PKUERR;
		if (!facts->mapped)
			return CR2_PATH_SEGV_MAPERR;
		if (!facts->permitted)
			return CR2_PATH_SEGV_ACCERR;
		if (facts->keys)
			return CR2_PATH_UNKNOWN;
		if (guarded)
			return CR2_PATH_SEGV_GUARD;
		return facts->file || facts->shared || facts->hugetlb ? CR2_PATH_SIGBUS : CR2_PATH_UNKNOWN;
	default:
		return CR2_PATH_UNKNOWN;
	}
}

static bool same_page(const struct cr2_page_state *a, const struct cr2_page_state *b)
{
	return a->kind == b->kind && a->id == b->id && a->object == b->object && a->index == b->index;
}

/* The CPU went by an older entry, and the kernel had nothing to do. */
static bool is_spurious(const struct derive_facts *facts)
{
	return facts->allowed && facts->error_code & CR2_PF(P) &&
	       same_page(&facts->before, &facts->after);
}

enum cr2_path derive_path(const struct derive_facts *facts)
{
	if (facts->result != CR2_RESULT_OK)
		return derive_failure(facts);
	if (facts->hugetlb)
		return CR2_PATH_HUGETLB;
	if (is_spurious(facts))
		return CR2_PATH_SPURIOUS;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rules); i++)
		if (rule_fits(&rules[i], facts))
			return rules[i].path;
	return CR2_PATH_UNKNOWN;
}
