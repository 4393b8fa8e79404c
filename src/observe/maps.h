/* SPDX-License-Identifier: MIT */
/*
 * Mappings of a process as the kernel shows them: /proc/PID/maps.
 */
#ifndef OBSERVE_MAPS_H
#define OBSERVE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct maps_vma {
	uint64_t start, end;
	uint64_t offset; /* bytes into the file */
	uint64_t inode; /* 0: none */
	uint64_t device;
	uint8_t prot; /* CR2_PROT_ */
	bool shared;
	bool hugetlb; /* of pages of the pool; */
	bool gigantic; /* those of 1 GiB */
};
struct maps_vmas {
	struct maps_vma *items;
	size_t count, capacity;
};
/* Opens what the others read: a process's maps. A descriptor or a negative errno. */
int maps_open(pid_t pid);
/* The mappings that touch [start, end), by address. */
int maps_read(int maps, uint64_t start, uint64_t end, struct maps_vmas *vmas);
/* The same as kernels before 6.11 are asked. */
int maps_read_text(int maps, uint64_t start, uint64_t end, struct maps_vmas *vmas);
/* The mapping that holds address, or the next above it; -ENOENT: none. */
int maps_vma_at(int maps, uint64_t address, struct maps_vma *ret_vma);

#endif
