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
static bool stack_page(struct cpu *cpu, struct phys *phys, uint64_t address, enum cr2_access kind,
		       struct translation *ret)
{
	struct access access = {.address = address, .kind = kind, .as = AS_KERNEL};

	return mmu_access(cpu, phys, access, ret) == MMU_OK;
}

static inline uint64_t stack_physical(const struct translation *page, uint64_t address)
{
	return page->physical - page->physical % PHYS_FRAME + address % PHYS_FRAME;
}

uint64_t cpu_push_exception(struct cpu *cpu, struct phys *phys, struct cr2_exception_frame *frame)
{
	bool from_user = frame->cs & 3;
	uint64_t at = (from_user ? cpu->kernel_stack : frame->rsp) & ~15ULL;
	uint64_t words[FRAME_WORDS];
	struct translation page;

	frame->rflags |= RFLAGS_RF;
	memcpy(words, frame, sizeof(words));
	for (size_t i = FRAME_WORDS; i-- > 0;) {
		/* The first word, or the highest of the next page. */
		bool entered = i == FRAME_WORDS - 1 || at % PHYS_FRAME == 0;

		at -= 8;
		if (entered && !stack_page(cpu, phys, at, CR2_ACCESS_WRITE, &page))
			return 0;
		if (!(page.where && frame_store64(page.where, at % PHYS_FRAME, words[i])) &&
		    phys_write64(phys, stack_physical(&page, at), words[i]) < 0)
			return 0;
	}
	return at;
}

bool cpu_iretq(struct cpu *cpu, struct phys *phys, uint64_t pushed_at)
{
	uint64_t words[FRAME_WORDS];
	struct translation page;

	words[0] = cpu->regs.error_code;
	for (size_t i = 1; i < FRAME_WORDS; i++) {
		uint64_t at = pushed_at + 8 * i;

		if ((i == 1 || at % PHYS_FRAME == 0) &&
		    !stack_page(cpu, phys, at, CR2_ACCESS_READ, &page))
			return false;
		words[i] = phys_read64(phys, stack_physical(&page, at));
	}
	memcpy(&cpu->regs, words, sizeof(words));
	return true;
}
