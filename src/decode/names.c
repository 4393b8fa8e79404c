/* SPDX-License-Identifier: MIT */
/* Names of the kinds of access, of paging levels and of kinds of entry. */
#include <errno.h>
#include <strings.h>

#include <cr2/decode.h>

const char *cr2_access_name(enum cr2_access access)
{
	static const char *const names[] = {
		[CR2_ACCESS_READ] = "read",
		[CR2_ACCESS_WRITE] = "write",
		[CR2_ACCESS_FETCH] = "fetch",
	};

	return (size_t)access < CR2_ARRAY_SIZE(names) ? names[access] : NULL;
}

static const char *const levels[] = {
	[CR2_LEVEL_PTE] = "pte",
	[CR2_LEVEL_PMD] = "pmd",
	[CR2_LEVEL_PUD] = "pud",
	[CR2_LEVEL_P4D] = "p4d",
	[CR2_LEVEL_PGD] = "pgd",
};

const char *cr2_level_name(enum cr2_level level)
{
	return (size_t)level < CR2_ARRAY_SIZE(levels) ? levels[level] : NULL;
}

const char *cr2_level_title(enum cr2_level level)
{
	static const char *const titles[] = {
		[CR2_LEVEL_PTE] = "PTE",
		[CR2_LEVEL_PMD] = "PMD",
		[CR2_LEVEL_PUD] = "PUD",
		[CR2_LEVEL_P4D] = "P4D",
		[CR2_LEVEL_PGD] = "PGD",
	};

	return (size_t)level < CR2_ARRAY_SIZE(titles) ? titles[level] : NULL;
}

int cr2_level_parse(const char *name)
{
	for (int level = CR2_LEVEL_PTE; level <= CR2_LEVEL_PGD; level++)
		if (strcasecmp(levels[level], name) == 0)
			return level;
	return -EINVAL;
}

uint64_t cr2_level_size(enum cr2_level level)
{
	return CR2_PAGE_SIZE << (9 * (level - CR2_LEVEL_PTE));
}

const char *cr2_entry_kind_name(enum cr2_entry_kind kind)
{
	static const char *const names[] = {
		[CR2_ENTRY_KIND_NONE] = "none",
		[CR2_ENTRY_KIND_PAGE] = "page",
		[CR2_ENTRY_KIND_TABLE] = "table",
		[CR2_ENTRY_KIND_PROTNONE] = "prot_none",
		[CR2_ENTRY_KIND_INVALIDATED] = "invalidated",
		[CR2_ENTRY_KIND_SWAP] = "swap",
		[CR2_ENTRY_KIND_SPECIAL] = "special",
		[CR2_ENTRY_KIND_BAD] = "bad",
	};

	return (size_t)kind < CR2_ARRAY_SIZE(names) ? names[kind] : NULL;
}
