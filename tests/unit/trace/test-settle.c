/* SPDX-License-Identifier: MIT */
/* src/trace/settle.h: the entry before and after tell the path. A row a way to get there. */
#include "trace/settle.h"

#include "../test.h"

#define P TRACE_PRESENT
#define RW TRACE_RW
#define HUGE TRACE_HUGE
#define ZERO TRACE_SPECIAL
#define A 0x1000000ULL /* frames */
#define B 0x2000000ULL
#define SWAPPED 0x400ULL /* type 0, some offset */
#define MIGRATING (29ULL << 59 | 0x400)
#define PROTECTED (0xffffffffffffffffULL << 10) /* a marker of type 31, offset 1 */
#define WRITE CR2_PF(W)
#define USER CR2_PF(U)

#define PTE CR2_LEVEL_PTE
#define PMD CR2_LEVEL_PMD
#define ANON CR2_TRACE_MAPPING_ANON
#define FILE_ CR2_TRACE_MAPPING_FILE
#define SHARED TRACE_VM_SHARED

static const struct trace_kernel kernel = {.migration_types = 1U << 29, .marker_types = 1U << 31};

struct row {
	const char *path;
	uint64_t error;
	uint8_t level_before;
	uint64_t before;
	uint8_t level_after;
	uint64_t after;
	uint8_t mapping;
	uint64_t flags;
	uint8_t kind; /* of the page after */
};

static const struct row rows[] = {
	{"anon_alloc", WRITE, PTE, 0, PTE, A | P | RW, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"anon_alloc", WRITE, PMD, 0, PTE, A | P | RW, CR2_TRACE_MAPPING_STACK, 0, CR2_TRACE_PAGE_ANON},
	{"anon_zero", 0, PTE, 0, PTE, A | P | ZERO, ANON, 0, CR2_TRACE_PAGE_ZERO},
	{"anon_huge", WRITE, PMD, 0, PMD, A | P | RW | HUGE, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"anon_huge_zero", 0, PMD, 0, PMD, A | P | HUGE, ANON, 0, CR2_TRACE_PAGE_OTHER},
	{"file_read", 0, PTE, 0, PTE, A | P, FILE_, 0, CR2_TRACE_PAGE_FILE},
	{"file_cow", WRITE, PTE, 0, PTE, A | P | RW, FILE_, 0, CR2_TRACE_PAGE_ANON},
	{"file_shared", WRITE, PTE, 0, PTE, A | P | RW, FILE_, SHARED, CR2_TRACE_PAGE_FILE},
	{"wp_copy", WRITE | P, PTE, A | P, PTE, B | P | RW, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"wp_reuse", WRITE | P, PTE, A | P, PTE, A | P | RW, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"wp_shared", WRITE | P, PTE, A | P, PTE, A | P | RW, FILE_, SHARED, CR2_TRACE_PAGE_FILE},
	{"wp_huge_copy", WRITE | P, PMD, A | P | HUGE, PMD, B | P | HUGE | RW, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"wp_huge_reuse", WRITE | P, PMD, A | P | HUGE, PMD, A | P | HUGE | RW, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"wp_huge_split", WRITE | P, PMD, A | P | HUGE, PTE, A | P, ANON, 0, CR2_TRACE_PAGE_ANON},
	/* The PMD of a file's page goes: what is there then, the page's own PMD again, has been mapped anew. */
	{"file_shared", WRITE | P, PMD, A | P | HUGE, PMD, A | P | HUGE | RW, FILE_, SHARED, CR2_TRACE_PAGE_FILE},
	{"file_shared", WRITE | P, PMD, A | P | HUGE, PTE, A | P | RW, FILE_, SHARED, CR2_TRACE_PAGE_FILE},
	{"file_cow", WRITE | P, PMD, A | P | HUGE, PTE, B | P | RW, FILE_, 0, CR2_TRACE_PAGE_ANON},
	{"raced", WRITE | P, PMD, A | P | HUGE, PTE, 0, FILE_, SHARED, CR2_TRACE_PAGE_NONE},
	{"swap_in", 0, PTE, SWAPPED, PTE, A | P, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"migration", 0, PTE, MIGRATING, PTE, A | P, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"numa_hint", 0, PTE, A | TRACE_PROTNONE, PTE, A | P, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"spurious", WRITE | P, PTE, A | P | RW, PTE, A | P | RW, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"hugetlb", WRITE, PMD, 0, PMD, A | P | HUGE | RW, CR2_TRACE_MAPPING_HUGETLB, 0, CR2_TRACE_PAGE_OTHER},
	/* Nothing was there but the word that userfaultfd is to hear of writes. */
	{"file_read", 0, PTE, PROTECTED, PTE, A | P, FILE_, SHARED, CR2_TRACE_PAGE_FILE},
	{"file_shared", WRITE, PTE, PROTECTED, PTE, A | P, FILE_, SHARED, CR2_TRACE_PAGE_FILE},
	/* Another thread was there first, and did something else. */
	{"raced", 0, PTE, 0, PTE, A | P | RW, ANON, 0, CR2_TRACE_PAGE_ANON},
	{"raced", WRITE, PTE, 0, PTE, 0, ANON, 0, CR2_TRACE_PAGE_NONE},
	{"unknown", 0, PTE, 0, PTE, A | P, CR2_TRACE_MAPPING_UNKNOWN, 0, CR2_TRACE_PAGE_ANON},
};

static void entries_before_and_after_tell_the_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		bool mapped = row->mapping != CR2_TRACE_MAPPING_UNKNOWN;
		struct trace_sample sample = {
			.ended = 1, .error = row->error | USER,
			.before = {.value = row->before, .level = row->level_before},
			.after = {.value = row->after, .level = row->level_after, .kind = row->kind},
			.vma = {.end = mapped ? 0x10000 : 0, .kind = row->mapping, .flags = row->flags},
		};

		assert_string_equal(cr2_path_name(trace_settle(&sample, &kernel)), row->path);
	}
}

/* Where the kernel has no zero page to give, a read gets a page of its own. */
static void a_read_without_zero_page_allocates(void **state)
{
	const struct trace_kernel without = {.no_zero_page = 1};
	struct trace_sample sample = {
		.ended = 1, .error = USER, .before = {.level = PTE},
		.after = {.value = A | P | RW, .level = PTE, .kind = CR2_TRACE_PAGE_ANON},
		.vma = {.end = 0x10000, .kind = ANON},
	};

	(void)state;
	assert_int_equal(trace_settle(&sample, &without), CR2_PATH_ANON_ALLOC);
}

/* Which bit says that userfaultfd is asked about pages of the cache, too, differs between kernels. */
static void a_page_of_the_cache_is_handed_over(void **state)
{
	const struct trace_kernel old = {.uffd_minor = 37}, young = {.uffd_minor = 41};
	struct trace_sample sample = {
		.ended = 1, .slept = 1, .error = USER, .before = {.level = PTE},
		.after = {.value = A | P, .level = PTE, .kind = CR2_TRACE_PAGE_FILE},
		.vma = {.end = 0x10000, .kind = FILE_, .flags = SHARED | 1ULL << 41, .userfaultfd = 1},
	};

	(void)state;
	assert_int_equal(trace_settle(&sample, &young), CR2_PATH_USERFAULT);
	assert_int_equal(trace_settle(&sample, &old), CR2_PATH_FILE_READ);
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_FILE_READ);
}

static void a_fault_that_was_not_counted_ended_otherwise(void **state)
{
	struct trace_sample sample = {.signal = TRACE_SIGSEGV, .code = TRACE_SEGV_MAPERR};

	(void)state;
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_SEGV_MAPERR);
	sample.before = (struct trace_entry){.value = ~511ULL & ~(4ULL << 9), .level = PTE};
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_SEGV_GUARD);
	sample.before.value = ~511ULL & ~(2ULL << 9); /* a page that was lost */
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_SEGV_MAPERR);
	sample.code = 2;
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_SEGV_ACCERR);
	sample.signal = TRACE_SIGBUS;
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_SIGBUS);
	sample.signal = 0;
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_INTERRUPTED);
	sample.kernel = 1;
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_EFAULT);
	sample.addr = 0xffff888000000000;
	assert_int_equal(trace_settle(&sample, &kernel), CR2_PATH_KERNEL);
}

/* The copy of a zero page reads nothing: it is zeroed, not copied. */
static void bytes_are_zeroed_or_copied(void **state)
{
	struct trace_sample sample = {
		.path = CR2_PATH_WP_COPY, .before = {.value = A | P, .level = PTE},
		.after = {.value = B | P | RW, .level = PTE},
	};

	(void)state;
	assert_int_equal(trace_copied(&sample), 4096);
	assert_int_equal(trace_zeroed(&sample), 0);
	sample.before.value |= ZERO;
	assert_int_equal(trace_copied(&sample), 0);
	assert_int_equal(trace_zeroed(&sample), 4096);
	sample.path = CR2_PATH_ANON_ALLOC;
	sample.after.order = 4;
	assert_int_equal(trace_zeroed(&sample), 65536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_before_and_after_tell_the_path),
		cmocka_unit_test(a_read_without_zero_page_allocates),
		cmocka_unit_test(a_page_of_the_cache_is_handed_over),
		cmocka_unit_test(a_fault_that_was_not_counted_ended_otherwise),
		cmocka_unit_test(bytes_are_zeroed_or_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
