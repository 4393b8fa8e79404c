/* SPDX-License-Identifier: MIT */
/* Address spaces are made: empty, or as copies of others; and what the kernel maps into each is put there. */
#include <errno.h>

#include "internal.h"

int make_process(struct replay *r, uint32_t of, uint64_t space, uint32_t *ret_process)
{
	struct cr2_outcome outcome;
	struct cr2_op op = {.kind = CR2_OP_FORK, .process = of, .child = (uint32_t)r->n_spaces, .object = CR2_NO_OBJECT};
	int error = cr2_grow(&r->spaces, &r->spaces_capacity, r->n_spaces + 1, sizeof(*r->spaces));

	if (error == 0)
		error = execute(r, &op, &outcome);
	if (error || r->refused)
		return error ? error : -EBADMSG;
	r->spaces[r->n_spaces] = (struct space){
		.brk = r->spaces[of].brk, .last = hash_get(&r->lasts, space, 0), .parent = of,
		.vvar = r->spaces[of].vvar, .vvar_end = r->spaces[of].vvar_end, .leaves_out = r->spaces[of].leaves_out,
		.no_huge = r->spaces[of].no_huge, .found = r->spaces[of].found};
	*ret_process = (uint32_t)r->n_spaces++;
	r->out.processes++;
	return 0;
}

/* One, or several next to each other. */
static void note_vvar(struct space *space, const struct cr2_op *op)
{
	if (space->vvar_end != op->address)
		space->vvar = op->address;
	space->vvar_end = op->address + op->length;
}

int map_special(struct replay *r, struct cr2_op *op, bool is_vvar)
{
	const uint64_t end = op->address + op->length;
	struct cr2_outcome outcome;
	int error = 0;

	if (is_vvar)
		note_vvar(&r->spaces[op->process], op);
	op->length = CR2_PAGE_SIZE;
	op->flags = CR2_MAP_PRIVATE | CR2_MAP_FIXED;
	for (; op->address < end && error == 0; op->address += CR2_PAGE_SIZE) {
		error = page_object(r, &op->object);
		if (error == 0)
			error = execute(r, op, &outcome);
	}
	return error;
}
