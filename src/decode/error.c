/* SPDX-License-Identifier: MIT */
/* Page-fault error codes: what they say, whether a CPU can push them, where the address lies. */
#include <cr2/decode.h>

#include "cause.h"

static const struct {
	uint64_t set, clear;
	const char *why;
} conflicts[] = {
#define X(set, clear, why) {set, clear, why},
#include <cr2/tables/error_conflict.def>
#undef X
};
/* All rows, and the two reasons that are no row. */
_Static_assert(CR2_ARRAY_SIZE(conflicts) + 2 <= CR2_ERROR_CONFLICTS, "too few conflicts");

static void add_conflict(struct cr2_error *error, const char *why)
{
	error->conflicts[error->n_conflicts++] = why;
}

static void find_conflicts(struct cr2_error *error)
{
	uint64_t code = error->input.code;
	struct cr2_va va;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(conflicts); i++)
		if ((code & conflicts[i].set) == conflicts[i].set && !(code & conflicts[i].clear))
			add_conflict(error, conflicts[i].why);
	if (error->unknown)
		add_conflict(error, "bits that the architecture does not define are set");
	cr2_va_decode(error->input.address, 5, &va);
	if (error->input.has_address && !va.canonical)
		add_conflict(error, "a non-canonical address raises #GP (#SS on the stack), "
				    "never a page fault");
}

static uint64_t unknown_bits(uint64_t code)
{
	size_t n;
	const struct cr2_error_bit *rows = cr2_error_bits(&n);

	for (size_t i = 0; i < n; i++)
		code &= ~(1ULL << rows[i].bit);
	return code;
}

static enum cr2_access access_of(uint64_t code)
{
	if (code & CR2_PF(I))
		return CR2_ACCESS_FETCH;
	return code & CR2_PF(W) ? CR2_ACCESS_WRITE : CR2_ACCESS_READ;
}

static void place(struct cr2_error *error)
{
	const struct cr2_mapping *mapping = &error->input.mapping;
	uint64_t address = error->input.address;

	error->inside = mapping->start <= address && address < mapping->end;
	if (address < mapping->start)
		return;
	error->offset = address - mapping->start;
	error->page = error->offset >> CR2_PAGE_SHIFT;
	error->page_offset = address & ~CR2_PAGE_MASK;
}

/* x86 has no way to forbid loads where anything else is allowed. */
static void judge(struct cr2_error *error)
{
	uint64_t code = error->input.code;
	uint8_t prot = error->input.mapping.prot;

	if (code & CR2_PF(W))
		error->needed |= CR2_PROT_WRITE;
	if (code & CR2_PF(I))
		error->needed |= CR2_PROT_EXEC;
	if (error->needed == 0) {
		error->needed = CR2_PROT_READ;
		prot = prot ? CR2_PROT_READ : 0;
	}
	error->missing = error->needed & ~prot;
	error->permitted = error->missing == 0 && !(code & CR2_PF(PK)) &&
			   (error->inside || !error->input.has_address);
}

void cr2_error_decode(const struct cr2_error_input *input, struct cr2_error *ret_error)
{
	*ret_error = (struct cr2_error){
		.input = *input,
		.unknown = unknown_bits(input->code),
		.access = access_of(input->code),
		.user = input->code & CR2_PF(U),
		.present = input->code & CR2_PF(P),
	};
	find_conflicts(ret_error);
	if (input->has_address && input->has_mapping)
		place(ret_error);
	if (input->has_mapping && !input->mapping.bare)
		judge(ret_error);
	error_causes(ret_error);
}

/* What the CPU found; the rarer bits explain more than P does. */
static const char *finding(const struct cr2_error *error)
{
	uint64_t code = error->input.code;

	if (code & CR2_PF(RSVD))
		return "a page behind an entry with a reserved bit set";
	if (code & CR2_PF(SGX))
		return "a page on which SGX refuses it";
	if (code & CR2_PF(RMP))
		return "a page on which the reverse map (SEV-SNP) refuses it";
	if (code & CR2_PF(PK))
		return "a page whose protection key refuses it";
	if (code & CR2_PF(P))
		return "a present page that refuses it";
	return "a page that is not present";
}

static const char *deed(const struct cr2_error *error)
{
	static const char *const verbs[] = {
		[CR2_ACCESS_READ] = "loaded from",
		[CR2_ACCESS_WRITE] = "stored to",
		[CR2_ACCESS_FETCH] = "fetched an instruction from",
	};

	if (error->input.code & CR2_PF(SS) && error->access == CR2_ACCESS_READ)
		return "popped the shadow stack from";
	if (error->input.code & CR2_PF(SS) && error->access == CR2_ACCESS_WRITE)
		return "pushed the shadow stack to";
	return verbs[error->access];
}

int cr2_error_sentence(const struct cr2_error *error, struct cr2_text *text)
{
	return cr2_text_printf(text, "%s %s %s", error->user ? "user mode" : "the kernel",
			       deed(error), finding(error));
}
