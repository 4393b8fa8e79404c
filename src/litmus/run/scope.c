/* SPDX-License-Identifier: MIT */
/*
 * Where a step can have changed what a page is. Only runners that recount need it: of those each
 * operation changes no pages but those it names, with what lies in the same 2 MiB, as far as
 * fault-around reaches (a hint's fault apart); other places that show the same pages differ in map counts alone.
 */
#include "execution.h"

/* Does the fault's path map one page, and no neighbours? One that ends in SIGBUS may map some. */
static bool maps_one(const struct cr2_fault *f)
{
	switch (f->path) {
	case CR2_PATH_ANON_ZERO:
	case CR2_PATH_ANON_ALLOC:
	case CR2_PATH_FILE_COW:
	case CR2_PATH_WP_COPY:
	case CR2_PATH_WP_REUSE:
	case CR2_PATH_WP_SHARED:
	case CR2_PATH_SWAP_IN:
	case CR2_PATH_SPURIOUS:
		return true;
	default:
		return false;
	}
}

static void add_page(struct step_scope *scope, uint64_t address)
{
	uint64_t page = address & CR2_PAGE_MASK;

	scope->ranges[scope->n++] = (struct range){page, page + CR2_PAGE_SIZE};
}

static void add_range(struct step_scope *scope, uint64_t from, uint64_t length)
{
	uint64_t to = (from + length + CR2_HUGE_SIZE - 1) & ~(CR2_HUGE_SIZE - 1);

	from &= ~(CR2_HUGE_SIZE - 1);
	scope->ranges[scope->n++] = (struct range){from, to > from ? to : UINT64_MAX};
}

/* What reaches pages of others, through the files or the pages themselves. */
static bool advice_reaches_others(enum cr2_advice advice)
{
	return advice == CR2_ADVICE_FREE || advice == CR2_ADVICE_COLD ||
	       advice == CR2_ADVICE_PAGEOUT || advice == CR2_ADVICE_COLLAPSE ||
	       advice == CR2_ADVICE_REMOVE || advice == CR2_ADVICE_HWPOISON ||
	       advice == CR2_ADVICE_SOFT_OFFLINE;
}

static void add_faults(struct cr2_execution *x, const struct cr2_op *op,
		       const struct cr2_outcome *outcome, struct step_scope *scope)
{
	/* Pages of several mappings get their names in the mappings' order, not in that of the faults. */
	scope->all |= outcome->n_faults > 1;
	for (unsigned i = 0; i < outcome->n_faults; i++) {
		const struct cr2_fault *f = &outcome->faults[i];

		if (maps_one(f))
			add_page(scope, f->address);
		else
			add_range(scope, f->address, 1);
		/* The page goes to another node, whoever maps it. */
		scope->all |= f->path == CR2_PATH_NUMA_HINT;
		/* A stack grew where no mapping's name reaches: pages that nobody sees count too. */
		if (f->result == CR2_RESULT_OK && !place_at(x, op->process, f->address))
			x->entangled = true;
	}
}

static void add_operation(struct cr2_execution *x, const struct cr2_op *op,
			  const struct cr2_outcome *outcome, struct step_scope *scope)
{
	switch (op->kind) {
	case CR2_OP_FILE:
	case CR2_OP_SHMEM:
	case CR2_OP_SECRET:
	case CR2_OP_SHM:
	case CR2_OP_PROGRAM:
	case CR2_OP_EVICT:
	case CR2_OP_ALLOCATE:
	case CR2_OP_FWRITE:
	case CR2_OP_FREAD:
	case CR2_OP_SEAL:
	case CR2_OP_MINCORE:
	case CR2_OP_EXECVE:
	case CR2_OP_EXIT:
	case CR2_OP_FORK:
	case CR2_OP_THREAD:
	case CR2_OP_VFORK:
	case CR2_OP_KEY:
	case CR2_OP_MDWE:
	case CR2_OP_UNLOCKALL:
	case CR2_OP_LIMIT:
	case CR2_OP_NUMA_SCAN:
	case CR2_OP_CLEAR_REFS:
		break;
	case CR2_OP_MIGRATE:
	case CR2_OP_KSM_SCAN:
	case CR2_OP_LOCKALL:
	case CR2_OP_TRUNCATE:
		scope->all = true;
		break;
	case CR2_OP_ADVISE:
		scope->all = advice_reaches_others(op->advice);
		add_range(scope, op->address, op->length);
		if (op->new_length)
			add_range(scope, op->new_address, op->new_length);
		break;
	case CR2_OP_BRK:
	case CR2_OP_REMAP:
		add_range(scope, op->address, op->length > op->new_length ? op->length
									  : op->new_length);
		if (op->flags & CR2_MREMAP_FIXED)
			add_range(scope, op->new_address, op->new_length);
		break;
	case CR2_OP_UFFD_MOVE:
		add_range(scope, op->address, op->length);
		add_range(scope, op->new_address, op->length);
		break;
	case CR2_OP_READ:
	case CR2_OP_WRITE:
	case CR2_OP_READ8:
	case CR2_OP_WRITE8:
	case CR2_OP_CMPXCHG:
	case CR2_OP_EXEC:
	case CR2_OP_KREAD:
	case CR2_OP_KWRITE:
		add_faults(x, op, outcome, scope);
		break;
	case CR2_OP_PEEK:
	case CR2_OP_POKE:
	case CR2_OP_VMREAD:
	case CR2_OP_VMWRITE:
		add_range(scope, op->address, 1);
		break;
	default:
		add_range(scope, op->address, op->length);
	}
}

struct step_scope scope_make(struct cr2_execution *x, const struct cr2_op *op,
			     const struct cr2_outcome *outcome)
{
	struct step_scope scope = {.process = space_of(x, op->process)};

	/* What an entry says changes where nobody named it: fork protects, others' files are cleaned. */
	if (!x->runner->ops->recount || cr2_runner_shows(x->runner, x->litmus)) {
		scope.all = true;
		return scope;
	}
	if (outcome->result == CR2_RESULT_SIGKILL) {
		scope.all = true;
		return scope;
	}
	add_operation(x, op, outcome, &scope);
	if (op->kind == CR2_OP_FORK && outcome->result == CR2_RESULT_OK) {
		scope.process = op->child;
		scope.whole = true;
	}
	/* Who borrows memory leaves it as it is. */
	scope.whole |= op->kind == CR2_OP_EXECVE && scope.process == op->process;
	scope.all |= x->entangled && (scope.n || scope.whole || op->kind == CR2_OP_EXIT);
	return scope;
}
