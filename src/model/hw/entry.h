/* SPDX-License-Identifier: MIT */
/* Paging-structure entries, bit-exact (Intel SDM 3A 4.5, AMD APM 2 5.3). */
#ifndef MODEL_HW_ENTRY_H
#define MODEL_HW_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#define ENTRY_P (1ULL << 0)
#define ENTRY_RW (1ULL << 1)
#define ENTRY_US (1ULL << 2)
#define ENTRY_PWT (1ULL << 3)
#define ENTRY_PCD (1ULL << 4)
#define ENTRY_A (1ULL << 5)
#define ENTRY_D (1ULL << 6)
#define ENTRY_PS (1ULL << 7) /* PMD, PUD: maps a page; in a PTE it is PAT */
#define ENTRY_G (1ULL << 8)
#define ENTRY_NX (1ULL << 63)
#define ENTRY_FRAME 0x000ffffffffff000ULL /* 52 physical address bits */
#define ENTRY_PKEY_SHIFT 59
#define ENTRY_PKEY (0xfULL << ENTRY_PKEY_SHIFT)

static inline uint64_t entry_frame(uint64_t entry)
{
	return (entry & ENTRY_FRAME) >> 12;
}

/* Shift of the address bits that index the table at a level: 12 for a PTE, 21, 30, 39, 48. */
static inline unsigned level_shift(unsigned level)
{
	return 12 + 9 * (level - 1);
}

static inline unsigned level_index(uint64_t address, unsigned level)
{
	return (address >> level_shift(level)) & 511;
}

#endif
