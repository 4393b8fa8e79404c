/* SPDX-License-Identifier: MIT */
/*
 * What Linux can find behind an error code, in the order in which arch/x86/mm/fault.c looks:
 * exc_page_fault tells kernel from user addresses, do_user_addr_fault looks for the mapping,
 * access_error() asks it for the right, handle_mm_fault brings the page. Each step adds what
 * it can end in, and says whether the fault can get past it.
 */
#include <assert.h>

#include <cr2/decode.h>

#include "cause.h"

enum cause {
#define X(id, path, result, function, when, what) CAUSE_##id,
#include <cr2/tables/cause.def>
#undef X
};

static const struct cr2_cause causes[] = {
#define X(id, path, result, function, when, what) \
	[CAUSE_##id] = {when, function, what, CR2_PATH_##path, CR2_RESULT_##result},
#include <cr2/tables/cause.def>
#undef X
};

static bool is_signal(enum cr2_result result)
{
	int code;

	return cr2_result_signal(result, &code) != 0;
}

/* The kernel's own accesses get no signal. */
static void add(struct cr2_error *error, enum cause id)
{
	struct cr2_cause cause = causes[id];

	if (!*cause.what)
		cause.what = cr2_path_sentence(cause.path);
	if (!error->user && is_signal(cause.result)) {
		cause.function = "kernelmode_fixup_or_oops";
		cause.what = "an exception table makes the system call return EFAULT, else an oops";
		cause.result = CR2_RESULT_EFAULT;
	}
	assert(error->n_causes < CR2_ERROR_CAUSES);
	error->causes[error->n_causes++] = cause;
}

/* Are the mapping's permissions known? */
static bool has_prot(const struct cr2_error *error)
{
	return error->input.has_mapping && !error->input.mapping.bare;
}

static bool has(const struct cr2_error *error, uint64_t bits)
{
	return (error->input.code & bits) == bits;
}

#define VSYSCALL_PAGE 0xffffffffff600000ULL

/* do_kern_addr_fault: there are no mappings to look at. */
static void kernel_address(struct cr2_error *error)
{
	if (error->user && (error->input.address & CR2_PAGE_MASK) == VSYSCALL_PAGE)
		add(error, CAUSE_VSYSCALL);
	else if (error->user)
		add(error, CAUSE_USER_AT_KERNEL);
	if (error->user)
		return;
	/* The kernel compares the whole code: a protection key, say, is never spurious. */
	if (error->input.code == (CR2_PF(P) | CR2_PF(W)) ||
	    error->input.code == (CR2_PF(P) | CR2_PF(I)))
		add(error, CAUSE_KERNEL_SPURIOUS);
	add(error, CAUSE_KERNEL_ACCESS);
}

/* The checks of do_user_addr_fault before it looks for the mapping. */
static bool gets_to_mappings(struct cr2_error *error)
{
	if (!error->user && has(error, CR2_PF(I)))
		add(error, CAUSE_KERNEL_FETCH);
	else if (has(error, CR2_PF(RSVD)))
		add(error, CAUSE_CORRUPT);
	else
		return true;
	return false;
}

static bool gets_into_mapping(struct cr2_error *error)
{
	const struct cr2_error_input *input = &error->input;
	bool placed = input->has_address && input->has_mapping;

	if (!error->user) {
		add(error, CAUSE_NO_AC);
		add(error, CAUSE_NO_MM);
	}
	if (placed && error->inside)
		return true;
	if (placed && input->address < input->mapping.start &&
	    (input->mapping.bare || input->mapping.prot & CR2_PROT_WRITE))
		add(error, CAUSE_GROWS);
	add(error, CAUSE_NO_MAPPING);
	return !placed;
}

/* Adds refusal where the mapping refuses, or where it is not known; can the access go on? */
static bool mapping_allows(struct cr2_error *error, bool allows, enum cause refusal)
{
	if (!has_prot(error)) {
		add(error, refusal);
		return true;
	}
	if (!allows)
		add(error, refusal);
	return allows;
}

/* access_error(): stores by VM_WRITE; loads and fetches never where the entry is present. */
static bool gets_permission(struct cr2_error *error)
{
	uint8_t prot = error->input.mapping.prot;

	if (has(error, CR2_PF(PK))) {
		add(error, CAUSE_PKEY);
		return false;
	}
	if (has(error, CR2_PF(SGX))) {
		add(error, CAUSE_SGX);
		return false;
	}
	if (has(error, CR2_PF(SS)))
		add(error, CAUSE_NOT_SHADOW_STACK);
	if (has(error, CR2_PF(SS)) || has(error, CR2_PF(W)))
		return mapping_allows(error, prot & CR2_PROT_WRITE, CAUSE_NO_WRITE);
	if (error->present && has(error, CR2_PF(I)) &&
	    !mapping_allows(error, prot & CR2_PROT_EXEC, CAUSE_NO_EXEC))
		return false;
	if (error->present) {
		add(error, CAUSE_REFUSED);
		return false;
	}
	return mapping_allows(error, prot != 0, CAUSE_NO_ACCESS);
}

static bool may_be(const struct cr2_error *error, bool shared)
{
	return !has_prot(error) || error->input.mapping.shared == shared;
}

/* One that is likely only where nothing else is. */
static void add_rare(struct cr2_error *error, enum cause id)
{
	error->likely += error->likely == error->n_causes;
	add(error, id);
}

/* __handle_mm_fault asks the PMD first, handle_pte_fault the entry. */
static void write_to_present(struct cr2_error *error)
{
	bool private = may_be(error, false);

	if (private) {
		add_rare(error, CAUSE_WP_HUGE_REUSE);
		add_rare(error, CAUSE_WP_HUGE_SPLIT);
	}
	add_rare(error, CAUSE_WP_UFFD);
	if (private) {
		add_rare(error, CAUSE_WP_ZERO);
		add(error, CAUSE_WP_COPY);
		add(error, CAUSE_WP_REUSE);
	}
	if (may_be(error, true))
		add(error, CAUSE_WP_SHARED);
	add(error, CAUSE_SPURIOUS);
}

static void write_to_absent(struct cr2_error *error)
{
	if (may_be(error, false)) {
		add_rare(error, CAUSE_ANON_HUGE);
		add(error, CAUSE_ANON_ALLOC);
		add(error, CAUSE_FILE_COW);
	}
	if (may_be(error, true))
		add(error, CAUSE_FILE_SHARED);
	add(error, CAUSE_MISSING_UFFD);
	add(error, CAUSE_SWAP_IN);
	add(error, CAUSE_NUMA_HINT);
}

static void read_of_absent(struct cr2_error *error)
{
	if (error->access == CR2_ACCESS_FETCH && has_prot(error) &&
	    !(error->input.mapping.prot & CR2_PROT_EXEC)) {
		add(error, CAUSE_FETCH_LATER);
		return;
	}
	/* Code comes from files as a rule. */
	if (error->access == CR2_ACCESS_FETCH)
		add(error, CAUSE_FILE_READ);
	if (may_be(error, false)) {
		add_rare(error, CAUSE_ANON_HUGE_ZERO);
		add(error, CAUSE_ANON_ZERO);
	}
	if (error->access != CR2_ACCESS_FETCH)
		add(error, CAUSE_FILE_READ);
	add(error, CAUSE_MISSING_UFFD);
	add(error, CAUSE_SWAP_IN);
	add(error, CAUSE_NUMA_HINT);
}

/* handle_mm_fault: the mapping allows the access. */
static void handle(struct cr2_error *error)
{
	add_rare(error, CAUSE_HUGETLB);
	if (error->present) {
		write_to_present(error);
		return;
	}
	if (has(error, CR2_PF(W)))
		write_to_absent(error);
	else
		read_of_absent(error);
	add(error, CAUSE_PAST_FILE);
}

/* Likely is what gets furthest. */
void error_causes(struct cr2_error *error)
{
	bool kernel = error->input.has_address && error->input.address >> 63;

	if (kernel || !error->input.has_address)
		kernel_address(error);
	if (kernel || !gets_to_mappings(error) || !gets_into_mapping(error) ||
	    !gets_permission(error)) {
		error->likely = error->n_causes - 1;
		return;
	}
	error->likely = error->n_causes;
	handle(error);
}
