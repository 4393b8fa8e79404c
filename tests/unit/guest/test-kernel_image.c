/* SPDX-License-Identifier: MIT */
/*
 * Kernels in the cache: fetched once, checked at each use, fetched again when damaged. apt and dpkg
 * are stand-ins, in a PATH before the others: each download is a line in the file downloads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stream.h"
#include "guest/guest.h"
#include "../test.h"

static char folder[] = "/tmp/cr2-test-XXXXXX";

static char *in_folder(const char *name)
{
	static char path[4][128];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static void write_new(const char *name, const char *text, mode_t mode)
{
	const char *path = in_folder(name);

	unlink(path);
	assert_int_equal(guest_write_file(path, text, strlen(text)), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* The package holds an image, one module that is wanted and one that is not. */
static int set_up(void **state)
{
	char path[512];

	(void)state;
	if (!mkdtemp(folder) || access("/usr/share/keyrings/debian-archive-keyring.gpg", R_OK) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/bin:%s", folder, getenv("PATH"));
	mkdir(in_folder("bin"), 0755);
	write_new("bin/apt-config", "#!/bin/sh\n", 0755);
	write_new("bin/apt-cache", "#!/bin/sh\ncase $1 in\n"
		  "depends) echo '  Depends: linux-image-6.1.0-0-test' ;;\n"
		  "show) printf 'Size: 1000\\nInstalled-Size: 2\\n' ;;\nesac\n", 0755);
	write_new("bin/apt-get", "#!/bin/sh\ncase \"$*\" in\n"
		  "*download*) echo one >>\"$DOWNLOADS\"; sleep 0.3; echo deb >x.deb ;;\nesac\n", 0755);
	write_new("bin/dpkg-deb", "#!/bin/sh\nmkdir -p tree/boot tree/lib/modules/kernel\n"
		  "if [ \"$IMAGE\" ]; then cat \"$IMAGE\"; else echo image; fi >tree/boot/vmlinuz-6.1.0-0-test\n"
		  "echo module >tree/lib/modules/kernel/virtio.ko.xz\n"
		  "echo other >tree/lib/modules/kernel/virtio_net.ko.xz\n", 0755);
	setenv("PATH", path, 1);
	setenv("DOWNLOADS", in_folder("downloads"), 1);
	return setenv("XDG_CACHE_HOME", in_folder("cache"), 1);
}

static int tear_down(void **state)
{
	(void)state;
	return guest_remove(folder);
}

static int forget(void **state)
{
	(void)state;
	guest_remove(in_folder("cache"));
	unlink(in_folder("downloads"));
	unsetenv("IMAGE");
	return 0;
}

static unsigned downloads(void)
{
	struct cr2_text text = {0};
	unsigned n;

	stream_read_file(in_folder("downloads"), SIZE_MAX, &text);
	n = (unsigned)(text.length / strlen("one\n"));
	cr2_text_finish(&text);
	return n;
}

/* Which kinds of work were told, a bit each. */
static void note(void *data, const struct cr2_guest_progress *progress)
{
	*(unsigned *)data |= 1u << progress->work;
}

static unsigned find(void)
{
	unsigned seen = 0;
	const struct cr2_guest_watch watch = {note, &seen};
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};

	if (cr2_guest_kernel_find("6.1", &watch, &kernel, &reason) < 0)
		fail_msg("%s", reason.data);
	assert_string_equal(kernel.release, "6.1.0-0-test");
	assert_int_equal(access(kernel.image, R_OK), 0);
	assert_int_equal(kernel.n_modules, 1);
	assert_non_null(strstr(kernel.modules[0], "/virtio.ko.xz"));
	cr2_guest_kernel_finish(&kernel);
	return seen;
}

static void fetched_once(void **state)
{
	unsigned wanted = 1u << CR2_GUEST_FETCHING | 1u << CR2_GUEST_LISTS | 1u << CR2_GUEST_PACKAGE |
			  1u << CR2_GUEST_UNPACKING | 1u << CR2_GUEST_FETCHED | 1u << CR2_GUEST_IDLE;

	(void)state;
	assert_int_equal(find() & wanted, wanted);
	assert_int_equal(downloads(), 1);
	assert_int_equal(find(), 0);
	assert_int_equal(downloads(), 1);
	assert_int_equal(access(in_folder("cache/cr2/guest/fetching"), F_OK), -1);
}

/* Into the file image: a setup header and, offset bytes after its two sectors, the payload. */
static void make_image(const char *program, uint32_t offset, uint32_t length)
{
	char command[512], head[1024 + 64] = {[0x1f1] = 1, [0x206] = 0x0f, [0x207] = 0x02};
	struct cr2_text payload = {0}, image = {0};
	uint32_t where[2] = {offset, length};

	snprintf(command, sizeof(command),
		 "{ printf '\\177ELF of this kernel' | %s -c; printf 'size'; } >payload", program);
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(system(command), 0);
	assert_int_equal(stream_read_file("payload", SIZE_MAX, &payload), 0);
	if (!length)
		where[1] = (uint32_t)payload.length;
	memcpy(head + 0x202, "HdrS", 4);
	memcpy(head + 0x248, where, sizeof(where));
	assert_int_equal(cr2_text_append_n(&image, head, 1024 + offset % 64), 0);
	assert_int_equal(cr2_text_append_n(&image, payload.data, payload.length), 0);
	assert_int_equal(cr2_text_append(&image, "what follows"), 0);
	unlink("image");
	assert_int_equal(guest_write_file("image", image.data, image.length), 0);
	cr2_text_finish(&image);
	cr2_text_finish(&payload);
}

static void unpacks(const char *program)
{
	struct cr2_guest_kernel kernel;
	struct cr2_text text = {0}, reason = {0};

	make_image(program, 17, 0);
	assert_int_equal(cr2_guest_kernel_find("6.1", NULL, &kernel, &reason), 0);
	assert_string_equal(kernel.image, in_folder("cache/cr2/guest/6.1/vmlinux"));
	assert_int_equal(stream_read_file(kernel.image, SIZE_MAX, &text), 0);
	assert_string_equal(text.data, "\177ELF of this kernel");
	assert_int_equal(access(in_folder("cache/cr2/guest/6.1/vmlinuz"), R_OK), 0);
	cr2_text_finish(&text);
	cr2_guest_kernel_finish(&kernel);
	/* It is checked like the rest. */
	write_new("cache/cr2/guest/6.1/vmlinux", "\177ELF of another", 0644);
	assert_true(find() & 1u << CR2_GUEST_DAMAGED);
	assert_int_equal(downloads(), 2);
}

static void unpacked_once(void **state)
{
	(void)state;
	setenv("IMAGE", in_folder("image"), 1);
	unpacks("xz");
	forget(NULL);
	setenv("IMAGE", in_folder("image"), 1);
	if (system("command -v zstd >/dev/null") != 0)
		test_skip("zstd is not here");
	unpacks("zstd");
}

/* A folder from before: it has the packed kernel alone, and is used, not fetched again. */
static void unpacked_later(void **state)
{
	char command[512];

	(void)state;
	setenv("IMAGE", in_folder("image"), 1);
	make_image("xz", 17, 0);
	find();
	snprintf(command, sizeof(command), "cd %s && rm vmlinux && sed -i /vmlinux$/d SHA256SUMS",
		 in_folder("cache/cr2/guest/6.1"));
	assert_int_equal(system(command), 0);
	assert_int_equal(find(), 0);
	assert_int_equal(access(in_folder("cache/cr2/guest/6.1/vmlinux"), R_OK), 0);
	assert_int_equal(find(), 0);
	assert_int_equal(downloads(), 1);
	write_new("cache/cr2/guest/6.1/vmlinux", "\177ELF of another", 0644);
	assert_true(find() & 1u << CR2_GUEST_DAMAGED);
}

/* What cannot be unpacked is booted as it is. */
static void packed_otherwise(void **state)
{
	static const struct {
		const char *program;
		uint32_t offset, length;
	} cases[] = {
		{"gzip", 0, 0}, /* no format of Debian's */
		{"xz", UINT32_MAX - 1500, 1000}, /* past the end, also in 32 bits */
		{"xz", 0, 40}, /* cut */
		{"xz", 0, 3},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct cr2_guest_kernel kernel;
		struct cr2_text reason = {0};

		setenv("IMAGE", in_folder("image"), 1);
		make_image(cases[i].program, cases[i].offset, cases[i].length);
		assert_int_equal(cr2_guest_kernel_find("6.1", NULL, &kernel, &reason), 0);
		assert_string_equal(kernel.image, in_folder("cache/cr2/guest/6.1/vmlinuz"));
		assert_int_equal(access(in_folder("cache/cr2/guest/6.1/vmlinux"), F_OK), -1);
		cr2_guest_kernel_finish(&kernel);
		forget(NULL);
	}
}

/* Changed, cut, gone, and the sums themselves. */
static void damaged_is_fetched_again(void **state)
{
	static const char *const cases[][2] = {
		{"vmlinuz", "imagf\n"},
		{"vmlinuz", ""},
		{"virtio.ko.xz", NULL},
		{"release", "6.1.0-0-tesu"},
		{"SHA256SUMS", ""},
		{"SHA256SUMS", NULL},
	};

	(void)state;
	find();
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		char name[64];

		snprintf(name, sizeof(name), "cache/cr2/guest/6.1/%s", cases[i][0]);
		if (cases[i][1])
			write_new(name, cases[i][1], 0644);
		else
			assert_int_equal(unlink(in_folder(name)), 0);
		assert_true(find() & 1u << CR2_GUEST_DAMAGED);
		assert_int_equal(downloads(), i + 2);
		assert_int_equal(find(), 0);
	}
}

/* All but one wait, and find what that one fetched. */
static void many_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			_exit(find() & 1u << CR2_GUEST_DAMAGED ? 1 : 0);
	for (int i = 0, status; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(downloads(), 1);
}

/* One line, and nothing was asked of the network. */
static void full_cache(void **state)
{
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};
	char cache[128];
	int r;

	(void)state;
	snprintf(cache, sizeof(cache), "%s", in_folder("cache"));
	mkdir(cache, 0755);
	if (mount("none", cache, "tmpfs", 0, "size=1m") < 0)
		test_skip("mounting a small file system needs root");
	r = cr2_guest_kernel_find("6.1", NULL, &kernel, &reason);
	umount(cache);
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(downloads(), 0);
	assert_null(strchr(reason.data, '\n'));
	assert_non_null(strstr(reason.data, "room for 0 MiB"));
	cr2_text_finish(&reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(fetched_once, forget),
		cmocka_unit_test_teardown(unpacked_once, forget),
		cmocka_unit_test_teardown(unpacked_later, forget),
		cmocka_unit_test_teardown(packed_otherwise, forget),
		cmocka_unit_test_teardown(damaged_is_fetched_again, forget),
		cmocka_unit_test_teardown(many_at_once, forget),
		cmocka_unit_test_teardown(full_cache, forget),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
