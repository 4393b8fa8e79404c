/* SPDX-License-Identifier: MIT */
/*
 * In a guest: witness [-a] COMMAND [ARGUMENT...]
 *
 * Switches on /dev/swap and some huge pages, runs the command in /disk, and prints what the kernel itself says of
 * the faults of the process called primes meanwhile, -a: of all but cr2, in order (kprobes and tracepoints):
 *
 *	function NAME		is in this kernel, so that its calls are seen
 *	exec TID		from here on cr2 follows it
 *	fault TID ADDRESS ERROR	an exception
 *	call TID ADDRESS NAME	a function on the fault path, called for an exception's sake
 *
 *	lockdown CODE		what `cr2 stat --source bpf` ends with under lockdown=confidentiality
 *
 * and then what the command left in /tmp/faults. It runs with the kernel locked down to integrity, where it can be.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probing.h"

#define FAULT_INTERRUPTIBLE 0x200 /* of an exception; get_user_pages() does without */

/* Each takes a struct vm_fault first: address and flags are at the same place in 6.1 and 6.12. */
static const char *const functions[] = {
	"do_anonymous_page", "do_fault", "do_wp_page", "wp_page_copy", "wp_page_reuse", "do_swap_page",
	"do_huge_pmd_anonymous_page", "do_huge_pmd_wp_page", "handle_userfault",
};

static void put(const char *path, const char *text)
{
	if (try(path, text) < 0)
		exit(3);
}

static void probe(const char *function)
{
	char text[256];

	snprintf(text, sizeof(text), "p:cr2/%s %s address=+24(%%di):x64 flags=+40(%%di):x32\n", function, function);
	/* A kernel may have a function and let nobody probe it. */
	if (try(TRACING "kprobe_events", text) == 0)
		printf("function %s\n", function);
}

static int run(char **command)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execv(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return status;
}

#define SECURITY "/sys/kernel/security"

static int lock_down(const char *level)
{
	return try(SECURITY "/lockdown", level);
}

static void say_lockdown(void)
{
	static char *command[] = {"/cr2", "stat", "--source", "bpf", "/cr2", "--version", NULL};

	if (lock_down("confidentiality") == 0)
		printf("lockdown %d\n", WEXITSTATUS(run(command)));
}

/* "  primes-96  [000] .....  5.123456: do_fault: (do_fault+0x0/0x4f0) address=0x... flags=0x..." */
static void show(const char *line)
{
	const char *cpu = strstr(line, " ["), *number = cpu;
	char name[64];
	int tid;

	/* A name may have a dash, too. */
	while (number && number > line && *number != '-')
		number--;
	if (line[0] == '#' || !number || sscanf(number, "-%d %*s %*s %*s %63[^:]:", &tid, name) != 2)
		return;
	if (strcmp(name, "sched_process_exec") == 0)
		printf("exec %d\n", tid);
	else if (strncmp(name, "page_fault_", 11) == 0)
		printf("fault %d 0x%llx 0x%llx\n", tid, value(line, " address="), value(line, " error_code="));
	else if (value(line, " flags=") & FAULT_INTERRUPTIBLE)
		printf("call %d 0x%llx %s\n", tid, value(line, " address="), name);
}

static void each_line(const char *path, void (*fn)(const char *line))
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		perror(path);
		exit(3);
	}
	while (getline(&line, &size, file) > 0)
		fn(line);
	free(line);
	fclose(file);
}

static void print(const char *line)
{
	fputs(line, stdout);
}

int main(int argc, char **argv)
{
	const bool all = argc > 1 && strcmp(argv[1], "-a") == 0;
	const char *whose = all ? "comm != \"cr2\" && comm != \"witness\"" : "comm == \"primes\"";

	argc -= all;
	argv += all;
	if (argc < 2 || chdir("/disk") < 0)
		return 2;
	if (swapon("/dev/swap", 0) < 0)
		perror("/dev/swap");
	put("/proc/sys/vm/nr_hugepages", "3");
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (in_kernel(functions[i]))
			probe(functions[i]);
	fflush(stdout);
	put(TRACING "events/cr2/filter", whose);
	put(TRACING "events/exceptions/filter", whose);
	if (all)
		put(TRACING "buffer_size_kb", "65536");
	put(TRACING "events/exceptions/enable", "1");
	put(TRACING "events/sched/sched_process_exec/enable", "1");
	put(TRACING "events/cr2/enable", "1");
	if (mount("none", SECURITY, "securityfs", 0, NULL) < 0 || lock_down("integrity") < 0)
		perror(SECURITY);
	if (run(&argv[1]) != 0)
		return 1;
	put(TRACING "tracing_on", "0");
	each_line(TRACING "trace", show);
	say_lockdown();
	each_line("/tmp/faults", print);
	return 0;
}
