/* SPDX-License-Identifier: MIT */
/* Other programs found and run. Those that a test needs it makes itself, in a PATH of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/guest.h"
#include "../test.h"

static char folder[] = "/tmp/cr2-test-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	return setenv("PATH", folder, 1);
}

static int remove_folder(void **state)
{
	(void)state;
	return guest_remove(folder);
}

static void make_program(const char *name, const char *script)
{
	char path[128];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	assert_in_range(n, 1, sizeof(path) - 1);
	unlink(path);
	assert_int_equal(guest_write_file(path, script, strlen(script)), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static int run(const char *name, const char *argument, struct cr2_text *output,
	       struct cr2_text *reason)
{
	static const char *const environment[] = {"TOLD=so", NULL};
	const char *const argv[] = {name, argument, NULL};
	const struct guest_command command = {
		.argv = argv,
		.directory = "/",
		.environment = environment,
	};

	return guest_command(&command, output, reason);
}

static void test_success(void **state)
{
	struct cr2_text output = {0}, reason = {0};

	(void)state;
	make_program("apt-get", "#!/bin/sh\necho \"$1 $TOLD $PWD\"; echo ignored >&2\n");
	assert_int_equal(run("apt-get", "one two", &output, &reason), 0);
	assert_string_equal(output.data, "one two so /\n");
	assert_null(reason.data);
	cr2_text_finish(&output);
}

/* Of what it says, the first error; else the last line; else nothing. */
static void test_failure(void **state)
{
	static const char *const cases[][2] = {
		{"echo 'W: so so' >&2; echo 'E: bad' >&2; echo 'E: worse' >&2; exit 100",
		 "apt-get failed: E: bad"},
		{"echo first >&2; echo last >&2; echo >&2; false", "apt-get failed: last"},
		{"exit 1", "apt-get failed"},
		{"kill -9 $$", "apt-get failed"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct cr2_text script = {0}, output = {0}, reason = {0};

		cr2_text_printf(&script, "#!/bin/sh\n%s\n", cases[i][0]);
		make_program("apt-get", script.data);
		assert_int_equal(run("apt-get", "", &output, &reason), -EIO);
		assert_string_equal(reason.data, cases[i][1]);
		cr2_text_finish(&script);
		cr2_text_finish(&output);
		cr2_text_finish(&reason);
	}
}

static void test_not_here(void **state)
{
	struct cr2_text output = {0}, reason = {0};

	(void)state;
	assert_int_equal(run("qemu-system-x86_64", "", &output, &reason), -ENOENT);
	assert_string_equal(reason.data, "qemu-system-x86_64 is not here; on Debian: "
			    "apt-get install qemu-system-x86");
	cr2_text_finish(&reason);
}

/* Both pipes are read, or one of them would fill and stop the program. */
static void test_much_output(void **state)
{
	struct cr2_text output = {0}, reason = {0};

	(void)state;
	make_program("dpkg-deb", "#!/bin/sh\ni=0\nwhile [ $i -lt 3000 ]; do\n"
		     "echo 0123456789012345678901234567890123456789\n"
		     "echo 0123456789012345678901234567890123456789 >&2\n"
		     "i=$((i+1))\ndone\n");
	assert_int_equal(run("dpkg-deb", "", &output, &reason), 0);
	assert_int_equal(output.length, 3000 * 41);
	cr2_text_finish(&output);
}

/* What it started is ended with it: the pipes that it holds close. */
static void test_time_over(void **state)
{
	static const char *const argv[] = {"apt-get", NULL};
	const struct guest_command command = {.argv = argv, .seconds = 1};
	struct cr2_text output = {0}, reason = {0};

	(void)state;
	make_program("apt-get", "#!/bin/sh\nsleep 600 &\nsleep 600\n");
	make_program("sleep", "#!/bin/sh\nexec /bin/sleep \"$1\"\n");
	assert_int_equal(guest_command(&command, &output, &reason), -ETIMEDOUT);
	assert_string_equal(reason.data, "apt-get took longer than 1 seconds and was ended");
	cr2_text_finish(&output);
	cr2_text_finish(&reason);
}

static int refuse(void *data, unsigned seconds, struct cr2_text *reason)
{
	(void)seconds;
	(*(int *)data)++;
	cr2_text_append(reason, "enough");
	return -ECANCELED;
}

static void test_tick_ends_it(void **state)
{
	static const char *const argv[] = {"apt-get", NULL};
	int calls = 0;
	const struct guest_command command = {.argv = argv, .tick = refuse, .data = &calls};
	struct cr2_text output = {0}, reason = {0};

	(void)state;
	make_program("apt-get", "#!/bin/sh\nexec /bin/sleep 600\n");
	assert_int_equal(guest_command(&command, &output, &reason), -ECANCELED);
	assert_string_equal(reason.data, "enough");
	assert_int_equal(calls, 1);
	cr2_text_finish(&output);
	cr2_text_finish(&reason);
}

static void test_room(void **state)
{
	struct cr2_text reason = {0};

	(void)state;
	assert_int_equal(guest_need_room(folder, 1, &reason), 0);
	assert_int_equal(guest_need_room(folder, UINT64_MAX >> 1, &reason), -ENOSPC);
	assert_non_null(strstr(reason.data, folder));
	assert_non_null(strstr(reason.data, "XDG_CACHE_HOME"));
	cr2_text_finish(&reason);
}

/* "/nowhere" is not made before it is wanted, and a relative XDG_CACHE_HOME does not count. */
static void test_cache(void **state)
{
	struct cr2_text reason = {0};
	char wanted[128], *path;
	struct stat st;

	(void)state;
	setenv("XDG_CACHE_HOME", "relative", 1);
	setenv("HOME", folder, 1);
	assert_int_equal(guest_cache(&path, &reason), 0);
	snprintf(wanted, sizeof(wanted), "%s/.cache/cr2/guest", folder);
	assert_string_equal(path, wanted);
	assert_int_equal(stat(path, &st), 0);
	free(path);
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	assert_int_equal(guest_cache(&path, &reason), -ENOTDIR);
	assert_non_null(strstr(reason.data, "XDG_CACHE_HOME"));
	cr2_text_finish(&reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_not_here),
		cmocka_unit_test(test_much_output),
		cmocka_unit_test(test_time_over),
		cmocka_unit_test(test_tick_ends_it),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
