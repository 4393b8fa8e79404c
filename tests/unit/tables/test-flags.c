/* SPDX-License-Identifier: MIT */
/* The tables of bits are sound, and every word of flags reads as it should. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include <cr2/flags.h>

#include "../test.h"

static const int kernels[] = {4000, 4019, 5004, 5015, 6001, 6006, 6012, 6018, 6019, INT_MAX, 0};

#define ASSERT_FORMAT(wanted, call, ...) \
	do { \
		struct cr2_text text = {0}; \
		assert_int_equal(call(__VA_ARGS__, &text), 0); \
		assert_string_equal(text.data, wanted); \
		cr2_text_finish(&text); \
	} while (0)

/* Under any kernel no two rows that hold claim one bit: a value has one reading. */
static void rows_do_not_overlap(void **state)
{
	(void)state;
	for (int t = 0; t < CR2_FLAGS_COUNT; t++) {
		for (size_t k = 0; k < CR2_ARRAY_SIZE(kernels); k++) {
			struct cr2_flags flags;
			uint64_t seen = 0;

			cr2_flags_decode(t, UINT64_MAX, kernels[k], &flags);
			for (size_t i = 0; i < flags.n; i++) {
				uint64_t mask = cr2_flag_field(flags.items[i], UINT64_MAX)
						<< flags.items[i]->bit;

				if (seen & mask)
					print_error("%s, kernel %d\n", flags.items[i]->name, kernels[k]);
				assert_int_equal(seen & mask, 0);
				seen |= mask;
			}
			assert_int_equal(seen ^ flags.unknown, UINT64_MAX);
		}
	}
}

static void rows_are_whole(void **state)
{
	(void)state;
	for (int t = 0; t < CR2_FLAGS_COUNT; t++) {
		size_t n;
		const struct cr2_flag *rows = cr2_flags_rows(t, &n);

		assert_true(n > 0);
		for (size_t i = 0; i < n; i++) {
			assert_true(*rows[i].name && *rows[i].meaning);
			assert_in_range(rows[i].width, 1, 4);
			assert_in_range(rows[i].bit + rows[i].width, 1, 64);
			assert_true(rows[i].until == 0 || rows[i].from < rows[i].until);
		}
	}
}

static void vm_flags(void **state)
{
	(void)state;
	ASSERT_FORMAT("READ|WRITE|MAYREAD|MAYWRITE|MAYEXEC|ACCOUNT", cr2_vm_flags_format, 0x100073,
		      6018);
	ASSERT_FORMAT("0", cr2_vm_flags_format, 0, 6018);
	ASSERT_FORMAT("READ|PKEY=5|0x8000000000000000", cr2_vm_flags_format, 0x8000000500000001,
		      6018);
	ASSERT_FORMAT("rw- private", cr2_vm_flags_brief, 0x100073);
	ASSERT_FORMAT("r-x shared", cr2_vm_flags_brief, CR2_VM(READ) | CR2_VM(EXEC) | CR2_VM(MAYSHARE));
	ASSERT_FORMAT("rw- private growsdown", cr2_vm_flags_brief, 0x100173);
	assert_int_equal(CR2_VM(PKEY), 0xf00000000);
}

/* Mappings of 6.18.44: vm_flags as a BPF iterator read them, and their lines in smaps. */
static void vm_flags_of_a_running_kernel(void **state)
{
	static const struct {
		uint64_t vm_flags;
		const char *smaps;
	} rows[] = {
		{0x71, "VmFlags: rd mr mw me "},
		{0x75, "VmFlags: rd ex mr mw me "},
		{0x100073, "VmFlags: rd wr mr mw me ac "},
		{0x100173, "VmFlags: rd wr mr mw me gd ac "},
		{0x182173, "VmFlags: rd wr mr mw me gd lo lf ac "},
		{0x300fb, "VmFlags: rd wr sh mr mw me ms rr dc "},
		{0x46200073, "VmFlags: rd wr mr mw me nr wf dd nh "},
		{0x10006200073, "VmFlags: rd wr mr mw me nr wf dd dp "},
		{0x40000000071, "VmFlags: rd mr mw me sl "},
		{0x4044411, "VmFlags: rd mr pf io de dd "},
	};
	uint64_t vm_flags;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		assert_int_equal(cr2_vm_flags_parse(rows[i].smaps, 6018, &vm_flags), 0);
		assert_int_equal(vm_flags, rows[i].vm_flags);
	}
	assert_int_equal(cr2_vm_flags_parse("rd wr", 6018, &vm_flags), 0);
	assert_int_equal(vm_flags, 3);
	assert_int_equal(cr2_vm_flags_parse("rd xx", 6018, &vm_flags), -EINVAL);
	assert_int_equal(cr2_vm_flags_parse("rd wri", 6018, &vm_flags), -EINVAL);
	assert_int_equal(cr2_vm_flags_parse("sl", 6001, &vm_flags), -EINVAL);
	assert_int_equal(cr2_vm_flags_parse("", 6018, &vm_flags), -EINVAL);
	assert_int_equal(vm_flags, 3);
}

static void vm_flags_move_between_kernels(void **state)
{
	(void)state;
	ASSERT_FORMAT("UFFD_MINOR", cr2_vm_flags_format, 1ULL << 37, 6001);
	ASSERT_FORMAT("SHADOW_STACK", cr2_vm_flags_format, 1ULL << 37, 6012);
	ASSERT_FORMAT("UFFD_MINOR", cr2_vm_flags_format, 1ULL << 38, 6012);
	ASSERT_FORMAT("0x4000000000", cr2_vm_flags_format, 1ULL << 38, 6018);
	ASSERT_FORMAT("UFFD_MINOR", cr2_vm_flags_format, 1ULL << 41, 6018);
	ASSERT_FORMAT("SEALED", cr2_vm_flags_format, 1ULL << 63, 6012);
	ASSERT_FORMAT("SEALED", cr2_vm_flags_format, 1ULL << 42, 6018);
	ASSERT_FORMAT("DENYWRITE", cr2_vm_flags_format, 0x800, 5010);
	ASSERT_FORMAT("0x800", cr2_vm_flags_format, 0x800, 6001);
	ASSERT_FORMAT("MAYBE_GUARD", cr2_vm_flags_format, 0x800, 0);
}

static void fault_flags(void **state)
{
	(void)state;
	ASSERT_FORMAT("WRITE|ALLOW_RETRY|KILLABLE|USER|INTERRUPTIBLE", cr2_fault_flags_format, 0x255,
		      6018);
	ASSERT_FORMAT("USER|VMA_LOCK|0x80000000", cr2_fault_flags_format, 0x80001040, 6018);
	ASSERT_FORMAT("USER|0x1000", cr2_fault_flags_format, 0x1040, 6001);
	assert_int_equal(CR2_FAULT_FLAG(WRITE) | CR2_FAULT_FLAG(ALLOW_RETRY) |
			 CR2_FAULT_FLAG(KILLABLE) | CR2_FAULT_FLAG(USER) |
			 CR2_FAULT_FLAG(INTERRUPTIBLE), 0x255);
}

static void vm_fault(void **state)
{
	(void)state;
	ASSERT_FORMAT("MAJOR|LOCKED", cr2_vm_fault_format, 0x204, 6018);
	ASSERT_FORMAT("HWPOISON_LARGE|HINDEX=3", cr2_vm_fault_format, 0x30020, 6018);
	ASSERT_FORMAT("WRITE", cr2_vm_fault_format, 8, 6001);
	ASSERT_FORMAT("0x8", cr2_vm_fault_format, 8, 6018);
	ASSERT_FORMAT("0x80", cr2_vm_fault_format, 0x80, 6018);
}

static void entries(void **state)
{
	(void)state;
	ASSERT_FORMAT("present write user accessed dirty NX", cr2_entry_flags_format,
		      0x80000000000b3067, CR2_LEVEL_PTE, 6018);
	/* Bit 7 and bit 12 mean something else in each kind of entry. */
	ASSERT_FORMAT("present pat", cr2_entry_flags_format, 0x1081, CR2_LEVEL_PTE, 6018);
	ASSERT_FORMAT("present huge pat", cr2_entry_flags_format, 0x1081, CR2_LEVEL_PMD, 6018);
	ASSERT_FORMAT("present huge", cr2_entry_flags_format, 0x40000081, CR2_LEVEL_PUD, 6018);
	ASSERT_FORMAT("present 0x80", cr2_entry_flags_format, 0x1081, CR2_LEVEL_PGD, 6018);
	ASSERT_FORMAT("present pkey=10", cr2_entry_flags_format, 0x5000000000000001, CR2_LEVEL_PTE,
		      6018);
	ASSERT_FORMAT("present devmap", cr2_entry_flags_format, 0x0200000000000001, CR2_LEVEL_PTE,
		      6012);
	ASSERT_FORMAT("present saved_dirty", cr2_entry_flags_format, 0x0400000000000001,
		      CR2_LEVEL_PTE, 6018);
}

static void error_codes(void **state)
{
	(void)state;
	ASSERT_FORMAT("P=1 present  W=1 write  U=1 user  RSVD=0  I=0", cr2_error_code_format, 7);
	ASSERT_FORMAT("P=0 not present  W=0 read  U=0 kernel  RSVD=0  I=1 fetch  RMP=1 RMP  0x100",
		      cr2_error_code_format, 0x80000110);
	ASSERT_FORMAT("00111b", cr2_error_code_binary, 7);
	ASSERT_FORMAT("100101b", cr2_error_code_binary, 0x25);
	ASSERT_FORMAT("00000b", cr2_error_code_binary, 0);
}

static void kernel_versions(void **state)
{
	static const char *const wrong[] = {"", "6", "6.", ".1", "six", "6.1x", "6.1234", "-6.1", " 6.1"};
	int kernel = -1;

	(void)state;
	assert_int_equal(cr2_kernel_parse("6.12", &kernel), 0);
	assert_int_equal(kernel, 6012);
	assert_int_equal(cr2_kernel_parse("6.1.0-28-amd64", &kernel), 0);
	assert_int_equal(kernel, 6001);
	assert_int_equal(cr2_kernel_parse("6.18-rc3", &kernel), 0);
	assert_int_equal(kernel, 6018);
	assert_int_equal(cr2_kernel_parse("course", &kernel), 0);
	assert_int_equal(kernel, INT_MAX);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(wrong); i++)
		assert_int_equal(cr2_kernel_parse(wrong[i], &kernel), -EINVAL);
	assert_int_equal(kernel, INT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_do_not_overlap),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(vm_flags),
		cmocka_unit_test(vm_flags_of_a_running_kernel),
		cmocka_unit_test(vm_flags_move_between_kernels),
		cmocka_unit_test(fault_flags),
		cmocka_unit_test(vm_fault),
		cmocka_unit_test(entries),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(kernel_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
