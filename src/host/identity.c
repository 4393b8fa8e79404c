/* SPDX-License-Identifier: MIT */
/*
 * Which page is which. A frame number alone does not name a page: a frame is freed and given
 * out again. A page keeps its id over a step when some process holds its frame at the same
 * place before and after, where "the same place" follows what the step did to places:
 * mremap moves them, fork copies them, a mapping put over them ends them. A page swapped
 * out keeps its id while its frame stays in the swap cache; pages of shared anonymous
 * objects are known by their place in the object, mapped or not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define KPF_SWAPCACHE (1ULL << 13)

/* --- tables --- */

static size_t slot_of(const struct host_table *table, uint64_t a, uint64_t b)
{
	uint64_t hash = (a * 0x9e3779b97f4a7c15ULL ^ b) * 0xff51afd7ed558ccdULL;
	size_t i = (hash >> 32) & (table->capacity - 1);

	while (table->entries[i].value && (table->entries[i].a != a || table->entries[i].b != b))
		i = (i + 1) & (table->capacity - 1);
	return i;
}

static uint64_t table_get(const struct host_table *table, uint64_t a, uint64_t b)
{
	return table->capacity ? table->entries[slot_of(table, a, b)].value : 0;
}

/* At most half full, so that searches are short and end. */
static int table_reserve(struct host_table *table, size_t n)
{
	struct host_table grown = {.capacity = 64};

	while (grown.capacity < 2 * n)
		grown.capacity *= 2;
	if (grown.capacity <= table->capacity)
		return 0;
	grown.entries = calloc(grown.capacity, sizeof(*grown.entries));
	if (!grown.entries)
		return -ENOMEM;
	for (size_t i = 0; i < table->capacity; i++) {
		const struct host_entry *entry = &table->entries[i];

		if (entry->value)
			grown.entries[slot_of(&grown, entry->a, entry->b)] = *entry;
	}
	grown.count = table->count;
	free(table->entries);
	*table = grown;
	return 0;
}

static int table_set(struct host_table *table, uint64_t a, uint64_t b, uint64_t value)
{
	struct host_entry *entry;
	int r = table_reserve(table, table->count + 1);

	if (r < 0)
		return r;
	entry = &table->entries[slot_of(table, a, b)];
	table->count += !entry->value;
	*entry = (struct host_entry){.a = a, .b = b, .value = value};
	return 0;
}

static void table_clear(struct host_table *table)
{
	if (table->count)
		memset(table->entries, 0, table->capacity * sizeof(*table->entries));
	table->count = 0;
}

void host_identity_clear(struct host_identity *identity)
{
	table_clear(&identity->live);
	table_clear(&identity->shared);
	identity->last = 0;
}

void host_identity_finish(struct host_identity *identity)
{
	free(identity->live.entries);
	free(identity->shared.entries);
	*identity = (struct host_identity){0};
}

/* --- where a page was before the step --- */

struct step {
	struct host_identity *identity;
	const struct frames *files;
	struct host_process *processes;
	size_t n;
	const struct cr2_op *op;
	enum cr2_result result;
};

static bool in(uint64_t address, uint64_t start, uint64_t length)
{
	return address >= start && address - start < length;
}

/* Where what mremap put at *address came from; false: nowhere. */
static bool moved_from(const struct cr2_op *op, uint64_t *address)
{
	uint64_t to = op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address;

	if (in(*address, to, op->new_length)) {
		if (*address - to >= op->length)
			return false;
		*address = *address - to + op->address;
		return true;
	}
	return !in(*address, op->address, op->length);
}

static const struct host_page *origin(const struct step *step, size_t process, uint64_t address)
{
	const struct cr2_op *op = step->op;

	if (step->result == CR2_RESULT_OK && op->kind == CR2_OP_FORK && process == op->child)
		process = op->process;
	else if (step->result == CR2_RESULT_OK && process == op->process) {
		if (op->kind == CR2_OP_MAP && in(address, op->address, op->length))
			return NULL;
		if (op->kind == CR2_OP_REMAP && !moved_from(op, &address))
			return NULL;
	}
	return host_view_page(&step->processes[process].before, address);
}

/* Could the step have put another page at this place? Else a new frame there is a migration. */
static bool may_replace(const struct step *step, size_t process, uint64_t address)
{
	const struct cr2_op *op = step->op;

	if (op->kind == CR2_OP_FORK)
		return process == op->child;
	if (process != op->process)
		return false;
	if (op->kind == CR2_OP_REMAP)
		return true;
	return host_op_acts_near(op, address);
}

/* --- ids --- */

static int set_live(const struct step *step, const struct host_page *page)
{
	return table_set(&step->identity->live, page->frame, page->kind, page->id);
}

static bool is_swapped_copy(const struct step *step, uint64_t frame)
{
	uint64_t flags;

	return frame != CR2_NO_FRAME && frames_flags(step->files, frame, &flags) == 0 &&
	       flags & KPF_SWAPCACHE;
}

/* A page swapped out stays itself while its frame is in the swap cache. */
static void follow_swap(const struct step *step, const struct host_page *was,
			struct host_page *page)
{
	if (was->kind == CR2_PAGE_SWAP ? was->swap != page->swap : was->kind != CR2_PAGE_ANON)
		return;
	if (was->id && is_swapped_copy(step, was->frame)) {
		page->id = was->id;
		page->frame = was->frame;
	}
}

/* First pass: pages that stayed where they were. */
static int follow(const struct step *step, size_t process, uint64_t address, struct host_page *page)
{
	const struct host_page *was = origin(step, process, address);
	bool same;

	if (!was)
		return 0;
	if (page->kind == CR2_PAGE_SWAP) {
		follow_swap(step, was, page);
		return 0;
	}
	same = was->kind == page->kind ||
	       (was->kind == CR2_PAGE_SWAP && page->kind == CR2_PAGE_ANON);
	if (!same || !was->id)
		return 0;
	if (was->frame != page->frame &&
	    (was->kind == CR2_PAGE_SWAP || may_replace(step, process, address)))
		return 0;
	page->id = was->id;
	return set_live(step, page);
}

/* Second pass: pages new at their place; another place may know them. */
static int name(const struct step *step, struct host_page *page)
{
	uint64_t id = table_get(&step->identity->live, page->frame, page->kind);

	page->id = id ? id : ++step->identity->last;
	return id ? 0 : set_live(step, page);
}

static bool has_id(const struct host_page *page)
{
	return page->kind == CR2_PAGE_ANON || page->kind == CR2_PAGE_HUGE;
}

static bool is_shared_anonymous(const struct host_region *region)
{
	return region->vma.shared && region->object == CR2_NO_OBJECT;
}

/* A page of a shared anonymous object; 2 MiB pages are other pages than their 4 KiB pages. */
static int name_shared(const struct step *step, const struct host_region *region,
		       uint64_t address, struct host_page *page)
{
	struct host_table *shared = &step->identity->shared;
	uint64_t place = host_region_index(region, address) << 1 | (page->kind == CR2_PAGE_HUGE);
	uint64_t id;

	if (page->kind == CR2_PAGE_HUGE)
		place &= ~(CR2_HUGE_SIZE / CR2_PAGE_SIZE * 2 - 2);
	id = table_get(shared, region->vma.inode, place);
	page->id = id ? id : ++step->identity->last;
	return id ? 0 : table_set(shared, region->vma.inode, place, page->id);
}

typedef int page_fn(const struct step *step, size_t process, const struct host_region *region,
		    uint64_t address, struct host_page *page);

static int follow_page(const struct step *step, size_t process, const struct host_region *region,
		       uint64_t address, struct host_page *page)
{
	if (is_shared_anonymous(region) || (!has_id(page) && page->kind != CR2_PAGE_SWAP))
		return 0;
	return follow(step, process, address, page);
}

static int name_page(const struct step *step, size_t process, const struct host_region *region,
		     uint64_t address, struct host_page *page)
{
	(void)process;
	if (page->id || !has_id(page))
		return 0;
	if (is_shared_anonymous(region))
		return name_shared(step, region, address, page);
	return name(step, page);
}

static int for_each_page(const struct step *step, page_fn *fn)
{
	int r = 0;

	for (size_t p = 0; p < step->n; p++) {
		const struct host_view *now = &step->processes[p].now;

		for (size_t i = 0; i < now->count; i++) {
			const struct host_region *region = &now->regions[i];
			uint64_t address = region->vma.start;

			for (struct host_page *page = region->pages; r == 0 && address < region->vma.end;
			     page++, address += CR2_PAGE_SIZE)
				r = fn(step, p, region, address, page);
		}
	}
	return r;
}

/* --- for the runner --- */

int host_identity_forget(struct host_identity *identity, uint64_t inode, uint64_t index)
{
	/* With the first of its 4 KiB pages the 2 MiB page there ends. */
	bool huge = index % (CR2_HUGE_SIZE / CR2_PAGE_SIZE) == 0;
	int r = 0;

	for (uint64_t place = index << 1; r == 0 && place <= (index << 1 | huge); place++)
		if (table_get(&identity->shared, inode, place))
			r = table_set(&identity->shared, inode, place, ++identity->last);
	return r;
}

int host_identity_update(struct host_identity *identity, const struct frames *files,
			 struct host_process *processes, size_t n, const struct cr2_op *op,
			 enum cr2_result result)
{
	const struct step step = {identity, files, processes, n, op, result};
	int r;

	table_clear(&identity->live);
	r = for_each_page(&step, follow_page);
	return r == 0 ? for_each_page(&step, name_page) : r;
}
