/* SPDX-License-Identifier: MIT */
/*
 * What a run inherits from whoever starts it, and what others do on the machine: set right, or the
 * reason of a refusal; never a difference.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <observe/tracefs.h>

#include "host.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

enum { AS_IT_SHOULD, NOT_PREPARED, OTHER_RESULT, OTHER_REASON, FAILED, LIMIT_CHANGED };

/* In a child, since what it changes about itself it cannot take back. part: of the refusal's reason. */
static int run_after(int (*prepare)(void), const char *text, const char *part)
{
	struct cr2_litmus litmus;
	struct cr2_runner *runner;
	struct cr2_diag diag;
	struct cr2_run run;
	struct rlimit files[2];
	int r;

	if (prepare() < 0 || getrlimit(RLIMIT_NOFILE, &files[0]) < 0)
		return NOT_PREPARED;
	if (cr2_litmus_parse("t", text, strlen(text), &litmus, &diag) < 0 ||
	    cr2_runner_host_create(&runner) < 0)
		return OTHER_RESULT;
	r = cr2_litmus_run(&litmus, runner, NULL, NULL, &run);
	if (r < 0)
		print_message("# %s\n", run.reason);
	cr2_runner_destroy(runner);
	if ((r < 0) != !!part)
		return OTHER_RESULT;
	if (getrlimit(RLIMIT_NOFILE, &files[1]) < 0 || memcmp(&files[0], &files[1], sizeof(*files)) != 0)
		return LIMIT_CHANGED;
	if (part)
		return strstr(run.reason, part) ? AS_IT_SHOULD : OTHER_REASON;
	return run.n_failures ? FAILED : AS_IT_SHOULD;
}

static int await_run_after(int (*prepare)(void), const char *text, const char *part)
{
	int status;
	pid_t pid;

	host_traits(); /* skips where nothing can run */
	pid = fork();
	if (pid == 0)
		_exit(run_after(prepare, text, part));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_as_it_should(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_PREPARED)
		test_skip("this kernel or machine does not let the test set that up");
	assert_int_equal(status, 0);
}

static void expect_after(int (*prepare)(void), const char *text, const char *part)
{
	assert_as_it_should(await_run_after(prepare, text, part));
}

static int set_limit(int resource, rlim_t value)
{
	const struct rlimit limit = {value, value};

	return setrlimit(resource, &limit);
}

static int small_stack(void)
{
	return set_limit(RLIMIT_STACK, 1 << 20);
}

/* Where the limits can be taken back at all. */
static int small_stack_with_rights(void)
{
	const struct rlimit less = {1 << 19, 1 << 19}, more = {1 << 20, 1 << 20};

	return setrlimit(RLIMIT_STACK, &less) < 0 || setrlimit(RLIMIT_STACK, &more) < 0 ? -1 : 0;
}

static int small_files(void)
{
	return set_limit(RLIMIT_FSIZE, 4096);
}

static int few_files(void)
{
	return set_limit(RLIMIT_NOFILE, 16);
}

static int set_soft(int resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_max <= value)
		return -1;
	limit.rlim_cur = value;
	return setrlimit(resource, &limit);
}

/* All at once. */
static int soft_limits(void)
{
	return set_soft(RLIMIT_NOFILE, 16) < 0 || set_soft(RLIMIT_FSIZE, 4096) < 0 ||
	       set_soft(RLIMIT_STACK, 1 << 20) < 0 || set_soft(RLIMIT_MEMLOCK, 0) < 0 ||
	       set_soft(RLIMIT_AS, 256 << 20) < 0 || set_soft(RLIMIT_DATA, 64 << 20) < 0 ? -1 : 0;
}

static int lose(unsigned capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	return (int)syscall(SYS_capset, &header, data);
}

static int small_stack_for_good(void)
{
	return small_stack() < 0 ? -1 : lose(CAP_SYS_RESOURCE);
}

static int little_address_space(void)
{
	return set_limit(RLIMIT_AS, 1 << 30) < 0 ? -1 : lose(CAP_SYS_RESOURCE);
}

static int nothing_locked(void)
{
	if (set_limit(RLIMIT_MEMLOCK, 0) < 0 || lose(CAP_IPC_LOCK) < 0)
		return -1;
	return lose(CAP_SYS_RESOURCE);
}

static int no_huge_pages(void)
{
	return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

static int no_new_code(void)
{
	return prctl(PR_SET_MDWE, 1, 0, 0, 0);
}

static void limits_are_raised(void **state)
{
	(void)state;
	expect_after(small_stack_with_rights, "map m 2 rw growsdown\nwrite m@0\nwrite m@-1500 => ok\n", NULL);
}

static void limits_that_cannot_be_raised_are_named(void **state)
{
	(void)state;
	expect_after(small_stack_for_good, "map m 1 rw\n", "ulimit -H -s");
	expect_after(few_files, "map m 1 rw\n", "ulimit -H -n");
	expect_after(little_address_space, "map m 1 rw\n", "ulimit -H -v");
	expect_after(nothing_locked, "map m 1 rw\nlock m\n", "ulimit -H -l");
}

static void soft_limits_are_raised_meanwhile(void **state)
{
	(void)state;
	expect_after(soft_limits, "file f 2\nmap m 2 rw growsdown\nwrite m\nmap n 2 rw f\nfork c\n"
		     "c: write n\nfork d\nlock m => ok\nwrite m@-1500 => ok\n", NULL);
}

/* --- control groups --- */

static char group[128];

static int write_group(const char *file, const char *text)
{
	char path[sizeof(group) + 32];
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	r = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	if (fd >= 0)
		close(fd);
	return r;
}

/* Of the older kind, or of cgroup2; false where this process may make none. */
static bool make_group(const char *controller)
{
	snprintf(group, sizeof(group), "/sys/fs/cgroup/%s/cr2-test-%d", controller, (int)getpid());
	if (mkdir(group, 0755) == 0)
		return true;
	snprintf(group, sizeof(group), "/sys/fs/cgroup/cr2-test-%d", (int)getpid());
	return mkdir(group, 0755) == 0;
}

static int enter(void)
{
	return write_group("cgroup.procs", "0");
}

static int with_little_memory(void)
{
	static const char bytes[] = "16777216";

	if (write_group("memory.limit_in_bytes", bytes) < 0 && write_group("memory.max", bytes) < 0)
		return -1;
	return enter();
}

static int with_hardly_any_memory(void)
{
	static const char bytes[] = "6291456";

	if (write_group("memory.limit_in_bytes", bytes) < 0 && write_group("memory.max", bytes) < 0)
		return -1;
	return enter();
}

#define DEPTH 12

/* The limit is the outermost group's. */
static int deep_with_little_memory(void)
{
	static const char bytes[] = "16777216";
	size_t top = strlen(group);
	int r = 0;

	if (write_group("memory.limit_in_bytes", bytes) < 0 && write_group("memory.max", bytes) < 0)
		return -1;
	for (int i = 0; r == 0 && i < DEPTH; i++) {
		strcat(group, "/g");
		r = mkdir(group, 0755);
	}
	if (r == 0)
		r = enter();
	group[top] = '\0';
	return r;
}

/* The innermost first. */
static void remove_group(void)
{
	char path[sizeof(group) + 2 * DEPTH];

	for (int depth = DEPTH; depth >= 0; depth--) {
		strcpy(path, group);
		for (int i = 0; i < depth; i++)
			strcat(path, "/g");
		rmdir(path);
	}
}

/* The run and the scenario's first. */
static int with_few_processes(void)
{
	return write_group("pids.max", "2") < 0 ? -1 : enter();
}

static void expect_in_group(const char *controller, int (*prepare)(void), const char *text,
			    const char *part)
{
	int status;

	host_traits();
	if (!make_group(controller))
		test_skip("no control group can be made here");
	status = await_run_after(prepare, text, part);
	remove_group();
	assert_as_it_should(status);
}

static void a_groups_limit_on_memory_is_named(void **state)
{
	(void)state;
	expect_in_group("memory", with_little_memory, "map m 1 rw\nwrite m => 0x6\n", NULL);
	expect_in_group("memory", with_little_memory, "map m 16384 rw populate\n",
			"the control group's limit is 16384 KiB");
	expect_in_group("memory", with_little_memory, "thp always\nmap m 5120 rw\nwrite m@0\n"
			"write m@512\nwrite m@1024\nwrite m@1536\nwrite m@2048\nwrite m@2560\n"
			"write m@3072\nwrite m@3584\nwrite m@4096\nwrite m@4608\n",
			"the control group's limit is 16384 KiB");
	expect_in_group("memory", deep_with_little_memory, "map m 16384 rw populate\n",
			"the control group's limit is 16384 KiB");
	expect_in_group("memory", with_hardly_any_memory, "map m 1 rw\n",
			"the control group's limit is 6144 KiB");
}

static void a_groups_limit_on_processes_is_named(void **state)
{
	(void)state;
	expect_in_group("pids", with_few_processes, "map m 1 rw\nfork c\n", "pids.max");
}

static void a_limit_is_no_full_disk(void **state)
{
	(void)state;
	expect_after(small_files, "file f 1\n", NULL);
	expect_after(small_files, "file f 2\n", "ulimit -f");
}

static void huge_pages_are_switched_on_again(void **state)
{
	(void)state;
	host_expect("thp madvise\nmap m 1 rw\n"); /* skips where that cannot be set */
	expect_after(no_huge_pages, "thp madvise\nmap m 512 rw\nadvise m hugepage\n"
		     "write m => 0x6 anon_huge\n", NULL);
}

static void what_may_not_be_executed_is_told(void **state)
{
	(void)state;
	expect_after(no_new_code, "map m 1 rw\nwrite m => 0x6\n", NULL);
	expect_after(no_new_code, "map m 1 rwx\n", "PR_SET_MDWE");
}

/* --- a tracer --- */

/* Lets the traced process and its children go on until the first has ended. */
static int follow(pid_t first)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (pid == first && (WIFEXITED(status) || WIFSIGNALED(status)))
			return status;
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, 0,
			       WSTOPSIG(status) == SIGTRAP || WSTOPSIG(status) == SIGSTOP ?
			       0 : WSTOPSIG(status));
	}
	return -1;
}

static int nothing(void)
{
	return 0;
}

static void a_tracer_is_told(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	host_traits();
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(run_after(nothing, "map m 1 rw\n", "traced"));
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK) < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		test_skip("ptrace: %s", strerror(errno));
	}
	kill(pid, SIGCONT);
	assert_int_equal(follow(pid), 0);
}

/* --- somebody's BPF program --- */

#define GROUP 54321 /* it is for processes of this group only: others' runs go on */

/* Returns 0, which drops the event for everybody, where the group is GROUP, else 1. */
static int load_program(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_uid_gid},
		{.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = 0, .imm = 32},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 2, .imm = GROUP},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACEPOINT,
		.insns = (uintptr_t)program,
		.insn_cnt = CR2_ARRAY_SIZE(program),
		.license = (uintptr_t)"GPL",
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int open_tracepoint(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr),
				       .sample_period = 1};
	int tracefs = tracefs_open();
	int file = openat(tracefs, "events/exceptions/page_fault_user/id", O_RDONLY | O_CLOEXEC);
	char id[32] = "";

	close(tracefs);
	if (file < 0 || read(file, id, sizeof(id) - 1) <= 0)
		return -1;
	close(file);
	attr.config = strtoull(id, NULL, 10);
	return (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

/* The program lives as long as this process. */
static int hold_events_back(void)
{
	int program = load_program(), event = open_tracepoint();

	if (program < 0 || event < 0 || ioctl(event, PERF_EVENT_IOC_SET_BPF, program) < 0)
		return -1;
	return setresgid(GROUP, GROUP, GROUP);
}

static void no_event_is_not_no_fault(void **state)
{
	(void)state;
	expect_after(hold_events_back, "map m 1 rw\nwrite m\n", "no event came of it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_raised),
		cmocka_unit_test(limits_that_cannot_be_raised_are_named),
		cmocka_unit_test(soft_limits_are_raised_meanwhile),
		cmocka_unit_test(a_groups_limit_on_memory_is_named),
		cmocka_unit_test(a_groups_limit_on_processes_is_named),
		cmocka_unit_test(a_limit_is_no_full_disk),
		cmocka_unit_test(huge_pages_are_switched_on_again),
		cmocka_unit_test(what_may_not_be_executed_is_told),
		cmocka_unit_test(a_tracer_is_told),
		cmocka_unit_test(no_event_is_not_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
