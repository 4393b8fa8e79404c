/* SPDX-License-Identifier: MIT */
/* See khugepaged.h. */
#include "khugepaged.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <cr2/tables.h>

#define TRIES 5000 /* of 2 ms */

/* Its state as a letter of proc(5); 0: that process is another, or gone. */
static char state_of(int pid)
{
	char path[32], name[32], state = 0;
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* 2 is kthreadd: a program can call itself khugepaged, too. */
	if (fscanf(file, "%*d (%31[^)]) %c %d", name, &state, &parent) != 3 || parent != 2 ||
	    strcmp(name, "khugepaged") != 0)
		state = 0;
	fclose(file);
	return state;
}

/* 0: there is none, or it cannot be seen from here. */
static int find(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (!found && proc && (entry = readdir(proc)))
		if (state_of(atoi(entry->d_name)))
			found = atoi(entry->d_name);
	if (proc)
		closedir(proc);
	return found;
}

/* It keeps looking after a process that had such memory once, with a page in it. */
static int occupy(void)
{
	const size_t length = 2 * CR2_HUGE_SIZE; /* wherever it lies, one large page fits in */
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r = 0;

	if (memory == MAP_FAILED)
		return -errno;
	*(volatile char *)memory = 1;
	if (madvise(memory, length, MADV_HUGEPAGE) < 0)
		r = -errno;
	munmap(memory, length);
	return r;
}

int host_khugepaged_settle(struct cr2_text *reason)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	int pid = find(), r = occupy();
	char state;

	if (r < 0)
		return reason_refuse(reason, r, "memory cannot be advised hugepage: %s", strerror(-r));
	for (unsigned i = 0; i < TRIES; i++) {
		state = pid ? state_of(pid) : 0;
		if (state == 0 || state == 'S' || state == 'I')
			return 0;
		nanosleep(&pause, NULL);
	}
	return reason_refuse(reason, -EBUSY, "khugepaged (pid %d) has not come to rest in ten seconds: "
			     "this machine is too busy for scenarios with thp", pid);
}
