/* SPDX-License-Identifier: MIT */
/*
 * What a page fault leaves on the stack, and IRETQ (SDM 3A 6.14: in 64-bit mode SS:RSP is
 * pushed unconditionally and RSP is aligned to 16 first; 17.3.1.1: faults push RF as 1).
 */
#include <stddef.h>
#include <string.h>

#include "mmu.h"

#define RFLAGS_RF (1ULL << 16)
#define FRAME_WORDS (sizeof(struct cr2_exception_frame) / 8)
_Static_assert(FRAME_WORDS == 6, "the frame is the six values, lowest address first");

/* Stack references are implicit supervisor accesses: AC does not matter to them. */
static bool stack_word(struct cpu *cpu, struct phys *phys, uint64_t address, enum cr2_access kind,
		       uint64_t *word)
{
	struct access access = {.address = address, .kind = kind, .as = AS_KERNEL};
	struct translation translation;

	if (mmu_access(cpu, phys, access, &translation) != MMU_OK)
		return false;
	if (kind == CR2_ACCESS_WRITE && translation.where &&
	    frame_store64(translation.where, address % PHYS_FRAME, *word))
		return true;
	if (kind == CR2_ACCESS_WRITE)
		return phys_write64(phys, translation.physical, *word) == 0;
	*word = phys_read64(phys, translation.physical);
	return true;
}

uint64_t cpu_push_exception(struct cpu *cpu, struct phys *phys, struct cr2_exception_frame *frame)
{
	bool from_user = frame->cs & 3;
	uint64_t at = (from_user ? cpu->kernel_stack : frame->rsp) & ~15ULL;
	uint64_t words[FRAME_WORDS];

	frame->rflags |= RFLAGS_RF;
	memcpy(words, frame, sizeof(words));
	for (size_t i = FRAME_WORDS; i-- > 0;) {
		at -= 8;
		if (!stack_word(cpu, phys, at, CR2_ACCESS_WRITE, &words[i]))
			return 0;
	}
	return at;
}

bool cpu_iretq(struct cpu *cpu, struct phys *phys, uint64_t pushed_at)
{
	uint64_t words[FRAME_WORDS];

	words[0] = cpu->regs.error_code;
	for (size_t i = 1; i < FRAME_WORDS; i++) {
		if (!stack_word(cpu, phys, pushed_at + 8 * i, CR2_ACCESS_READ, &words[i]))
			return false;
	}
	memcpy(&cpu->regs, words, sizeof(words));
	return true;
}
