/* SPDX-License-Identifier: MIT */
/* Mappings as the kernel shows them: asked one by one and read as text, the same. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <host/host.h>

#include "../test.h"

static int maps = -1;

static int open_maps(void **state)
{
	(void)state;
	maps = maps_open(getpid());
	return maps < 0 ? -1 : 0;
}

static int close_maps(void **state)
{
	(void)state;
	return close(maps);
}

static void both_ways_agree(void **state)
{
	const uint64_t all = 1ULL << 47;
	struct maps_vmas asked = {0}, read = {0};

	(void)state;
	/* Before they are compared nothing may be allocated: room for both is made first. */
	assert_int_equal(maps_read_text(maps, 0, all, &read), 0);
	assert_int_equal(maps_read(maps, 0, all, &asked), 0);
	assert_int_equal(maps_read_text(maps, 0, all, &read), 0);
	assert_int_equal(maps_read(maps, 0, all, &asked), 0);
	assert_true(asked.count > 5);
	for (size_t i = 0; i < asked.count; i++) {
		const struct maps_vma *a = &asked.items[i];
		const struct maps_vma *b = &read.items[i < read.count ? i : 0];

		if (a->start != b->start) /* the text's own buffer comes and goes */
			continue;
		assert_int_equal(a->offset, b->offset);
		assert_int_equal(a->inode, b->inode);
		assert_int_equal(a->device, b->device);
		assert_int_equal(a->prot, b->prot);
		assert_int_equal(a->shared, b->shared);
	}
	free(asked.items);
	free(read.items);
}

static void a_mapping_is_found_by_address(void **state)
{
	char *map = mmap(NULL, 3 * CR2_PAGE_SIZE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t address = (uintptr_t)map;
	struct maps_vma vma;

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + CR2_PAGE_SIZE, CR2_PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(maps_vma_at(maps, address + CR2_PAGE_SIZE + 5, &vma), 0);
	assert_int_equal(vma.start, address + CR2_PAGE_SIZE);
	assert_int_equal(vma.end, address + 2 * CR2_PAGE_SIZE);
	assert_int_equal(vma.prot, CR2_PROT_READ | CR2_PROT_WRITE);
	assert_int_equal(vma.offset, CR2_PAGE_SIZE);
	assert_true(vma.shared);
	assert_int_not_equal(vma.inode, 0);
	munmap(map, 3 * CR2_PAGE_SIZE);
}

static void above_the_last_there_is_none(void **state)
{
	struct maps_vma vma;

	(void)state;
	assert_int_equal(maps_vma_at(maps, 0xffff800000000000ULL, &vma), -ENOENT);
	assert_int_equal(maps_vma_at(maps, 0xffffffffff600000ULL, &vma), -ENOENT); /* the gate page */
}

static void only_what_touches_a_range_is_listed(void **state)
{
	struct maps_vmas vmas = {0};
	char *map = mmap((void *)CR2_LITMUS_BASE, 4 * CR2_PAGE_SIZE, PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(maps_read(maps, HOST_AREA_START, HOST_AREA_END, &vmas), 0);
	assert_int_equal(vmas.count, 1);
	assert_int_equal(maps_read_text(maps, HOST_AREA_START, HOST_AREA_END, &vmas), 0);
	assert_int_equal(vmas.count, 1);
	assert_int_equal(vmas.items[0].start, CR2_LITMUS_BASE);
	munmap(map, 4 * CR2_PAGE_SIZE);
	assert_int_equal(maps_read(maps, HOST_AREA_START, HOST_AREA_END, &vmas), 0);
	assert_int_equal(vmas.count, 0);
	free(vmas.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_agree),
		cmocka_unit_test(a_mapping_is_found_by_address),
		cmocka_unit_test(above_the_last_there_is_none),
		cmocka_unit_test(only_what_touches_a_range_is_listed),
	};

	return cmocka_run_group_tests(tests, open_maps, close_maps);
}
