/* SPDX-License-Identifier: MIT */
/*
 * The modules of kmod/ in a guest of two CPUs:
 *
 *   test-kmod VERSION
 *   test-kmod KDIR     the build tree of another kernel, which needs no modules of its own
 *
 * They are built by $CR2_BUILD_MODULES in $CR2_MODULES. In the guest faulter.c ($CR2_FAULTER)
 * loads them and takes faults, a prime number of each kind, and says what the kernel counted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cr2/guest.h>

#include "kmod.h"

static const char *which;
static struct cr2_guest *guest;
/* Where something is missing here, everything is skipped; what does not build fails. */
static char why_none[512];
static char modules[2048];

struct cr2_guest *the_guest(void)
{
	if (!guest)
		test_skip("%s", why_none);
	return guest;
}

const char *the_modules(void)
{
	return modules;
}

/* Returns 0, 1 where it cannot be done here, or -1. */
static int build(const char *folder)
{
	char command[8192];
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "'%s' '%s' '%s' 2>&1", getenv("CR2_BUILD_MODULES"), which,
		 folder);
	pipe = popen(command, "r");
	if (!pipe)
		return -1;
	while (fgets(why_none, sizeof(why_none), pipe))
		why_none[strcspn(why_none, "\n")] = '\0';
	status = pclose(pipe);
	if (status == 0)
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 3 ? 1 : -1;
}

/*
 * Stalls and lockups are not looked for: a guest may be slow. One that hangs is ended for its
 * silence.
 */
static int boot(const char *folder, const struct cr2_guest_kernel *kernel)
{
	static const char *const command[] = {"/bin/faulter", NULL};
	char trace[4096], count[4096], mistake[4096];
	const struct cr2_guest_file files[] = {
		{"/bin/faulter", getenv("CR2_FAULTER")},
		{"/kmod/fault_trace.ko", trace},
		{"/kmod/fault_count.ko", count},
		{"/kmod/mistake.ko", mistake},
	};
	const struct cr2_guest_config config = {
		.kernel = kernel, .program = getenv("CR2_TEST_PROGRAM"), .command = command,
		.n_files = CR2_ARRAY_SIZE(files), .files = files, .disk = 64, .cpus = 2,
		.kernel_arguments = "log_buf_len=8M nosoftlockup rcupdate.rcu_cpu_stall_suppress=1",
		.memory = 2048, .boot_seconds = 600, .idle_seconds = 600,
	};
	struct cr2_text reason = {0};
	int r;

	snprintf(trace, sizeof(trace), "%s/fault_trace.ko", folder);
	snprintf(count, sizeof(count), "%s/fault_count.ko", folder);
	snprintf(mistake, sizeof(mistake), "%s/mistake.ko", folder);
	r = cr2_guest_boot(&config, &guest, &reason);
	if (r < 0)
		snprintf(why_none, sizeof(why_none), "%s", reason.data);
	cr2_text_finish(&reason);
	return r == -ENOENT ? 1 : r;
}

static int build_and_boot(const struct cr2_guest_kernel *kernel)
{
	int r;

	snprintf(modules, sizeof(modules), "%s/%s", getenv("CR2_MODULES"),
		 *which == '/' ? "other" : which);
	r = build(modules);
	return r == 0 ? boot(modules, kernel) : r;
}

static int use_tree(void)
{
	char image[4096];

	snprintf(image, sizeof(image), "%s/arch/x86/boot/bzImage", which);
	return build_and_boot(&(struct cr2_guest_kernel){.image = image});
}

static int use_version(void)
{
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};
	int r = cr2_guest_kernel_find(which, NULL, &kernel, &reason);

	if (r < 0) {
		snprintf(why_none, sizeof(why_none), "%s", reason.data);
		cr2_text_finish(&reason);
		return 1;
	}
	r = build_and_boot(&kernel);
	cr2_guest_kernel_finish(&kernel);
	return r;
}

static int set_up(void **state)
{
	int r = *which == '/' ? use_tree() : use_version();

	(void)state;
	if (r != 0)
		print_message("# %s: %s\n", which, why_none);
	return r < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	cr2_guest_destroy(guest);
	return 0;
}

/* One that failed half way leaves nothing to the next. */
static int unload(void **state)
{
	(void)state;
	if (!guest)
		return 0;
	ask("unload fault_count");
	ask("unload fault_trace");
	return 0;
}

/* From elsewhere (O), unsigned (E): nothing else is wrong with the kernel after all that. */
static void test_untainted(void **state)
{
	struct cr2_text tainted = ask_text("show /proc/sys/kernel/tainted");

	(void)state;
	assert_int_equal(strtoul(tainted.data, NULL, 10) & ~(4096ul | 8192ul), 0);
	cr2_text_finish(&tainted);
	forget_log();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_refused, unload),
		cmocka_unit_test_teardown(test_trace_lines, unload),
		cmocka_unit_test_teardown(test_trace_returns, unload),
		cmocka_unit_test_teardown(test_trace_storm, unload),
		cmocka_unit_test_teardown(test_trace_overrun, unload),
		cmocka_unit_test_teardown(test_trace_filters, unload),
		cmocka_unit_test_teardown(test_trace_missed, unload),
		cmocka_unit_test_teardown(test_count_kinds, unload),
		cmocka_unit_test_teardown(test_count_major, unload),
		cmocka_unit_test_teardown(test_count_threads, unload),
		cmocka_unit_test_teardown(test_count_lives, unload),
		cmocka_unit_test_teardown(test_count_held, unload),
		cmocka_unit_test_teardown(test_count_orders, unload),
		cmocka_unit_test_teardown(test_count_reset, unload),
		cmocka_unit_test_teardown(test_count_limits, unload),
		cmocka_unit_test_teardown(test_count_bomb, unload),
		cmocka_unit_test_teardown(test_count_missed, unload),
		cmocka_unit_test_teardown(test_unload_busy, unload),
		cmocka_unit_test_teardown(test_unload_held, unload),
		cmocka_unit_test(test_untainted),
		cmocka_unit_test(test_mistakes), /* last: the kernel is not what it was */
	};

	if (argc != 2) {
		fputs("usage: test-kmod VERSION|KDIR\n", stderr);
		return 2;
	}
	which = argv[1];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
