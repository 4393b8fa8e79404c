/* SPDX-License-Identifier: MIT */
/*
 * What runs in the guest: a line in, the deed done, the answer out. See deeds.h for deeds, which
 * are done by a child called "prime" and answered with what the kernel says that it took.
 * Other answers are a number (0 or a negative errno), or text that ends with a line of one dot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deeds.h"

/* The process's own faults, and those of its children that it has waited for. */
void answer_usage(int pid)
{
	struct rusage usage;
	int status = 0;

	if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
		printf("failed: status %#x\n", status);
	else
		printf("%d %ld %ld\n", pid, usage.ru_minflt, usage.ru_majflt);
}

static void do_deed(deed_fn *deed, const char *n)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, "prime");
		deed(strtoul(n, NULL, 10));
		_exit(0);
	}
	answer_usage(pid);
}

static void answer(long r)
{
	printf("%ld\n", r < 0 ? (long)-errno : r);
}

/* The word at *text ends here; returns what follows. */
static char *cut(char *text)
{
	char *end = text + strcspn(text, " ");

	if (*end)
		*end++ = '\0';
	return end;
}

/* "NAME.ko parameters" */
static void load(char *argument)
{
	const char *parameters = cut(argument);
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/kmod/%s", argument);
	fd = open(path, O_RDONLY);
	answer(syscall(SYS_finit_module, fd, parameters, 0));
	close(fd);
}

static void unload(char *name)
{
	answer(syscall(SYS_delete_module, name, O_NONBLOCK));
}

/* "PATH text" */
static void write_file(char *argument)
{
	const char *text = cut(argument);
	int fd = open(argument, O_WRONLY);

	answer(write(fd, text, strlen(text)) < 0 ? -1 : 0);
	close(fd);
}

/* Only its head, so not to the end. */
static void peek(char *path)
{
	char chunk[256];
	int fd = open(path, O_RDONLY);

	answer(read(fd, chunk, sizeof(chunk)));
	close(fd);
}

/* A file that is open for writing alone, asked for what is behind its beginning. */
static void seek(char *path)
{
	int fd = open(path, O_WRONLY);

	answer(lseek(fd, PAGE, SEEK_SET));
	close(fd);
}

/* A child makes the mistake, and is killed for it. */
static void die(char *mistake)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int fd = open("/proc/mistake", O_WRONLY);

		prctl(PR_SET_NAME, "prime");
		_exit(write(fd, mistake, strlen(mistake)) < 0);
	}
	waitpid(pid, &status, 0);
	answer(status);
}

static void show(char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		fputs(line, stdout);
	if (file)
		fclose(file);
	puts(".");
}

static int kernel_log;

/* The text of a record stands behind "level,number,time,flags;". */
static void show_record(char *record, size_t n)
{
	const char *text;

	record[n] = '\0';
	text = strchr(record, ';');
	if (text)
		printf("%.*s\n", (int)strcspn(text + 1, "\n"), text + 1);
}

/* What the kernel logged since the last time; EPIPE tells of records that were overwritten. */
static void show_log(char *unused)
{
	char record[8192];
	ssize_t n;

	(void)unused;
	while ((n = read(kernel_log, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		if (n > 0)
			show_record(record, n);
		else
			puts("(lost)");
	}
	puts(".");
}

static void do_stay(char *n)
{
	stay(strtoul(n, NULL, 10));
}

static void do_hold(char *n)
{
	hold(strtoul(n, NULL, 10));
}

static void do_leave(char *unused)
{
	(void)unused;
	leave();
}

static void do_release(char *unused)
{
	(void)unused;
	release();
}

static void do_storm(char *unused)
{
	(void)unused;
	storm();
}

static void do_calm(char *unused)
{
	(void)unused;
	calm();
}

static const struct {
	const char *name;
	void (*run)(char *argument);
} verbs[] = {
	{"load", load}, {"unload", unload}, {"write", write_file}, {"peek", peek},
	{"seek", seek}, {"show", show}, {"log", show_log}, {"stay", do_stay}, {"leave", do_leave},
	{"hold", do_hold}, {"release", do_release}, {"storm", do_storm}, {"calm", do_calm}, {"die", die},
};

static void obey(const char *verb, char *argument)
{
	deed_fn *deed = find_deed(verb);

	if (deed) {
		do_deed(deed, argument);
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verb, verbs[i].name) == 0) {
			verbs[i].run(argument);
			return;
		}
	puts("what?");
}

int main(void)
{
	char line[512], *argument;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	must(kernel_log >= 0 && lseek(kernel_log, 0, SEEK_END) == 0, "/dev/kmsg");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		argument = cut(line);
		obey(line, argument);
	}
	return 0;
}
