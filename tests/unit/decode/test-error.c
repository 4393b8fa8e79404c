/* SPDX-License-Identifier: MIT */
/* Error codes: possible or not, where the address lies, what Linux makes of it. */
#include <stdio.h>
#include <string.h>

#include <cr2/decode.h>

#include "../test.h"

#define MAPPING(perms) ((struct cr2_mapping){0x7f0000200000, 0x7f0000204000, perms, false, false})
#define RW (CR2_PROT_READ | CR2_PROT_WRITE)
#define RX (CR2_PROT_READ | CR2_PROT_EXEC)

static struct cr2_error decode(uint64_t code)
{
	struct cr2_error_input input = {.code = code};
	struct cr2_error error;

	cr2_error_decode(&input, &error);
	return error;
}

static struct cr2_error decode_at(uint64_t code, uint64_t address, struct cr2_mapping mapping)
{
	struct cr2_error_input input = {code, true, address, true, mapping};
	struct cr2_error error;

	cr2_error_decode(&input, &error);
	return error;
}

/*
 * What the manuals say of each flag, as a CPU would come to it: an access of some kind finds no
 * translation, or a reserved bit, or is refused by one thing.
 */
static bool possible(bool p, bool w, bool rsvd, bool i, bool pk, bool ss, bool hlat, bool sgx,
		     bool rmp)
{
	bool translated = p && !rsvd;

	if ((i && w) || (i && ss) || (rsvd && !p))
		return false;
	if (hlat && translated)
		return false;
	if ((pk || sgx || rmp) && !translated)
		return false;
	if (sgx && (pk || rmp))
		return false;
	return !(pk && i) && !(rmp && hlat);
}

static void possible_codes(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 1 << 10; n++) {
		bool p = n & 1, w = n & 2, rsvd = n & 8, i = n & 16, pk = n & 32, ss = n & 64,
		     hlat = n & 128, sgx = n & 256, rmp = n & 512;
		uint64_t code = (n & 0xff) | (sgx ? CR2_PF(SGX) : 0) | (rmp ? CR2_PF(RMP) : 0);
		struct cr2_error error = decode(code);
		bool wanted = possible(p, w, rsvd, i, pk, ss, hlat, sgx, rmp);

		if ((error.n_conflicts == 0) != wanted)
			print_error("0x%llx: wanted %s\n", (unsigned long long)code,
				    wanted ? "possible" : "impossible");
		assert_int_equal(error.n_conflicts == 0, wanted);
		assert_in_range(error.n_causes, 1, CR2_ERROR_CAUSES);
		assert_in_range(error.likely, 0, error.n_causes - 1);
	}
}

static void unknown_bits(void **state)
{
	struct cr2_error error = decode(0x100000107);

	(void)state;
	assert_int_equal(error.unknown, 0x100000100);
	assert_int_equal(error.n_conflicts, 1);
	assert_int_equal(decode(UINT64_MAX).unknown, UINT64_MAX & ~0x800080ffULL);
}

static void kinds_of_access(void **state)
{
	(void)state;
	assert_int_equal(decode(0x4).access, CR2_ACCESS_READ);
	assert_int_equal(decode(0x6).access, CR2_ACCESS_WRITE);
	assert_int_equal(decode(0x14).access, CR2_ACCESS_FETCH);
	assert_int_equal(decode(0x17).access, CR2_ACCESS_FETCH);
	assert_true(decode(0x4).user && !decode(0x4).present);
	assert_true(!decode(0x3).user && decode(0x3).present);
}

static void sentences(void **state)
{
	static const struct {
		uint64_t code;
		const char *sentence;
	} rows[] = {
		{0x0, "the kernel loaded from a page that is not present"},
		{0x7, "user mode stored to a present page that refuses it"},
		{0x15, "user mode fetched an instruction from a present page that refuses it"},
		{0xb, "the kernel stored to a page behind an entry with a reserved bit set"},
		{0x25, "user mode loaded from a page whose protection key refuses it"},
		{0x46, "user mode pushed the shadow stack to a page that is not present"},
		{0x44, "user mode popped the shadow stack from a page that is not present"},
		{0x80000003,
		 "the kernel stored to a page on which the reverse map (SEV-SNP) refuses it"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_error error = decode(rows[i].code);
		struct cr2_text text = {0};

		assert_int_equal(cr2_error_sentence(&error, &text), 0);
		assert_string_equal(text.data, rows[i].sentence);
		cr2_text_finish(&text);
	}
}

static void places(void **state)
{
	struct cr2_error error;

	(void)state;
	error = decode_at(0x6, 0x7f0000201abc, MAPPING(RW));
	assert_true(error.inside);
	assert_int_equal(error.offset, 0x1abc);
	assert_int_equal(error.page, 1);
	assert_int_equal(error.page_offset, 0xabc);
	/* The first and the last byte are inside; the end is not, nor what lies below. */
	assert_true(decode_at(0x6, 0x7f0000200000, MAPPING(RW)).inside);
	assert_true(decode_at(0x6, 0x7f0000203fff, MAPPING(RW)).inside);
	assert_false(decode_at(0x6, 0x7f0000204000, MAPPING(RW)).inside);
	assert_false(decode_at(0x6, 0x7f00001fffff, MAPPING(RW)).inside);
	error = decode_at(0x6, 0x7f0000204000, MAPPING(RW));
	assert_int_equal(error.page, 4);
	assert_false(error.permitted);
}

static void permissions(void **state)
{
	static const struct {
		uint64_t code;
		uint8_t prot;
		bool permitted;
	} rows[] = {
		{0x4, 0, false},
		{0x4, CR2_PROT_READ, true},
		{0x4, CR2_PROT_WRITE, true}, /* x86 cannot take loads away */
		{0x6, CR2_PROT_READ, false},
		{0x6, RW, true},
		{0x14, RW, false},
		{0x14, RX, true},
		{0x17, RW, false},
		{0x17, RX, false},
		{0x17, RW | CR2_PROT_EXEC, true},
		{0x25, RW, false}, /* the key forbids what the mapping allows */
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++)
		assert_int_equal(rows[i].permitted, decode_at(rows[i].code, 0x7f0000201000,
							      MAPPING(rows[i].prot)).permitted);
}

static bool finds(const struct cr2_error *error, enum cr2_path path)
{
	for (size_t i = 0; i < error->n_causes; i++)
		if (error->causes[i].path == path)
			return true;
	return false;
}

static void likely_paths(void **state)
{
	static const struct {
		uint64_t code, address;
		uint8_t prot;
		bool shared;
		enum cr2_path path;
		enum cr2_result result;
	} rows[] = {
		{0x4, 0x7f0000200000, RW, false, CR2_PATH_ANON_ZERO, CR2_RESULT_OK},
		{0x6, 0x7f0000200000, RW, false, CR2_PATH_ANON_ALLOC, CR2_RESULT_OK},
		{0x6, 0x7f0000200000, RW, true, CR2_PATH_FILE_SHARED, CR2_RESULT_OK},
		{0x7, 0x7f0000200000, RW, false, CR2_PATH_WP_COPY, CR2_RESULT_OK},
		{0x7, 0x7f0000200000, RW, true, CR2_PATH_WP_SHARED, CR2_RESULT_OK},
		{0x7, 0x7f0000200000, RX, false, CR2_PATH_SEGV_ACCERR, CR2_RESULT_SEGV_ACCERR},
		{0x15, 0x7f0000200000, RW, false, CR2_PATH_SEGV_ACCERR, CR2_RESULT_SEGV_ACCERR},
		{0x14, 0x7f0000200000, RX, false, CR2_PATH_FILE_READ, CR2_RESULT_OK},
		/* An absent page of a mapping without x is brought in before NX is met. */
		{0x14, 0x7f0000200000, RW, false, CR2_PATH_UNKNOWN, CR2_RESULT_OK},
		{0x4, 0x7f0000200000, 0, false, CR2_PATH_SEGV_ACCERR, CR2_RESULT_SEGV_ACCERR},
		{0x6, 0x7f0000204000, RW, false, CR2_PATH_SEGV_MAPERR, CR2_RESULT_SEGV_MAPERR},
		{0x4, 0, RW, false, CR2_PATH_SEGV_MAPERR, CR2_RESULT_SEGV_MAPERR},
		{0x25, 0x7f0000200000, RW, false, CR2_PATH_SEGV_PKUERR, CR2_RESULT_SEGV_PKUERR},
		{0x5, 0xffffffff81000000, RW, false, CR2_PATH_SEGV_MAPERR, CR2_RESULT_SEGV_MAPERR},
		{0x2, 0x7f0000200000, CR2_PROT_READ, false, CR2_PATH_SEGV_ACCERR,
		 CR2_RESULT_EFAULT},
		{0x2, 0x7f0000200000, RW, false, CR2_PATH_ANON_ALLOC, CR2_RESULT_OK},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_mapping mapping = MAPPING(rows[i].prot);
		struct cr2_error error;

		mapping.shared = rows[i].shared;
		error = decode_at(rows[i].code, rows[i].address, mapping);
		if (error.causes[error.likely].path != rows[i].path)
			print_error("row %zu: 0x%llx\n", i, (unsigned long long)rows[i].code);
		assert_int_equal(error.causes[error.likely].path, rows[i].path);
		assert_int_equal(error.causes[error.likely].result, rows[i].result);
	}
}

/* Without a mapping every outcome stays open; with one, only what it leaves. */
static void mappings_narrow_down(void **state)
{
	struct cr2_error open = decode(0x6), known = decode_at(0x6, 0x7f0000200000, MAPPING(RW));

	(void)state;
	assert_true(finds(&open, CR2_PATH_SEGV_MAPERR) && finds(&open, CR2_PATH_SEGV_ACCERR));
	assert_true(finds(&open, CR2_PATH_ANON_ALLOC) && finds(&open, CR2_PATH_FILE_SHARED));
	assert_false(finds(&known, CR2_PATH_SEGV_MAPERR) || finds(&known, CR2_PATH_SEGV_ACCERR));
	assert_false(finds(&known, CR2_PATH_FILE_SHARED));
}

/* A stack grows only downwards, and only a writable mapping can be one. */
static void stacks_grow(void **state)
{
	struct cr2_error below = decode_at(0x6, 0x7f00001ff000, MAPPING(RW));
	struct cr2_error text = decode_at(0x6, 0x7f00001ff000, MAPPING(RX));
	struct cr2_error above = decode_at(0x6, 0x7f0000204000, MAPPING(RW));

	(void)state;
	assert_int_equal(below.n_causes, 2);
	assert_string_equal(below.causes[0].function, "expand_stack");
	assert_int_equal(text.n_causes, 1);
	assert_int_equal(above.n_causes, 1);
}

static void non_canonical(void **state)
{
	struct cr2_error_input input = {.code = 6, .has_address = true, .address = 1ULL << 60};
	struct cr2_error error;

	(void)state;
	cr2_error_decode(&input, &error);
	assert_int_equal(error.n_conflicts, 1);
	input.address = 1ULL << 50; /* fine with five levels */
	cr2_error_decode(&input, &error);
	assert_int_equal(error.n_conflicts, 0);
}

static bool has_path(const struct cr2_error *error, enum cr2_path path)
{
	for (size_t i = 0; i < error->n_causes; i++)
		if (error->causes[i].path == path)
			return true;
	return false;
}

/* What an absent page can be does not end with the likeliest. */
static void absent_pages(void **state)
{
	struct cr2_error fetch = decode_at(0x14, 0x7f0000200000, MAPPING(RX));
	struct cr2_error store = decode_at(0x6, 0x7f0000200000, MAPPING(RW));

	(void)state;
	assert_true(has_path(&fetch, CR2_PATH_ANON_ZERO));
	assert_true(has_path(&fetch, CR2_PATH_NUMA_HINT));
	assert_true(has_path(&store, CR2_PATH_NUMA_HINT));
	fetch.input.mapping.shared = true;
	cr2_error_decode(&fetch.input, &fetch);
	assert_false(has_path(&fetch, CR2_PATH_ANON_ZERO));
}

static bool ends_in(const struct cr2_error *error, const char *function)
{
	for (size_t i = 0; i < error->n_causes; i++)
		if (strcmp(error->causes[i].function, function) == 0)
			return true;
	return false;
}

/* spurious_kernel_fault() compares the whole code with 0x3 and with 0x11. */
static void spurious_faults_of_the_kernel(void **state)
{
	static const struct {
		uint64_t code;
		bool spurious;
	} rows[] = {{0x3, true}, {0x11, true}, {0x23, false}, {0x13, false}, {0x1, false}, {0x9, false}};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_error error = decode(rows[i].code);

		assert_int_equal(ends_in(&error, "spurious_kernel_fault"), rows[i].spurious);
	}
}

static void a_write_to_a_present_page_is_not_only_copy_on_write(void **state)
{
	struct cr2_error private = decode_at(0x7, 0x7f0000200000, MAPPING(RW)), shared;
	struct cr2_mapping mapping = MAPPING(RW);

	(void)state;
	assert_true(finds(&private, CR2_PATH_USERFAULT));
	assert_true(finds(&private, CR2_PATH_WP_HUGE_REUSE));
	assert_true(finds(&private, CR2_PATH_WP_HUGE_SPLIT));
	assert_string_equal(private.causes[private.likely].function, "do_wp_page");
	mapping.shared = true;
	shared = decode_at(0x7, 0x7f0000200000, mapping);
	assert_true(finds(&shared, CR2_PATH_USERFAULT));
	assert_false(finds(&shared, CR2_PATH_WP_HUGE_REUSE));
}

/* A mapping without permissions says where it is, and no more. */
static void a_bare_mapping_refuses_nothing(void **state)
{
	struct cr2_mapping mapping = MAPPING(0);
	struct cr2_error inside, outside;

	(void)state;
	mapping.bare = true;
	inside = decode_at(0x6, 0x7f0000201abc, mapping);
	outside = decode_at(0x6, 0x7f0000204000, mapping);
	assert_true(inside.inside);
	assert_int_equal(inside.page, 1);
	assert_int_equal(inside.causes[inside.likely].path, CR2_PATH_ANON_ALLOC);
	assert_true(finds(&inside, CR2_PATH_SEGV_ACCERR) && finds(&inside, CR2_PATH_FILE_SHARED));
	assert_int_equal(outside.causes[outside.likely].path, CR2_PATH_SEGV_MAPERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(possible_codes),
		cmocka_unit_test(unknown_bits),
		cmocka_unit_test(kinds_of_access),
		cmocka_unit_test(sentences),
		cmocka_unit_test(places),
		cmocka_unit_test(permissions),
		cmocka_unit_test(likely_paths),
		cmocka_unit_test(mappings_narrow_down),
		cmocka_unit_test(stacks_grow),
		cmocka_unit_test(non_canonical),
		cmocka_unit_test(absent_pages),
		cmocka_unit_test(spurious_faults_of_the_kernel),
		cmocka_unit_test(a_write_to_a_present_page_is_not_only_copy_on_write),
		cmocka_unit_test(a_bare_mapping_refuses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
