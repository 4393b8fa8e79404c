/* SPDX-License-Identifier: MIT */
/*
 * Calls that take pages away while other threads use them. The recording says when one began and when it had returned:
 * in between, each page goes at a moment that nobody sees. A fault there may come before or behind it, and so what is
 * on its page afterwards is not known until the next fault.
 */
#include "internal.h"

#define IN_DOUBT 1
#define SETTLED 2

void takings_begin(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	const uint64_t start = page_down(call->args[0]), length = call->args[1];

	r->takings[r->n_takings++ % TAKINGS] = (struct taking){
		.start = start, .end = length < UINT64_MAX - call->args[0] ? call->args[0] + length : UINT64_MAX,
		.until = UINT64_MAX, .tid = call->tid, .process = process};
}

bool takings_end(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	bool began = false;

	for (size_t i = 0; i < TAKINGS && i < r->n_takings; i++) {
		struct taking *taking = &r->takings[i];

		if (taking->process == process && taking->tid == call->tid && taking->until == UINT64_MAX) {
			taking->until = call->time;
			began = true;
		}
	}
	return began;
}

/*
 * At the same time as one of another thread. One that stands before it in the recording and has a later time began
 * while the fault was being written down: the fault was settled first.
 */
static bool meets_one(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	for (size_t i = 0; i < TAKINGS && i < r->n_takings; i++) {
		const struct taking *taking = &r->takings[i];

		if (taking->process == process && taking->tid != f->tid && f->addr >= taking->start && f->addr < taking->end &&
		    taking->until >= f->time - f->ns)
			return true;
	}
	return false;
}

bool takings_left(const struct replay *r, uint32_t process, uint64_t address)
{
	return hash_get(&r->doubtful, process, page_down(address)) == IN_DOUBT;
}

bool takings_meet(const struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	return takings_left(r, process, f->addr) || meets_one(r, process, f);
}

int takings_note(struct replay *r, uint32_t process, const struct cr2_traced_fault *f)
{
	if (meets_one(r, process, f))
		return hash_set(&r->doubtful, process, page_down(f->addr), IN_DOUBT);
	return takings_left(r, process, f->addr) ? hash_set(&r->doubtful, process, page_down(f->addr), SETTLED) : 0;
}
