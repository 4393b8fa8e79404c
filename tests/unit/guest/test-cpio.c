/* SPDX-License-Identifier: MIT */
/* The archive read back by the format's own rules: headers, names, data, padding. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/guest.h"
#include "../test.h"

struct entry {
	char name[64];
	unsigned mode, size, links, inode;
	const char *data;
};

static char archive[1 << 16];
static size_t length, at;

static unsigned number(size_t header, unsigned index)
{
	char digits[9] = {0};

	memcpy(digits, archive + header + 6 + 8 * index, 8);
	return (unsigned)strtoul(digits, NULL, 16);
}

static void expect_zeros_to(size_t multiple)
{
	for (; at % multiple; at++)
		assert_int_equal(archive[at], 0);
}

static struct entry next(void)
{
	size_t header = at;
	struct entry e = {0};
	unsigned name_size;

	assert_true(header + 110 <= length);
	assert_memory_equal(archive + header, "070701", 6);
	e.inode = number(header, 0);
	e.mode = number(header, 1);
	e.links = number(header, 4);
	e.size = number(header, 6);
	name_size = number(header, 11);
	assert_in_range(name_size, 1, sizeof(e.name));
	memcpy(e.name, archive + header + 110, name_size);
	assert_int_equal(strlen(e.name) + 1, name_size);
	at = header + 110 + name_size;
	expect_zeros_to(4);
	e.data = archive + at;
	at += e.size;
	expect_zeros_to(4);
	assert_true(at <= length);
	return e;
}

static struct guest_cpio begin(void)
{
	struct guest_cpio cpio = {.fd = memfd_create("test", MFD_CLOEXEC)};

	assert_true(cpio.fd >= 0);
	return cpio;
}

static void end(struct guest_cpio *cpio)
{
	assert_int_equal(guest_cpio_end(cpio), 0);
	length = (size_t)pread(cpio->fd, archive, sizeof(archive), 0);
	assert_int_equal(length, cpio->length);
	at = 0;
	close(cpio->fd);
}

static void test_entries(void **state)
{
	struct guest_cpio cpio = begin();
	unsigned before = 0;

	(void)state;
	guest_cpio_folder(&cpio, "/etc");
	guest_cpio_data(&cpio, "/etc/odd", 0755, "12345", 5);
	guest_cpio_data(&cpio, "relative", 0600, "", 0);
	end(&cpio);
	for (int i = 0; i < 4; i++) {
		static const struct entry wanted[] = {
			{.name = "etc", .mode = S_IFDIR | 0755, .links = 2},
			{.name = "etc/odd", .mode = S_IFREG | 0755, .size = 5, .links = 1, .data = "12345"},
			{.name = "relative", .mode = S_IFREG | 0600, .links = 1},
			{.name = "TRAILER!!!", .links = 1},
		};
		struct entry e = next();

		assert_string_equal(e.name, wanted[i].name);
		assert_int_equal(e.mode, wanted[i].mode);
		assert_int_equal(e.size, wanted[i].size);
		assert_int_equal(e.links, wanted[i].links);
		if (e.size)
			assert_memory_equal(e.data, wanted[i].data, e.size);
		assert_true(e.inode > before);
		before = e.inode;
	}
	assert_int_equal(at, length);
}

static void test_file(void **state)
{
	char path[] = "/tmp/cr2-test-XXXXXX", content[70001];
	struct guest_cpio cpio = begin();
	int fd = mkstemp(path);
	struct entry e;

	(void)state;
	memset(content, 'x', sizeof(content));
	content[0] = 'a';
	content[sizeof(content) - 1] = 'z';
	assert_int_equal(write(fd, content, 4097), 4097);
	fchmod(fd, 0750);
	close(fd);
	assert_int_equal(guest_cpio_file(&cpio, "/bin/x", path), 0);
	unlink(path);
	end(&cpio);
	e = next();
	assert_string_equal(e.name, "bin/x");
	assert_int_equal(e.mode, S_IFREG | 0750);
	assert_int_equal(e.size, 4097);
	assert_memory_equal(e.data, content, 4097);
	assert_string_equal(next().name, "TRAILER!!!");
}

static void test_errors(void **state)
{
	struct guest_cpio cpio = begin();

	(void)state;
	assert_int_equal(guest_cpio_file(&cpio, "/x", "/nonexistent"), -ENOENT);
	assert_int_equal(guest_cpio_file(&cpio, "/x", "/"), -EINVAL);
	assert_int_equal(guest_cpio_folder(&cpio, "/y"), -EINVAL); /* and stays */
	close(cpio.fd);
	cpio = (struct guest_cpio){.fd = -1};
	assert_int_equal(guest_cpio_folder(&cpio, "/y"), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
