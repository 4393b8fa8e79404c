/* SPDX-License-Identifier: MIT */
/*
 * Which page is which. A frame number alone does not name a page: a frame is freed and given
 * out again. A page keeps its id over a step when some process holds its frame at the same
 * place before and after, where "the same place" follows what the step did to places:
 * mremap moves them, fork copies them, a mapping put over them ends them. A page swapped
 * out keeps its id while its frame stays in the swap cache, and one that comes back into it is
 * what all places with the same swap entry hold; pages of shared anonymous objects are known by
 * their place in the object, mapped or not.
 */
#include <cr2/flags.h>

#include "host.h"

void host_identity_clear(struct host_identity *identity)
{
	hash_clear(&identity->live);
	hash_clear(&identity->cached);
	hash_clear(&identity->shared);
	identity->last = 0;
}

void host_identity_finish(struct host_identity *identity)
{
	hash_finish(&identity->live);
	hash_finish(&identity->cached);
	hash_finish(&identity->shared);
	*identity = (struct host_identity){0};
}

/* --- where a page was before the step --- */

struct id_step {
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

/* Where what mremap put at *address came from; false: nowhere. Over a hole it leaves what is there. */
static bool moved_from(const struct id_step *step, uint64_t *address)
{
	const struct cr2_op *op = step->op;
	uint64_t to = op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address, from;

	if (in(*address, to, op->new_length)) {
		if (*address - to >= op->length)
			return false;
		from = *address - to + op->address;
		if (host_view_region(&step->processes[op->process].before, from))
			*address = from;
		return true;
	}
	return !in(*address, op->address, op->length);
}

/* Pages go where none is, as far as they go, where the places overlap on and on. */
static uint64_t uffd_moved_from(const struct id_step *step, uint64_t address)
{
	const struct cr2_op *op = step->op;
	const struct host_page *was;

	while (in(address, op->new_address, op->length)) {
		was = host_view_page(&step->processes[op->process].before, address);
		if (!was || was->kind != CR2_PAGE_NONE || op->address == op->new_address)
			break;
		address = address - op->new_address + op->address;
	}
	return address;
}

static const struct host_page *origin(const struct id_step *step, size_t process, uint64_t address)
{
	const struct cr2_op *op = step->op;

	if (step->result == CR2_RESULT_OK && op->kind == CR2_OP_FORK && process == op->child)
		process = op->process;
	else if (step->result == CR2_RESULT_OK && process == op->process) {
		if (op->kind == CR2_OP_EXECVE && op->object != CR2_NO_OBJECT)
			return NULL;
		if (op->kind == CR2_OP_MAP && in(address, op->address, op->length))
			return NULL;
		if (op->kind == CR2_OP_REMAP && !moved_from(step, &address))
			return NULL;
	}
	if (op->kind == CR2_OP_UFFD_MOVE && process == op->process)
		address = uffd_moved_from(step, address);
	return host_view_page(&step->processes[process].before, address);
}

/* Could the step have put another page at this place? Else a new frame there is a migration. */
static bool may_replace(const struct id_step *step, size_t process, const struct host_region *region, uint64_t address)
{
	const struct cr2_op *op = step->op;

	if (step->identity->moves || op->kind == CR2_OP_KSM_SCAN ||
	    (op->kind == CR2_OP_ADVISE && op->advice == CR2_ADVICE_SOFT_OFFLINE))
		return true;
	if (op->kind == CR2_OP_FORK)
		return process == op->child;
	if (process != op->process)
		return false;
	if (op->kind == CR2_OP_REMAP)
		return true;
	return host_op_acts_near(op, address, host_region_unit(region));
}

/* --- ids --- */

static int set_live(const struct id_step *step, const struct host_page *page)
{
	return hash_set(&step->identity->live, page->frame, page->kind, page->id);
}

/* The page in this frame is what all places with the swap entry hold. */
static int set_cached(const struct id_step *step, uint64_t swap, uint64_t frame)
{
	return hash_set(&step->identity->cached, swap, 0, frame);
}

static bool is_swapped_copy(const struct id_step *step, uint64_t frame)
{
	uint64_t flags;

	return frame != CR2_NO_FRAME && frames_flags(step->files, frame, &flags) == 0 &&
	       flags & CR2_FRAME_FLAG(SWAPCACHE);
}

/* A page swapped out stays itself while its frame is in the swap cache. */
static int follow_swap(const struct id_step *step, const struct host_page *was,
		       struct host_page *page)
{
	int r;

	if (was->kind == CR2_PAGE_SWAP ? was->swap != page->swap : was->kind != CR2_PAGE_ANON)
		return 0;
	if (!was->id || !is_swapped_copy(step, was->frame))
		return 0;
	page->id = was->id;
	page->frame = was->frame;
	r = hash_set(&step->identity->live, page->frame, CR2_PAGE_ANON, page->id);
	return r == 0 ? set_cached(step, page->swap, page->frame) : r;
}

/* Of several mappings those before the one that cannot go have moved. */
static const struct host_page *moved_before_it_failed(const struct id_step *step, uint64_t address,
						      const struct host_page *page, const struct host_page *was)
{
	const struct host_page *moved =
		moved_from(step, &address) ? host_view_page(&step->processes[step->op->process].before, address) : NULL;

	return moved && moved->kind == page->kind && moved->frame == page->frame ? moved : was;
}

/* First pass: pages that stayed where they were. */
static int follow(const struct id_step *step, size_t process, const struct host_region *region, uint64_t address,
		  struct host_page *page)
{
	const struct host_page *was = origin(step, process, address);
	bool same;

	if (step->op->kind == CR2_OP_REMAP && step->result != CR2_RESULT_OK && process == step->op->process)
		was = moved_before_it_failed(step, address, page, was);
	if (!was)
		return 0;
	if (page->kind == CR2_PAGE_SWAP)
		return follow_swap(step, was, page);
	same = was->kind == page->kind ||
	       (was->kind == CR2_PAGE_SWAP && page->kind == CR2_PAGE_ANON);
	if (!same || !was->id)
		return 0;
	if (was->frame != page->frame &&
	    (was->kind == CR2_PAGE_SWAP || may_replace(step, process, region, address)))
		return 0;
	page->id = was->id;
	return set_live(step, page);
}

/* Second pass: pages new at their place; another place may know them. */
static int name(const struct id_step *step, struct host_page *page)
{
	uint64_t id = hash_get(&step->identity->live, page->frame, page->kind);

	page->id = id ? id : ++step->identity->last;
	return id ? 0 : set_live(step, page);
}

/* Third pass: pages that came back in this step, and that the swap cache keeps for others. */
static int note_arrival(const struct id_step *step, size_t process, uint64_t address,
			const struct host_page *page)
{
	const struct host_page *was = origin(step, process, address);

	if (!was || was->kind != CR2_PAGE_SWAP || page->kind != CR2_PAGE_ANON ||
	    !is_swapped_copy(step, page->frame))
		return 0;
	return set_cached(step, was->swap, page->frame);
}

/* Fourth pass: those others. */
static void find_cached(const struct id_step *step, struct host_page *page)
{
	uint64_t frame = hash_get(&step->identity->cached, page->swap, 0);

	if (page->id || !frame)
		return;
	page->frame = frame;
	page->id = hash_get(&step->identity->live, frame, CR2_PAGE_ANON);
}

static bool has_id(const struct host_page *page)
{
	return page->kind == CR2_PAGE_ANON || page->kind == CR2_PAGE_HUGE;
}

/* hugetlbfs numbers its inodes by itself. */
static uint64_t object_number(const struct maps_vma *vma)
{
	return vma->inode ^ vma->device << 40;
}

static bool is_shared_anonymous(const struct host_region *region)
{
	return region->vma.shared && region->object == CR2_NO_OBJECT;
}

/* A page of a shared anonymous object; 2 MiB pages are other pages than their 4 KiB pages. */
static int name_shared(const struct id_step *step, const struct host_region *region,
		       uint64_t address, struct host_page *page)
{
	struct hash *shared = &step->identity->shared;
	uint64_t place = host_region_index(region, address) << 1 | (page->kind == CR2_PAGE_HUGE);
	uint64_t id;

	if (page->kind == CR2_PAGE_HUGE)
		place &= ~(CR2_HUGE_SIZE / CR2_PAGE_SIZE * 2 - 2);
	id = hash_get(shared, object_number(&region->vma), place);
	page->id = id ? id : ++step->identity->last;
	return id ? 0 : hash_set(shared, object_number(&region->vma), place, page->id);
}

typedef int page_fn(const struct id_step *step, size_t process, const struct host_region *region,
		    uint64_t address, struct host_page *page);

static int follow_page(const struct id_step *step, size_t process, const struct host_region *region,
		       uint64_t address, struct host_page *page)
{
	if (is_shared_anonymous(region) || (!has_id(page) && page->kind != CR2_PAGE_SWAP))
		return 0;
	return follow(step, process, region, address, page);
}

static int name_page(const struct id_step *step, size_t process, const struct host_region *region,
		     uint64_t address, struct host_page *page)
{
	(void)process;
	if (page->id || !has_id(page))
		return 0;
	if (is_shared_anonymous(region))
		return name_shared(step, region, address, page);
	return name(step, page);
}

static int note_page(const struct id_step *step, size_t process, const struct host_region *region,
		     uint64_t address, struct host_page *page)
{
	return is_shared_anonymous(region) ? 0 : note_arrival(step, process, address, page);
}

static int find_page(const struct id_step *step, size_t process, const struct host_region *region,
		     uint64_t address, struct host_page *page)
{
	(void)process;
	(void)address;
	if (page->kind == CR2_PAGE_SWAP && !is_shared_anonymous(region))
		find_cached(step, page);
	return 0;
}

static int for_each_page(const struct id_step *step, page_fn *fn)
{
	int r = 0;

	for (size_t p = 0; p < step->n; p++) {
		const struct host_view *now = &step->processes[p].now;

		for (size_t i = 0; i < now->count; i++) {
			const struct host_region *region = &now->regions[i];
			uint64_t address = region->vma.start;

			for (struct host_page *page = region->pages; r == 0 && address < region->vma.end;
			     page++, address += 1ULL << host_region_shift(region))
				r = fn(step, p, region, address, page);
		}
	}
	return r;
}

/* --- for the runner --- */

int host_identity_forget(struct host_identity *identity, const struct maps_vma *vma, uint64_t index)
{
	/* With the first of its 4 KiB pages the 2 MiB page there ends. */
	bool huge = index % (CR2_HUGE_SIZE / CR2_PAGE_SIZE) == 0;
	int r = 0;

	for (uint64_t place = index << 1; r == 0 && place <= (index << 1 | huge); place++)
		if (hash_get(&identity->shared, object_number(vma), place))
			r = hash_set(&identity->shared, object_number(vma), place, ++identity->last);
	return r;
}

int host_identity_update(struct host_identity *identity, const struct frames *files,
			 struct host_process *processes, size_t n, const struct cr2_op *op,
			 enum cr2_result result)
{
	static page_fn *const passes[] = {follow_page, name_page, note_page, find_page};
	const struct id_step step = {identity, files, processes, n, op, result};
	int r = 0;

	hash_clear(&identity->live);
	hash_clear(&identity->cached);
	for (size_t i = 0; r == 0 && i < CR2_ARRAY_SIZE(passes); i++)
		r = for_each_page(&step, passes[i]);
	return r;
}
