/* SPDX-License-Identifier: MIT */
/*
 * The instructions before the one that crashed, as far as a report's Code: line holds them. Where
 * one of them begins, the bytes do not say: decodings from every possible beginning are tried, and
 * those that land on the instruction that crashed are compared. Where the line holds the beginning
 * of the function, that is the one.
 *
 *     cr2_log_before_create(report, &before);
 *     for (size_t i = 0; (insn = cr2_log_before_get(before, i)); i++)
 *             ...
 *     cr2_log_before_destroy(before);
 */
#ifndef CR2_LOG_BEFORE_H
#define CR2_LOG_BEFORE_H

#include <cr2/log.h>

CR2_BEGIN_DECLS

struct cr2_log_insn {
	int offset; /* bytes from the instruction that crashed; that one's is 0 */
	uint8_t length;
	uint8_t bytes[15];
	char text[200]; /* "mov rax, qword ptr [rdi + 8]" */
	bool certain; /* every decoding that fits has an instruction begin here */
	/*
	 * The enum cr2_register of the bad address that it was the last to write, where execution came
	 * straight down to the crash; -1: none.
	 */
	int loads;
};

struct cr2_log_before;
/*
 * In order, the last is the one that crashed; empty where the report holds no code, nothing lands
 * there, or what lies there never ran. Returns 0 or -ENOMEM.
 */
int cr2_log_before_create(const struct cr2_log_report *report, struct cr2_log_before **ret_before);
const struct cr2_log_insn *cr2_log_before_get(const struct cr2_log_before *before, size_t i);
void cr2_log_before_destroy(struct cr2_log_before *before); /* NULL is fine */

CR2_END_DECLS

#endif
