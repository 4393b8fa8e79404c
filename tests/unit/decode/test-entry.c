/* SPDX-License-Identifier: MIT */
/* Page-table entries of all levels, present and not. */
#include <cr2/decode.h>

#include "../test.h"

static struct cr2_entry decode(uint64_t value, enum cr2_level level, int kernel)
{
	struct cr2_entry_input input;
	struct cr2_entry entry;

	cr2_entry_input_init(&input);
	input.value = value;
	input.level = level;
	input.kernel = kernel;
	cr2_entry_decode(&input, &entry);
	return entry;
}

/* As x86-64 encodes it: the offset inverted in bits 58 to 9, the type above. */
static uint64_t swap(unsigned type, uint64_t offset)
{
	return (~offset << 14 >> 5) | (uint64_t)type << 59;
}

static bool has_flag(const struct cr2_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->flags.n; i++)
		if (strcmp(entry->flags.items[i]->name, name) == 0)
			return true;
	return false;
}

static void pages_of_every_size(void **state)
{
	static const struct {
		uint64_t value, phys, size;
		enum cr2_level level;
	} rows[] = {
		{0x8000000012345067, 0x12345000, 0x1000, CR2_LEVEL_PTE},
		{0x800fffffffe000e7, 0xfffffffe00000, 0x200000, CR2_LEVEL_PMD},
		/* Bit 12 is PAT, not part of the address. */
		{0x80000000124010e7, 0x12400000, 0x200000, CR2_LEVEL_PMD},
		{0x80000001c00010e7, 0x1c0000000, 0x40000000, CR2_LEVEL_PUD},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_entry entry = decode(rows[i].value, rows[i].level, 6018);

		assert_int_equal(entry.kind, CR2_ENTRY_KIND_PAGE);
		assert_true(entry.present && entry.has_pfn);
		assert_int_equal(entry.phys, rows[i].phys);
		assert_int_equal(entry.pfn, rows[i].phys >> 12);
		assert_int_equal(entry.size, rows[i].size);
		assert_int_equal(entry.flags.unknown, 0);
		assert_int_equal(entry.reserved, 0);
		assert_true(has_flag(&entry, "NX") && has_flag(&entry, "dirty"));
	}
}

static void tables(void **state)
{
	(void)state;
	for (int level = CR2_LEVEL_PMD; level <= CR2_LEVEL_PGD; level++) {
		struct cr2_entry entry = decode(0x1003067, level, 6018);

		assert_int_equal(entry.kind, CR2_ENTRY_KIND_TABLE);
		assert_int_equal(entry.phys, 0x1003000);
		/* Four levels: the PGD's entries lead to PUDs, as P4D entries do. */
		assert_int_equal(entry.size, cr2_level_size(level == CR2_LEVEL_PGD ? CR2_LEVEL_P4D : level));
		entry.input.levels = 5;
		cr2_entry_decode(&entry.input, &entry);
		assert_int_equal(entry.size, cr2_level_size(level));
	}
	assert_int_equal(cr2_level_size(CR2_LEVEL_PGD), 1ULL << 48);
}

static void reserved_bits(void **state)
{
	(void)state;
	assert_int_equal(decode(0x124020e7, CR2_LEVEL_PMD, 0).reserved, 0x2000);
	assert_int_equal(decode(0x412000e7, CR2_LEVEL_PUD, 0).reserved, 0x1200000);
	assert_int_equal(decode(0x10030e7, CR2_LEVEL_PGD, 0).reserved, 0x80);
	assert_int_equal(decode(0x10030e7, CR2_LEVEL_P4D, 0).reserved, 0x80);
	assert_int_equal(decode(0x10030e7, CR2_LEVEL_PTE, 0).reserved, 0);
}

static void memory_types(void **state)
{
	(void)state;
	assert_string_equal(decode(0x1001, CR2_LEVEL_PTE, 0).memory_type, "WB");
	assert_string_equal(decode(0x1009, CR2_LEVEL_PTE, 0).memory_type, "WC");
	assert_string_equal(decode(0x1011, CR2_LEVEL_PTE, 0).memory_type, "UC-");
	assert_string_equal(decode(0x1019, CR2_LEVEL_PTE, 0).memory_type, "UC");
	assert_string_equal(decode(0x1099, CR2_LEVEL_PTE, 0).memory_type, "WT");
	assert_string_equal(decode(0x1099, CR2_LEVEL_PMD, 0).memory_type, "WT");
	assert_string_equal(decode(0x0099, CR2_LEVEL_PMD, 0).memory_type, "UC");
}

static void nothing(void **state)
{
	(void)state;
	assert_int_equal(decode(0, CR2_LEVEL_PTE, 0).kind, CR2_ENTRY_KIND_NONE);
	/* Accessed and dirty alone may be a CPU's erratum. */
	assert_int_equal(decode(0x60, CR2_LEVEL_PTE, 0).kind, CR2_ENTRY_KIND_NONE);
	assert_int_equal(decode(0x2, CR2_LEVEL_PGD, 0).kind, CR2_ENTRY_KIND_BAD);
	assert_int_equal(decode(0x2, CR2_LEVEL_PUD, 0).kind, CR2_ENTRY_KIND_BAD);
}

/* The frame stands inverted; the flags do not. */
static void prot_none(void **state)
{
	uint64_t frame = 0x12345000, inverted = ~frame & CR2_PTE_FRAME_MASK;
	struct cr2_entry entry = decode(inverted | 0x160, CR2_LEVEL_PTE, 6018);

	(void)state;
	assert_int_equal(entry.kind, CR2_ENTRY_KIND_PROTNONE);
	assert_false(entry.present);
	assert_int_equal(entry.phys, frame);
	assert_true(entry.inverted && has_flag(&entry, "protnone") && has_flag(&entry, "dirty"));
	assert_false(has_flag(&entry, "global"));

	entry = decode((~0x12400000ULL & 0x000fffffffe00000) | 0x1e0, CR2_LEVEL_PMD, 6018);
	assert_int_equal(entry.kind, CR2_ENTRY_KIND_PROTNONE);
	assert_int_equal(entry.phys, 0x12400000);
	assert_int_equal(entry.size, 0x200000);
	entry = decode((~0x12400000ULL & 0x000fffffffe00000) | 0xe0, CR2_LEVEL_PMD, 6018);
	assert_int_equal(entry.kind, CR2_ENTRY_KIND_INVALIDATED);
}

static void swapped_out(void **state)
{
	static const uint64_t offsets[] = {0, 1, 0x1234, (1ULL << 50) - 1};

	(void)state;
	for (unsigned type = 0; type < 24; type++) {
		for (size_t i = 0; i < CR2_ARRAY_SIZE(offsets); i++) {
			uint64_t value = swap(type, offsets[i]) | 0x8;
			struct cr2_entry entry = decode(value, CR2_LEVEL_PTE, 6018);

			if (entry.kind == CR2_ENTRY_KIND_NONE) /* only where the value is 0 */
				continue;
			assert_int_equal(entry.kind, CR2_ENTRY_KIND_SWAP);
			assert_int_equal(entry.swap_type, type);
			assert_int_equal(entry.swap_offset, offsets[i]);
			assert_true(has_flag(&entry, "exclusive"));
			assert_false(has_flag(&entry, "uffd_wp") || has_flag(&entry, "soft_dirty"));
			assert_false(entry.present || entry.has_pfn);
		}
	}
}

static const char *special_name(unsigned type, int kernel, bool memory_failure, bool device_private)
{
	struct cr2_entry_input input;
	struct cr2_entry entry;

	cr2_entry_input_init(&input);
	input.value = swap(type, 1);
	input.kernel = kernel;
	input.memory_failure = memory_failure;
	input.device_private = device_private;
	cr2_entry_decode(&input, &entry);
	return entry.special ? entry.special->name : "swap";
}

/* Numbers as include/linux/swap.h of 6.1 and 6.12 computes them, and 6.18's. */
static void special_types(void **state)
{
	(void)state;
	assert_string_equal(special_name(31, 6001, true, true), "swapin_error");
	assert_string_equal(special_name(30, 6001, true, true), "pte_marker");
	assert_string_equal(special_name(26, 6001, true, true), "device_private_write");
	assert_string_equal(special_name(25, 6001, true, true), "migration_write");
	assert_string_equal(special_name(22, 6001, true, true), "hwpoison");
	assert_string_equal(special_name(21, 6001, true, true), "swap");

	assert_string_equal(special_name(31, 6012, true, true), "pte_marker");
	assert_string_equal(special_name(30, 6012, true, true), "device_exclusive_read");
	assert_string_equal(special_name(24, 6012, true, true), "migration_read");
	assert_string_equal(special_name(23, 6012, true, true), "hwpoison");
	assert_string_equal(special_name(22, 6012, true, true), "swap");

	assert_string_equal(special_name(30, 6018, true, true), "device_exclusive");
	assert_string_equal(special_name(24, 6018, true, true), "hwpoison");

	/* Debian's configuration, and one with neither. */
	assert_string_equal(special_name(30, 6018, true, false), "migration_write");
	assert_string_equal(special_name(27, 6018, true, false), "hwpoison");
	assert_string_equal(special_name(27, 6018, false, false), "swap");
	assert_string_equal(special_name(28, 6018, false, false), "migration_read");

	/* Before exclusive read migration and markers. */
	assert_string_equal(special_name(31, 5010, true, false), "migration_write");
	assert_string_equal(special_name(30, 5010, true, false), "migration_read");
	assert_string_equal(special_name(29, 5010, true, false), "hwpoison");
}

static void migration(void **state)
{
	/* Above the 34 bits of the frame: young, then dirty. */
	uint64_t offset = 0x12345 | 1ULL << 34 | 1ULL << 35;
	struct cr2_entry entry = decode(swap(30, offset), CR2_LEVEL_PTE, 6018);

	(void)state;
	assert_int_equal(entry.kind, CR2_ENTRY_KIND_SPECIAL);
	assert_string_equal(entry.special->name, "migration_write");
	assert_int_equal(entry.pfn, 0x12345);
	assert_true(entry.young && entry.dirty);
	entry = decode(swap(30, 0x12345 | 1ULL << 34), CR2_LEVEL_PTE, 6018);
	assert_true(entry.young && !entry.dirty);
	entry = decode(swap(29, 0x12345), CR2_LEVEL_PMD, 6018);
	assert_string_equal(entry.special->name, "migration_read_exclusive");
	assert_int_equal(entry.phys, 0x12345000);
	assert_int_equal(entry.size, 0x200000);
	assert_false(entry.young || entry.dirty);
}

static void markers(void **state)
{
	struct cr2_entry entry = decode(swap(31, 4), CR2_LEVEL_PTE, 6018);

	(void)state;
	assert_string_equal(entry.special->name, "pte_marker");
	assert_int_equal(entry.marker.n, 1);
	assert_string_equal(entry.marker.items[0]->name, "guard");
	assert_false(entry.has_pfn);
	entry = decode(swap(31, 4), CR2_LEVEL_PTE, 6012);
	assert_int_equal(entry.marker.unknown, 4);
}

/*
 * Entries read out of the page tables of 6.18.44 (without CONFIG_MEMORY_FAILURE) by a BPF
 * program, with the frame that /proc/PID/pagemap gave for the page.
 */
static void entries_of_a_running_kernel(void **state)
{
	static const struct {
		uint64_t value, pfn;
		enum cr2_level level;
		enum cr2_entry_kind kind;
		const char *flags;
	} rows[] = {
		/* Written once; the zero page; writable, then mprotect(PROT_READ). */
		{0x80000001786a6067, 0x1786a6, CR2_LEVEL_PTE, CR2_ENTRY_KIND_PAGE,
		 "present write user accessed dirty NX"},
		{0x8000000003b34225, 0x3b34, CR2_LEVEL_PTE, CR2_ENTRY_KIND_PAGE,
		 "present user accessed special NX"},
		{0x84000001b9551025, 0x1b9551, CR2_LEVEL_PTE, CR2_ENTRY_KIND_PAGE,
		 "present user accessed saved_dirty NX"},
		/* A file's page, read; the program's text. */
		{0x800000015a2a2025, 0x15a2a2, CR2_LEVEL_PTE, CR2_ENTRY_KIND_PAGE,
		 "present user accessed NX"},
		{0x20d43d025, 0x20d43d, CR2_LEVEL_PTE, CR2_ENTRY_KIND_PAGE,
		 "present user accessed"},
		/* Written, then mprotect(PROT_NONE): a small page and a huge one. */
		{0x40ffffdfaeec120, 0x205113, CR2_LEVEL_PTE, CR2_ENTRY_KIND_PROTNONE,
		 "accessed protnone saved_dirty"},
		{0x80000002224000e7, 0x222400, CR2_LEVEL_PMD, CR2_ENTRY_KIND_PAGE,
		 "present write user accessed dirty huge NX"},
		{0x40ffffddda001a0, 0x222400, CR2_LEVEL_PMD, CR2_ENTRY_KIND_PROTNONE,
		 "accessed huge protnone saved_dirty"},
		/* MADV_GUARD_INSTALL; pagemap: type 31, offset 4. */
		{0xfffffffffffff600, 0, CR2_LEVEL_PTE, CR2_ENTRY_KIND_SPECIAL, "0"},
		/* The tables above. */
		{0x16eaa9067, 0x16eaa9, CR2_LEVEL_PMD, CR2_ENTRY_KIND_TABLE,
		 "present write user accessed dirty"},
		{0x16eaa8067, 0x16eaa8, CR2_LEVEL_PGD, CR2_ENTRY_KIND_TABLE,
		 "present write user accessed dirty"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_entry entry = decode(rows[i].value, rows[i].level, 6018);
		struct cr2_text text = {0};

		assert_int_equal(entry.kind, rows[i].kind);
		assert_int_equal(entry.pfn, rows[i].pfn);
		assert_int_equal(cr2_flags_format(&entry.flags, " ", &text), 0);
		assert_string_equal(text.data, rows[i].flags);
		cr2_text_finish(&text);
	}
	assert_string_equal(decode(0xfffffffffffff600, CR2_LEVEL_PTE, 6018).marker.items[0]->name,
			    "guard");
}

/* Every value of every level is taken apart without a bit being lost. */
static void no_bit_is_lost(void **state)
{
	uint64_t value = 1;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		enum cr2_level level = CR2_LEVEL_PTE + i % 5;
		struct cr2_entry entry;
		uint64_t told;

		value = value * 6364136223846793005ULL + 1442695040888963407ULL;
		entry = decode(value | 1, level, 6018);
		told = entry.phys | entry.flags.unknown | entry.reserved;
		for (size_t f = 0; f < entry.flags.n; f++)
			told |= cr2_flag_field(entry.flags.items[f], value | 1)
				<< entry.flags.items[f]->bit;
		assert_int_equal(told, value | 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_every_size),
		cmocka_unit_test(tables),
		cmocka_unit_test(reserved_bits),
		cmocka_unit_test(memory_types),
		cmocka_unit_test(nothing),
		cmocka_unit_test(prot_none),
		cmocka_unit_test(swapped_out),
		cmocka_unit_test(special_types),
		cmocka_unit_test(migration),
		cmocka_unit_test(markers),
		cmocka_unit_test(entries_of_a_running_kernel),
		cmocka_unit_test(no_bit_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
