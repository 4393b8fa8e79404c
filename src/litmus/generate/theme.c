/* SPDX-License-Identifier: MIT */
/*
 * Themes: what a scenario is mostly about. In one mixture, rare things would seldom
 * meet; in a scenario of their own they are frequent. To add one: append it, and say in
 * docs/fuzz.md what it is for.
 */
#include "scenario.h"

/* Advice of themes that are not about it. */
static const uint8_t common_advice[CR2_ADVICE_COUNT] = {
	[CR2_ADVICE_DONTNEED] = 20, [CR2_ADVICE_FREE] = 6, [CR2_ADVICE_WILLNEED] = 4,
	[CR2_ADVICE_POPULATE_READ] = 6, [CR2_ADVICE_POPULATE_WRITE] = 6,
	[CR2_ADVICE_DONTFORK] = 4, [CR2_ADVICE_DOFORK] = 2, [CR2_ADVICE_WIPEONFORK] = 4,
	[CR2_ADVICE_KEEPONFORK] = 2, [CR2_ADVICE_COLD] = 5, [CR2_ADVICE_PAGEOUT] = 5,
	[CR2_ADVICE_REMOVE] = 4, [CR2_ADVICE_GUARD_INSTALL] = 3, [CR2_ADVICE_GUARD_REMOVE] = 2,
	[CR2_ADVICE_NORMAL] = 1, [CR2_ADVICE_RANDOM] = 2, [CR2_ADVICE_DONTNEED_LOCKED] = 1,
	[CR2_ADVICE_SEQUENTIAL] = 2,
};

static const struct theme themes[] = {
	{
		.name = "mixed",
		.weight = 22,
		.keys = 2,
		.verbs = {[VERB_MAP] = 8, [VERB_FORK] = 4, [VERB_EXIT] = 2, [VERB_PROTECT] = 8,
			  [VERB_ADVISE] = 12, [VERB_UNMAP] = 4, [VERB_LOCK] = 2, [VERB_UNLOCK] = 1,
			  [VERB_REMAP] = 2, [VERB_SYNC] = 1, [VERB_TRUNCATE] = 2, [VERB_EVICT] = 1,
			  [VERB_ACCESS] = 45, [VERB_PHRASE] = 8},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_COW] = 3, [PHRASE_ALONE_AGAIN] = 2, [PHRASE_TOGGLE] = 2,
			    [PHRASE_PAST_END] = 2, [PHRASE_OUT_AND_IN] = 1, [PHRASE_FREE] = 1,
			    [PHRASE_MOVE] = 2, [PHRASE_PATCH] = 2, [PHRASE_EVICT] = 1,
			    [PHRASE_AS_ONE] = 2},
		.common = true,
		.advice = {[CR2_ADVICE_HUGEPAGE] = 1, [CR2_ADVICE_NOHUGEPAGE] = 1,
			   [CR2_ADVICE_COLLAPSE] = 1},
		.around = 3, .tmpfs = 35, .cold = 8, .shared = 35, .object = 45, .fixed = 30,
		.stack = 5, .populate = 5, .locked = 4, .noreserve = 3, .large = 1, .outside = 5,
		.absolute = 2,
	},
	{
		/* Which process may reuse a page, and which must copy it. */
		.name = "fork",
		.weight = 14,
		.verbs = {[VERB_MAP] = 3, [VERB_FORK] = 8, [VERB_EXIT] = 5, [VERB_PROTECT] = 5,
			  [VERB_ADVISE] = 7, [VERB_UNMAP] = 4, [VERB_REMAP] = 2, [VERB_ACCESS] = 40,
			  [VERB_LOCK] = 1, [VERB_TRUNCATE] = 1, [VERB_PHRASE] = 12},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_COW] = 4, [PHRASE_ALONE_AGAIN] = 4, [PHRASE_TOGGLE] = 2,
			    [PHRASE_FREE] = 1, [PHRASE_MOVE] = 1},
		.common = true,
		.advice = {[CR2_ADVICE_DONTFORK] = 8, [CR2_ADVICE_WIPEONFORK] = 8},
		.tmpfs = 40, .shared = 20, .object = 25, .fixed = 15, .stack = 2, .populate = 10,
		.locked = 4, .outside = 1,
	},
	{
		/* The page cache, its ends and its holes. */
		.name = "file",
		.weight = 14,
		.verbs = {[VERB_MAP] = 8, [VERB_FORK] = 3, [VERB_EXIT] = 1, [VERB_PROTECT] = 5,
			  [VERB_ADVISE] = 8, [VERB_UNMAP] = 4, [VERB_LOCK] = 2, [VERB_SYNC] = 6,
			  [VERB_TRUNCATE] = 6, [VERB_EVICT] = 4, [VERB_REMAP] = 2,
			  [VERB_ACCESS] = 40, [VERB_PHRASE] = 14},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_PAST_END] = 5, [PHRASE_EVICT] = 3, [PHRASE_COW] = 2,
			    [PHRASE_TOGGLE] = 2, [PHRASE_OUT_AND_IN] = 1, [PHRASE_PATCH] = 2,
			    [PHRASE_AS_ONE] = 5},
		.common = true,
		.advice = {[CR2_ADVICE_WILLNEED] = 10, [CR2_ADVICE_REMOVE] = 10},
		.around = 12, .tmpfs = 30, .cold = 15, .shared = 50, .object = 95, .fixed = 25,
		.populate = 8, .locked = 3, .noreserve = 3, .large = 1, .outside = 6,
	},
	{
		/* Mappings in mappings, holes, addresses just outside and far away. */
		.name = "borders",
		.weight = 10,
		.verbs = {[VERB_MAP] = 14, [VERB_FORK] = 2, [VERB_PROTECT] = 10, [VERB_ADVISE] = 6,
			  [VERB_UNMAP] = 10, [VERB_LOCK] = 3, [VERB_UNLOCK] = 2, [VERB_REMAP] = 4,
			  [VERB_SYNC] = 2, [VERB_ACCESS] = 40, [VERB_PHRASE] = 10},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_PATCH] = 4, [PHRASE_MOVE] = 2, [PHRASE_TOGGLE] = 2},
		.common = true,
		.tmpfs = 40, .shared = 25, .object = 30, .fixed = 70, .stack = 8, .populate = 6,
		.locked = 4, .outside = 20, .absolute = 8,
	},
	{
		/* Protections, and every kind of access: by the user, by the kernel, fetches. */
		.name = "protection",
		.weight = 8,
		.verbs = {[VERB_MAP] = 5, [VERB_FORK] = 4, [VERB_EXIT] = 1, [VERB_PROTECT] = 25,
			  [VERB_ADVISE] = 6, [VERB_UNMAP] = 2, [VERB_LOCK] = 2, [VERB_ACCESS] = 50,
			  [VERB_PHRASE] = 10},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_TOGGLE] = 5, [PHRASE_COW] = 2},
		.common = true,
		.advice = {[CR2_ADVICE_POPULATE_READ] = 12,
			   [CR2_ADVICE_POPULATE_WRITE] = 12},
		.tmpfs = 35, .shared = 40, .object = 50, .fixed = 20, .populate = 10, .locked = 5,
		.outside = 4, .absolute = 3,
	},
	{
		.name = "move",
		.weight = 7,
		.verbs = {[VERB_MAP] = 8, [VERB_FORK] = 5, [VERB_EXIT] = 1, [VERB_PROTECT] = 6,
			  [VERB_ADVISE] = 6, [VERB_UNMAP] = 5, [VERB_LOCK] = 3, [VERB_REMAP] = 16,
			  [VERB_TRUNCATE] = 2, [VERB_ACCESS] = 40, [VERB_PHRASE] = 12},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_MOVE] = 5, [PHRASE_COW] = 1, [PHRASE_PATCH] = 2},
		.common = true,
		.tmpfs = 40, .shared = 35, .object = 40, .fixed = 25, .stack = 4, .populate = 6,
		.locked = 6, .large = 2, .outside = 6,
	},
	{
		.name = "stack",
		.weight = 5,
		.verbs = {[VERB_MAP] = 8, [VERB_FORK] = 5, [VERB_EXIT] = 1, [VERB_PROTECT] = 5,
			  [VERB_ADVISE] = 4, [VERB_UNMAP] = 4, [VERB_LOCK] = 3, [VERB_REMAP] = 4,
			  [VERB_ACCESS] = 55},
		.common = true,
		.tmpfs = 40, .shared = 10, .object = 15, .fixed = 45, .stack = 65, .populate = 4,
		.locked = 6, .outside = 6,
	},
	{
		.name = "lock",
		.weight = 5,
		.verbs = {[VERB_MAP] = 8, [VERB_FORK] = 4, [VERB_EXIT] = 1, [VERB_PROTECT] = 8,
			  [VERB_ADVISE] = 8, [VERB_UNMAP] = 4, [VERB_LOCK] = 16, [VERB_UNLOCK] = 8,
			  [VERB_REMAP] = 5, [VERB_TRUNCATE] = 2, [VERB_SYNC] = 2,
			  [VERB_ACCESS] = 35},
		.common = true,
		.advice = {[CR2_ADVICE_PAGEOUT] = 12, [CR2_ADVICE_DONTNEED_LOCKED] = 20},
		.tmpfs = 35, .shared = 35, .object = 40, .fixed = 25, .stack = 3, .populate = 15,
		.locked = 25, .noreserve = 4, .outside = 8,
	},
	{
		/* Shared anonymous memory and tmpfs: pages that live without a mapping. */
		.name = "shmem",
		.weight = 6,
		.verbs = {[VERB_MAP] = 8, [VERB_FORK] = 6, [VERB_EXIT] = 2, [VERB_PROTECT] = 5,
			  [VERB_ADVISE] = 14, [VERB_UNMAP] = 5, [VERB_REMAP] = 5, [VERB_SYNC] = 1,
			  [VERB_TRUNCATE] = 6, [VERB_EVICT] = 1, [VERB_ACCESS] = 45,
			  [VERB_PHRASE] = 10},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_PAST_END] = 3, [PHRASE_OUT_AND_IN] = 3, [PHRASE_MOVE] = 2,
			    [PHRASE_COW] = 1},
		.common = true,
		.advice = {[CR2_ADVICE_REMOVE] = 16, [CR2_ADVICE_PAGEOUT] = 12},
		.tmpfs = 100, .shared = 80, .object = 45, .fixed = 20, .populate = 8, .locked = 4,
		.large = 1, .outside = 4,
	},
	{
		/* What reclaim takes where there is no swap. */
		.name = "reclaim",
		.weight = 5,
		.verbs = {[VERB_MAP] = 6, [VERB_FORK] = 4, [VERB_EXIT] = 1, [VERB_PROTECT] = 3,
			  [VERB_ADVISE] = 22, [VERB_UNMAP] = 2, [VERB_LOCK] = 2, [VERB_SYNC] = 2,
			  [VERB_EVICT] = 2, [VERB_ACCESS] = 45, [VERB_PHRASE] = 14},
		.phrases = {[PHRASE_PATTERN] = 2,
			    [PHRASE_OUT_AND_IN] = 4, [PHRASE_FREE] = 5, [PHRASE_EVICT] = 1,
			    [PHRASE_AS_ONE] = 1},
		.advice = {[CR2_ADVICE_PAGEOUT] = 12, [CR2_ADVICE_COLD] = 8, [CR2_ADVICE_FREE] = 10,
			   [CR2_ADVICE_DONTNEED] = 3, [CR2_ADVICE_WILLNEED] = 4},
		.tmpfs = 30, .shared = 35, .object = 45, .fixed = 15, .populate = 6, .locked = 4,
	},
	{
		.name = "swap",
		.weight = 12,
		.swap = true,
		.keys = 4,
		.verbs = {[VERB_MAP] = 5, [VERB_FORK] = 7, [VERB_EXIT] = 3, [VERB_PROTECT] = 5,
			  [VERB_ADVISE] = 20, [VERB_UNMAP] = 3, [VERB_LOCK] = 2, [VERB_REMAP] = 3,
			  [VERB_REFERENCE] = 4, [VERB_TRUNCATE] = 1, [VERB_ACCESS] = 45, [VERB_PHRASE] = 16},
		.phrases = {[PHRASE_PATTERN] = 6,
			    [PHRASE_OUT_AND_IN] = 8, [PHRASE_FREE] = 3, [PHRASE_COW] = 1,
			    [PHRASE_ALONE_AGAIN] = 1, [PHRASE_MOVE] = 1},
		.advice = {[CR2_ADVICE_PAGEOUT] = 30, [CR2_ADVICE_WILLNEED] = 8,
			   [CR2_ADVICE_FREE] = 6, [CR2_ADVICE_DONTNEED] = 5, [CR2_ADVICE_COLD] = 3,
			   [CR2_ADVICE_POPULATE_READ] = 3, [CR2_ADVICE_POPULATE_WRITE] = 3,
			   [CR2_ADVICE_REMOVE] = 2, [CR2_ADVICE_WIPEONFORK] = 2,
			   [CR2_ADVICE_DONTFORK] = 2, [CR2_ADVICE_GUARD_INSTALL] = 2,
			   [CR2_ADVICE_GUARD_REMOVE] = 1},
		.tmpfs = 80, .shared = 20, .object = 20, .fixed = 15, .populate = 6, .locked = 4,
		.outside = 2,
	},
	{
		.name = "huge",
		.weight = 18,
		.thp = true,
		.keys = 5,
		.verbs = {[VERB_MAP] = 7, [VERB_FORK] = 6, [VERB_EXIT] = 3, [VERB_PROTECT] = 9,
			  [VERB_ADVISE] = 14, [VERB_UNMAP] = 5, [VERB_LOCK] = 2, [VERB_REMAP] = 4,
			  [VERB_REFERENCE] = 5, [VERB_ACCESS] = 42, [VERB_PHRASE] = 12},
		.phrases = {[PHRASE_PATTERN] = 6,
			    [PHRASE_COW] = 4, [PHRASE_ALONE_AGAIN] = 3, [PHRASE_TOGGLE] = 3,
			    [PHRASE_OUT_AND_IN] = 1, [PHRASE_FREE] = 2, [PHRASE_MOVE] = 2,
			    [PHRASE_PATCH] = 2, [PHRASE_PARTS] = 5, [PHRASE_AS_ONE] = 4},
		.common = true,
		.advice = {[CR2_ADVICE_HUGEPAGE] = 20, [CR2_ADVICE_NOHUGEPAGE] = 8,
			   [CR2_ADVICE_COLLAPSE] = 10},
		.tmpfs = 30, .shared = 8, .object = 12, .fixed = 25, .stack = 2, .populate = 8,
		.locked = 4, .noreserve = 2, .large = 65, .outside = 5,
	},
	{
		.name = "huge-swap",
		.weight = 4,
		.thp = true,
		.swap = true,
		.verbs = {[VERB_MAP] = 5, [VERB_FORK] = 6, [VERB_EXIT] = 2, [VERB_PROTECT] = 5,
			  [VERB_ADVISE] = 20, [VERB_UNMAP] = 3, [VERB_REFERENCE] = 3, [VERB_ACCESS] = 42,
			  [VERB_PHRASE] = 16},
		.phrases = {[PHRASE_PATTERN] = 6,
			    [PHRASE_OUT_AND_IN] = 6, [PHRASE_FREE] = 3, [PHRASE_COW] = 1,
			    [PHRASE_PARTS] = 4},
		.advice = {[CR2_ADVICE_PAGEOUT] = 20, [CR2_ADVICE_WILLNEED] = 6,
			   [CR2_ADVICE_FREE] = 6, [CR2_ADVICE_DONTNEED] = 5, [CR2_ADVICE_COLD] = 4,
			   [CR2_ADVICE_HUGEPAGE] = 6, [CR2_ADVICE_COLLAPSE] = 8,
			   [CR2_ADVICE_POPULATE_WRITE] = 4},
		.tmpfs = 80, .shared = 5, .object = 5, .fixed = 10, .populate = 8, .large = 80,
	},
	{
		/* Pages that the program brings itself, or is asked about. */
		.name = "userfault",
		.weight = 7,
		.verbs = {[VERB_MAP] = 6, [VERB_FORK] = 5, [VERB_EXIT] = 2, [VERB_PROTECT] = 8,
			  [VERB_ADVISE] = 10, [VERB_UNMAP] = 4, [VERB_LOCK] = 2, [VERB_UNLOCK] = 1,
			  [VERB_REMAP] = 5, [VERB_USERFAULT] = 40, [VERB_ACCESS] = 35,
			  [VERB_PHRASE] = 6},
		.phrases = {[PHRASE_PATTERN] = 2, [PHRASE_COW] = 3, [PHRASE_TOGGLE] = 2,
			    [PHRASE_MOVE] = 2, [PHRASE_PATCH] = 2},
		.common = true,
		.advice = {[CR2_ADVICE_DONTNEED] = 20, [CR2_ADVICE_REMOVE] = 4},
		.keys = 4,
		.tmpfs = 92, .shared = 25, .object = 25, .fixed = 30, .stack = 4, .populate = 5, .locked = 4,
		.outside = 5,
	},
	{
		/* Protection keys: what they refuse, and where memory keeps or loses its own. */
		.name = "keys",
		.weight = 6,
		.keys = 100,
		.verbs = {[VERB_MAP] = 6, [VERB_FORK] = 5, [VERB_EXIT] = 1, [VERB_PROTECT] = 35,
			  [VERB_ADVISE] = 8, [VERB_UNMAP] = 3, [VERB_LOCK] = 3, [VERB_UNLOCK] = 1,
			  [VERB_REMAP] = 3, [VERB_ACCESS] = 50, [VERB_PHRASE] = 6},
		.phrases = {[PHRASE_PATTERN] = 2, [PHRASE_COW] = 3, [PHRASE_TOGGLE] = 3, [PHRASE_PATCH] = 2},
		.common = true,
		.advice = {[CR2_ADVICE_POPULATE_READ] = 10, [CR2_ADVICE_POPULATE_WRITE] = 10},
		.tmpfs = 35, .shared = 30, .object = 35, .fixed = 25, .stack = 4, .populate = 10, .locked = 6,
		.outside = 4,
	},
	{
		/* Limits, met by what maps, grows, moves, locks and becomes writable. */
		.name = "limits",
		.weight = 5,
		.verbs = {[VERB_MAP] = 14, [VERB_FORK] = 4, [VERB_EXIT] = 1, [VERB_PROTECT] = 10,
			  [VERB_ADVISE] = 4, [VERB_UNMAP] = 6, [VERB_LOCK] = 10, [VERB_UNLOCK] = 4,
			  [VERB_LIMIT] = 14, [VERB_REMAP] = 14, [VERB_ACCESS] = 25, [VERB_PHRASE] = 4},
		.phrases = {[PHRASE_PATTERN] = 1, [PHRASE_TOGGLE] = 2, [PHRASE_MOVE] = 2, [PHRASE_PATCH] = 2},
		.common = true,
		.tmpfs = 60, .shared = 20, .object = 15, .fixed = 40, .stack = 20, .populate = 5, .locked = 15,
		.noreserve = 3, .outside = 6,
	},
	{
		/* Pages that somebody uses who has not mapped them. */
		.name = "references",
		.weight = 6,
		.keys = 4,
		.verbs = {[VERB_MAP] = 5, [VERB_FORK] = 10, [VERB_EXIT] = 4, [VERB_PROTECT] = 6,
			  [VERB_ADVISE] = 12, [VERB_UNMAP] = 3, [VERB_LOCK] = 1, [VERB_REMAP] = 3,
			  [VERB_TRUNCATE] = 1, [VERB_EVICT] = 2, [VERB_USERFAULT] = 3, [VERB_REFERENCE] = 30,
			  [VERB_ACCESS] = 45, [VERB_PHRASE] = 10},
		.phrases = {[PHRASE_PATTERN] = 2, [PHRASE_COW] = 5, [PHRASE_ALONE_AGAIN] = 4, [PHRASE_TOGGLE] = 2,
			    [PHRASE_OUT_AND_IN] = 2, [PHRASE_FREE] = 2},
		.common = true,
		.advice = {[CR2_ADVICE_PAGEOUT] = 12, [CR2_ADVICE_FREE] = 6},
		.tmpfs = 40, .shared = 20, .object = 30, .fixed = 20, .stack = 4, .populate = 8, .locked = 3,
		.outside = 3,
	},
	{
		/* Memory in a control group: soon somebody is killed. */
		.name = "memory",
		.weight = 4,
		.memory = true,
		.verbs = {[VERB_MAP] = 7, [VERB_FORK] = 7, [VERB_EXIT] = 2, [VERB_PROTECT] = 5, [VERB_ADVISE] = 10,
			  [VERB_UNMAP] = 4, [VERB_LOCK] = 3, [VERB_UNLOCK] = 1, [VERB_LIMIT] = 10, [VERB_REMAP] = 4,
			  [VERB_TRUNCATE] = 1, [VERB_ACCESS] = 50},
		.advice = {[CR2_ADVICE_DONTNEED] = 20, [CR2_ADVICE_POPULATE_READ] = 4, [CR2_ADVICE_POPULATE_WRITE] = 8,
			   [CR2_ADVICE_DONTFORK] = 3, [CR2_ADVICE_WIPEONFORK] = 3, [CR2_ADVICE_REMOVE] = 4,
			   [CR2_ADVICE_GUARD_INSTALL] = 2},
		.tmpfs = 100, .shared = 20, .object = 15, .fixed = 20, .stack = 4, .populate = 8, .locked = 4, .outside = 2,
	},
	{
		/* The pool of huge pages, which is soon empty. */
		.name = "hugetlb",
		.weight = 6,
		.verbs = {[VERB_MAP] = 12, [VERB_FORK] = 8, [VERB_EXIT] = 5, [VERB_PROTECT] = 6,
			  [VERB_ADVISE] = 14, [VERB_UNMAP] = 7, [VERB_LOCK] = 2, [VERB_UNLOCK] = 1,
			  [VERB_REMAP] = 3, [VERB_SYNC] = 1, [VERB_ACCESS] = 45, [VERB_PHRASE] = 8},
		.phrases = {[PHRASE_PATTERN] = 2, [PHRASE_COW] = 5, [PHRASE_ALONE_AGAIN] = 3, [PHRASE_TOGGLE] = 2,
			    [PHRASE_PATCH] = 2},
		.common = true,
		.advice = {[CR2_ADVICE_DONTNEED] = 30, [CR2_ADVICE_REMOVE] = 16},
		.tmpfs = 80, .shared = 30, .object = 10, .fixed = 20, .stack = 2, .populate = 12, .locked = 4,
		.noreserve = 15, .hugetlb = 80, .large = 60, .outside = 5,
	},
	{
		/* Pages that go to another node, and come back when a hint shows who uses them. */
		.name = "numa",
		.weight = 6,
		.numa = true,
		.verbs = {[VERB_MAP] = 6, [VERB_FORK] = 7, [VERB_EXIT] = 3, [VERB_PROTECT] = 6, [VERB_ADVISE] = 6,
			  [VERB_UNMAP] = 2, [VERB_LOCK] = 2, [VERB_UNLOCK] = 1, [VERB_REMAP] = 3, [VERB_SYNC] = 1,
			  [VERB_USERFAULT] = 1, [VERB_REFERENCE] = 3, [VERB_MIGRATE] = 30, [VERB_ACCESS] = 45, [VERB_PHRASE] = 8},
		.phrases = {[PHRASE_PATTERN] = 2, [PHRASE_COW] = 5, [PHRASE_ALONE_AGAIN] = 3, [PHRASE_TOGGLE] = 2,
			    [PHRASE_PATCH] = 2},
		.common = true,
		.keys = 4,
		.tmpfs = 40, .shared = 30, .object = 35, .fixed = 15, .stack = 3, .populate = 15, .locked = 6,
		.noreserve = 2, .outside = 4,
	},
	{
		.name = "numa-huge",
		.weight = 3,
		.numa = true,
		.thp = true,
		.verbs = {[VERB_MAP] = 6, [VERB_FORK] = 7, [VERB_EXIT] = 3, [VERB_PROTECT] = 6, [VERB_ADVISE] = 6,
			  [VERB_UNMAP] = 3, [VERB_LOCK] = 1, [VERB_REMAP] = 2, [VERB_MIGRATE] = 25, [VERB_ACCESS] = 45,
			  [VERB_PHRASE] = 8},
		.phrases = {[PHRASE_PATTERN] = 4, [PHRASE_COW] = 3, [PHRASE_PARTS] = 2, [PHRASE_TOGGLE] = 2},
		.common = true,
		.advice = {[CR2_ADVICE_HUGEPAGE] = 6, [CR2_ADVICE_COLLAPSE] = 3},
		.tmpfs = 50, .shared = 15, .object = 10, .fixed = 10, .populate = 15, .locked = 3, .large = 75, .outside = 4,
	},
	{
		.name = "numa-swap",
		.weight = 2,
		.numa = true,
		.swap = true,
		.verbs = {[VERB_MAP] = 5, [VERB_FORK] = 8, [VERB_EXIT] = 2, [VERB_PROTECT] = 4, [VERB_ADVISE] = 14,
			  [VERB_UNMAP] = 2, [VERB_MIGRATE] = 25, [VERB_ACCESS] = 42, [VERB_PHRASE] = 10},
		.phrases = {[PHRASE_PATTERN] = 3, [PHRASE_OUT_AND_IN] = 6, [PHRASE_COW] = 3, [PHRASE_FREE] = 2},
		.advice = {[CR2_ADVICE_PAGEOUT] = 30, [CR2_ADVICE_WILLNEED] = 6, [CR2_ADVICE_FREE] = 4,
			   [CR2_ADVICE_DONTNEED] = 4},
		.tmpfs = 80, .shared = 25, .object = 10, .fixed = 10, .populate = 10, .outside = 3,
	},
};

size_t gen_draw_advice(struct random *random, const struct theme *theme)
{
	uint8_t weights[CR2_ADVICE_COUNT];

	for (size_t i = 0; i < CR2_ADVICE_COUNT; i++)
		weights[i] = (uint8_t)(theme->advice[i] + (theme->common ? common_advice[i] : 0));
	return random_weighted(random, weights, CR2_ADVICE_COUNT);
}

static bool is_allowed(const struct theme *theme, const struct cr2_generator *config)
{
	return (config->thp || !theme->thp) && (config->swap || !theme->swap) &&
	       (config->keys || theme->keys < 100) && (config->hugetlb || !theme->hugetlb) &&
	       (config->numa || !theme->numa);
}

const struct theme *gen_draw_theme(struct random *random, const struct cr2_generator *config)
{
	uint8_t weights[CR2_ARRAY_SIZE(themes)];

	for (size_t i = 0; i < CR2_ARRAY_SIZE(themes); i++)
		weights[i] = is_allowed(&themes[i], config) ? (uint8_t)themes[i].weight : 0;
	return &themes[random_weighted(random, weights, CR2_ARRAY_SIZE(themes))];
}
