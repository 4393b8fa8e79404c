/* SPDX-License-Identifier: MIT */
/* The instructions before a crash: where they begin, how certain that is, what loaded the register. */
#include <stdio.h>

#include <cr2/log_before.h>

#include "collect.h"

#define SEGFAULT "p[1]: segfault at 18 ip 0000000000401139 sp 00007ffd00003a10 error 4 in p[401000+1000]\n"

/* Whatever the line begins within ends here: from each of these bytes on all decodings agree. */
#define NOPS "90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 "

/* The instructions as one text: "offset[?] text[ -> register]" a line; those of NOPS may be left out. */
static void expect_of(const struct cr2_log_report *report, const char *wanted)
{
	size_t skip;

	const struct cr2_log_insn *insn;
	struct cr2_log_before *before;
	struct cr2_text seen = {0};

	assert_int_equal(cr2_log_before_create(report, &before), 0);
	assert_int_equal(cr2_text_append(&seen, ""), 0);
	for (size_t i = 0; (insn = cr2_log_before_get(before, i)); i++)
		assert_int_equal(cr2_text_printf(&seen, "%d%s %s%s%s\n", insn->offset,
						 insn->certain ? "" : "?", insn->text,
						 insn->loads >= 0 ? " -> " : "", insn->loads >= 0 ?
						 cr2_register_wide_name(insn->loads) : ""), 0);
	skip = strstr(seen.data, " nop\n") == strchr(seen.data, ' ') && seen.length > strlen(wanted) ?
	       seen.length - strlen(wanted) : 0;
	assert_string_equal(seen.data + skip, wanted);
	cr2_log_before_destroy(before);
	cr2_text_finish(&seen);
}

static void expect(const char *text, const char *wanted)
{
	collect_only(text, expect_of, wanted);
}

static void register_was_loaded_from_memory(void **state)
{
	(void)state;
	/* push rbx; mov rbx, [rdi + 8]; xor eax, eax; mov eax, [rbx + 0x18] */
	expect(SEGFAULT "Code: " NOPS "53 48 8b 5f 08 31 c0 <8b> 43 18 c3\n",
	       "-7 push rbx\n"
	       "-6 mov rbx, qword ptr [rdi + 8] -> rbx\n"
	       "-2 xor eax, eax\n"
	       "0 mov eax, dword ptr [rbx + 0x18]\n");
}

/* One instruction may be as long as all that the line holds. */
static void few_bytes_are_not_certain(void **state)
{
	(void)state;
	expect(SEGFAULT "Code: 53 48 8b 5f 08 31 c0 <8b> 43 18 c3\n",
	       "-7? push rbx\n"
	       "-6? mov rbx, qword ptr [rdi + 8] -> rbx\n"
	       "-2? xor eax, eax\n"
	       "0 mov eax, dword ptr [rbx + 0x18]\n");
}

/* The line begins within mov eax, 0xc0319090, whose last bytes read as another instruction. */
static void the_first_bytes_may_be_the_end_of_an_instruction(void **state)
{
	(void)state;
	expect(SEGFAULT "Code: b8 90 90 31 c0 53 53 53 53 53 53 53 53 53 53 <8b> 43 18\n",
	       "-15? mov eax, 0xc0319090\n"
	       "-10? push rbx\n-9? push rbx\n-8? push rbx\n-7? push rbx\n-6? push rbx\n"
	       "-5? push rbx\n-4? push rbx\n-3? push rbx\n-2? push rbx\n-1 push rbx\n"
	       "0 mov eax, dword ptr [rbx + 0x18]\n");
}

/* What a function returns it leaves in rax; it may change rcx; rbx it keeps. */
static void calls_stand_between(void **state)
{
	(void)state;
	expect(SEGFAULT "Code: " NOPS "e8 00 00 00 00 <8b> 40 18\n",
	       "-5 call 0x401139 -> rax\n0 mov eax, dword ptr [rax + 0x18]\n");
	expect(SEGFAULT "Code: " NOPS "31 c9 e8 00 00 00 00 <8b> 41 18\n",
	       "-7 xor ecx, ecx\n-5 call 0x401139\n0 mov eax, dword ptr [rcx + 0x18]\n");
	expect(SEGFAULT "Code: " NOPS "31 db e8 00 00 00 00 <8b> 43 18\n",
	       "-7 xor ebx, ebx -> rbx\n-5 call 0x401139\n0 mov eax, dword ptr [rbx + 0x18]\n");
}

/* Execution did not come straight down here: what stands above loaded nothing for it. */
static void a_return_stands_between(void **state)
{
	(void)state;
	expect(SEGFAULT "Code: " NOPS "31 db c3 90 <8b> 43 18\n",
	       "-4 xor ebx, ebx\n-2 ret\n-1 nop\n0 mov eax, dword ptr [rbx + 0x18]\n");
}

/* A program cannot have run hlt and gone on. */
static void privileged_instructions_have_not_run(void **state)
{
	(void)state;
	expect(SEGFAULT "Code: f4 90 <8b> 43 18\n", "-1? nop\n0 mov eax, dword ptr [rbx + 0x18]\n");
}

static void nothing_lands_on_ip(void **state)
{
	(void)state;
	/* Each of these begins an instruction that goes beyond ip. */
	expect(SEGFAULT "Code: b8 b8 <8b> 43 18 c3 90 90 90\n", "0 mov eax, dword ptr [rbx + 0x18]\n");
}

static void what_never_ran_is_not_shown(void **state)
{
	(void)state;
	expect("p[1]: segfault at 401139 ip 0000000000401139 sp 00007ffd00003a10 error 15\n"
	       "Code: 31 db 90 <8b> 43 18\n", "");
	expect("p[1]: segfault at 0 ip 0000000000000000 sp 00007ffd00003a10 error 14\n"
	       "Code: Unable to access opcode bytes at 0xffffffffffffffd6.\n", "");
}

/* near_write: the line holds the function's beginning. The bytes before it are the padding's. */
static void function_begins_in_the_line(void **state)
{
	char *text = load_log("linux-6.12.txt");
	struct collected collected;

	(void)state;
	collect_string(text, &collected);
	expect_of(&collected.reports[19 + 1], "-9 endbr64\n-5 nop dword ptr [rax + rax]\n"
		  "0 mov qword ptr [rdi + 0x18], 5\n");
	collect_finish(&collected);
	free(text);
}

/* "Instructions:" of hs_err begins 256 bytes before pc. */
static void java_prints_what_stands_before(void **state)
{
	char *text = load_log("reporters/java.txt");
	struct collected collected;

	(void)state;
	collect_string(text, &collected);
	assert_int_equal(collected.reports[1].code_ip, 48);
	assert_int_equal(collected.reports[1].code_length, LOG_CODE_MAX);
	assert_memory_equal(collected.reports[1].code + 48, "\x45\x8b\x6d\x00", 4);
	assert_memory_equal(collected.reports[1].code + 41, "\xc6\x83\x68\x03\x00\x00\x01", 7);
	collect_finish(&collected);
	/* A line is missing: what stands before the gap is no neighbour. */
	collect_string("#  SIGSEGV (0xb) at pc=0x0000000000401020, pid=1, tid=2\n"
		       "0x0000000000401000:   90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90\n"
		       "0x0000000000401018:   31 db 31 db 31 db 31 db 8b 43 18 c3 90 90 90 90\n", &collected);
	assert_int_equal(collected.reports[0].code_ip, 8);
	assert_int_equal(collected.reports[0].code_length, 16);
	assert_string_equal(collected.reports[0].insn.text, "mov eax, dword ptr [rbx + 0x18]");
	collect_finish(&collected);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(register_was_loaded_from_memory),
		cmocka_unit_test(few_bytes_are_not_certain),
		cmocka_unit_test(the_first_bytes_may_be_the_end_of_an_instruction),
		cmocka_unit_test(calls_stand_between),
		cmocka_unit_test(a_return_stands_between),
		cmocka_unit_test(privileged_instructions_have_not_run),
		cmocka_unit_test(nothing_lands_on_ip),
		cmocka_unit_test(what_never_ran_is_not_shown),
		cmocka_unit_test(function_begins_in_the_line),
		cmocka_unit_test(java_prints_what_stands_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
