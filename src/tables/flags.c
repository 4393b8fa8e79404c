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
static const struct cr2_flag swap_rows[] = {
#include <cr2/tables/swap_bit.def>
};
static const struct cr2_flag marker_rows[] = {
#include <cr2/tables/pte_marker.def>
};
static const struct cr2_flag pagemap_rows[] = {
#include <cr2/tables/pagemap_bit.def>
};
#undef X

/* One array for the kinds of entry, one for those of frames; beside them which kinds a row is for. */
enum {
	SMALL = 1,
	HUGE = 2,
	TABLE = 4,
	NONE_SMALL = 8,
	NONE_HUGE = 16,
	LEAF = SMALL | HUGE | NONE_SMALL | NONE_HUGE,
	FRAME_ANON = 32,
	FRAME_OTHER = 64,
	ANY = LEAF | TABLE | FRAME_ANON | FRAME_OTHER,
};
static const struct cr2_flag entry_rows[] = {
#define X(id, name, bit, width, from, until, kinds, meaning) \
	{name, meaning, #id, bit, width, from, until},
#include <cr2/tables/entry_bit.def>
#undef X
};
static const struct cr2_flag frame_rows[] = {
#define X(id, name, bit, width, from, until, kinds, meaning) \
	{name, meaning, "", bit, width, from, until},
#include <cr2/tables/frame_flag.def>
#undef X
};
#define X(id, name, bit, width, from, until, kinds, meaning) (kinds),
static const uint8_t entry_kinds[] = {
#include <cr2/tables/entry_bit.def>
};
static const uint8_t frame_kinds[] = {
#include <cr2/tables/frame_flag.def>
};
#undef X

struct table {
	const struct cr2_flag *rows;
	size_t n;
	const uint8_t *kinds; /* of its rows; NULL: all of them count */
	uint8_t kind; /* else those of this kind do */
};
#define ENTRIES(kind) {entry_rows, CR2_ARRAY_SIZE(entry_rows), entry_kinds, kind}
#define FRAMES(kind) {frame_rows, CR2_ARRAY_SIZE(frame_rows), frame_kinds, kind}
static const struct table tables[CR2_FLAGS_COUNT] = {
	[CR2_FLAGS_VM] = {vm_rows, CR2_ARRAY_SIZE(vm_rows), NULL, 0},
	[CR2_FLAGS_FAULT] = {fault_rows, CR2_ARRAY_SIZE(fault_rows), NULL, 0},
	[CR2_FLAGS_VM_FAULT] = {vm_fault_rows, CR2_ARRAY_SIZE(vm_fault_rows), NULL, 0},
	[CR2_FLAGS_ENTRY_SMALL] = ENTRIES(SMALL),
	[CR2_FLAGS_ENTRY_HUGE] = ENTRIES(HUGE),
	[CR2_FLAGS_ENTRY_TABLE] = ENTRIES(TABLE),
	[CR2_FLAGS_ENTRY_NONE_SMALL] = ENTRIES(NONE_SMALL),
	[CR2_FLAGS_ENTRY_NONE_HUGE] = ENTRIES(NONE_HUGE),
	[CR2_FLAGS_SWAP] = {swap_rows, CR2_ARRAY_SIZE(swap_rows), NULL, 0},
	[CR2_FLAGS_PTE_MARKER] = {marker_rows, CR2_ARRAY_SIZE(marker_rows), NULL, 0},
	[CR2_FLAGS_PAGEMAP] = {pagemap_rows, CR2_ARRAY_SIZE(pagemap_rows), NULL, 0},
	[CR2_FLAGS_FRAME_ANON] = FRAMES(FRAME_ANON),
	[CR2_FLAGS_FRAME_OTHER] = FRAMES(FRAME_OTHER),
};

static uint64_t mask(const struct cr2_flag *flag)
{
	return ((1ULL << flag->width) - 1) << flag->bit;
}

uint64_t cr2_flag_field(const struct cr2_flag *flag, uint64_t value)
{
	return (value & mask(flag)) >> flag->bit;
}

void cr2_flags_decode(enum cr2_flag_table table, uint64_t value, int kernel,
		      struct cr2_flags *ret_flags)
{
	const struct table *t = &tables[table];

	*ret_flags = (struct cr2_flags){.value = value, .unknown = value};
	for (size_t i = 0; i < t->n; i++) {
		const struct cr2_flag *row = &t->rows[i];

		if ((t->kinds && !(t->kinds[i] & t->kind)) ||
		    !cr2_kernel_in(kernel, row->from, row->until))
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

static const struct cr2_error_bit error_rows[] = {
#define X(name, bit, clear, set, says_clear, says_set) \
	{#name, {clear, set}, {says_clear, says_set}, bit},
#include <cr2/tables/error_code.def>
#undef X
};

const struct cr2_error_bit *cr2_error_bits(size_t *ret_n)
{
	*ret_n = CR2_ARRAY_SIZE(error_rows);
	return error_rows;
}
