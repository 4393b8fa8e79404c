/* SPDX-License-Identifier: MIT */
/* Kernel images read for their release, good and bad, and modules found below a folder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/guest.h"
#include "../test.h"

static char folder[] = "/tmp/cr2-test-XXXXXX";

static char *in_folder(const char *name)
{
	static char path[2][128];
	static int next;

	next = !next;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static void write_new(const char *name, const char *data, size_t n)
{
	unlink(in_folder(name));
	assert_int_equal(guest_write_file(in_folder(name), data, n), 0);
}

/* A head with the version text at 0x200 + pointer. */
static size_t make_image(char *image, size_t size, uint16_t pointer, const char *version)
{
	memset(image, 0, size);
	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x20e, &pointer, 2);
	if (0x200u + pointer < size)
		snprintf(image + 0x200 + pointer, size - 0x200 - pointer, "%s", version);
	return size;
}

static int open_image(struct cr2_guest_kernel *kernel, struct cr2_text *reason, const char *modules)
{
	cr2_text_clear(reason);
	return cr2_guest_kernel_open(in_folder("image"), modules, kernel, reason);
}

static void releases(void **state)
{
	char image[0x4000];
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};

	(void)state;
	write_new("image", image, make_image(image, sizeof(image), 0x3000, "6.19.0-rc1+ (me@here) #1 SMP"));
	assert_int_equal(open_image(&kernel, &reason, NULL), 0);
	assert_string_equal(kernel.release, "6.19.0-rc1+");
	assert_string_equal(kernel.image, in_folder("image"));
	assert_int_equal(kernel.n_modules, 0);
	cr2_guest_kernel_finish(&kernel);
}

static void no_images(void **state)
{
	char image[0x4000];
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};

	(void)state;
	write_new("image", "\x7f" "ELF", 4);
	assert_int_equal(open_image(&kernel, &reason, NULL), -EINVAL);
	assert_non_null(strstr(reason.data, "/image is no kernel image; a build makes arch/x86/boot/bzImage"));
	write_new("image", image, make_image(image, sizeof(image), 0, "6.1"));
	assert_int_equal(open_image(&kernel, &reason, NULL), -EINVAL);
	write_new("image", image, make_image(image, sizeof(image), 0xffff, "6.1"));
	assert_int_equal(open_image(&kernel, &reason, NULL), -EINVAL);
	write_new("image", image, make_image(image, 0x210, 0x3000, ""));
	assert_int_equal(open_image(&kernel, &reason, NULL), -EINVAL);
	unlink(in_folder("image"));
	assert_int_equal(open_image(&kernel, &reason, NULL), -ENOENT);
	mkdir(in_folder("image"), 0755);
	assert_int_equal(open_image(&kernel, &reason, NULL), -EIO);
	rmdir(in_folder("image"));
	cr2_text_finish(&reason);
}

/* In the order to load them, from any depth; two of one are refused. */
static void modules(void **state)
{
	char image[0x4000];
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};
	char tree[128];

	(void)state;
	write_new("image", image, make_image(image, sizeof(image), 0x3000, "6.1.0 x"));
	snprintf(tree, sizeof(tree), "%s", in_folder("tree"));
	mkdir(tree, 0755);
	mkdir(in_folder("tree/deep"), 0755);
	write_new("tree/ext4.ko", "", 0);
	write_new("tree/deep/virtio_ring.ko.zst", "", 0);
	write_new("tree/deep/virtio_ring.ko.debug", "", 0);
	write_new("tree/deep/virtio_net.ko", "", 0);
	assert_int_equal(open_image(&kernel, &reason, tree), 0);
	assert_int_equal(kernel.n_modules, 2);
	assert_non_null(strstr(kernel.modules[0], "/tree/deep/virtio_ring.ko.zst"));
	assert_non_null(strstr(kernel.modules[1], "/tree/ext4.ko"));
	cr2_guest_kernel_finish(&kernel);
	write_new("tree/deep/ext4.ko.xz", "", 0);
	assert_int_equal(open_image(&kernel, &reason, tree), -EINVAL);
	assert_non_null(strstr(reason.data, "name the folder of one kernel's modules"));
	assert_int_equal(open_image(&kernel, &reason, in_folder("none")), -ENOTDIR);
	assert_non_null(strstr(reason.data, "/none: No such file or directory"));
	cr2_text_finish(&reason);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return guest_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases),
		cmocka_unit_test(no_images),
		cmocka_unit_test(modules),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
