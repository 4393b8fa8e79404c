/* SPDX-License-Identifier: MIT */
/*
 * In a guest: probed FUNCTION... -- COMMAND [ARGUMENT...]
 *
 * Says which of the functions the kernel has, then runs the command with kprobes on the fault path,
 * and prints what they saw of the addresses that scenarios use, in order:
 *
 *	function NAME
 *	fault ADDRESS VM_FLAGS FAULT_FLAGS	handle_mm_fault() is called
 *	entry ADDRESS VALUE			do_wp_page() is called for this entry
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probing.h"

#define AREA 0x200000000000ULL /* where scenarios put their mappings */
#define AREA_END 0x300000000000ULL

/* Offsets in struct vm_area_struct and struct vm_fault, alike in 6.1 and 6.12. */
static const char probes[] =
	"p:cr2/fault handle_mm_fault address=%si:x64 vm_flags=+32(%di):x64 flags=%dx:x32\n"
	"p:cr2/entry do_wp_page address=+24(%di):x64 value=+64(%di):x64\n";

static int run(char **command)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execv(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return status;
}

static void show(const char *line)
{
	unsigned long long address = value(line, " address=");

	if (address < AREA || address >= AREA_END)
		return;
	if (strstr(line, " fault: "))
		printf("fault 0x%llx 0x%llx 0x%llx\n", address, value(line, " vm_flags="),
		       value(line, " flags="));
	else if (strstr(line, " entry: "))
		printf("entry 0x%llx 0x%llx\n", address, value(line, " value="));
}

static int show_all(void)
{
	FILE *trace = fopen(TRACING "trace", "r");
	char line[1024];

	if (!trace)
		return -1;
	while (fgets(line, sizeof(line), trace))
		show(line);
	fclose(trace);
	return 0;
}

int main(int argc, char **argv)
{
	int i = 1;

	(void)argc;
	for (; argv[i] && strcmp(argv[i], "--") != 0; i++)
		if (in_kernel(argv[i]))
			printf("function %s\n", argv[i]);
	if (!argv[i] || !argv[i + 1])
		return 2;
	if (try(TRACING "kprobe_events", probes) < 0 || try(TRACING "events/cr2/enable", "1") < 0)
		return 3;
	if (run(&argv[i + 1]) != 0)
		return 1;
	return try(TRACING "events/cr2/enable", "0") == 0 && show_all() == 0 ? 0 : 3;
}
