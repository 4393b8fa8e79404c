/* SPDX-License-Identifier: MIT */
/* What a crash comes to: its pattern, what else is possible, and what is found beside it. */
#include <stdio.h>

#include "collect.h"

#define P(id) CR2_LOG_PATTERN_##id
#define F(id) CR2_LOG_FINDING_##id
#define NONE P(NONE)
#define NO_FINDING CR2_LOG_FINDING_COUNT

#define IP " ip 000055d0c0de1139 sp 00007ffd00003a10 "
#define OBJECT " in p[55d0c0de1000+1000]\n"
#define SEGFAULT(addr, error) "p[1]: segfault at " addr IP "error " error OBJECT
#define GPF "general protection fault, "
#define GUILT "RIP: 0010:f+0x24/0x90\n"
#define CR4_ALL "CR2: 0000000000000000 CR3: 000000001d869000 CR4: 0000000000370ef0\n" /* SMEP, SMAP */
#define CR4_OLD "CR2: 0000000000000000 CR3: 000000001d869000 CR4: 00000000000006f0\n"

struct row {
	const char *text;
	enum cr2_log_pattern pattern;
	bool likely;
	enum cr2_log_pattern other; /* an alternative, or NONE */
	enum cr2_log_finding_kind finding;
	uint64_t value; /* of the finding, where there is one */
};

static const struct cr2_log_finding *find(const struct cr2_log_report *report,
					  enum cr2_log_finding_kind kind)
{
	const struct cr2_log_finding *finding;

	for (size_t i = 0; (finding = cr2_log_report_finding(report, i)); i++)
		if (finding->kind == kind)
			return finding;
	return NULL;
}

static bool suggests(const struct cr2_log_report *report, enum cr2_log_pattern pattern)
{
	const struct cr2_log_alternative *other;

	for (size_t i = 0; (other = cr2_log_report_alternative(report, i)); i++)
		if (other->pattern == pattern)
			return true;
	return false;
}

static bool holds(const struct row *row, const struct cr2_log_report *report)
{
	const struct cr2_log_finding *finding = find(report, row->finding);

	return report->pattern == row->pattern && report->pattern_likely == row->likely &&
	       (row->other == NONE ? report->n_alternatives == 0 : suggests(report, row->other)) &&
	       (row->finding == NO_FINDING || (finding && finding->value == row->value));
}

static void expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct collected collected;
		const struct cr2_log_report *report;

		collect_string(rows[i].text, &collected);
		assert_int_equal(collected.n, 1);
		report = &collected.reports[0];
		if (!holds(&rows[i], report)) {
			print_error("%s  seen: %s%s, %u others", rows[i].text,
				    report->pattern ? cr2_log_pattern_name(report->pattern) : "nothing",
				    report->pattern_likely ? " (likely)" : "", report->n_alternatives);
			for (size_t f = 0; f < report->n_findings; f++)
				print_error("; %s 0x%llx", cr2_log_finding_name(report->findings[f].kind),
					    (unsigned long long)report->findings[f].value);
			print_error("\n");
			fail();
		}
		collect_finish(&collected);
	}
}

#define EXPECT(...) \
	do { \
		static const struct row rows[] = {__VA_ARGS__}; \
		(void)state; \
		expect_rows(rows, CR2_ARRAY_SIZE(rows)); \
	} while (0)

/* "maybe for address" is a canonical one: it is something else that the CPU refused. */
static void protection_faults_of_the_kernel(void **state)
{
	EXPECT(
		{GPF "probably for non-canonical address 0x4141414141414141: 0000 [#1] SMP\n",
		 P(NON_CANONICAL), false, NONE, F(LETTERS), 0x4141414141414141},
		{GPF "maybe for address 0xffff888012345678: 0000 [#1] SMP\n",
		 P(MISALIGNED), true, P(REFUSED_VALUE), F(CANONICAL), 0xffff888012345678},
		/* movaps [rdi], xmm0 */
		{GPF "maybe for address 0xffff888012345678: 0000 [#1] SMP\n" GUILT
		 "Code: 90 <0f> 29 07\nRSP: 0018:ffffc90000103e58 EFLAGS: 00010246\n"
		 "RDX: 0000000000000004 RSI: 0000000000000005 RDI: ffff888012345678\n",
		 P(MISALIGNED), false, NONE, F(CANONICAL), 0xffff888012345678},
		/* cmpxchg16b [rsi] */
		{GPF "maybe for address 0xffff888012345678: 0000 [#1] SMP\n" GUILT
		 "Code: 90 <48> 0f c7 0e\n"
		 "RDX: 0000000000000004 RSI: ffff888012345678 RDI: 0000000000000000\n",
		 P(MISALIGNED), false, NONE, F(CANONICAL), 0xffff888012345678},
		/* wrmsr */
		{"general protection fault: 0000 [#1] SMP\n" GUILT "Code: 90 <0f> 30 90\n",
		 P(REFUSED_VALUE), false, NONE, NO_FINDING, 0},
		/* mov cr4, rax */
		{"general protection fault: 0000 [#1] SMP\n" GUILT "Code: 90 <0f> 22 e0 90\n",
		 P(REFUSED_VALUE), false, NONE, NO_FINDING, 0},
		/* ret */
		{"general protection fault: 0000 [#1] SMP\n" GUILT "Code: 90 <c3> 90\n"
		 "RSP: 0018:ffffc90000103e58 EFLAGS: 00010246\n",
		 P(BAD_RETURN), false, NONE, NO_FINDING, 0},
		/* iretq with a selector */
		{"general protection fault: 0018 [#1] SMP\n" GUILT "Code: 90 <48> cf\n",
		 P(SELECTOR), false, NONE, NO_FINDING, 0},
		/* mov rax, [rdi], of which the log has no registers */
		{"general protection fault: 0000 [#1] SMP\n" GUILT "Code: 90 <48> 8b 07\n",
		 P(NON_CANONICAL), true, NONE, NO_FINDING, 0},
		/* The same of an address that is canonical: none of these. */
		{GPF "maybe for address 0xffff888012345678: 0000 [#1] SMP\n" GUILT
		 "Code: 90 <48> 8b 07\n"
		 "RDX: 0000000000000004 RSI: 0000000000000005 RDI: ffff888012345678\n",
		 NONE, false, NONE, F(CANONICAL), 0xffff888012345678},
		{"stack segment: 0000 [#1] SMP\n" GUILT, P(NON_CANONICAL), false, NONE, NO_FINDING, 0},
		/* rdmsr, at whose number the CPU balks; the address is the kernel's guess */
		{GPF "maybe for address 0xffff888012345678: 0000 [#1] SMP\n" GUILT "Code: 90 <0f> 32 48\n",
		 P(REFUSED_VALUE), false, NONE, F(CANONICAL), 0xffff888012345678},
		/* invpcid rax, [rdi]: its 16 bytes need no alignment */
		{"general protection fault: 0000 [#1] SMP\n" GUILT "Code: 90 <66> 0f 38 82 07\n"
		 "RDX: 0000000000000004 RSI: 0000000000000005 RDI: ffff888012345678\n",
		 P(REFUSED_VALUE), false, NONE, NO_FINDING, 0},
		/* call rax: what it pushes is not what was refused */
		{GPF "probably for non-canonical address 0x6b6b6b6b6b6b6b6b: 0000 [#1] SMP\n" GUILT
		 "Code: 90 <ff> d0\n", P(NON_CANONICAL), false, NONE, F(POISON), 0x6b6b6b6b6b6b6b6b},
		/* A retpoline's return goes where r11 says; another one's where the stack does. */
		{"general protection fault: 0000 [#1] SMP\nRIP: 0010:__x86_indirect_thunk_r11+0x10/0x20\n"
		 "Code: eb f9 4c 89 1c 24 <c3> 90\nR10: 0000000000000000 R11: dead000000000100 R12: 0000000000000000\n",
		 P(NON_CANONICAL), false, NONE, F(POISON), 0xdead000000000100},
		{"general protection fault: 0000 [#1] SMP\nRIP: 0010:__x86_indirect_thunk_r11+0x10/0x20\n"
		 "Code: eb f9 4c 89 1c 24 <c3> 90\nR10: 0000000000000000 R11: ffffffff81000000 R12: 0000000000000000\n",
		 P(BAD_RETURN), false, NONE, NO_FINDING, 0},
	);
}

static void protection_faults_of_programs(void **state)
{
	EXPECT(
		{"traps: p[1] general protection fault ip:401000 sp:7ffd00003a10 error:0\n",
		 P(NON_CANONICAL), true, P(BAD_RETURN), F(OBJECT_UNNAMED), 0x401000},
		{"traps: p[1] general protection fault ip:4141414141414141 sp:7ffd00003a10 error:0\n",
		 P(NON_CANONICAL), false, NONE, F(LETTERS), 0x4141414141414141},
	);
}

#define USER_FETCH "BUG: unable to handle page fault for address: 000055d0c0de1139\n" \
	"#PF: supervisor instruction fetch in kernel mode\n#PF: error_code(0x0011) - permissions violation\n"
#define USER_READ "BUG: unable to handle page fault for address: 000055d0c0de1000\n" \
	"#PF: supervisor read access in kernel mode\n#PF: error_code(0x0001) - permissions violation\n"
#define USER_WRITE "BUG: unable to handle page fault for address: 000055d0c0de1000\n" \
	"#PF: supervisor write access in kernel mode\n#PF: error_code(0x0003) - permissions violation\n"
#define TABLES(pgd, pte) "PGD " pgd " P4D " pgd " PUD d0e6067 PMD d0e7067 PTE " pte "\n"
#define END "---[ end trace 0123456789abcdef ]---\n"

#define DOUBLE "traps: PANIC: double fault, error_code: 0x0\ndouble fault: 0000 [#1] SMP PTI\n" GUILT
#define SP(sp) "RSP: 0018:" sp " EFLAGS: 00010286\n"
#define CR2(cr2) "CR2: " cr2 " CR3: 000000001d869000 CR4: 00000000003706f0\n"

/* Where sp and CR2 are tells whether a stack was used up: those of threads are 16 KiB, and aligned so. */
static void double_faults(void **state)
{
	EXPECT(
		{DOUBLE SP("ffffc90000200010") CR2("ffffc900001ffff8") END,
		 P(STACK), false, NONE, F(PUSH_FAILED), 0xffffc900001ffff8},
		{DOUBLE SP("ffffc900001ff800") CR2("ffffc900001ff7f8") END, /* in the guard page itself */
		 P(STACK), false, NONE, F(PUSH_FAILED), 0xffffc900001ff7f8},
		/* A page is missing where a thread's stack has one. */
		{DOUBLE SP("ffffc90000202010") CR2("ffffc90000201ff8") END,
		 P(STACK), true, P(WRONG_STACK), F(PUSH_FAILED), 0xffffc90000201ff8},
		{DOUBLE SP("ffffc90000200010") END, P(STACK), true, NONE, NO_FINDING, 0},
		/* It had room: something else failed. */
		{DOUBLE SP("ffffc90000202e58") END, NONE, false, NONE, F(STACK_LEFT), 0xffffc90000202e58},
		{DOUBLE SP("ffffc90000202e58") CR2("00007f0000001000") END,
		 NONE, false, NONE, F(STACK_LEFT), 0xffffc90000202e58},
		{"Thread overran stack, or stack corrupted\n" DOUBLE SP("ffffc90000202e58") END,
		 NONE, false, NONE, F(STACK_LEFT), 0xffffc90000202e58},
		{DOUBLE "Thread overran stack, or stack corrupted\n" SP("ffffc90000202e58") END,
		 P(STACK), true, NONE, F(STACK_LEFT), 0xffffc90000202e58},
		/* The stacks that the CPU switches to end at pages. */
		{DOUBLE SP("fffffe0000007010") CR2("fffffe0000006ff8") END,
		 P(STACK), false, NONE, F(PUSH_FAILED), 0xfffffe0000006ff8},
		{DOUBLE SP("00007ffe00000010") END, P(WRONG_STACK), true, NONE, NO_FINDING, 0},
		{DOUBLE SP("4141414141414141") END, P(WRONG_STACK), false, NONE, NO_FINDING, 0},
		{DOUBLE END, P(STACK), true, NONE, NO_FINDING, 0},
	);
}

#define GUARD(addr, stack) "BUG: TASK stack guard page was hit at " addr " (stack is " stack ")\n" \
	"stack guard page: 0000 [#1] SMP NOPTI\n" GUILT END

/* A kernel that prints pointers says which of the stack's ends was passed, and how far. */
static void guard_pages(void **state)
{
	EXPECT(
		{GUARD("ffffc90003a0fff8", "ffffc90003a10000..ffffc90003a14000"),
		 P(STACK), false, NONE, F(BELOW_STACK), 0xffffc90003a0fff8},
		{GUARD("ffffc90003a14008", "ffffc90003a10000..ffffc90003a14000"),
		 P(STACK), false, NONE, F(ABOVE_STACK), 0xffffc90003a14008},
		/* Until 5.15 its last byte, which the stack has. */
		{"BUG: stack guard page was hit at ffffc90003a14000 (stack is ffffc90003a10000..ffffc90003a13fff)\n"
		 "kernel stack overflow (page fault): 0000 [#1] SMP\n" GUILT END,
		 P(STACK), false, NONE, F(ABOVE_STACK), 0xffffc90003a14000},
		{GUARD("ffffc90003a10000", "ffffc90003a10000..ffffc90003a14000"), P(STACK), false, NONE, NO_FINDING, 0},
		/* Hashes */
		{GUARD("00000000765f6dfd", "0000000009cf9f59..000000008e9ac1f9"), P(STACK), false, NONE, NO_FINDING, 0},
		{GUARD("(____ptrval____)", "(____ptrval____)..(____ptrval____)"), P(STACK), false, NONE, NO_FINDING, 0},
		/* It was cut. */
		{GUARD("ffffc90003a0fff8", "ffffc90003a10000..ffffc9"), P(STACK), false, NONE, NO_FINDING, 0},
	);
}

static void stack_of_a_guard_page(void **state)
{
	struct collected collected;
	uint64_t start, end;

	(void)state;
	collect_string(GUARD("ffffc90003a0fff8", "ffffc90003a10000..ffffc90003a14000"), &collected);
	assert_int_equal(collected.n, 1);
	assert_true(cr2_log_report_value(&collected.reports[0], CR2_LOG_VALUE_STACK_START, &start));
	assert_true(cr2_log_report_value(&collected.reports[0], CR2_LOG_VALUE_STACK_END, &end));
	assert_true(start == 0xffffc90003a10000 && end == 0xffffc90003a14000);
	assert_int_equal(find(&collected.reports[0], F(BELOW_STACK))->offset, 8);
	collect_finish(&collected);
}

#define NARROW(addr, access, error) "BUG: unable to handle page fault for address: " addr "\n" \
	"#PF: supervisor " access " access in kernel mode\n#PF: error_code(" error ") - not-present page\n" \
	"*pde = 00000000\nOops: " error " [#1] SMP\nEIP: f+0x4/0x20\n"
#define NARROW_DI(edi) "ESI: f4c8bf54 EDI: " edi " EBP: f4c8bf40 ESP: f4c8bf2c\n"

/* What is no address with 64 bits may be one with 32. */
static void poison_of_32_bits(void **state)
{
	EXPECT(
		/* mov eax, [edi + 0x18] */
		{NARROW("6b6b6b83", "read", "0000") "Code: 90 <8b> 47 18 c3\n" NARROW_DI("6b6b6b6b") END,
		 P(UNMAPPED), false, NONE, F(POISON), 0x6b6b6b83},
		{NARROW("5a5a5a5a", "read", "0000") END, P(UNMAPPED), false, NONE, F(POISON), 0x5a5a5a5a},
		{NARROW("dead4ead", "read", "0000") END, P(UNMAPPED), false, NONE, F(POISON), 0xdead4ead},
		{NARROW("00100104", "write", "0002") END, P(UNMAPPED), false, NONE, F(POISON), 0x100104},
		{NARROW("00200200", "write", "0002") END, P(UNMAPPED), false, NONE, F(POISON), 0x200200},
		/* mov [edi + 4], eax */
		{NARROW("00000104", "write", "0002") "Code: 90 <89> 47 04 c3\n" NARROW_DI("00000100") END,
		 P(SMALL_NUMBER), false, NONE, F(POISON), 0x104},
		/* A member of NULL is that, wherever it lies. */
		{NARROW("00000104", "write", "0002") "Code: 90 <89> 87 04 01 00 00 c3\n" NARROW_DI("00000000") END,
		 P(NEAR_NULL), false, NONE, NO_FINDING, 0},
		{NARROW("00000104", "write", "0002") END, P(NEAR_NULL), true, P(SMALL_NUMBER), F(POISON), 0x104},
		{NARROW("6c000000", "read", "0000") END, P(USER_ADDRESS), false, NONE, NO_FINDING, 0},
	);
}

#define REFUSED(code) "BUG: unable to handle page fault for address: ffff888012345000\n" \
	"#PF: supervisor write access in kernel mode\n#PF: error_code(" code ") - permissions violation\n" \
	"PGD 2a15067 P4D 2a15067 PUD 2a16067 PMD 2a17067 PTE 8000000012345063\n" END

/* Not the entries, which allow it. */
static void the_error_code_names_what_refused(void **state)
{
	EXPECT(
		{REFUSED("0x80000003"), P(RMP), false, NONE, NO_FINDING, 0},
		{REFUSED("0x8003"), P(ENCLAVE), false, NONE, NO_FINDING, 0},
		{REFUSED("0x0023"), P(PROTECTION_KEY), false, NONE, NO_FINDING, 0},
		{"p[1]: segfault at 7f0000001000" IP "error 8007" OBJECT, P(ENCLAVE), false, NONE, NO_FINDING, 0},
	);
}

/* What CR4 and the entries say; which entry it is, by its value. */
static void smap_and_smep_need_their_bits(void **state)
{
	EXPECT(
		{USER_FETCH TABLES("d0e5067", "d0e8025") CR4_ALL END,
		 P(SMEP), false, NONE, F(USER_ENTRY), 0xd0e8025},
		{USER_FETCH END, P(SMEP), true, NONE, NO_FINDING, 0},
		{USER_FETCH TABLES("800000000d0e5067", "d0e8025") CR4_ALL END,
		 P(SMEP), false, NONE, F(NX_ENTRY), 0x800000000d0e5067},
		{USER_FETCH TABLES("800000000d0e5067", "d0e8025") CR4_OLD END,
		 P(KPTI), false, NONE, F(NX_ENTRY), 0x800000000d0e5067},
		{USER_FETCH TABLES("d0e5067", "800000000d0e8025") CR4_OLD END,
		 P(JUMP_TO_DATA), false, NONE, F(NX_ENTRY), 0x800000000d0e8025},
		{USER_READ TABLES("d0e5067", "800000000d0e8025") CR4_ALL END,
		 P(SMAP), false, NONE, F(USER_ENTRY), 0x800000000d0e8025},
		{USER_READ END, P(SMAP), true, NONE, NO_FINDING, 0},
		{USER_WRITE TABLES("d0e5067", "800000000d0e8025") CR4_OLD END,
		 P(USER_ADDRESS), false, NONE, F(READONLY_ENTRY), 0x800000000d0e8025},
	);
}

#define BAD_TABLE(pmd, pte) "a: Corrupted page table at address 7f0000001000\n" \
	"PGD d0e5067 P4D d0e5067 PUD d0e6067 PMD " pmd " PTE " pte "\nBad pagetable: 000d [#1] SMP PTI\n"

static void reserved_bits_are_named(void **state)
{
	struct collected collected;
	const struct cr2_log_finding *finding;

	EXPECT(
		/* A huge page at 4 KiB. */
		{BAD_TABLE("d0e70e7", "0") END, P(PAGE_TABLE), false, NONE, F(RESERVED_BITS), 0xd0e70e7},
		/* Frames beyond what any machine has. */
		{BAD_TABLE("d0e7067", "80ff00000d0e8067") END, P(PAGE_TABLE), false, NONE,
		 F(HIGHEST_FRAME), 0x80ff00000d0e8067},
	);
	collect_string(BAD_TABLE("d0e70e7", "0") END, &collected);
	finding = find(&collected.reports[0], F(RESERVED_BITS));
	assert_true(finding->other == 0xe6000);
	assert_int_equal(finding->level, CR2_LEVEL_PMD);
	collect_finish(&collected);
	/* With four levels the P4D is the PGD's entry: it is said once. */
	collect_string("p: Corrupted page table at address 7f0000001000\nPGD d0e50e7 P4D d0e50e7 PUD 0\n"
		       "Bad pagetable: 000d [#1] SMP\n" END, &collected);
	assert_int_equal(collected.reports[0].n_findings, 1);
	assert_int_equal(collected.reports[0].findings[0].level, CR2_LEVEL_PGD);
	collect_finish(&collected);
}

/* Where nothing can be: 0 alone is a NULL pointer; what a return took may be another word. */
static void jumps_to_small_numbers(void **state)
{
	EXPECT(
		{"p[1]: segfault at 0 ip 0000000000000000 sp 00007ffd00003a10 error 14\n",
		 P(JUMP_TO_NULL), false, NONE, NO_FINDING, 0},
		{"p[1]: segfault at 286 ip 0000000000000286 sp 00007ffd00003a10 error 14\n",
		 P(BAD_RETURN), true, NONE, F(FLAGS_VALUE), 0x286},
		{"p[1]: segfault at 10246 ip 0000000000010246 sp 00007ffd00003a10 error 14\n",
		 P(BAD_RETURN), true, NONE, F(FLAGS_VALUE), 0x10246},
		{"p[1]: segfault at 33 ip 0000000000000033 sp 00007ffd00003a10 error 14\n",
		 P(BAD_RETURN), true, P(JUMP_TO_SMALL), F(SELECTOR_VALUE), 0x33},
		{"p[1]: segfault at 280 ip 0000000000000280 sp 00007ffd00003a10 error 14\n",
		 P(JUMP_TO_SMALL), false, NONE, NO_FINDING, 0},
		{"BUG: unable to handle page fault for address: 0000000000000046\n"
		 "#PF: supervisor instruction fetch in kernel mode\n"
		 "#PF: error_code(0x0010) - not-present page\n" END,
		 P(BAD_RETURN), true, NONE, F(FLAGS_VALUE), 0x46},
		{"BUG: unable to handle page fault for address: 0000000000000008\n"
		 "#PF: supervisor instruction fetch in kernel mode\n"
		 "#PF: error_code(0x0010) - not-present page\n" END,
		 P(JUMP_TO_SMALL), false, NONE, NO_FINDING, 0},
	);
}

static void vsyscalls_and_wide_addresses(void **state)
{
	EXPECT(
		{"p[1]: segfault at ffffffffff600400 ip ffffffffff600400 sp 00007ffd00003a10 error 15\n",
		 P(VSYSCALL), false, NONE, NO_FINDING, 0},
		{SEGFAULT("ffffffffff600000", "5"), P(VSYSCALL), false, NONE, NO_FINDING, 0},
		/* Only five levels of page tables get so far, and there it is user space. */
		{SEGFAULT("7f000012345678", "4"), P(UNMAPPED), true, NONE, NO_FINDING, 0},
		{SEGFAULT("7ffffffff000", "4"), P(KERNEL_ADDRESS), false, NONE, NO_FINDING, 0},
		{SEGFAULT("ffffffffb5023328", "5"), P(KERNEL_ADDRESS), false, NONE,
		 F(SIGN_EXTENDED), 0xffffffffb5023328},
	);
}

#define VSYSCALL(words, registers) "p[1] " words " " registers "\n"
#define REGISTERS "ip:ffffffffff600400 cs:33 sp:7ffd00003a10 ax:c9 si:0 di:8"

static void what_the_kernel_says_of_vsyscalls(void **state)
{
	EXPECT(
		{VSYSCALL("vsyscall attempted with vsyscall=none", REGISTERS), P(VSYSCALL), false, NONE, NO_FINDING, 0},
		{VSYSCALL("vsyscall read attempt denied -- look up the vsyscall kernel parameter if you need a "
			  "workaround", "ip:401136 cs:33 sp:7ffd00003a10 ax:ffffffffff600000 si:0 di:0"),
		 P(VSYSCALL), false, NONE, NO_FINDING, 0},
		{VSYSCALL("misaligned vsyscall (exploit attempt or buggy program) -- look up the vsyscall kernel "
			  "parameter if you need a workaround", "ip:ffffffffff600010 cs:33 sp:7ffd00003a10 ax:0 si:0 di:0"),
		 P(VSYSCALL_ENTRY), false, NONE, NO_FINDING, 0},
		{VSYSCALL("vsyscall with bad stack (exploit attempt?)", "ip:ffffffffff600400 cs:33 sp:8 ax:0 si:0 di:0"),
		 P(VSYSCALL_STACK), false, NONE, NO_FINDING, 0},
		{VSYSCALL("vsyscall fault (exploit attempt?)", REGISTERS), P(VSYSCALL_POINTER), false, NONE, NO_FINDING, 0},
		{VSYSCALL("seccomp tried to change syscall nr or ip", REGISTERS),
		 P(VSYSCALL_SECCOMP), false, NONE, NO_FINDING, 0},
	);
}

static void pointers_near_null(void **state)
{
	EXPECT(
		/* mov dword ptr [rax + 0x18], 7 */
		{SEGFAULT("18", "6") "Code: <c7> 40 18 07 00 00 00\n", P(NEAR_NULL), false, NONE, NO_FINDING, 0},
		{SEGFAULT("37", "6") "Code: <c7> 40 18 07 00 00 00\n", P(SMALL_NUMBER), false, NONE, NO_FINDING, 0},
		{SEGFAULT("18", "6"), P(NEAR_NULL), true, P(SMALL_NUMBER), NO_FINDING, 0},
		/* The pointer is -24, so the member at 24 of an object around NULL. */
		{SEGFAULT("0", "6") "Code: <c7> 40 18 07 00 00 00\n",
		 P(CONTAINER_OF_NULL), true, P(ERROR_POINTER), NO_FINDING, 0},
		/* -ENOMEM is at no multiple of 8. */
		{SEGFAULT("c", "6") "Code: <c7> 40 18 07 00 00 00\n", P(ERROR_POINTER), false, NONE, NO_FINDING, 0},
		/* -EBUSY, in the kernel and in a program. */
		{"BUG: unable to handle page fault for address: fffffffffffffff0\n"
		 "#PF: supervisor read access in kernel mode\n"
		 "#PF: error_code(0x0000) - not-present page\n" END,
		 P(ERROR_POINTER), true, P(CONTAINER_OF_NULL), NO_FINDING, 0},
		{SEGFAULT("fffffffffffffff0", "5"), P(CONTAINER_OF_NULL), true, P(ERROR_POINTER), NO_FINDING, 0},
		/* One bit away from 0. */
		{SEGFAULT("40000000", "4"), P(UNMAPPED), true, NONE, NO_FINDING, 0},
	);
}

#define ZEROES "00 00 00 00 00 00 00 00 "

static void code_of_zeroes(void **state)
{
	EXPECT(
		{SEGFAULT("0", "6") "Code: " ZEROES ZEROES "<00> 00 00 00 00 00 00 00\n",
		 P(ZEROED_CODE), true, NONE, NO_FINDING, 0},
		{SEGFAULT("0", "6") "Code: 90 " ZEROES ZEROES "<00> 00 00 00 00 00 00 00\n",
		 P(NULL), false, NONE, NO_FINDING, 0},
		{"BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
		 "#PF: supervisor write access in kernel mode\n#PF: error_code(0x0002) - not-present page\n"
		 GUILT "Code: " ZEROES ZEROES "<00> 00 00 00 00 00 00 00\n" END,
		 P(ZEROED_CODE), true, NONE, NO_FINDING, 0},
	);
}

/* The second page of an access is where it faults: the register is below it by an unknown number. */
static void accesses_that_may_cross(void **state)
{
	static const struct {
		const char *code;
		bool known;
	} cases[] = {
		{"Code: <48> 8b 00\n", false}, /* mov rax, [rax] */
		{"Code: <8a> 00\n", true}, /* mov al, [rax] */
		{"Code: <f3> a4\n", false}, /* rep movsb */
		{"Code: <f0> 48 0f c7 0e\n", false}, /* lock cmpxchg16b [rsi] */
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct collected collected;
		const struct cr2_log_report *report;
		char text[512];

		snprintf(text, sizeof(text), SEGFAULT("7f0000001000", "4") "%s", cases[i].code);
		collect_string(text, &collected);
		report = &collected.reports[0];
		assert_int_equal(report->insn.has_base_value, cases[i].known);
		assert_int_equal(find(report, F(CROSSING)) != NULL, !cases[i].known);
		collect_finish(&collected);
	}
	EXPECT(
		/* With the registers printed it is known. */
		{"BUG: unable to handle page fault for address: ffffc90000104000\n"
		 "#PF: supervisor read access in kernel mode\n#PF: error_code(0x0000) - not-present page\n"
		 GUILT "Code: <48> 8b 07\n"
		 "RDX: 0000000000000004 RSI: 0000000000000005 RDI: ffffc90000103ffd\n" END,
		 P(UNMAPPED), true, NONE, F(CROSSED), 0xffffc90000103ffd},
	);
}

static void places_without_a_file(void **state)
{
	EXPECT(
		{"p[1]: segfault at 10000000 ip 00007f00c0de1139 sp 00007ffd00003a10 error 4\n",
		 P(UNMAPPED), true, NONE, F(OBJECT_UNNAMED), 0x7f00c0de1139},
		{"p[1]: segfault at 10000000 ip 00007ffd001fd139 sp 00007ffd00003a10 error 4\n",
		 P(UNMAPPED), true, NONE, F(OBJECT_VDSO), 0x7ffd001fd139},
		{"p[1]: segfault at 10000000 ip 00007f00c0de1139 sp 00007ffd00003a10 error 4 in libfoo.so[7f0\n",
		 P(UNMAPPED), true, NONE, F(OBJECT_CUT), 0x7f00c0de1139},
		{"p[1]: segfault at 10000000 ip 00007f00c0de1139 sp 00007ffd00003a10 error 4 in\n",
		 P(UNMAPPED), true, NONE, F(OBJECT_CUT), 0x7f00c0de1139},
		{"p[1]: segfault at 7ffd00004a10 ip 00007ffd00004a10 sp 00007ffd00003a10 error 15\n",
		 P(JUMP_TO_DATA), false, NONE, F(OWN_STACK), 0x7ffd00004a10},
	);
}

#define WILD(addr, rdi, rsi) GPF "probably for non-canonical address " addr ": 0000 [#1] SMP\n" \
	GUILT "Code: 90 <48> 8b 07\nRDX: 0000000000000004 RSI: " rsi " RDI: " rdi "\n" END
#define KERNEL_READ(addr) "BUG: unable to handle page fault for address: " addr "\n" \
	"#PF: supervisor read access in kernel mode\n#PF: error_code(0x0000) - not-present page\n" \
	"RSP: 0018:ffffc90000103e58 EFLAGS: 00010246\n" END

static void what_values_tell(void **state)
{
	struct collected collected;

	EXPECT(
		{WILD("0xbfff888012345678", "bfff888012345678", "0000000000000005"),
		 P(NON_CANONICAL), false, NONE, F(ONE_BIT_CANONICAL), 0xbfff888012345678},
		{WILD("0xbfff888012345678", "bfff888012345678", "ffff888012345600"),
		 P(NON_CANONICAL), false, NONE, F(ONE_BIT_REGISTER), 0xbfff888012345678},
		{WILD("0xdead000000000122", "dead000000000122", "0000000000000005"),
		 P(NON_CANONICAL), false, NONE, F(POISON), 0xdead000000000122},
		{WILD("0xa56b6b6b6b6b6b6b", "a56b6b6b6b6b6b6b", "0000000000000005"),
		 P(NON_CANONICAL), false, NONE, F(POISON), 0xa56b6b6b6b6b6b6b},
		/* KASAN's shadow of it */
		{"general protection fault, probably for non-canonical address 0xed6d696d6d6d6d6d: 0000 [#1] SMP KASAN\n"
		 GUILT, P(NON_CANONICAL), false, NONE, F(POISON), 0x6b6b6b6b6b6b6b6b},
		{WILD("0xdead4ead00000001", "dead4ead00000001", "0000000000000005"),
		 P(NON_CANONICAL), false, NONE, F(POISON), 0xdead4ead00000001},
		{WILD("0x17a1b2c3d4e5f607", "17a1b2c3d4e5f607", "0000000000000005"),
		 P(NON_CANONICAL), false, NONE, F(TIME), 0x17a1b2c3d4e5f607},
		{SEGFAULT("6745a3b0", "4"), P(UNMAPPED), true, NONE, F(TIME), 0x6745a3b0},
		{KERNEL_READ("ffffffffc0123456"), P(UNMAPPED), true, NONE, F(MODULE_GONE), 0xffffffffc0123456},
		{KERNEL_READ("ffffffffc0123456"), P(UNMAPPED), true, NONE, F(REGION), 0xffffffffc0123456},
		{KERNEL_READ("ffff8f0012345678"), P(UNMAPPED), true, NONE, F(REGION), 0xffff8f0012345678},
	);
	collect_string(WILD("0xbfff888012345678", "bfff888012345678", "ffff888012345600"), &collected);
	assert_int_equal(find(&collected.reports[0], F(ONE_BIT_CANONICAL))->bit, 62);
	assert_true(find(&collected.reports[0], F(ONE_BIT_CANONICAL))->other == 0xffff888012345678);
	assert_int_equal(find(&collected.reports[0], F(ONE_BIT_REGISTER))->other_register, CR2_REGISTER_SI);
	collect_finish(&collected);
	/* One bit that is set, and the shadow of the lower half, are none. */
	collect_string(WILD("0x4000000000000000", "4000000000000000", "0000000000000005"), &collected);
	assert_null(find(&collected.reports[0], F(ONE_BIT_CANONICAL)));
	collect_finish(&collected);
	collect_string(WILD("0xdffffc0012345678", "dffffc0012345678", "0000000000000005"), &collected);
	assert_null(find(&collected.reports[0], F(ONE_BIT_CANONICAL)));
	collect_finish(&collected);
}

static void names_of_findings(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_LOG_FINDING_COUNT; i++) {
		assert_non_null(cr2_log_finding_name((enum cr2_log_finding_kind)i));
		assert_non_null(cr2_log_finding_sentence((enum cr2_log_finding_kind)i));
	}
	assert_null(cr2_log_finding_name(CR2_LOG_FINDING_COUNT));
	assert_string_equal(cr2_log_certainty_name(CR2_LOG_CERTAIN), "certain");
	assert_string_equal(cr2_log_certainty_name(CR2_LOG_POSSIBLE), "possible");
	assert_null(cr2_log_certainty_name(CR2_LOG_CERTAINTY_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protection_faults_of_the_kernel),
		cmocka_unit_test(double_faults),
		cmocka_unit_test(guard_pages),
		cmocka_unit_test(stack_of_a_guard_page),
		cmocka_unit_test(poison_of_32_bits),
		cmocka_unit_test(the_error_code_names_what_refused),
		cmocka_unit_test(protection_faults_of_programs),
		cmocka_unit_test(smap_and_smep_need_their_bits),
		cmocka_unit_test(reserved_bits_are_named),
		cmocka_unit_test(jumps_to_small_numbers),
		cmocka_unit_test(vsyscalls_and_wide_addresses),
		cmocka_unit_test(what_the_kernel_says_of_vsyscalls),
		cmocka_unit_test(pointers_near_null),
		cmocka_unit_test(code_of_zeroes),
		cmocka_unit_test(accesses_that_may_cross),
		cmocka_unit_test(places_without_a_file),
		cmocka_unit_test(what_values_tell),
		cmocka_unit_test(names_of_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
