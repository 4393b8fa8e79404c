/* SPDX-License-Identifier: MIT */
/*
 * Address spaces that were there before recording began: their mappings, then their pages, as they were found when
 * something happened in them for the first time. What two of them have in the same frame is one page; what others have
 * of them that are not recorded never goes in the model.
 */
#include <stdlib.h>
#include <string.h>

#include <cr2/flags.h>
#include <cr2/inspect.h>

#include "internal.h"

int found_begin(struct replay *r, const struct cr2_traced_call *call)
{
	uint32_t process;
	int error = make_process(r, 0, call->space, &process);

	if (error)
		return error;
	r->spaces[process].brk = call->args[3];
	r->spaces[process].found = r->spaces[process].being_found = true;
	r->spaces[process].def_flags = call->args[4];
	r->out.found++;
	return hash_set(&r->processes, call->space, 0, process + 1ULL);
}

/* ---- mappings ---- */

static int advise(struct replay *r, const struct cr2_op *map, uint64_t flags)
{
	static const struct {
		uint64_t flag;
		enum cr2_advice advice;
	} all[] = {
		{CR2_VM(DONTCOPY), CR2_ADVICE_DONTFORK}, {CR2_VM(WIPEONFORK), CR2_ADVICE_WIPEONFORK},
		{CR2_VM(HUGEPAGE), CR2_ADVICE_HUGEPAGE}, {CR2_VM(NOHUGEPAGE), CR2_ADVICE_NOHUGEPAGE},
		{CR2_VM(RAND_READ), CR2_ADVICE_RANDOM}, {CR2_VM(SEQ_READ), CR2_ADVICE_SEQUENTIAL},
	};
	struct cr2_op op = {.kind = CR2_OP_ADVISE, .process = map->process, .object = CR2_NO_OBJECT, .address = map->address,
			    .length = map->length};
	struct cr2_outcome outcome;
	int error = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(all) && error == 0; i++) {
		op.advice = all[i].advice;
		if (flags & all[i].flag)
			error = execute(r, &op, &outcome);
	}
	return error;
}

/* ---- locks ---- */

/* What it has come in is placed: to lock it would bring the rest. */
static int lock(struct replay *r, const struct cr2_op *map, uint64_t flags)
{
	int error = 0;

	if (flags & CR2_VM(LOCKED) && !(r->config->without & CR2_REPLAY_WITHOUT_LOCKS))
		error = cr2_model_place_lock(r->model, map->process, map->address, map->length,
					     flags & CR2_VM(LOCKONFAULT) ? CR2_MLOCK_ONFAULT : 0);
	return error == -EINVAL ? 0 : error;
}

/* Behind its mappings, which have their own locks: what will be mapped. */
static int lock_future(struct replay *r, uint32_t process)
{
	const uint64_t flags = r->spaces[process].def_flags;
	const struct cr2_op op = {.kind = CR2_OP_LOCKALL, .process = process, .object = CR2_NO_OBJECT,
				  .flags = CR2_MCL_FUTURE | (flags & CR2_VM(LOCKONFAULT) ? CR2_MCL_ONFAULT : 0)};
	struct cr2_outcome outcome;

	return flags & CR2_VM(LOCKED) && !(r->config->without & CR2_REPLAY_WITHOUT_LOCKS) ? execute(r, &op, &outcome) : 0;
}

/* ---- files ---- */

static int map_file(struct replay *r, struct cr2_op *op, const struct cr2_traced_call *call)
{
	const bool of_pool = call->mapping == CR2_TRACE_MAPPING_HUGETLB, shmem = call->mapping == CR2_TRACE_MAPPING_SHMEM;
	int error;

	op->offset = call->args[3] * CR2_PAGE_SIZE;
	op->flags |= of_pool ? CR2_MAP_HUGETLB : 0;
	error = file_of_call(r, call, op);
	if (!of_pool && file_is_segment(r, call->device, call->inode)) {
		op->kind = CR2_OP_SHMAT;
		op->flags = CR2_MAP_SHARED | CR2_MAP_FIXED;
	}
	/* This is what shmdt() takes. */
	return error == 0 && (shmem || of_pool) ? hash_set(&r->attached, op->process, op->address, op->length) : error;
}

/*
 * What once was writable and private counts as memory that may be needed (VM_ACCOUNT), and so does not become one with what
 * lies beside it and never was, as a library's constants do.
 */
static int map_as_it_came(struct replay *r, struct cr2_op *op, uint64_t flags)
{
	const bool was_writable = flags & CR2_VM(ACCOUNT) && !(flags & (CR2_VM(WRITE) | CR2_VM(SHARED)));
	const uint8_t prot = op->prot;
	struct cr2_outcome outcome;
	int error;

	if (was_writable)
		op->prot |= CR2_PROT_WRITE;
	error = execute(r, op, &outcome);
	r->spaces[op->process].leaves_out |= r->refused;
	if (error || !was_writable)
		return error;
	op->kind = CR2_OP_PROTECT;
	op->prot = prot;
	return execute(r, op, &outcome);
}

static uint32_t prot_of(uint64_t flags)
{
	return (flags & CR2_VM(READ) ? CR2_PROT_READ : 0) | (flags & CR2_VM(WRITE) ? CR2_PROT_WRITE : 0) |
	       (flags & CR2_VM(EXEC) ? CR2_PROT_EXEC : 0);
}

int found_map(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	const uint64_t flags = call->args[2];
	struct cr2_op op = {
		.kind = CR2_OP_MAP, .process = process, .address = call->args[0], .length = call->args[1] - call->args[0],
		.prot = prot_of(flags), .flags = CR2_MAP_ANONYMOUS | CR2_MAP_FIXED, .object = CR2_NO_OBJECT};
	struct space *space = &r->spaces[process];
	int error = 0;

	if (!space->being_found)
		return 0;
	space->mappings++;
	op.flags |= flags & CR2_VM(SHARED) ? CR2_MAP_SHARED : CR2_MAP_PRIVATE;
	op.flags |= flags & CR2_VM(GROWSDOWN) ? CR2_MAP_GROWSDOWN : 0;
	if (call->mapping == CR2_TRACE_MAPPING_SPECIAL && !call->inode && op.length <= SPECIAL_MOST)
		return map_special(r, &op, flags & CR2_VM(PFNMAP));
	if ((call->mapping == CR2_TRACE_MAPPING_HUGETLB && call->page_shift != POOL_SHIFT) ||
	    call->mapping == CR2_TRACE_MAPPING_SPECIAL || op.address >= call->args[1]) {
		space->leaves_out = true;
		return 0;
	}
	if (call->inode)
		error = map_file(r, &op, call);
	if (error == 0)
		error = map_as_it_came(r, &op, flags);
	if (error == 0)
		error = advise(r, &op, flags);
	return error ? error : lock(r, &op, flags);
}

/* ---- pages ---- */

struct placing {
	struct replay *r;
	uint32_t process;
	struct cr2_vma_view mapping; /* around the page before */
	size_t next; /* of the frames: those before belong to pages before */
};

/* NULL: there is none. */
static const struct cr2_vma_view *mapping_at(struct placing *p, uint64_t address)
{
	struct cr2_vma_view *mapping = &p->mapping;

	if (address >= mapping->end && !cr2_model_mapping(p->r->model, p->process, address, mapping))
		return NULL;
	return address < mapping->start ? NULL : mapping;
}

/* What is in memory of a file around a page is in the model's page cache first. */
static int fill(struct placing *p, uint64_t address)
{
	const struct cr2_vma_view *mapping = mapping_at(p, address);

	if (!mapping || mapping->object == CR2_NO_OBJECT)
		return 0;
	return file_fill_object(p->r, mapping->object, mapping->page_offset + (address - mapping->start) / CR2_PAGE_SIZE);
}

static struct cr2_placed placed_of(unsigned state)
{
	const unsigned kind = state & CR2_PAGE_RUN_KIND;
	const bool anonymous = kind == CR2_TRACE_PAGE_ANON || kind == CR2_TRACE_PAGE_KSM;
	/* Of a part of a large folio it is not told who else has it: whoever is not alone is not exclusive. */
	const bool alone = state & CR2_PAGE_RUN_EXCLUSIVE || (state & CR2_PAGE_RUN_ONCE && kind == CR2_TRACE_PAGE_ANON);

	if (state_is_swapped(state))
		return (struct cr2_placed){
			.anonymous = true, .swapped = true, .exclusive = state & CR2_PAGE_RUN_EXCLUSIVE,
			.shared = !(state & CR2_PAGE_RUN_EXCLUSIVE)};
	return (struct cr2_placed){
		.anonymous = anonymous, .writable = state & CR2_PAGE_RUN_WRITABLE,
		.exclusive = state & CR2_PAGE_RUN_EXCLUSIVE, .shared = anonymous && !alone};
}

/* ---- frames that others have, too ---- */

int found_frames(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	struct space *space = &r->spaces[process];
	struct frames frames = {CR2_PAGE_RUN_FIRST(call->args[0]), CR2_PAGE_RUN_PAGES(call->args[0]),
				call->args[0] & CR2_PAGE_RUN_STATE, {0}};
	int error;

	if (!space->being_found || !frames.pages || frames.pages > CR2_FRAMES_MOST)
		return 0;
	error = cr2_grow(&space->frames, &space->frames_capacity, space->n_frames + 1, sizeof(*space->frames));
	if (error)
		return error;
	memcpy(frames.args, call->args, sizeof(frames.args));
	space->frames[space->n_frames++] = frames;
	return 0;
}

struct frame {
	uint64_t number; /* 0: not told, as where its record was lost */
	unsigned maps;
};

static struct frame frame_of(struct placing *p, uint64_t page)
{
	const struct space *space = &p->r->spaces[p->process];
	const struct frames *at;

	while (p->next < space->n_frames && space->frames[p->next].first + space->frames[p->next].pages <= page)
		p->next++;
	if (p->next >= space->n_frames || page < space->frames[p->next].first)
		return (struct frame){0};
	at = &space->frames[p->next];
	return (struct frame){CR2_FRAME(at->args, page - at->first), at->maps};
}

/* Somebody else has it who may let go of it unseen; or nobody has any more. */
static int set_held(struct replay *r, uint64_t id, bool held)
{
	return held != found_is_held(r, id) ? hash_set(&r->held, id, 0, held ? 1 : NO_MORE) : 0;
}

/* Where a relative is found next, it has this page in that frame, or there in swap. */
static int tie(struct placing *p, uint64_t address, uint64_t frame, const struct cr2_placed *how)
{
	struct replay *r = p->r;
	struct cr2_page_state page;
	int error = 0;

	if (!how->swapped)
		error = cr2_model_page_state(r->model, p->process, address, &page);
	else if (!cr2_model_swapped(r->model, p->process, address, &page))
		return 0;
	if (error || !page.id)
		return 0;
	if (!how->same || how->all_known)
		error = set_held(r, page.id, !how->all_known);
	if (error || how->same || !frame)
		return error;
	error = cr2_grow(&r->ties, &r->ties_capacity, r->n_ties + 1, sizeof(*r->ties));
	if (error)
		return error;
	r->ties[r->n_ties++] = page;
	return hash_set(&r->frames, frame, how->swapped, r->n_ties);
}

/*
 * The page that a relative has in the same frame, if that has not come to an end in the model: the frame may be
 * another's by now. Once as many are known as map it nobody else does.
 */
static int place_tied(struct placing *p, uint64_t address, struct cr2_placed *page)
{
	struct replay *r = p->r;
	const struct frame frame = frame_of(p, address >> CR2_PAGE_SHIFT);
	const uint64_t known = frame.number ? hash_get(&r->frames, frame.number, page->swapped) : 0;
	const struct cr2_page_state *same = known ? &r->ties[known - 1] : NULL;
	const uint32_t maps = same ? cr2_model_page_count(r->model, same) : 0;
	int error = -EINVAL;

	if (maps) {
		page->same = same;
		/* Who stood for all others goes, and this one comes. */
		page->all_known = found_is_held(r, same->id) && frame.maps && maps >= frame.maps;
		error = cr2_model_place(r->model, p->process, address, page);
	}
	if (error == -EINVAL) {
		page->same = NULL;
		page->all_known = false;
		error = cr2_model_place(r->model, p->process, address, page);
	}
	return error ? error : tie(p, address, frame.number, page);
}

/* By one entry of 2 MiB: of files, only where there are no others. */
static bool is_huge(struct placing *p, uint64_t address, uint64_t left, unsigned state, bool anonymous)
{
	const struct cr2_vma_view *mapping;

	if (!(state & CR2_PAGE_RUN_HUGE) || left < HUGE_PAGES || address % CR2_HUGE_SIZE)
		return false;
	mapping = anonymous ? NULL : mapping_at(p, address);
	return anonymous || (mapping && mapping->vm_flags & CR2_VM(HUGETLB));
}

/* So many pages at once: *ret_pages, 0 where none could be. */
static int place(struct placing *p, uint64_t address, uint64_t left, unsigned state, uint64_t *ret_pages)
{
	struct cr2_placed page = placed_of(state);
	int error = page.anonymous ? 0 : fill(p, address);

	*ret_pages = 0;
	if (error)
		return error;
	page.huge = is_huge(p, address, left, state, page.anonymous);
	error = page.shared ? place_tied(p, address, &page) : cr2_model_place(p->r->model, p->process, address, &page);
	if (error == 0)
		*ret_pages = page.huge ? HUGE_PAGES : 1;
	return error == -EINVAL ? 0 : error;
}

static int place_run(struct placing *p, uint64_t run)
{
	const unsigned state = run & CR2_PAGE_RUN_STATE;
	const uint64_t end = CR2_PAGE_RUN_FIRST(run) + CR2_PAGE_RUN_PAGES(run);
	uint64_t placed = 0;
	int error = 0;

	for (uint64_t at = CR2_PAGE_RUN_FIRST(run); at < end && error == 0; at += placed ? placed : 1) {
		if ((state & CR2_PAGE_RUN_KIND) != CR2_TRACE_PAGE_NONE || state_is_swapped(state))
			error = place(p, at << CR2_PAGE_SHIFT, end - at, state, &placed);
		p->r->out.pages_found += placed;
		p->r->out.pages_swapped += state_is_swapped(state) ? placed : 0;
		p->r->out.pages_elsewhere += !placed;
	}
	return error;
}

/* ---- whole ---- */

static int replay_waiting(struct replay *r, uint32_t process)
{
	/* A fault makes no address space, so that this one stays where it is. */
	struct beginning *waiting = &r->spaces[process].waiting;
	int error = 0;

	for (size_t i = 0; i < waiting->n && error == 0; i++)
		error = fault_replay(r, process, &waiting->items[i].fault);
	waiting->n = 0;
	return error;
}

int found_pages(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	struct space *space = &r->spaces[process];
	struct placing placing = {.r = r, .process = process};
	int error = pages_collect(r, process, call);

	if (error || call->result < 0)
		return error;
	if ((uint64_t)call->result != space->run_pages || call->number != space->mappings) {
		found_forget(r, process);
		pages_forget(space);
		return hash_set(&r->processes, call->space, 0, NO_MORE);
	}
	space->being_found = false;
	space->found_until = call->time;
	for (size_t i = 0; i < space->n_runs && error == 0 && !(r->config->without & CR2_REPLAY_WITHOUT_FOUND); i++)
		error = place_run(&placing, space->runs[i]);
	pages_forget(space);
	if (error == 0)
		error = lock_future(r, process);
	return error ? error : replay_waiting(r, process);
}

void found_forget(struct replay *r, uint32_t process)
{
	struct space *space = &r->spaces[process];

	if (!space->being_found)
		return;
	space->being_found = false;
	r->out.found_in_part++;
	r->out.unplaced += space->waiting.n;
	space->waiting.n = 0;
}
