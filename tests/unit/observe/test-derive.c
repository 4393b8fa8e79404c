/* SPDX-License-Identifier: MIT */
/* Paths from outside: each that can be told, and those that cannot. */
#include <observe/derive.h>

#include "../test.h"

#define PAGE(k, i) {.kind = CR2_PAGE_##k, .id = (i)}

struct sample {
	const char *what;
	struct derive_facts facts;
	enum cr2_path path;
};

#define SAMPLE(what, err, shared_, file_, before_, after_, path_) \
	{what, {.error_code = (err), .mapped = true, .permitted = true, .shared = (shared_), \
		.file = (file_), .before = before_, .after = after_}, CR2_PATH_##path_}
#define ALLOWED(what, err, shared_, file_, before_, after_, path_) \
	{what, {.error_code = (err), .mapped = true, .permitted = true, .shared = (shared_), \
		.file = (file_), .before = before_, .after = after_, .allowed = true}, \
	 CR2_PATH_##path_}
#define NONE_ PAGE(NONE, 0)
#define NOMAP_ PAGE(NOMAP, 0)
#define ZERO_ PAGE(ZERO, 0)
#define FILE_ PAGE(FILE, 0)
#define FILE_AT(i) {.kind = CR2_PAGE_FILE, .index = (i)}
#define SWAP_ PAGE(SWAP, 0)
#define HZ_ PAGE(HUGE_ZERO, 0)
#define A1 PAGE(ANON, 1)
#define A2 PAGE(ANON, 2)
#define H1 PAGE(HUGE, 1)
#define H2 PAGE(HUGE, 2)

static const struct sample samples[] = {
	SAMPLE("read of nothing", 0x4, false, false, NONE_, ZERO_, ANON_ZERO),
	SAMPLE("kernel's read of nothing", 0x0, false, false, NONE_, ZERO_, ANON_ZERO),
	SAMPLE("fetch of nothing", 0x14, false, false, NONE_, ZERO_, ANON_ZERO),
	SAMPLE("read of nothing without a zero page", 0x4, false, false, NONE_, A1, ANON_ALLOC),
	SAMPLE("write to nothing", 0x6, false, false, NONE_, A1, ANON_ALLOC),
	SAMPLE("a stack grows", 0x6, false, false, NOMAP_, A1, ANON_ALLOC),
	SAMPLE("huge write", 0x6, false, false, NONE_, H1, ANON_HUGE),
	SAMPLE("huge read", 0x4, false, false, NONE_, HZ_, ANON_HUGE_ZERO),
	SAMPLE("private file, read", 0x4, false, true, NONE_, FILE_, FILE_READ),
	SAMPLE("private file, fetch", 0x14, false, true, NONE_, FILE_, FILE_READ),
	SAMPLE("private file, write", 0x6, false, true, NONE_, A1, FILE_COW),
	SAMPLE("shared file, read", 0x4, true, true, NONE_, FILE_, FILE_READ),
	SAMPLE("shared file, write", 0x6, true, true, NONE_, FILE_, FILE_SHARED),
	SAMPLE("shared memory, read", 0x4, true, false, NONE_, A1, FILE_READ),
	SAMPLE("shared memory, write", 0x6, true, false, NONE_, A1, FILE_SHARED),
	SAMPLE("write after zero page", 0x7, false, false, ZERO_, A1, WP_COPY),
	SAMPLE("write after file page", 0x7, false, true, FILE_, A1, WP_COPY),
	SAMPLE("copied", 0x7, false, false, A1, A2, WP_COPY),
	SAMPLE("kernel's copy", 0x3, false, false, A1, A2, WP_COPY),
	SAMPLE("reused", 0x7, false, false, A1, A1, WP_REUSE),
	SAMPLE("shared file made writable", 0x7, true, true, FILE_, FILE_, WP_SHARED),
	SAMPLE("shared memory made writable", 0x7, true, false, A1, A1, WP_SHARED),
	SAMPLE("huge reused", 0x7, false, false, H1, H1, WP_HUGE_REUSE),
	SAMPLE("huge copied", 0x7, false, false, H1, H2, WP_HUGE_COPY),
	SAMPLE("huge zero page written", 0x7, false, false, HZ_, H1, WP_HUGE_COPY),
	SAMPLE("huge split", 0x7, false, false, H1, A1, WP_HUGE_SPLIT),
	SAMPLE("huge zero page split", 0x7, false, false, HZ_, A1, WP_HUGE_SPLIT),
	SAMPLE("back from swap", 0x4, false, false, SWAP_, A1, SWAP_IN),
	SAMPLE("back from swap to be written", 0x6, false, false, SWAP_, A1, SWAP_IN),
	/* The entry before allowed it already, and the page is the same. */
	ALLOWED("populated shared file page", 0x7, true, true, FILE_, FILE_, SPURIOUS),
	ALLOWED("kernel's store to it", 0x3, true, true, FILE_, FILE_, SPURIOUS),
	ALLOWED("locked page", 0x7, false, false, A1, A1, SPURIOUS),
	ALLOWED("populated huge page", 0x7, false, false, H1, H1, SPURIOUS),
	ALLOWED("read of a present page", 0x5, false, false, A1, A1, SPURIOUS),
	ALLOWED("fetch of a present page", 0x15, false, true, FILE_, FILE_, SPURIOUS),
	/* The page changed nevertheless: something came between. */
	ALLOWED("copied though writable", 0x7, false, false, A1, A2, WP_COPY),
	ALLOWED("another page of the file", 0x7, true, true, FILE_, FILE_AT(1), WP_SHARED),
	/* No CPU keeps an entry that is not present. */
	ALLOWED("absent, though there was a page", 0x4, false, false, A1, A1, UNKNOWN),
	/* What could be several things is none. */
	SAMPLE("read of a present page", 0x5, false, false, A1, A1, UNKNOWN),
	SAMPLE("nothing came of it", 0x6, false, false, NONE_, NONE_, UNKNOWN),
	SAMPLE("absent, though there was a page", 0x4, false, false, A1, A1, UNKNOWN),
	SAMPLE("a private page in a shared file mapping", 0x6, true, true, FILE_, A1, UNKNOWN),
};

static void paths_follow_from_what_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(samples); i++) {
		enum cr2_path path = derive_path(&samples[i].facts);

		if (path != samples[i].path)
			fail_msg("%s: wanted %s, got %s", samples[i].what,
				 cr2_path_name(samples[i].path), cr2_path_name(path));
	}
}

static enum cr2_path failed(enum cr2_result result, bool mapped, bool permitted, bool file)
{
	const struct derive_facts facts = {
		.error_code = 0x6,
		.result = result,
		.mapped = mapped,
		.permitted = permitted,
		.file = file,
	};

	return derive_path(&facts);
}

static void failures_are_what_they_end_in(void **state)
{
	(void)state;
	assert_int_equal(failed(CR2_RESULT_SEGV_MAPERR, false, false, false), CR2_PATH_SEGV_MAPERR);
	assert_int_equal(failed(CR2_RESULT_SEGV_ACCERR, true, false, false), CR2_PATH_SEGV_ACCERR);
	assert_int_equal(failed(CR2_RESULT_SEGV_PKUERR, true, true, false), CR2_PATH_SEGV_PKUERR);
	assert_int_equal(failed(CR2_RESULT_BUS_ADRERR, true, true, true), CR2_PATH_SIGBUS);
	assert_int_equal(failed(CR2_RESULT_ENOMEM, true, true, false), CR2_PATH_OOM);
	assert_int_equal(failed(CR2_RESULT_GP, false, false, false), CR2_PATH_UNKNOWN);
}

static void the_kernels_own_failures_follow_from_the_mapping(void **state)
{
	(void)state;
	assert_int_equal(failed(CR2_RESULT_EFAULT, false, false, false), CR2_PATH_SEGV_MAPERR);
	assert_int_equal(failed(CR2_RESULT_EFAULT, true, false, false), CR2_PATH_SEGV_ACCERR);
	assert_int_equal(failed(CR2_RESULT_EFAULT, true, true, true), CR2_PATH_SIGBUS);
	assert_int_equal(failed(CR2_RESULT_EFAULT, true, true, false), CR2_PATH_UNKNOWN);
	assert_int_equal(derive_path(&(struct derive_facts){.result = CR2_RESULT_EFAULT,
				     .mapped = true, .permitted = true,
				     .before = {.kind = CR2_PAGE_GUARD}}),
			 CR2_PATH_SEGV_GUARD);
	/* Beyond the end of shared memory, after mremap. */
	assert_int_equal(derive_path(&(struct derive_facts){.result = CR2_RESULT_EFAULT,
				     .mapped = true, .permitted = true, .shared = true}),
			 CR2_PATH_SIGBUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_follow_from_what_is_seen),
		cmocka_unit_test(failures_are_what_they_end_in),
		cmocka_unit_test(the_kernels_own_failures_follow_from_the_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
