/* SPDX-License-Identifier: MIT */
/* A virtual address taken apart: nine bits a level above the twelve of the page. */
#include <cr2/decode.h>

void cr2_va_decode(uint64_t address, unsigned levels, struct cr2_va *ret_va)
{
	unsigned bits = 12 + 9 * levels;
	/* All bits from the highest translated one up must be equal. */
	int64_t sign = (int64_t)address >> (bits - 1);

	*ret_va = (struct cr2_va){
		.address = address,
		.levels = levels,
		.canonical = sign == 0 || sign == -1,
		.kernel = address >> 63,
		.offset = address & ~CR2_PAGE_MASK,
	};
	for (unsigned i = 0; i < levels; i++)
		ret_va->indices[i] = address >> (bits - 9 * (i + 1)) & 511;
}

static const struct {
	unsigned levels;
	uint64_t first, last;
	const char *what;
} regions[] = {
#define X(levels, first, last, what) {levels, first, last, what},
#include <cr2/tables/va_region.def>
#undef X
};

const char *cr2_va_region(uint64_t address, unsigned levels)
{
	struct cr2_va va;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(regions); i++)
		if ((regions[i].levels == 0 || regions[i].levels == levels) &&
		    regions[i].first <= address && address <= regions[i].last)
			return regions[i].what;
	cr2_va_decode(address, levels, &va);
	return va.canonical ? "a hole in the kernel's half" : "no canonical address";
}

/* With four levels the P4D is folded into the PGD. */
enum cr2_level cr2_va_level(const struct cr2_va *va, size_t i)
{
	if (i == 0)
		return CR2_LEVEL_PGD;
	return (enum cr2_level)(va->levels - i);
}
