/* SPDX-License-Identifier: MIT */
/* See smaps.h. */
#include "smaps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void read_line(const char *line, bool shared, struct host_smaps *smaps)
{
	sscanf(line, shared ? "ShmemPmdMapped: %" SCNu64 : "AnonHugePages: %" SCNu64, &smaps->huge);
	sscanf(line, "Rss: %" SCNu64, &smaps->resident);
	if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " uw"))
		smaps->uffd_wp = true;
}

int host_smaps_read(pid_t pid, const struct maps_vma *vma, struct host_smaps *ret_smaps)
{
	struct host_smaps smaps = {0};
	char path[32], line[256];
	uint64_t start, end;
	bool here = false;
	FILE *file;
	int r = -ESRCH;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2)
			here = start == vma->start;
		else if (here)
			read_line(line, vma->shared, &smaps);
		if (here)
			r = 0;
	}
	fclose(file);
	if (r == 0)
		*ret_smaps = smaps;
	return r;
}
