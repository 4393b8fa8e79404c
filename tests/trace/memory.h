/* SPDX-License-Identifier: MIT */
/* Memory of the traced programs, which need no library: mapped, and touched page by page. */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 4096UL
#define HUGE (2UL << 20)

/* Of fd, or anonymous (-1); flags: MAP_PRIVATE or MAP_SHARED. */
static inline char *map(int fd, size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

static inline void put(char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		*(volatile char *)&p[i * PAGE] = 1;
}

#endif
