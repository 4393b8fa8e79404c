/* SPDX-License-Identifier: MIT */
/* See writable.h. Where it is not sure, an entry is taken to allow none. */
#include "writable.h"

static bool covers(const struct cr2_op *op, uint64_t address, unsigned shift)
{
	const uint64_t size = 1ULL << shift;
	struct cr2_op second;

	if (cr2_op_second(op, &second) && covers(&second, address, shift))
		return true;
	if (op->kind == CR2_OP_LOCKALL)
		return true;
	if (shift == CR2_PAGE_SHIFT && cr2_op_is_access(op->kind))
		return cr2_op_touches(op, address);
	return op->address < address + size && op->address + (cr2_op_is_access(op->kind) ? cr2_op_bytes(op) : op->length) > address;
}

/* mlock takes private pages of a writable mapping for writing, and shared ones for reading. */
static bool makes_writable(const struct cr2_op *op, const struct maps_vma *vma)
{
	switch (op->kind) {
	case CR2_OP_WRITE:
	case CR2_OP_WRITE8:
	case CR2_OP_CMPXCHG:
	case CR2_OP_KWRITE:
	case CR2_OP_VMWRITE:
		return true;
	case CR2_OP_POKE:
		return vma->prot & CR2_PROT_WRITE;
	case CR2_OP_ADVISE:
		return op->advice == CR2_ADVICE_POPULATE_WRITE;
	case CR2_OP_PIN:
		return !(op->flags & CR2_PIN_RO);
	case CR2_OP_LOCK:
		return !(op->flags & CR2_MLOCK_ONFAULT) && !vma->shared && vma->prot & CR2_PROT_WRITE;
	case CR2_OP_LOCKALL:
		return op->flags & CR2_MCL_CURRENT && !(op->flags & CR2_MCL_ONFAULT) && !vma->shared && vma->prot & CR2_PROT_WRITE;
	default:
		return false;
	}
}

/* Could it write-protect what it covers? Fork does so wherever it likes. */
static bool may_protect(const struct cr2_op *op)
{
	return !cr2_op_is_access(op->kind) && op->kind != CR2_OP_LOCK && op->kind != CR2_OP_UNLOCK &&
	       op->kind != CR2_OP_LOCKALL && op->kind != CR2_OP_HOLD && op->kind != CR2_OP_PIN && op->kind != CR2_OP_RELEASE &&
	       op->kind != CR2_OP_MSEAL &&
	       !(op->kind == CR2_OP_ADVISE && (op->advice == CR2_ADVICE_POPULATE_READ ||
					       op->advice == CR2_ADVICE_POPULATE_WRITE));
}

/* Of a file, what is written back is protected, by whomever: so only while the page is dirty. */
static bool can_be(const struct host_page *page)
{
	return page->kind == CR2_PAGE_ANON || page->kind == CR2_PAGE_HUGE ||
	       (page->kind == CR2_PAGE_FILE && page->dirty);
}

static bool is_same(const struct host_page *a, const struct host_page *b)
{
	return a->kind == b->kind && a->frame == b->frame && a->id == b->id;
}

static bool stays(const struct host_view *before, uint64_t address, unsigned shift, const struct host_page *page,
		  const struct cr2_op *op, bool own)
{
	const struct host_page *was = host_view_page(before, address);

	/* What is merged is nobody's to write to. */
	if (!was || !was->writable || !is_same(was, page) || op->kind == CR2_OP_KSM_SCAN)
		return false;
	return !own || (op->kind != CR2_OP_FORK && op->kind != CR2_OP_CLEAR_REFS && !(covers(op, address, shift) && may_protect(op)));
}

void host_writable_update(const struct host_view *before, struct host_view *now,
			  const struct cr2_op *op, bool own, enum cr2_result result)
{
	for (size_t i = 0; i < now->count; i++) {
		const struct maps_vma *vma = &now->regions[i].vma;
		bool makes = own && result == CR2_RESULT_OK && makes_writable(op, vma);
		struct host_page *page = now->regions[i].pages;
		const unsigned shift = host_region_shift(&now->regions[i]);

		for (uint64_t address = vma->start; address < vma->end;
		     address += 1ULL << shift, page++)
			page->writable = can_be(page) && ((makes && covers(op, address, shift)) ||
							  stays(before, address, shift, page, op, own));
	}
}
