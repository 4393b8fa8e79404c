/* SPDX-License-Identifier: MIT */
/* Words of flags: the tables' rows, and which of them a value has under a kernel. */
#include <cr2/flags.h>

#define KERNEL(major, minor) ((major) * 1000 + (minor))
#define X(id, name, bit, width, from, until, code, meaning) \
	{name, meaning, code, bit, width, from, until},
static const struct cr2_flag vm_rows[] = {
#include <cr2/tables/vm_flag.def>
};
static const struct cr2_flag fault_rows[] = {
#include <cr2/tables/fault_flag.def>
};
static const struct cr2_flag vm_fault_rows[] = {
#include <cr2/tables/vm_fault.def>
};
#undef X

/* One array for the three kinds of entry, and beside it which kinds a row is for. */
enum {
	SMALL = 1,
	HUGE = 2,
	TABLE = 4,
};
static const struct cr2_flag entry_rows[] = {
#define X(id, name, bit, width, from, until, kinds, meaning) \
	{name, meaning, "", bit, width, from, until},
#include <cr2/tables/entry_bit.def>
#undef X
};
static const uint8_t entry_kinds[] = {
#define X(id, name, bit, width, from, until, kinds, meaning) (kinds),
#include <cr2/tables/entry_bit.def>
#undef X
};

struct table {
	const struct cr2_flag *rows;
	size_t n;
	uint8_t kind; /* entries only: the rows of entry_kinds that count */
};
static const struct table tables[CR2_FLAGS_COUNT] = {
	[CR2_FLAGS_VM] = {vm_rows, CR2_ARRAY_SIZE(vm_rows), 0},
	[CR2_FLAGS_FAULT] = {fault_rows, CR2_ARRAY_SIZE(fault_rows), 0},
	[CR2_FLAGS_VM_FAULT] = {vm_fault_rows, CR2_ARRAY_SIZE(vm_fault_rows), 0},
	[CR2_FLAGS_ENTRY_SMALL] = {entry_rows, CR2_ARRAY_SIZE(entry_rows), SMALL},
	[CR2_FLAGS_ENTRY_HUGE] = {entry_rows, CR2_ARRAY_SIZE(entry_rows), HUGE},
	[CR2_FLAGS_ENTRY_TABLE] = {entry_rows, CR2_ARRAY_SIZE(entry_rows), TABLE},
};

static uint64_t mask(const struct cr2_flag *flag)
{
	return ((1ULL << flag->width) - 1) << flag->bit;
}

uint64_t cr2_flag_field(const struct cr2_flag *flag, uint64_t value)
{
	return (value & mask(flag)) >> flag->bit;
}

static int in_kernel(const struct cr2_flag *flag, int kernel)
{
	if (kernel <= 0)
		return flag->until == 0;
	return flag->from <= kernel && (flag->until == 0 || kernel < flag->until);
}

void cr2_flags_decode(enum cr2_flag_table table, uint64_t value, int kernel,
		      struct cr2_flags *ret_flags)
{
	const struct table *t = &tables[table];

	*ret_flags = (struct cr2_flags){.value = value, .unknown = value};
	for (size_t i = 0; i < t->n; i++) {
		const struct cr2_flag *row = &t->rows[i];

		if ((t->kind && !(entry_kinds[i] & t->kind)) || !in_kernel(row, kernel))
			continue;
		if (value & mask(row))
			ret_flags->items[ret_flags->n++] = row;
		ret_flags->unknown &= ~mask(row);
	}
}

const struct cr2_flag *cr2_flags_rows(enum cr2_flag_table table, size_t *ret_n)
{
	*ret_n = tables[table].n;
	return tables[table].rows;
}
