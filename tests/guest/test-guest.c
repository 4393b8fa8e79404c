/* SPDX-License-Identifier: MIT */
/*
 * Guests from boot to their end, good and bad. CR2_TEST_PROGRAM is cr2-static, CR2_TEST_CHILD
 * what the guests run: see child.c for what it obeys.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cr2/guest.h>

#include "unit/test.h"

#define VERSION "6.1"

static struct cr2_guest_kernel kernel;
static struct cr2_text no_kernel; /* why there is none */

/* Fetched once for all; without it, or QEMU, everything here is skipped. */
static int find_kernel(void **state)
{
	(void)state;
	cr2_guest_kernel_find(VERSION, NULL, &kernel, &no_kernel);
	return 0;
}

static int forget_kernel(void **state)
{
	(void)state;
	cr2_guest_kernel_finish(&kernel);
	cr2_text_finish(&no_kernel);
	return 0;
}

static struct cr2_guest_config child_config(const char *note)
{
	static const char *const command[] = {"/bin/child", NULL};
	static struct cr2_guest_file files[2];

	files[0] = (struct cr2_guest_file){"/bin/child", getenv("CR2_TEST_CHILD")};
	files[1] = (struct cr2_guest_file){"/a/deep/note", note};
	return (struct cr2_guest_config){
		.kernel = &kernel,
		.program = getenv("CR2_TEST_PROGRAM"),
		.command = command,
		.n_files = note ? 2 : 1,
		.files = files,
	};
}

static struct cr2_guest *boot(const struct cr2_guest_config *config)
{
	struct cr2_text reason = {0};
	struct cr2_guest *guest = NULL;
	int r;

	if (!kernel.image)
		test_skip("%s", no_kernel.data);
	r = cr2_guest_boot(config, &guest, &reason);
	if (r == -ENOENT)
		test_skip("%s", reason.data);
	if (r < 0)
		fail_msg("%s", reason.data);
	assert_non_null(guest);
	return guest;
}

static void tell(struct cr2_guest *guest, const char *line)
{
	struct cr2_text reason = {0};
	int r = cr2_guest_write(guest, line, strlen(line), &reason);

	if (r < 0)
		fail_msg("%s: %s", line, reason.data);
}

static void expect(struct cr2_guest *guest, const char *wanted)
{
	struct cr2_text line = {0}, reason = {0};
	int r = cr2_guest_read_line(guest, &line, &reason);

	if (r <= 0)
		fail_msg("%s: %d %s", wanted, r, reason.data ? reason.data : "");
	assert_string_equal(line.data, wanted);
	cr2_text_finish(&line);
}

static void test_whole_life(void **state)
{
	char note[] = "/tmp/cr2-test-XXXXXX";
	int fd = mkstemp(note), status = -1;
	struct cr2_guest_config config = child_config(note);
	struct cr2_text reason = {0};
	struct cr2_guest *guest;

	(void)state;
	assert_int_equal(write(fd, "noted\n", 6), 6);
	close(fd);
	config.disk = 64;
	config.swap = 16;
	guest = boot(&config);
	unlink(note);
	tell(guest, "release - type /disk type /proc type /sys/kernel/tracing type /tmp\n");
	expect(guest, kernel.release);
	expect(guest, "/disk ef53");
	expect(guest, "/proc 9fa0");
	expect(guest, "/sys/kernel/tracing 74726163");
	expect(guest, "/tmp 1021994");
	tell(guest, "swap /dev/swap cat /a/deep/note cat /proc/sys/vm/page-cluster\n");
	expect(guest, "swap");
	expect(guest, "noted");
	expect(guest, "0");
	tell(guest, "exit 7\n");
	assert_int_equal(cr2_guest_wait(guest, &status, &reason), 0);
	assert_int_equal(status, 7);
	assert_non_null(strstr(cr2_guest_console(guest), "child: up"));
	cr2_guest_destroy(guest);
}

/*
 * A reader of its lines sees all that it wrote, however late, and then the command's end; waiting gives the signal that
 * killed it.
 */
static void test_signal(void **state)
{
	struct cr2_guest_config config = child_config(NULL);
	struct cr2_guest *guest = boot(&config);
	struct cr2_text line = {0}, reason = {0};
	int status = -1;

	(void)state;
	tell(guest, "type /disk swap /dev/swap fill 400 abort -\n");
	sleep(3);
	expect(guest, "/disk 0");
	expect(guest, "no swap");
	for (int i = 0; i < 400; i++) {
		assert_int_equal(cr2_guest_read_line(guest, &line, &reason), 1);
		assert_int_equal(line.length, 1023);
	}
	assert_int_equal(cr2_guest_read_line(guest, &line, &reason), 0);
	assert_int_equal(cr2_guest_wait(guest, &status, &reason), 0);
	assert_int_equal(status, 128 + SIGABRT);
	cr2_guest_destroy(guest);
	cr2_text_finish(&line);
}

static void test_panic(void **state)
{
	struct cr2_guest_config config = child_config(NULL);
	struct cr2_guest *guest = boot(&config);
	struct cr2_text line = {0}, reason = {0};

	(void)state;
	tell(guest, "crash -\n");
	assert_int_equal(cr2_guest_read_line(guest, &line, &reason), -EIO);
	assert_string_equal(reason.data,
			    "the guest died: Kernel panic - not syncing: sysrq triggered crash");
	assert_non_null(strstr(cr2_guest_console(guest), "sysrq triggered crash"));
	cr2_guest_destroy(guest);
	cr2_text_finish(&reason);
	cr2_text_finish(&line);
}

static void test_hang(void **state)
{
	struct cr2_guest_config config = child_config(NULL);
	struct cr2_text line = {0}, reason = {0};
	struct cr2_guest *guest;

	(void)state;
	config.idle_seconds = 2;
	guest = boot(&config);
	tell(guest, "hang -\n");
	assert_int_equal(cr2_guest_read_line(guest, &line, &reason), -ETIMEDOUT);
	assert_non_null(strstr(reason.data, "said nothing for 2 seconds"));
	cr2_guest_destroy(guest);
	cr2_text_finish(&reason);
	cr2_text_finish(&line);
}

static void test_boot_that_fails(void **state)
{
	struct cr2_guest_config config = child_config(NULL);
	static const char *const missing[] = {"/bin/nothing", NULL};
	struct cr2_text reason = {0};
	struct cr2_guest *guest;
	int status = -1;

	(void)state;
	config.command = missing;
	guest = boot(&config);
	assert_int_equal(cr2_guest_wait(guest, &status, &reason), 0);
	assert_int_equal(status, 127);
	assert_non_null(strstr(cr2_guest_console(guest), "/bin/nothing: No such file"));
	cr2_guest_destroy(guest);

	config.kernel_arguments = "rdinit=/nowhere";
	assert_int_equal(cr2_guest_boot(&config, &guest, &reason), -EIO);
	assert_ptr_equal(strstr(reason.data, "the guest died: Kernel panic"), reason.data);
	assert_non_null(strstr(strchr(reason.data, '\n'), "Kernel panic")); /* and the console */
	cr2_text_clear(&reason);

	config.program = "/bin/sh";
	assert_int_equal(cr2_guest_boot(&config, &guest, &reason), -EINVAL);
	assert_string_equal(reason.data, "/bin/sh is not a static program");
	cr2_text_clear(&reason);
	config = child_config("/nonexistent");
	assert_int_equal(cr2_guest_boot(&config, &guest, &reason), -ENOENT);
	assert_string_equal(reason.data, "/nonexistent: No such file or directory");
	cr2_text_finish(&reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_life),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_boot_that_fails),
	};

	return cmocka_run_group_tests(tests, find_kernel, forget_kernel);
}
