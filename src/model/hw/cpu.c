/* SPDX-License-Identifier: MIT */
/* A CPU when the kernel has set it up. */
#include <string.h>

#include "mmu.h"

void cpu_init(struct cpu *cpu)
{
	memset(cpu, 0, sizeof(*cpu));
	cpu->wp = true;
	cpu->smep = true;
	cpu->smap = true;
	cpu->nxe = true;
	cpu->pge_1g = true;
	cpu->physical_bits = 52;
	tlb_flush(cpu);
}
