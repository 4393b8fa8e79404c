/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <cr2/base.h>
#include <cr2/log.h>

#include "symbol/insn.h"

#include "../test.h"

static struct insn_decoder *decoder;

#define DECODE(insn, bits, ...) \
	do { \
		static const uint8_t bytes[] = {__VA_ARGS__}; \
		assert_int_equal(insn_decode(decoder, bytes, sizeof(bytes), 0x1000, bits, insn), 0); \
		assert_int_equal((insn)->length, sizeof(bytes)); \
	} while (0)

static void operand_of_a_load(void **state)
{
	struct insn insn;

	(void)state;
	DECODE(&insn, 64, 0x8b, 0x44, 0x8b, 0xf8); /* mov eax, [rbx + rcx*4 - 8] */
	assert_string_equal(insn.text, "mov eax, dword ptr [rbx + rcx*4 - 8]");
	assert_int_equal(insn.n_operands, 1);
	assert_string_equal(insn.operands[0].text, "[rbx + rcx*4 - 8]");
	assert_int_equal(insn.operands[0].base, CR2_REGISTER_BX);
	assert_int_equal(insn.operands[0].index, CR2_REGISTER_CX);
	assert_int_equal(insn.operands[0].scale, 4);
	assert_int_equal(insn.operands[0].displacement, -8);
	assert_int_equal(insn.operands[0].size, 4);
	assert_true(insn.operands[0].read && !insn.operands[0].write);
}

static void stores_and_updates(void **state)
{
	struct insn insn;

	(void)state;
	DECODE(&insn, 64, 0x49, 0x89, 0x55, 0x10); /* mov [r13 + 0x10], rdx */
	assert_int_equal(insn.operands[0].base, CR2_REGISTER_R13);
	assert_true(insn.operands[0].write && !insn.operands[0].read);
	DECODE(&insn, 64, 0xf0, 0xff, 0x00); /* lock inc dword ptr [rax] */
	assert_true(insn.operands[0].write && insn.operands[0].read);
	/* In these capstone 4 is wrong. */
	DECODE(&insn, 64, 0x0f, 0x11, 0x07); /* movups [rdi], xmm0 */
	assert_true(insn.operands[0].write && !insn.operands[0].read);
	DECODE(&insn, 64, 0x0f, 0x10, 0x07); /* movups xmm0, [rdi] */
	assert_true(!insn.operands[0].write && insn.operands[0].read);
	DECODE(&insn, 64, 0xdd, 0x18); /* fstp qword ptr [rax] */
	assert_true(insn.operands[0].write && !insn.operands[0].read);
	DECODE(&insn, 64, 0xf6, 0x00, 0x07); /* test byte ptr [rax], 7 */
	assert_true(!insn.operands[0].write && insn.operands[0].read);
	DECODE(&insn, 64, 0xf0, 0x0f, 0xb1, 0x0f); /* lock cmpxchg [rdi], ecx */
	assert_true(insn.operands[0].write);
}

static void string_copy_has_two_operands(void **state)
{
	struct insn insn;

	(void)state;
	DECODE(&insn, 64, 0xf3, 0xa4); /* rep movsb */
	assert_int_equal(insn.n_operands, 2);
	assert_int_equal(insn.operands[0].base, CR2_REGISTER_DI);
	assert_true(insn.operands[0].write);
	assert_int_equal(insn.operands[1].base, CR2_REGISTER_SI);
	assert_true(insn.operands[1].read && !insn.operands[1].write);
}

static void stack_is_an_operand_too(void **state)
{
	struct insn insn;

	(void)state;
	DECODE(&insn, 64, 0x50); /* push rax */
	assert_string_equal(insn.operands[0].text, "[rsp - 8]");
	assert_true(insn.operands[0].write);
	DECODE(&insn, 64, 0xc3); /* ret */
	assert_string_equal(insn.operands[0].text, "[rsp]");
	assert_true(insn.branch && insn.operands[0].read);
	DECODE(&insn, 64, 0xcb); /* retf */
	assert_true(insn.returns && insn.n_operands == 1 && insn.operands[0].read);
	DECODE(&insn, 64, 0x48, 0xcf); /* iretq */
	assert_true(insn.returns && insn.n_operands == 1 && insn.operands[0].read);
	DECODE(&insn, 32, 0xcf); /* iretd */
	assert_string_equal(insn.operands[0].text, "[esp]");
	DECODE(&insn, 64, 0xff, 0x50, 0x18); /* call [rax + 0x18] */
	assert_int_equal(insn.n_operands, 2);
	assert_true(insn.branch && insn.operands[0].read && insn.operands[1].write);
	DECODE(&insn, 32, 0x50); /* push eax */
	assert_string_equal(insn.operands[0].text, "[esp - 4]");
	assert_int_equal(insn.operands[0].size, 4);
}

static void segments_and_no_base(void **state)
{
	struct insn insn;

	(void)state;
	/* mov rax, gs:[0x28] */
	DECODE(&insn, 64, 0x65, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0);
	assert_int_equal(insn.operands[0].segment, INSN_SEGMENT_GS);
	assert_int_equal(insn.operands[0].base, -1);
	assert_int_equal(insn.operands[0].displacement, 0x28);
	assert_string_equal(insn.operands[0].text, "gs:[0x28]");
	DECODE(&insn, 64, 0x8b, 0x05, 0x10, 0, 0, 0); /* mov eax, [rip + 0x10] */
	assert_int_equal(insn.operands[0].base, CR2_REGISTER_IP);
}

static void what_names_memory_but_leaves_it_alone(void **state)
{
	struct insn insn;

	(void)state;
	DECODE(&insn, 64, 0x48, 0x8d, 0x40, 0x08); /* lea rax, [rax + 8] */
	assert_int_equal(insn.n_operands, 0);
	DECODE(&insn, 64, 0x0f, 0x1f, 0x44, 0x00, 0x00); /* nop dword ptr [rax + rax] */
	assert_int_equal(insn.n_operands, 0);
	DECODE(&insn, 64, 0x0f, 0x18, 0x08); /* prefetcht0 [rax] */
	assert_int_equal(insn.n_operands, 0);
}

static void alignment_and_privilege(void **state)
{
	struct insn insn;

	(void)state;
	DECODE(&insn, 64, 0x0f, 0x29, 0x04, 0x24); /* movaps [rsp], xmm0 */
	assert_true(insn.aligned);
	DECODE(&insn, 64, 0x0f, 0x11, 0x04, 0x24); /* movups [rsp], xmm0 */
	assert_false(insn.aligned);
	DECODE(&insn, 64, 0x66, 0x0f, 0xef, 0x00); /* pxor xmm0, [rax] */
	assert_true(insn.aligned);
	DECODE(&insn, 64, 0xc5, 0xf9, 0xef, 0x00); /* vpxor xmm0, xmm0, [rax] */
	assert_false(insn.aligned);
	DECODE(&insn, 64, 0xc5, 0xfd, 0x6f, 0x00); /* vmovdqa ymm0, [rax] */
	assert_true(insn.aligned);
	DECODE(&insn, 64, 0x66, 0x0f, 0x3a, 0x63, 0x07, 0x1a); /* pcmpistri xmm0, [rdi], 26 */
	assert_false(insn.aligned);
	DECODE(&insn, 64, 0x66, 0x0f, 0x38, 0x82, 0x07); /* invpcid rax, [rdi] */
	assert_true(insn.privileged && !insn.aligned);
	DECODE(&insn, 64, 0x0f, 0x32); /* rdmsr, which capstone 4 does not call so */
	assert_true(insn.privileged);
	DECODE(&insn, 64, 0xf4); /* hlt */
	assert_true(insn.privileged);
	DECODE(&insn, 64, 0xcd, 0x21); /* int 0x21 */
	assert_true(insn.privileged);
	DECODE(&insn, 64, 0x0f, 0x30); /* wrmsr */
	assert_true(insn.privileged);
	DECODE(&insn, 64, 0x90);
	assert_false(insn.privileged || insn.aligned || insn.branch || insn.undefined);
	DECODE(&insn, 64, 0x0f, 0x0b); /* ud2 */
	assert_true(insn.undefined);
}

static void what_is_no_instruction_is_refused(void **state)
{
	static const uint8_t bad[] = {0x06, 0x06, 0x06}, cut[] = {0x48, 0x8b};
	struct insn insn;

	(void)state;
	assert_int_equal(insn_decode(decoder, bad, sizeof(bad), 0, 64, &insn), -EINVAL);
	assert_int_equal(insn_decode(decoder, cut, sizeof(cut), 0, 64, &insn), -EINVAL);
	assert_int_equal(insn_decode(decoder, cut, 0, 0, 64, &insn), -EINVAL);
}

static int create(void **state)
{
	(void)state;
	return insn_decoder_create(&decoder);
}

static int destroy(void **state)
{
	(void)state;
	insn_decoder_destroy(decoder);
	insn_decoder_destroy(NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operand_of_a_load),
		cmocka_unit_test(stores_and_updates),
		cmocka_unit_test(string_copy_has_two_operands),
		cmocka_unit_test(stack_is_an_operand_too),
		cmocka_unit_test(segments_and_no_base),
		cmocka_unit_test(what_names_memory_but_leaves_it_alone),
		cmocka_unit_test(alignment_and_privilege),
		cmocka_unit_test(what_is_no_instruction_is_refused),
	};

	return cmocka_run_group_tests(tests, create, destroy);
}
