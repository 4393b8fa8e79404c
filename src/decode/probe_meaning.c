/* SPDX-License-Identifier: MIT */
/* What a register's value means, by the type of the argument that it is. */
#include <inttypes.h>

#include "probe.h"

#define POINTER_ERRORS 4095 /* ERR_PTR: the last page holds negative errnos */

static int mean_pointer(uint64_t value, int kernel, struct cr2_text *text)
{
	struct cr2_va va;

	(void)kernel;
	if (value == 0)
		return cr2_text_append(text, "NULL");
	if (value > UINT64_MAX - POINTER_ERRORS)
		return cr2_text_printf(text, "no pointer but error %" PRId64, (int64_t)value);
	cr2_va_decode(value, 5, &va);
	if (!va.canonical || !va.kernel)
		return cr2_text_append(text, "no kernel address: is the probe at the function's "
				       "first instruction?");
	return cr2_text_printf(text, "in %s", cr2_va_region(value, 4));
}

static int mean_address(uint64_t value, int kernel, struct cr2_text *text)
{
	struct cr2_va va;
	int r;

	(void)kernel;
	cr2_va_decode(value, 4, &va);
	if (!va.canonical)
		return cr2_text_append(text, "not canonical with 4 levels");
	r = cr2_text_printf(text, "%s,", cr2_va_region(value, 4));
	for (size_t i = 0; r == 0 && i < va.levels; i++)
		r = cr2_text_printf(text, " %s[%u]", cr2_level_title(cr2_va_level(&va, i)),
				    va.indices[i]);
	return r == 0 ? cr2_text_printf(text, " + 0x%" PRIx64, va.offset) : r;
}

static int mean_error_code(uint64_t value, int kernel, struct cr2_text *text)
{
	struct cr2_error_input input = {.code = value};
	struct cr2_error error;
	int r = cr2_error_code_binary(value, text);

	(void)kernel;
	cr2_error_decode(&input, &error);
	if (r == 0)
		r = cr2_text_append(text, ", ");
	return r == 0 ? cr2_error_sentence(&error, text) : r;
}

static int mean_entry(enum cr2_level level, uint64_t value, int kernel, struct cr2_text *text)
{
	struct cr2_entry_input input;
	struct cr2_entry entry;
	int r = 0;

	cr2_entry_input_init(&input);
	input.value = value;
	input.level = level;
	input.kernel = kernel;
	cr2_entry_decode(&input, &entry);
	if (entry.has_pfn)
		r = cr2_text_printf(text, "pfn 0x%" PRIx64 ", ", entry.pfn);
	if (r == 0 && !entry.present)
		r = cr2_text_printf(text, "%s ", cr2_entry_kind_name(entry.kind));
	return r == 0 ? cr2_flags_format(&entry.flags, " ", text) : r;
}

static int mean_pte(uint64_t value, int kernel, struct cr2_text *text)
{
	return mean_entry(CR2_LEVEL_PTE, value, kernel, text);
}

static int mean_pmd(uint64_t value, int kernel, struct cr2_text *text)
{
	return mean_entry(CR2_LEVEL_PMD, value, kernel, text);
}

static int mean_pfn(uint64_t value, int kernel, struct cr2_text *text)
{
	(void)kernel;
	return cr2_text_printf(text, "physical 0x%" PRIx64, value << CR2_PAGE_SHIFT);
}

static int mean_number(uint64_t value, int kernel, struct cr2_text *text)
{
	(void)kernel;
	return cr2_text_printf(text, "%" PRIu64, value);
}

static int mean_int(uint64_t value, int kernel, struct cr2_text *text)
{
	(void)kernel;
	return cr2_text_printf(text, "%" PRId32, (int32_t)value);
}

static int mean_bool(uint64_t value, int kernel, struct cr2_text *text)
{
	(void)kernel;
	return cr2_text_append(text, value ? "true" : "false");
}

#define SIGSEGV_NUMBER 11
#define SIGBUS_NUMBER 7

static int mean_signal(uint64_t value, int kernel, struct cr2_text *text)
{
	(void)kernel;
	if (value == SIGSEGV_NUMBER)
		return cr2_text_append(text, "SIGSEGV");
	if (value == SIGBUS_NUMBER)
		return cr2_text_append(text, "SIGBUS");
	return cr2_text_printf(text, "signal %" PRId32, (int32_t)value);
}

static int mean_segv_code(uint64_t value, int kernel, struct cr2_text *text)
{
	enum cr2_result result = cr2_result_from_signal(SIGSEGV_NUMBER, (int)value);

	(void)kernel;
	if (result == CR2_RESULT_UNKNOWN)
		return cr2_text_printf(text, "si_code %" PRId32, (int32_t)value);
	return cr2_text_printf(text, "%s (of SIGSEGV)", cr2_result_name(result));
}

/* The kinds of arg_type.def. */
#define POINTER mean_pointer
#define ADDRESS mean_address
#define ERROR_CODE mean_error_code
#define FAULT_FLAGS cr2_fault_flags_format
#define VM_FLAGS cr2_vm_flags_format
#define VM_FAULT cr2_vm_fault_format
#define PTE mean_pte
#define PMD mean_pmd
#define PFN mean_pfn
#define NUMBER mean_number
#define INT mean_int
#define BOOL mean_bool
#define SIGNAL mean_signal
#define SEGV_CODE mean_segv_code

static const struct {
	const char *name, *what;
	unsigned bits;
	int (*mean)(uint64_t value, int kernel, struct cr2_text *text);
} types[ARG_COUNT] = {
#define X(id, type, bits, kind, what) [ARG_##id] = {type, what, bits, kind},
#include <cr2/tables/arg_type.def>
#undef X
};

const char *probe_arg_type_name(enum arg_type type)
{
	return types[type].name;
}

unsigned probe_arg_type_bits(enum arg_type type)
{
	return types[type].bits;
}

/* A 32-bit argument leaves the upper half of its register undefined. */
int probe_arg_meaning(enum arg_type type, uint64_t value, int kernel, struct cr2_text *text)
{
	int r = 0;

	if (types[type].bits < 64)
		value &= (1ULL << types[type].bits) - 1;
	if (*types[type].what)
		r = cr2_text_printf(text, "%s: ", types[type].what);
	return r == 0 ? types[type].mean(value, kernel, text) : r;
}
