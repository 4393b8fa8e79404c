/* SPDX-License-Identifier: MIT */
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/perf/encode.h"
#include "trace/build_ids.h"

#include "../test.h"

static const struct perf_trailer trailer = {.time = 1};

/* A record of a mapping, as the kernel tells it. */
static void put(struct cr2_text *records, const char *name, uint64_t inode, uint32_t prot)
{
	struct perf_mmap2 map = {.pid = (uint32_t)getpid(), .prot = prot, .start = 0x1000, .length = 0x1000};
	const struct perf_place place = {.inode = inode};

	memcpy(&map.build_id_size, &place, sizeof(place));
	assert_int_equal(perf_encode_mmap2(&map, name, &trailer, records), 0);
}

static const struct perf_record *record_at(const struct cr2_text *records, size_t n)
{
	const char *at = records->data;

	while (n--)
		at += ((const struct perf_record *)at)->size;
	return (const struct perf_record *)at;
}

/* Not this program, whose linker may make none. */
static int find_libc(struct dl_phdr_info *info, size_t size, void *path)
{
	(void)size;
	if (!strstr(info->dlpi_name, "/libc.so"))
		return 0;
	*(const char **)path = info->dlpi_name;
	return 1;
}

static void files_get_their_build_ids_and_nothing_else_changes(void **state)
{
	struct build_ids ids = {0};
	struct cr2_text records = {0};
	struct perf_mmap2 map;
	struct perf_place place;
	struct stat status;
	const char *libc = NULL;

	(void)state;
	assert_int_equal(dl_iterate_phdr(find_libc, &libc), 1);
	assert_int_equal(stat(libc, &status), 0);
	put(&records, libc, status.st_ino, PERF_PROT_EXEC);
	put(&records, libc, status.st_ino, 1);
	put(&records, libc, status.st_ino + 1, PERF_PROT_EXEC); /* another file by now */
	put(&records, "/nowhere", 5, PERF_PROT_EXEC);
	put(&records, "//anon", 0, PERF_PROT_EXEC);
	assert_int_equal(build_ids_fill(&ids, records.data, records.length), 0);
	memcpy(&map, record_at(&records, 0) + 1, sizeof(map));
	assert_int_equal(map.build_id_size, 20);
	/* Its data too: one file is told by one name. */
	assert_true(record_at(&records, 0)->misc & PERF_MISC_BUILD_ID);
	assert_true(record_at(&records, 1)->misc & PERF_MISC_BUILD_ID);
	for (size_t i = 2; i < 5; i++)
		assert_false(record_at(&records, i)->misc & PERF_MISC_BUILD_ID);
	memcpy(&map, record_at(&records, 2) + 1, sizeof(map));
	memcpy(&place, &map.build_id_size, sizeof(place));
	assert_int_equal(place.inode, status.st_ino + 1);
	build_ids_finish(&ids);
	cr2_text_finish(&records);
}

/* Who else asks for build ids makes the kernel set the bit in everybody's records. */
static void the_kernel_s_bit_is_not_believed(void **state)
{
	struct build_ids ids = {0};
	struct cr2_text records = {0};

	(void)state;
	put(&records, "/nowhere", 5, PERF_PROT_EXEC);
	((struct perf_record *)records.data)->misc |= PERF_MISC_BUILD_ID;
	assert_int_equal(build_ids_fill(&ids, records.data, records.length), 0);
	assert_false(record_at(&records, 0)->misc & PERF_MISC_BUILD_ID);
	/* What is cut off is left alone. */
	assert_int_equal(build_ids_fill(&ids, records.data, records.length - 1), 0);
	assert_int_equal(build_ids_fill(&ids, records.data, 3), 0);
	build_ids_finish(&ids);
	cr2_text_finish(&records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_get_their_build_ids_and_nothing_else_changes),
		cmocka_unit_test(the_kernel_s_bit_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
