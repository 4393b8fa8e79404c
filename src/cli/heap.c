/* SPDX-License-Identifier: MIT */
/* Where freed memory stays with the program, since its page faults would cost more. */
#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli.h"

#define HUGE_PAGE ((uintptr_t)2 << 20)
/* libbpf's copy of the kernel's types, twice over, and what it makes of them. */
#define GROWTH (16 << 20)

static void keep_freed(int most)
{
	mallopt(M_MMAP_THRESHOLD, GROWTH);
	mallopt(M_TRIM_THRESHOLD, most);
	mallopt(M_TOP_PAD, GROWTH);
}

/*
 * To load a BPF program, libbpf reads the kernel's types (5 MiB) into memory and copies them, and cr2
 * loads two programs. In memory that was given back each time these were 5,500 of the 6,900 page
 * faults of a start, as cr2 record says. So what is freed is kept, and comes in huge pages.
 */
void cli_heap_for_bpf(void)
{
	void *volatile room; /* or the compiler leaves it out */
	uintptr_t begin, end;

	keep_freed(2 * GROWTH);
	begin = ((uintptr_t)sbrk(0) + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	room = malloc(HUGE_PAGE);
	free(room);
	end = (uintptr_t)sbrk(0) & ~(HUGE_PAGE - 1);
	/* A kernel without huge pages refuses, which costs nothing but the faults. */
	if (begin < end)
		madvise((void *)begin, end - begin, MADV_HUGEPAGE);
}

/*
 * One model after another: each frees what the next wants again, and a page fault of this kernel
 * costs more than what the model does with the page.
 */
void cli_heap_for_models(void)
{
	keep_freed(INT_MAX);
}
