/* SPDX-License-Identifier: MIT */
/*
 * Where the kernel's own memory lies. The model has it where it is without KASLR, in every
 * process's page tables; what an access to it meets can be compared only where that holds.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

#define MELTDOWN "/sys/devices/system/cpu/vulnerabilities/meltdown"

/* From the direct map to the modules' end, but for the CPU entry area: its start is fixed. */
static bool depends(uint64_t address, bool five_levels)
{
	return (five_levels && address >= 0xff11000000000000ULL && address < 0xffdf000000000000ULL) ||
	       (address >= 0xffff888000000000ULL && address < 0xfffffe0000000000ULL) ||
	       (address >= 0xffffffff80000000ULL && address < 0xffffffffff000000ULL);
}

/* Page-table isolation: user mode has tables without most of the kernel's memory. */
static bool isolated(void)
{
	char line[64] = "";
	FILE *file = fopen(MELTDOWN, "re");

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strstr(line, "PTI") != NULL;
}

/* KASLR moves all or nothing: where the text is in its place, so is the rest. */
static bool usual_places(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long long address = 0;
	char line[512], name[8];
	bool found = false;

	while (!found && file && fgets(line, sizeof(line), file))
		found = sscanf(line, "%llx %*c %7s", &address, name) == 2 &&
			strcmp(name, "_text") == 0;
	if (file)
		fclose(file);
	return found && address == 0xffffffff81000000ULL;
}

int host_layout_check(uint64_t address, bool five_levels, struct cr2_text *reason)
{
	if (!depends(address, five_levels))
		return 0;
	if (isolated())
		return reason_refuse(reason, -EOPNOTSUPP, "address 0x%llx is the kernel's, whose "
				   "memory is not in user mode's page tables here (PTI)",
				   (unsigned long long)address);
	if (usual_places())
		return 0;
	return reason_refuse(reason, -EOPNOTSUPP, "address 0x%llx is the kernel's, whose memory is "
			   "not seen in its usual places (KASLR)",
			   (unsigned long long)address);
}
