/* SPDX-License-Identifier: MIT */
/* One x86 instruction, as far as a fault's explanation needs it. */
#ifndef SYMBOL_INSN_H
#define SYMBOL_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/tables.h>

#define INSN_OPERANDS 3

enum insn_segment {
	INSN_SEGMENT_FLAT,
	INSN_SEGMENT_FS,
	INSN_SEGMENT_GS,
};

/* Memory that the instruction reads or writes; also what push, call and ret do to the stack. */
struct insn_operand {
	char text[80];
	int base, index; /* enum cr2_register, -1: none */
	bool vector_index; /* the index is a vector register: many addresses */
	uint8_t scale;
	int64_t displacement;
	enum insn_segment segment;
	bool address32;
	uint16_t size; /* bytes; 0: not known */
	bool read, write;
};

struct insn {
	char text[200];
	uint8_t length;
	unsigned n_operands;
	struct insn_operand operands[INSN_OPERANDS];
	uint32_t written; /* registers, or parts of them: 1 << enum cr2_register */
	bool branch; /* call, jump or return */
	bool call;
	bool ends; /* what stands behind it does not run next */
	bool relative; /* it goes to an address counted from ip: the text's last word */
	uint8_t aligned; /* faults on an operand that is not aligned to so many bytes; 0: it does not */
	bool privileged;
	bool returns; /* to an address, or with flags and segments, taken from the stack */
	bool loads; /* values that the CPU checks: of a control register, an MSR, a segment, its state */
	bool repeats; /* a string instruction with its prefix: the operands may be long */
	bool undefined; /* ud2 and its like: a deliberate trap */
};

/* Opening the disassembler costs more than many instructions: once for all. 0 or -ENOMEM. */
struct insn_decoder;
int insn_decoder_create(struct insn_decoder **ret_decoder);
void insn_decoder_destroy(struct insn_decoder *decoder); /* NULL is fine */
/* bits: 32 or 64. Returns 0 or -EINVAL (no instruction). */
int insn_decode(const struct insn_decoder *decoder, const uint8_t *bytes, size_t n, uint64_t ip,
		int bits, struct insn *ret_insn);

#endif
