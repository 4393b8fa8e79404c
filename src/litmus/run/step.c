/* SPDX-License-Identifier: MIT */
/* Statements to operations, and what an operation does to what names mean. */
#include <errno.h>

#include "execution.h"

static uint64_t page_address(const struct cr2_place *place, int64_t page)
{
	return place->address + (uint64_t)page * CR2_PAGE_SIZE;
}

const struct cr2_place *step_place(const struct cr2_execution *x, const struct cr2_statement *s)
{
	if (s->ref.mapping == CR2_NO_OBJECT)
		return NULL;
	return place_find(x, s->process, s->ref.mapping);
}

static void resolve_access(const struct cr2_execution *x, const struct cr2_statement *s,
			   struct cr2_op *op)
{
	const struct cr2_place *place = step_place(x, s);

	op->length = s->bytes;
	op->address = place ? page_address(place, s->ref.first + x->page) + s->ref.byte
			    : s->ref.address;
}

static void resolve_range(const struct cr2_place *place, const struct cr2_ref *ref, uint64_t *ret_address,
			  uint64_t *ret_length)
{
	uint64_t pages = ref->whole ? place->pages : (uint64_t)(ref->last - ref->first) + 1;

	*ret_address = page_address(place, ref->first);
	*ret_length = pages * CR2_PAGE_SIZE;
}

/* A fresh place for a mapping of pages of so many bytes. */
static uint64_t map_place(const struct cr2_execution *x, uint64_t unit)
{
	return (space_next(x) + unit - 1) & ~(unit - 1);
}

static void resolve_map(const struct cr2_execution *x, const struct cr2_statement *s,
			struct cr2_op *op)
{
	const uint64_t unit = cr2_map_unit(s->map_flags);

	op->address = s->at ? page_address(step_place(x, s), s->ref.first) : s->placed ? s->address : map_place(x, unit);
	op->length = s->pages * CR2_PAGE_SIZE;
	/* As the kernel does; what there is of it is to be known here, too. */
	op->length = (op->length + unit - 1) & ~(unit - 1);
	op->prot = s->prot;
	op->flags = s->map_flags;
	op->offset = s->object_page * CR2_PAGE_SIZE;
}

/* The heap, where it is, or a fresh place for it. */
static void resolve_brk(const struct cr2_execution *x, const struct cr2_statement *s, struct cr2_op *op)
{
	const struct cr2_place *heap = place_find(x, s->process, s->name);

	op->address = heap ? heap->address : space_next(x);
	op->length = heap ? heap->pages * CR2_PAGE_SIZE : 0;
	op->new_length = s->pages * CR2_PAGE_SIZE;
}

/* A program has its place, wherever and how often it runs. */
static void resolve_program(const struct cr2_execution *x, const struct cr2_statement *s, struct cr2_op *op)
{
	const uint64_t *address = ordered_get(&x->programs, (struct ordered_key){s->object, 0, 0});

	op->address = address ? *address : space_next(x);
	op->length = s->pages * CR2_PAGE_SIZE;
	op->new_length = s->data * CR2_PAGE_SIZE + s->byte;
	op->offset = s->bss * CR2_PAGE_SIZE;
}

static void resolve(const struct cr2_execution *x, const struct cr2_statement *s,
		    struct cr2_op *op)
{
	switch (s->kind) {
	case CR2_OP_MAP:
	case CR2_OP_SHMAT:
		resolve_map(x, s, op);
		break;
	case CR2_OP_BRK:
		resolve_brk(x, s, op);
		break;
	case CR2_OP_FILE:
	case CR2_OP_SHMEM:
	case CR2_OP_SECRET:
	case CR2_OP_SHM:
	case CR2_OP_TRUNCATE:
		op->flags = s->flags;
		op->length = s->pages * CR2_PAGE_SIZE + s->byte;
		break;
	case CR2_OP_ALLOCATE:
		op->offset = s->object_page * CR2_PAGE_SIZE;
		op->length = s->pages * CR2_PAGE_SIZE;
		break;
	case CR2_OP_FWRITE:
	case CR2_OP_FREAD:
		op->offset = s->object_page * CR2_PAGE_SIZE + s->byte;
		break;
	case CR2_OP_LIMIT:
		op->flags = s->flags;
		op->length = s->pages * CR2_PAGE_SIZE;
		break;
	case CR2_OP_FORK:
	case CR2_OP_THREAD:
	case CR2_OP_VFORK:
		op->child = s->name;
		break;
	case CR2_OP_SEAL:
	case CR2_OP_KEY:
	case CR2_OP_LOCKALL:
		op->flags = s->flags;
		break;
	case CR2_OP_PROGRAM:
		resolve_program(x, s, op);
		break;
	case CR2_OP_EXECVE:
		if (s->object != CR2_NO_OBJECT)
			resolve_program(x, s, op);
		break;
	case CR2_OP_EVICT:
	case CR2_OP_EXIT:
	case CR2_OP_UNLOCKALL:
	case CR2_OP_NUMA_SCAN:
	case CR2_OP_KSM_SCAN:
	case CR2_OP_CLEAR_REFS:
	case CR2_OP_MDWE:
		break;
	case CR2_OP_ADVISE:
		op->flags = s->flags;
		resolve_range(step_place(x, s), &s->ref, &op->address, &op->length);
		if (s->at)
			resolve_range(place_find(x, s->process, s->to.mapping), &s->to, &op->new_address, &op->new_length);
		break;
	case CR2_OP_PROTECT:
	case CR2_OP_LOCK:
	case CR2_OP_PIN:
	case CR2_OP_MIGRATE:
	case CR2_OP_SCAN:
	case CR2_OP_SYNC:
		op->flags = s->flags;
		resolve_range(step_place(x, s), &s->ref, &op->address, &op->length);
		break;
	case CR2_OP_UFFD:
	case CR2_OP_UFFD_COPY:
	case CR2_OP_UFFD_WP:
	case CR2_OP_UFFD_CONTINUE:
		op->flags = s->uffd_flags;
		resolve_range(step_place(x, s), &s->ref, &op->address, &op->length);
		break;
	case CR2_OP_UFFD_MOVE:
		op->new_address = page_address(place_find(x, s->process, s->to.mapping), s->to.first);
		resolve_range(step_place(x, s), &s->ref, &op->address, &op->length);
		break;
	case CR2_OP_REMAP:
		op->new_length = s->pages * CR2_PAGE_SIZE;
		if (s->at) {
			op->flags = s->flags;
			op->new_address = page_address(place_find(x, s->process, s->to.mapping), s->to.first);
		}
		resolve_range(step_place(x, s), &s->ref, &op->address, &op->length);
		break;
	default:
		resolve_range(step_place(x, s), &s->ref, &op->address, &op->length);
	}
}

bool step_lives(const struct cr2_execution *x, uint32_t process)
{
	return ordered_get(&x->living, (struct ordered_key){process, 0, 0});
}

bool step_was_killed(const struct cr2_execution *x, uint32_t process)
{
	return ordered_get(&x->killed, (struct ordered_key){process, 0, 0});
}

struct cr2_op step_resolve(const struct cr2_execution *x, const struct cr2_statement *s)
{
	struct cr2_op op = {
		.kind = s->kind,
		.process = s->process,
		.object = s->object,
		.cold = s->cold,
		.prot = s->prot,
		.key = s->key,
		.advice = s->advice,
		.value = s->value,
	};

	/* Names mean nothing to a process that was never made. */
	if (!step_lives(x, s->process)) {
		if (step_was_killed(x, s->process) && cr2_op_is_access(s->kind))
			resolve_access(x, s, &op);
		return op;
	}
	if (cr2_statement_is_by_other(s))
		op.by = s->name;
	if (cr2_op_is_access(s->kind))
		resolve_access(x, s, &op);
	else
		resolve(x, s, &op);
	return op;
}

/*
 * Where it says nothing else: in place where the addresses behind the mapping are free, else to a fresh place: the
 * kernel would choose one by itself, and each target another.
 */
static int execute_remap(struct cr2_execution *x, const struct cr2_statement *s, struct cr2_outcome *outcome)
{
	struct cr2_op *op = &x->op;
	int r = x->runner->ops->execute(x->runner, op, outcome);

	if (r < 0 || outcome->result != CR2_RESULT_ENOMEM || op->new_length <= op->length ||
	    s->flags != CR2_MREMAP_MAYMOVE)
		return r;
	op->flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED;
	op->new_address = space_next(x);
	*outcome = (struct cr2_outcome){0};
	return x->runner->ops->execute(x->runner, op, outcome);
}

/*
 * Where the kernel would choose another place for it, that is a fresh one, as for any that it chooses, but as far from a
 * 2 MiB border as the one that was wished for.
 */
static int execute_hint(struct cr2_execution *x, struct cr2_outcome *outcome)
{
	struct cr2_op *op = &x->op;
	int r = x->runner->ops->execute(x->runner, op, outcome);

	if (r < 0 || outcome->result == CR2_RESULT_OK)
		return r;
	op->flags &= ~(uint32_t)CR2_MAP_HINT;
	op->address = op->flags & CR2_MAP_HUGETLB ? map_place(x, cr2_map_unit(op->flags)) : space_next(x) + op->address % CR2_HUGE_SIZE;
	*outcome = (struct cr2_outcome){0};
	return x->runner->ops->execute(x->runner, op, outcome);
}

static uint64_t data_pages(const struct cr2_statement *s)
{
	return s->data + (s->byte > 0);
}

static int place_program(struct cr2_execution *x, const struct cr2_statement *s)
{
	space_take(x, x->op.address, s->pages + data_pages(s) + s->bss);
	return ordered_put(&x->programs, (struct ordered_key){s->object, 0, 0}, 0, &x->op.address);
}

/* Its parts, in memory of its own, where the names that it had stand for what they did. */
static int place_parts(struct cr2_execution *x, const struct cr2_statement *s)
{
	const uint64_t data = x->op.address + x->op.length, bss = data + data_pages(s) * CR2_PAGE_SIZE;
	const struct cr2_place parts[CR2_PARTS] = {
		[CR2_PART_TEXT] = {s->name + CR2_PART_TEXT, x->op.address, s->pages},
		[CR2_PART_DATA] = {s->name + CR2_PART_DATA, data, data_pages(s)},
		[CR2_PART_BSS] = {s->name + CR2_PART_BSS, bss, s->bss},
		[CR2_PART_STACK] = {s->name + CR2_PART_STACK, CR2_STACK_TOP - CR2_STACK_PAGES * CR2_PAGE_SIZE, CR2_STACK_PAGES},
	};
	const uint32_t process = s->process, before = space_of(x, process);
	int r = 0;

	if (before != process) {
		r = ordered_remove(&x->spaces, (struct ordered_key){process, 0, 0});
		if (r == 0)
			r = places_inherit(x, before, process);
	}
	for (int i = 0; i < CR2_PARTS && r == 0; i++)
		r = place_put(x, process, &parts[i]);
	return r;
}

/* Updates the addresses that names stand for, and which processes there are. */
static int update_places(struct cr2_execution *x, const struct cr2_statement *s,
			 const struct cr2_outcome *outcome)
{
	const struct cr2_op *op = &x->op;
	struct cr2_place place = {s->name, op->address, s->pages};
	int r;

	if (outcome->result == CR2_RESULT_SIGKILL) {
		r = ordered_put(&x->killed, (struct ordered_key){op->process, 0, 0}, 0, NULL);
		return r == 0 ? ordered_remove(&x->living, (struct ordered_key){op->process, 0, 0}) : r;
	}
	/* Pages that went where no mapping's name reaches count, too. */
	if (s->kind == CR2_OP_REMAP && s->at && (outcome->result != CR2_RESULT_OK || !cr2_remap_renames(s)))
		x->entangled = true;
	/* What fails names its place all the same, once. */
	if (outcome->result != CR2_RESULT_OK && (!cr2_op_maps(s->kind) || (s->kind == CR2_OP_BRK && op->length)))
		return 0;
	if (s->kind == CR2_OP_REMAP && !cr2_remap_renames(s)) {
		space_take(x, op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address, s->pages);
		return 0;
	}
	if (cr2_op_maps(s->kind) || s->kind == CR2_OP_REMAP) {
		if (op->flags & CR2_MREMAP_FIXED && s->kind == CR2_OP_REMAP)
			place.address = op->new_address;
		/* What lies where the scenario says is nowhere near; what was only to lie there, and does not, is. */
		if (!s->placed || (s->map_flags & CR2_MAP_HINT && !(op->flags & CR2_MAP_HINT)))
			space_take(x, place.address, s->pages);
		return place_put(x, op->process, &place);
	}
	if (s->kind == CR2_OP_PROGRAM)
		return place_program(x, s);
	if (s->kind == CR2_OP_EXECVE && s->object != CR2_NO_OBJECT)
		return place_parts(x, s);
	if (s->kind == CR2_OP_EXIT)
		return ordered_remove(&x->living, (struct ordered_key){op->process, 0, 0});
	if (!cr2_op_makes_process(s->kind))
		return 0;
	r = ordered_put(&x->living, (struct ordered_key){op->child, 0, 0}, 0, NULL);
	if (r == 0 && s->kind != CR2_OP_FORK)
		return ordered_put(&x->spaces, (struct ordered_key){op->child, 0, 0}, 0,
				   &(uint32_t){space_of(x, op->process)});
	return r == 0 ? places_inherit(x, op->process, op->child) : r;
}

int step_execute(struct cr2_execution *x, const struct cr2_statement *s,
		 struct cr2_outcome *ret_outcome)
{
	int r;

	*ret_outcome = (struct cr2_outcome){0};
	r = s->kind == CR2_OP_REMAP ? execute_remap(x, s, ret_outcome)
	    : s->map_flags & CR2_MAP_HINT ? execute_hint(x, ret_outcome)
				    : x->runner->ops->execute(x->runner, &x->op, ret_outcome);
	if (r == 0 && ret_outcome->n_faults > CR2_OUTCOME_FAULTS)
		r = -E2BIG;
	return r == 0 ? update_places(x, s, ret_outcome) : r;
}
