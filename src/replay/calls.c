/* SPDX-License-Identifier: MIT */
/* System calls as the model's operations. Numbers and bits are Linux's for x86-64 (tables/call.def). */
#include <errno.h>
#include <string.h>

#include <cr2/inspect.h>

#include "internal.h"

#define MAP_KEPT                                                                                             \
	(CR2_MAP_SHARED | CR2_MAP_PRIVATE | CR2_MAP_FIXED | CR2_MAP_ANONYMOUS | CR2_MAP_GROWSDOWN | CR2_MAP_LOCKED | \
	 CR2_MAP_NORESERVE | CR2_MAP_POPULATE)
#define MAP_SHARED_VALIDATE 3
#define MAP_STACK 0x20000
#define MS_SYNC 4
#define MLOCK_ONFAULT 1
#define PR_SET_THP_DISABLE 41
#define USER_END 0x7ffffffff000ULL
#define SHM_RDONLY 010000
#define SHM_EXEC 0100000

/* Advice that takes pages away. */
static const enum cr2_advice takers[] = {CR2_ADVICE_DONTNEED, CR2_ADVICE_FREE, CR2_ADVICE_REMOVE, CR2_ADVICE_PAGEOUT};

/* What became of a call. */
enum fate { REPLAYED, UNKNOWN, REFUSED };

static struct cr2_replay_call *row_of(struct replay *r, uint64_t number)
{
	uint64_t place = hash_get(&r->calls, number, 0);

	if (place)
		return &r->out.calls[place - 1];
	if (cr2_grow(&r->out.calls, &r->calls_capacity, r->out.n_calls + 1, sizeof(*r->out.calls)) < 0 ||
	    hash_set(&r->calls, number, 0, r->out.n_calls + 1) < 0)
		return NULL;
	r->out.calls[r->out.n_calls] = (struct cr2_replay_call){.number = number};
	return &r->out.calls[r->out.n_calls++];
}

/* Over mappings and gaps: what comes into a gap later is forbidden it then. */
static int forbid_huge(struct replay *r, uint32_t process, uint64_t address, uint64_t length)
{
	const struct cr2_op op = {.kind = CR2_OP_ADVISE, .process = process, .object = CR2_NO_OBJECT, .address = address,
				  .length = length, .advice = CR2_ADVICE_NOHUGEPAGE};
	struct cr2_outcome outcome;

	return execute(r, &op, &outcome);
}

static int operate(struct replay *r, const struct cr2_op *op, enum fate *ret_fate)
{
	struct cr2_outcome outcome = {0};
	int error = execute(r, op, &outcome);

	*ret_fate = r->refused ? UNKNOWN : outcome.result == CR2_RESULT_OK ? REPLAYED : REFUSED;
	if (error == 0 && *ret_fate == REPLAYED && op->kind == CR2_OP_MAP && r->spaces[op->process].no_huge)
		error = forbid_huge(r, op->process, op->address, op->length);
	return error;
}

/* Of pages of 2 MiB, a file of its own or of others; the model has no files of larger ones. */
static int replay_pool(struct replay *r, struct cr2_op *op, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	int error;

	if (call->page_shift != POOL_SHIFT) {
		r->spaces[op->process].leaves_out = true;
		return 0;
	}
	op->length = (op->length + CR2_HUGE_SIZE - 1) & ~(CR2_HUGE_SIZE - 1);
	op->offset = op->flags & CR2_MAP_ANONYMOUS ? 0 : op->offset;
	op->flags |= CR2_MAP_HUGETLB;
	error = file_of_call(r, call, op);
	if (error == 0)
		error = operate(r, op, ret_fate);
	r->spaces[op->process].leaves_out |= error == 0 && *ret_fate != REPLAYED;
	return error;
}

static int replay_mmap(struct replay *r, struct cr2_op *op, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	int error = 0;

	op->kind = CR2_OP_MAP;
	op->address = (uint64_t)call->result;
	op->length = page_up(call->args[1]);
	op->prot = call->args[2] & 7;
	op->flags = (uint32_t)call->args[3] & MAP_KEPT;
	op->offset = call->args[5];
	if ((op->flags & 3) == MAP_SHARED_VALIDATE)
		op->flags &= ~(uint32_t)CR2_MAP_PRIVATE;
	if (call->mapping == CR2_TRACE_MAPPING_HUGETLB)
		return replay_pool(r, op, call, ret_fate);
	if (call->mapping == CR2_TRACE_MAPPING_SPECIAL) {
		r->spaces[op->process].leaves_out = true;
		return 0;
	}
	if (!(op->flags & CR2_MAP_ANONYMOUS) || op->flags & CR2_MAP_SHARED) {
		/* Shared anonymous memory is a file of its own. */
		if (op->flags & CR2_MAP_ANONYMOUS)
			op->offset = 0;
		error = file_of_call(r, call, op);
	}
	if (error == 0)
		error = operate(r, op, ret_fate);
	/* A thread's stack gets no large pages, since 6.7. */
	if (error == 0 && *ret_fate == REPLAYED && call->args[3] & MAP_STACK && r->small_stacks) {
		op->kind = CR2_OP_ADVISE;
		op->advice = CR2_ADVICE_NOHUGEPAGE;
		error = operate(r, op, ret_fate);
	}
	return error;
}

/* A segment is a file of tmpfs, and mapped whole, without fault-around. */
static int replay_shmat(struct replay *r, struct cr2_op *op, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	int error;

	op->kind = CR2_OP_SHMAT;
	op->address = (uint64_t)call->result;
	op->length = page_up(call->file_size);
	op->prot = CR2_PROT_READ | (call->args[2] & SHM_RDONLY ? 0 : CR2_PROT_WRITE) |
		   (call->args[2] & SHM_EXEC ? CR2_PROT_EXEC : 0);
	op->flags = CR2_MAP_SHARED | CR2_MAP_FIXED;
	if (call->mapping == CR2_TRACE_MAPPING_HUGETLB && op->length) {
		op->kind = CR2_OP_MAP;
		error = hash_set(&r->attached, op->process, op->address, op->length);
		return error ? error : replay_pool(r, op, call, ret_fate);
	}
	if (call->mapping != CR2_TRACE_MAPPING_SHMEM || !op->length) {
		r->spaces[op->process].leaves_out = true;
		return 0;
	}
	error = file_object(r, call->device, call->inode, FILE_SHMEM, op->length, &op->object);
	if (error == 0)
		error = hash_set(&r->attached, op->process, op->address, op->length);
	return error ? error : operate(r, op, ret_fate);
}

/* As long as the segment was where it was attached, here or before a fork. */
static int replay_shmdt(struct replay *r, struct cr2_op *op, enum fate *ret_fate)
{
	uint32_t process = op->process;

	for (op->length = 0; process && !op->length; process = r->spaces[process].parent)
		op->length = hash_get(&r->attached, process, op->address);
	op->kind = CR2_OP_UNMAP;
	return op->length ? operate(r, op, ret_fate) : 0;
}

static int replay_brk(struct replay *r, struct cr2_op *op, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	struct space *space = &r->spaces[op->process];
	const uint64_t before = page_up(space->brk), after = page_up((uint64_t)call->result);

	*ret_fate = REPLAYED;
	space->brk = (uint64_t)call->result;
	if (!before || before == after)
		return 0;
	op->address = before < after ? before : after;
	op->length = before < after ? after - before : before - after;
	op->kind = before < after ? CR2_OP_MAP : CR2_OP_UNMAP;
	op->prot = CR2_PROT_READ | CR2_PROT_WRITE;
	op->flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_FIXED;
	return operate(r, op, ret_fate);
}

static int replay_mremap(struct replay *r, struct cr2_op *op, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	op->kind = CR2_OP_REMAP;
	op->length = page_up(call->args[1]);
	op->new_length = page_up(call->args[2]);
	if ((uint64_t)call->result != call->args[0]) {
		op->flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED | (call->args[3] & CR2_MREMAP_DONTUNMAP);
		op->new_address = (uint64_t)call->result;
	}
	return operate(r, op, ret_fate);
}

static int replay_madvise(struct replay *r, struct cr2_op *op, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	enum cr2_advice advice = 0;

	while (cr2_advice_name(advice) && cr2_advice_sys(advice) != (int)call->args[2])
		advice++;
	if (!cr2_advice_name(advice))
		return 0;
	op->kind = CR2_OP_ADVISE;
	/* What is forbidden to the whole process stays so. */
	op->advice = advice == CR2_ADVICE_HUGEPAGE && r->spaces[op->process].no_huge ? CR2_ADVICE_NOHUGEPAGE : advice;
	return operate(r, op, ret_fate);
}

/* Large pages are forbidden to a process: to what it has mapped, and to what it maps from here on. */
static int replay_prctl(struct replay *r, uint32_t process, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	struct space *space = &r->spaces[process];
	const bool forbids = call->args[1];

	/* The model cannot give back what mappings were advised before, nor forbid all but those (since 6.18). */
	if (call->args[0] != PR_SET_THP_DISABLE || call->args[2] || (space->no_huge && !forbids))
		return 0;
	*ret_fate = REPLAYED;
	space->no_huge = forbids;
	return forbids ? forbid_huge(r, process, CR2_PAGE_SIZE, USER_END - CR2_PAGE_SIZE) : 0;
}

/* All that is there but pages without a struct page, which the model has as pages of files. */
static int lock_each(struct replay *r, uint32_t process, uint32_t flags)
{
	const struct space *space = &r->spaces[process];
	struct cr2_vma_view mapping;
	struct cr2_outcome outcome;
	int error = 0;

	for (uint64_t at = 0; error == 0 && cr2_model_mapping(r->model, process, at, &mapping); at = mapping.end) {
		const struct cr2_op op = {.kind = CR2_OP_LOCK, .process = process, .object = CR2_NO_OBJECT, .flags = flags,
					  .address = mapping.start, .length = mapping.end - mapping.start};

		if (mapping.start < space->vvar || mapping.start >= space->vvar_end)
			error = execute(r, &op, &outcome);
	}
	return error;
}

/* What will be mapped, then what is. */
static int replay_lockall(struct replay *r, uint32_t process, uint32_t flags, enum fate *ret_fate)
{
	struct cr2_op op = {.kind = flags & CR2_MCL_FUTURE ? CR2_OP_LOCKALL : CR2_OP_UNLOCKALL, .process = process,
			    .object = CR2_NO_OBJECT};
	int error;

	if (flags & CR2_MCL_FUTURE)
		op.flags = flags & (CR2_MCL_FUTURE | CR2_MCL_ONFAULT);
	error = operate(r, &op, ret_fate);
	if (error || !(flags & CR2_MCL_CURRENT))
		return error;
	return lock_each(r, process, flags & CR2_MCL_ONFAULT ? CR2_MLOCK_ONFAULT : 0);
}

/* Pages that the kernel took hold of itself, to read from them or write to them without the CPU. */
static int replay_references(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	const bool reads = call->number == 0 || call->number == 17, writes = call->number == 1 || call->number == 18;
	struct cr2_op op = {
		.kind = CR2_OP_ADVISE, .process = process, .object = CR2_NO_OBJECT, .address = page_down(call->args[1]),
		.length = page_up(call->args[1] + call->args[2]) - page_down(call->args[1]),
		.advice = reads ? CR2_ADVICE_POPULATE_WRITE : CR2_ADVICE_POPULATE_READ,
	};
	enum fate fate;

	r->out.by_reference += call->by_reference;
	if (reads || writes)
		return operate(r, &op, &fate);
	if (!cr2_call_name(call->number))
		r->out.by_reference_unplaced += call->by_reference;
	return 0;
}

static bool is_lock(uint64_t number)
{
	return number == CR2_SYSTEM_MLOCK || number == CR2_SYSTEM_MLOCK2 || number == CR2_SYSTEM_MLOCKALL;
}

static int replay_known(struct replay *r, uint32_t process, const struct cr2_traced_call *call, enum fate *ret_fate)
{
	struct cr2_op op = {.process = process, .object = CR2_NO_OBJECT, .address = page_down(call->args[0]),
			    .length = page_up(call->args[1] + (call->args[0] & ~CR2_PAGE_MASK))};

	*ret_fate = REPLAYED;
	if (is_lock(call->number) && r->config->without & CR2_REPLAY_WITHOUT_LOCKS)
		return 0;
	*ret_fate = UNKNOWN;
	switch (call->number) {
	case CR2_SYSTEM_MMAP:
		return replay_mmap(r, &op, call, ret_fate);
	case CR2_SYSTEM_MPROTECT:
	case CR2_SYSTEM_PKEY_MPROTECT:
		op.kind = CR2_OP_PROTECT;
		op.prot = call->args[2] & 7;
		*ret_fate = REPLAYED;
		return r->config->without & CR2_REPLAY_WITHOUT_PROTECT ? 0 : operate(r, &op, ret_fate);
	case CR2_SYSTEM_MUNMAP:
		op.kind = CR2_OP_UNMAP;
		return operate(r, &op, ret_fate);
	case CR2_SYSTEM_SHMAT:
		return replay_shmat(r, &op, call, ret_fate);
	case CR2_SYSTEM_SHMDT:
		return replay_shmdt(r, &op, ret_fate);
	case CR2_SYSTEM_BRK:
		return replay_brk(r, &op, call, ret_fate);
	case CR2_SYSTEM_MREMAP:
		return replay_mremap(r, &op, call, ret_fate);
	case CR2_SYSTEM_MSYNC:
		op.kind = CR2_OP_SYNC;
		*ret_fate = REPLAYED;
		return call->args[2] & MS_SYNC ? operate(r, &op, ret_fate) : 0;
	case CR2_SYSTEM_MADVISE:
		return replay_madvise(r, &op, call, ret_fate);
	case CR2_SYSTEM_FTRUNCATE:
		*ret_fate = REPLAYED;
		return file_resize(r, call->device, call->inode, call->args[1]);
	case CR2_SYSTEM_PRCTL:
		return replay_prctl(r, process, call, ret_fate);
	case CR2_SYSTEM_FALLOCATE:
		if (!is_reserving(call))
			return 0;
		*ret_fate = REPLAYED;
		return file_resize(r, call->device, call->inode, call->file_size);
	case CR2_SYSTEM_MLOCK:
	case CR2_SYSTEM_MLOCK2:
		op.kind = CR2_OP_LOCK;
		if (call->number == CR2_SYSTEM_MLOCK2 && call->args[2] & MLOCK_ONFAULT)
			op.flags = CR2_MLOCK_ONFAULT;
		return operate(r, &op, ret_fate);
	case CR2_SYSTEM_MLOCKALL:
		return replay_lockall(r, process, (uint32_t)call->args[0], ret_fate);
	case CR2_SYSTEM_MUNLOCKALL:
		op = (struct cr2_op){.kind = CR2_OP_UNLOCKALL, .process = process, .object = CR2_NO_OBJECT};
		return operate(r, &op, ret_fate);
	case CR2_SYSTEM_MUNLOCK:
		op.kind = CR2_OP_UNLOCK;
		return operate(r, &op, ret_fate);
	default:
		return 0;
	}
}

/* As it is recorded: when it begins. */
static bool takes_away(const struct cr2_traced_call *call)
{
	if (call->number == CR2_SYSTEM_MUNMAP)
		return true;
	for (size_t i = 0; call->number == CR2_SYSTEM_MADVISE && i < CR2_ARRAY_SIZE(takers); i++)
		if (cr2_advice_sys(takers[i]) == (int)call->args[2])
			return true;
	return false;
}

int call_replay(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	const bool failed = (uint64_t)call->result >= (uint64_t)-4095;
	struct cr2_replay_call *row;
	enum fate fate = UNKNOWN;
	int error = 0;

	if (call->by_reference)
		error = replay_references(r, process, call);
	if (call->kind == CR2_CALL_SYSTEM && takes_away(call)) {
		/* It was replayed when it began. */
		if (!call->result)
			takings_begin(r, process, call);
		else if (takings_end(r, process, call) || !r->spaces[process].found)
			return error;
	}
	if (error || failed || (call->kind == CR2_CALL_SYSTEM && !cr2_call_name(call->number)))
		return error;
	if (call->kind == CR2_CALL_SYSTEM)
		error = replay_known(r, process, call, &fate);
	row = row_of(r, call->number);
	if (!row)
		return -ENOMEM;
	row->replayed += fate == REPLAYED;
	row->unknown += fate == UNKNOWN;
	row->refused += fate == REFUSED;
	return error;
}
