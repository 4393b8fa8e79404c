/* SPDX-License-Identifier: MIT */
/* What cannot be done here is refused with a reason, not done by halves. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

static void expect_refusal(const char *text, unsigned line, int error, const char *part)
{
	struct cr2_run run;
	int r = host_run(text, &run);

	assert_int_equal(r, error);
	assert_int_equal(run.reason_line, line);
	if (!strstr(run.reason, part))
		fail_msg("wanted '%s' in '%s'", part, run.reason);
	cr2_run_finish(&run);
}

static void a_later_kernel(void **state)
{
	(void)state;
	expect_refusal("kernel 99.1\nmap m 1 rw\n", 0, -EOPNOTSUPP, "needs Linux 99.1");
}

static void addresses_of_the_process_itself(void **state)
{
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "map m 1 rw\nread 0x%llx\n", (unsigned long long)(uintptr_t)text);
	expect_refusal(text, 2, -EOPNOTSUPP, "choose another");
	snprintf(text, sizeof(text), "map m 1 rw\nwrite 0x%llx\n",
		 (unsigned long long)(uintptr_t)expect_refusal);
	expect_refusal(text, 2, -EOPNOTSUPP, "choose another");
}

static void a_mapping_placed_where_something_is(void **state)
{
	unsigned long long page = (unsigned long long)(uintptr_t)expect_refusal & CR2_PAGE_MASK;
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "map m 1 rw at 0x%llx\n", page);
	expect_refusal(text, 0, -EOPNOTSUPP, "has mappings of its own");
}

/* An access just below a stack would make it grow. Variables may be elsewhere: ASan moves them. */
static void addresses_below_its_stack(void **state)
{
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "map m 1 rw\nwrite 0x%llx\n",
		 (unsigned long long)(uintptr_t)__builtin_frame_address(0) - (2 << 20));
	expect_refusal(text, 2, -EOPNOTSUPP, "choose another");
}

static void instructions_that_might_do_harm(void **state)
{
	(void)state;
	expect_refusal("map m 1 rwx\nwrite m@0+1 5\nexec m@0\n", 3, -EOPNOTSUPP, "the instruction there");
	expect_refusal("map m 2 rwx\nexec m@0+4095\n", 2, -EOPNOTSUPP, "next page");
	expect_refusal("map m 1 rw\nexec 0xffffffffff600000\n", 2, -EOPNOTSUPP, "in the vsyscall page");
}

/* What the language cannot say; a caller of the library can. */
static void operations_on_others_memory(void **state)
{
	const struct cr2_op ops[] = {
		{.kind = CR2_OP_MAP, .address = 0x7f0000000000, .length = 4096, .prot = 3,
		 .flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_FIXED},
		{.kind = CR2_OP_UNMAP, .length = 1ULL << 46},
		{.kind = CR2_OP_PROTECT, .address = CR2_LITMUS_BASE, .length = UINT64_MAX - 4095},
		{.kind = CR2_OP_REMAP, .address = CR2_LITMUS_BASE, .length = 4096,
		 .new_address = 0x10000, .new_length = 4096, .flags = CR2_MREMAP_FIXED},
	};
	struct cr2_litmus litmus = {.names.processes.n = 1, .settings.fault_around = 16};
	struct cr2_outcome outcome;
	struct cr2_runner *runner;
	struct cr2_run run;

	(void)state;
	if (host_run("map m 1 rw\n", &run) == 0) /* skips where it must */
		cr2_run_finish(&run);
	assert_int_equal(host_create_deriving(&runner), 0);
	assert_int_equal(runner->ops->begin(runner, &litmus), 0);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(ops); i++) {
		assert_int_equal(runner->ops->execute(runner, &ops[i], &outcome), -EOPNOTSUPP);
		assert_non_null(strstr(runner->ops->reason(runner), "leaves the addresses"));
	}
	cr2_runner_destroy(runner);
}

/* Where the kernel has guard pages; there it would not come back from this. */
static void guard_pages_that_are_protected_from_writes(void **state)
{
	(void)state;
	host_expect("kernel 6.18\nmap m 1 rw shared\nadvise m guard_install => ok\n");
	expect_refusal("map m 2 rw shared\nuffd m wp sigbus\nadvise m@1 guard_install\n", 3, -EOPNOTSUPP,
		       "the kernel tries without end");
}

/* What the kernel promised the rest would be taken from the machine's pool for good. */
static void parts_of_private_hugetlb_memory_that_move(void **state)
{
	static const char text[] = "hugetlb 2\nmap m 1024 rw hugetlb\nremap m@512..1023 512 at m@2048\n";
	struct cr2_run run;
	int r = host_run(text, &run);
	bool has_pool = r == -EOPNOTSUPP && run.reason_line == 3;
	char reason[256];

	(void)state;
	snprintf(reason, sizeof(reason), "%s", run.reason ? run.reason : "");
	cr2_run_finish(&run);
	if (r == -EOPNOTSUPP && run.reason_line == 0)
		test_skip("%s", reason);
	if (!has_pool || !strstr(reason, "keeps what it promised"))
		fail_msg("line %u: %s", run.reason_line, reason);
}

static void mappings_too_large_to_watch(void **state)
{
	(void)state;
	expect_refusal("map m 3000000 rw noreserve\n", 1, -EOPNOTSUPP, "too large to watch");
}

/* Kills the process that the scenario runs in, from behind. */
static int kill_actor(void *data, const struct cr2_step *step)
{
	char path[64];
	FILE *file;
	int pid = 0;

	(void)data;
	if (step->number != 2 || step->observation)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return kill(pid, SIGKILL);
}

static void a_process_that_dies(void **state)
{
	struct cr2_run run;
	int r;

	(void)state;
	r = host_run_stepwise("map m 1 rw\nwrite m\nread m\n", kill_actor, NULL, &run);
	assert_int_equal(r, -EIO);
	assert_non_null(strstr(run.reason, "killed"));
	assert_int_equal(run.reason_line, 2);
	cr2_run_finish(&run);
}

/* 0 when this process, with the rights that it has, is refused with that word in the reason. */
static int run_refused(const char *part)
{
	struct cr2_litmus litmus;
	struct cr2_runner *runner;
	struct cr2_diag diag;
	int r;

	if (cr2_litmus_parse("t", "map m 1 rw", 10, &litmus, &diag) < 0 ||
	    host_create_deriving(&runner) < 0)
		return 1;
	r = runner->ops->begin(runner, &litmus);
	if (r != -EPERM || !strstr(runner->ops->reason(runner), part) ||
	    strchr(runner->ops->reason(runner), '\n'))
		return 2;
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	return 0;
}

static int become_nobody(void)
{
	return setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0 ? -1 : 0;
}

/* Root's files still open, but pagemap hides the frames. */
static int drop_sys_admin(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &= ~CAP_TO_MASK(CAP_SYS_ADMIN);
	return (int)syscall(SYS_capset, &header, data);
}

static int write_map(const char *path)
{
	int fd = open(path, O_WRONLY), r = fd >= 0 && write(fd, "0 0 1", 5) == 5 ? 0 : -1;

	close(fd);
	return r;
}

/* As unshare -Ur does it. */
static int become_root_of_namespace(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? -1 : write_map("/proc/self/uid_map");
}

static void assert_refused_after(int (*lose_rights)(void), const char *part)
{
	int status;
	pid_t pid;

	host_traits(); /* skips where there are no rights to lose */
	pid = fork();
	if (pid == 0)
		_exit(lose_rights() < 0 ? 77 : run_refused(part));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("this kernel does not let rights be lost in this way");
	assert_int_equal(status, 0);
}

static void a_user_without_rights(void **state)
{
	(void)state;
	assert_refused_after(become_nobody, "run as root, or with");
}

static void root_without_sys_admin(void **state)
{
	(void)state;
	assert_refused_after(drop_sys_admin, "this root is without CAP_SYS_ADMIN");
}

static void root_of_a_user_namespace(void **state)
{
	(void)state;
	assert_refused_after(become_root_of_namespace, "a user namespace");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_kernel),
		cmocka_unit_test(addresses_of_the_process_itself),
		cmocka_unit_test(a_mapping_placed_where_something_is),
		cmocka_unit_test(addresses_below_its_stack),
		cmocka_unit_test(instructions_that_might_do_harm),
		cmocka_unit_test(operations_on_others_memory),
		cmocka_unit_test(guard_pages_that_are_protected_from_writes),
		cmocka_unit_test(parts_of_private_hugetlb_memory_that_move),
		cmocka_unit_test(mappings_too_large_to_watch),
		cmocka_unit_test(a_process_that_dies),
		cmocka_unit_test(a_user_without_rights),
		cmocka_unit_test(root_without_sys_admin),
		cmocka_unit_test(root_of_a_user_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
