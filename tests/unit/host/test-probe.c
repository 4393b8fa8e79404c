/* SPDX-License-Identifier: MIT */
/* Accesses that the kernel may refuse, in a process of their own: no privileges needed. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <host/host.h>

#include "../test.h"

#define NON_CANONICAL 0x800000000000ULL

struct attempt {
	enum cr2_op_kind kind;
	int prot; /* of the page accessed; -1: none is there */
	enum cr2_result result;
};

static struct host_probe *probe;

/* Arms it each time: cmocka catches signals itself when a test begins. */
static enum cr2_result attempt(enum cr2_op_kind kind, uint64_t address)
{
	assert_int_equal(host_probe_arm(probe), 0);
	host_probe_access(probe, kind, address, 7);
	return host_probe_result(probe, kind, address);
}

static void *page_of(int prot)
{
	void *page = mmap(NULL, CR2_PAGE_SIZE, prot < 0 ? PROT_NONE : prot,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(page, MAP_FAILED);
	if (prot < 0)
		munmap(page, CR2_PAGE_SIZE);
	return page;
}

static void accesses_end_as_the_page_allows(void **state)
{
	static const struct attempt attempts[] = {
		{CR2_OP_READ, PROT_READ, CR2_RESULT_OK},
		{CR2_OP_READ, PROT_NONE, CR2_RESULT_SEGV_ACCERR},
		{CR2_OP_READ, -1, CR2_RESULT_SEGV_MAPERR},
		{CR2_OP_WRITE, PROT_READ | PROT_WRITE, CR2_RESULT_OK},
		{CR2_OP_WRITE, PROT_READ, CR2_RESULT_SEGV_ACCERR},
		{CR2_OP_WRITE, -1, CR2_RESULT_SEGV_MAPERR},
		{CR2_OP_EXEC, PROT_READ | PROT_EXEC, CR2_RESULT_OK},
		{CR2_OP_EXEC, PROT_EXEC, CR2_RESULT_OK},
		{CR2_OP_EXEC, PROT_NONE, CR2_RESULT_SEGV_ACCERR},
		{CR2_OP_EXEC, -1, CR2_RESULT_SEGV_MAPERR},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(attempts); i++) {
		void *page = page_of(attempts[i].prot);

		assert_int_equal(attempt(attempts[i].kind, (uintptr_t)page), attempts[i].result);
		if (attempts[i].prot >= 0)
			munmap(page, CR2_PAGE_SIZE);
	}
}

/* The page is there already: some machines do not look at NX when the fetch itself brings it. */
static void data_is_not_executed(void **state)
{
	char *page = page_of(PROT_READ | PROT_WRITE);

	(void)state;
	*page = (char)0xc3;
	assert_int_equal(attempt(CR2_OP_EXEC, (uintptr_t)page), CR2_RESULT_SEGV_ACCERR);
	munmap(page, CR2_PAGE_SIZE);
}

static void nor_when_the_fetch_brings_it(void **state)
{
	char *page = page_of(PROT_READ | PROT_WRITE);
	enum cr2_result first = attempt(CR2_OP_EXEC, (uintptr_t)page);
	enum cr2_result again = attempt(CR2_OP_EXEC, (uintptr_t)page);

	(void)state;
	munmap(page, CR2_PAGE_SIZE);
	assert_int_equal(again, CR2_RESULT_SEGV_ACCERR);
	if (first == CR2_RESULT_OK)
		test_skip("here %s (%s)", cr2_trait_sentence(CR2_TRAIT_FETCH_UNCHECKED),
			  cr2_trait_cause(CR2_TRAIT_FETCH_UNCHECKED));
	assert_int_equal(first, CR2_RESULT_SEGV_ACCERR);
}

static void addresses_that_are_none_raise_gp(void **state)
{
	(void)state;
	assert_int_equal(attempt(CR2_OP_READ, NON_CANONICAL), CR2_RESULT_GP);
	assert_int_equal(attempt(CR2_OP_WRITE, NON_CANONICAL), CR2_RESULT_GP);
	assert_int_equal(attempt(CR2_OP_EXEC, NON_CANONICAL), CR2_RESULT_GP);
	assert_int_equal(attempt(CR2_OP_EXEC, UINT64_MAX / 2), CR2_RESULT_GP);
}

static void bytes_move(void **state)
{
	unsigned char *page = page_of(PROT_READ | PROT_WRITE);

	(void)state;
	page[5] = 0xa5;
	assert_int_equal(attempt(CR2_OP_READ, (uintptr_t)page + 5), CR2_RESULT_OK);
	assert_int_equal(probe->value, 0xa5);
	assert_int_equal(attempt(CR2_OP_WRITE, (uintptr_t)page + 6), CR2_RESULT_OK);
	assert_int_equal(page[6], 7);
	assert_int_equal(page[7], 0);
	munmap(page, CR2_PAGE_SIZE);
}

/* Whatever is executed: the fetch succeeded, and the next access works as ever. */
static void instructions_have_no_effect(void **state)
{
	static const char *const instructions[] = {
		"\xc3", "\x00\x00", "\x90", "\xcc", "\xf4", "\x0f\x0b", "\xf1", "\xcd\x03",
		"\x9d", /* popf */
		"\xfd", /* std */
		"\x8e\xe0", /* mov %eax, %fs */
		"\xf3\x48\x0f\xae\xd0", /* wrfsbase %rax */
		"\x0f\xb4\x20", /* lfs (%rax), %esp */
		"\xdb\xe3", /* fninit */
		"\xd9\xe8", /* fld1 */
		"\x0f\xae\x10", /* ldmxcsr (%rax) */
		"\xff\xe0", /* jmp *%rax */
		"\xff\xd0", /* call *%rax */
		"\xf3\xa4", /* rep movsb */
		"\x48\xcf", /* iretq */
		"\xcb", /* lret */
		"\x5c", /* pop %rsp */
		"\xc9", /* leave */
		"\x0f\xa2", /* cpuid */
		"\x48\xf7\xf1", /* div %rcx */
		"\x48\x31\xc9", /* xor %rcx, %rcx */
	};
	unsigned char *page = page_of(PROT_READ | PROT_WRITE | PROT_EXEC);

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(instructions); i++) {
		size_t n = strlen(instructions[i]);

		memset(page, 0, CR2_PAGE_SIZE);
		memcpy(page, instructions[i], n ? n : 2);
		assert_int_equal(attempt(CR2_OP_EXEC, (uintptr_t)page), CR2_RESULT_OK);
		assert_int_equal(attempt(CR2_OP_READ, 0), CR2_RESULT_SEGV_MAPERR);
	}
	munmap(page, CR2_PAGE_SIZE);
}

/* The FPU is ours again after instructions that change its modes. */
static void the_fpu_is_put_back(void **state)
{
	unsigned char *page = page_of(PROT_READ | PROT_WRITE | PROT_EXEC);
	volatile double third = 1.0;
	volatile long double half = 1.0L;

	(void)state;
	memcpy(page, "\xd9\x30", 2); /* fnstenv (%rax): masks all exceptions, faults */
	attempt(CR2_OP_EXEC, (uintptr_t)page);
	third /= 3;
	half /= 2;
	assert_true(third > 0.333 && third < 0.334);
	assert_true(half > 0.499L && half < 0.501L);
	munmap(page, CR2_PAGE_SIZE);
}

/* It ends without a page fault, and accesses go on as ever. */
static void a_rehearsal_leaves_no_trace(void **state)
{
	(void)state;
	assert_int_equal(host_probe_arm(probe), 0);
	host_probe_rehearse(probe);
	assert_int_equal(probe->signal, SIGTRAP);
	assert_int_not_equal(probe->trap, 14);
	assert_int_equal(attempt(CR2_OP_READ, 0), CR2_RESULT_SEGV_MAPERR);
	assert_int_equal(probe->error_code, 4);
	assert_int_equal(probe->address, 0);
	assert_int_equal(probe->signal_address, 0);
}

static int create(void **state)
{
	(void)state;
	probe = host_probe_create();
	return probe ? 0 : -1;
}

static int destroy(void **state)
{
	const stack_t off = {.ss_flags = SS_DISABLE};

	(void)state;
	sigaltstack(&off, NULL);
	host_probe_destroy(probe);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_end_as_the_page_allows),
		cmocka_unit_test(data_is_not_executed),
		cmocka_unit_test(nor_when_the_fetch_brings_it),
		cmocka_unit_test(addresses_that_are_none_raise_gp),
		cmocka_unit_test(bytes_move),
		cmocka_unit_test(instructions_have_no_effect),
		cmocka_unit_test(the_fpu_is_put_back),
		cmocka_unit_test(a_rehearsal_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, create, destroy);
}
