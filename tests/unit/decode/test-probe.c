/* SPDX-License-Identifier: MIT */
/* Registers at the functions of the fault path. */
#include <errno.h>

#include <cr2/decode.h>

#include "../test.h"

static struct cr2_probe decode(const char *function, int kernel, const char *const *words, size_t n)
{
	struct cr2_registers registers = {0};
	struct cr2_probe probe;
	const char *reason;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(cr2_registers_parse(&registers, words[i], &reason), 0);
	assert_int_equal(cr2_probe_decode(function, &registers, kernel, &probe), 0);
	return probe;
}
#define DECODE(function, kernel, ...) \
	decode(function, kernel, (const char *const[]){__VA_ARGS__}, \
	       CR2_ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

static void arguments_by_type(void **state)
{
	struct cr2_probe probe = DECODE("handle_mm_fault", 6018, "di=0xffff888112340000",
					"si=7ffe56789123", "dx=0x255", "r8=1");

	(void)state;
	assert_int_equal(probe.n_arguments, 4);
	assert_string_equal(probe.arguments[0].name, "vma");
	assert_string_equal(probe.arguments[0].meaning.data,
			    "the mapping: in the kernel's direct map, vmalloc or vmemmap");
	assert_string_equal(probe.arguments[1].meaning.data,
			    "user space, PGD[255] PUD[505] PMD[179] PTE[393] + 0x123");
	assert_string_equal(probe.arguments[2].meaning.data,
			    "WRITE|ALLOW_RETRY|KILLABLE|USER|INTERRUPTIBLE");
	assert_string_equal(probe.arguments[3].name, "regs");
	assert_false(probe.arguments[3].given || probe.result.given);
	assert_int_equal(probe.n_unused, 1);
	assert_int_equal(probe.unused[0], CR2_REGISTER_R8);
	cr2_probe_finish(&probe);
}

/* The upper half of a register is garbage where the argument has 32 bits. */
static void upper_halves_do_not_count(void **state)
{
	struct cr2_probe probe = DECODE("handle_mm_fault", 6018, "dx=0xffffffff00000255",
					"ax=0xdeadbeef00000204");

	(void)state;
	assert_string_equal(probe.arguments[2].meaning.data,
			    "WRITE|ALLOW_RETRY|KILLABLE|USER|INTERRUPTIBLE");
	assert_true(probe.result.given);
	assert_string_equal(probe.result.meaning.data, "MAJOR|LOCKED");
	cr2_probe_finish(&probe);
}

static void error_codes(void **state)
{
	struct cr2_probe probe = DECODE("exc_page_fault", 6018, "di=ffffc90000007f58", "si=0x7");

	(void)state;
	assert_string_equal(probe.arguments[1].meaning.data,
			    "00111b, user mode stored to a present page that refuses it");
	cr2_probe_finish(&probe);
}

static void suspicious_pointers(void **state)
{
	struct cr2_probe probe = DECODE("find_vma", 6018, "di=0", "ax=fffffffffffffff4");

	(void)state;
	assert_string_equal(probe.arguments[0].meaning.data, "the address space: NULL");
	assert_string_equal(probe.result.meaning.data, "the mapping: no pointer but error -12");
	cr2_probe_finish(&probe);
	probe = DECODE("find_vma", 6018, "di=7f58");
	assert_non_null(strstr(probe.arguments[0].meaning.data, "no kernel address"));
	cr2_probe_finish(&probe);
}

/* A function whose arguments changed: each kernel has its own. */
static void arguments_by_kernel(void **state)
{
	static const struct {
		const char *function;
		int kernel;
		size_t n;
		const char *last;
	} rows[] = {
		{"handle_mm_fault", 4007, 4, "flags"},
		{"handle_mm_fault", 4019, 3, "flags"},
		{"handle_mm_fault", 6001, 4, "regs"},
		{"wp_page_reuse", 6001, 1, "vmf"},
		{"wp_page_reuse", 6012, 2, "folio"},
		{"do_set_pmd", 6012, 2, "page"},
		{"do_set_pmd", 6018, 3, "page"},
		{"bad_area_access_error", 6001, 4, "vma"},
		{"bad_area_access_error", 6012, 5, "vma"},
		{"expand_stack", 5010, 2, "address"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_probe probe = DECODE(rows[i].function, rows[i].kernel, "di=0");

		assert_int_equal(probe.n_arguments, rows[i].n);
		assert_string_equal(probe.arguments[probe.n_arguments - 1].name, rows[i].last);
		cr2_probe_finish(&probe);
	}
}

static void unknown_functions(void **state)
{
	struct cr2_registers none = {0};
	struct cr2_probe probe;

	(void)state;
	assert_int_equal(cr2_probe_decode("handle_mm_falt", &none, 0, &probe), -ENOENT);
	assert_int_equal(cr2_probe_decode("lock_vma_under_rcu", &none, 6001, &probe), -EOPNOTSUPP);
}

/* Each function under the newest kernel that has it, every register given. */
static void every_function(void **state)
{
	static const int kernels[] = {0, 6001, 5010, 4019, 4007};
	const char *names[128];
	size_t n = cr2_probe_functions(names, CR2_ARRAY_SIZE(names));
	struct cr2_registers all = {.given = (1u << CR2_REGISTER_COUNT) - 1};

	(void)state;
	assert_in_range(n, 40, CR2_ARRAY_SIZE(names));
	for (size_t i = 0; i < n; i++) {
		struct cr2_probe probe;
		int r = -1;

		for (size_t k = 0; r < 0 && k < CR2_ARRAY_SIZE(kernels); k++)
			r = cr2_probe_decode(names[i], &all, kernels[k], &probe);
		assert_int_equal(r, 0);
		for (size_t a = 0; a < probe.n_arguments; a++)
			assert_true(probe.arguments[a].meaning.length > 0);
		cr2_probe_finish(&probe);
	}
}

static void registers(void **state)
{
	static const char *const wrong[] = {"", "di", "di=", "=1", "foo=1", "di=0x", "di=12g",
					    "rrdi=1", "di=11111111111111111"};
	struct cr2_registers registers = {0};
	const char *reason = NULL;

	(void)state;
	for (int i = 0; i < CR2_REGISTER_COUNT; i++)
		assert_int_equal(cr2_register_parse(cr2_register_name(i)), i);
	assert_int_equal(cr2_register_parse("rdi"), CR2_REGISTER_DI);
	assert_int_equal(cr2_register_parse("%RSI"), CR2_REGISTER_SI);
	assert_int_equal(cr2_register_parse("r8"), CR2_REGISTER_R8);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(wrong); i++) {
		assert_int_equal(cr2_registers_parse(&registers, wrong[i], &reason), -EINVAL);
		assert_non_null(reason);
	}
	assert_int_equal(registers.given, 0);
	assert_int_equal(cr2_registers_parse(&registers, "RDX=0x255", &reason), 0);
	assert_int_equal(registers.values[CR2_REGISTER_DX], 0x255);
	assert_int_equal(cr2_registers_parse(&registers, "dx=1", &reason), -EINVAL); /* twice */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_by_type),
		cmocka_unit_test(upper_halves_do_not_count),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(suspicious_pointers),
		cmocka_unit_test(arguments_by_kernel),
		cmocka_unit_test(unknown_functions),
		cmocka_unit_test(every_function),
		cmocka_unit_test(registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
