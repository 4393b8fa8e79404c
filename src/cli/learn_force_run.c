/* SPDX-License-Identifier: MIT */
/* A learner's program: copied, built and run in a sandbox, its faults counted as the kernel shows them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/magic.h>

#include "learn.h"
#include "learn_force.h"

#define KEPT_OUTPUT (64 << 10)
/* A compiler that computes longer, or wants more, was given what is no program. The time is long: a machine may be busy. */
#define BUILD_SECONDS 60
#define BUILD_CPU 10
#define BUILD_MEMORY (1UL << 30)

static int unable(const char *what, int r)
{
	return cli_error(CLI_UNABLE, "learn force: %s: %s", what, strerror(-r));
}

/* ---- its folder ---- */

static bool is_source(const char *path)
{
	const size_t n = strlen(path);

	return n > 2 && strcmp(path + n - 2, ".c") == 0;
}

/* What it is called in the folder. */
static const char *name_of(const struct force_program *p)
{
	const char *slash = strrchr(p->path, '/');

	return !is_source(p->path) ? "program" : slash ? slash + 1 : p->path;
}

/* No link is followed: who hands it in does not choose what of the judge's files is read. Returns an exit code. */
static int open_program(const char *path, int *ret_fd)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ELOOP)
		return cli_error(CLI_USAGE, "learn force: %s: it is a symbolic link; give the file itself", path);
	if (fd < 0)
		return cli_error(CLI_USAGE, "learn force: %s: %s; 'cr2 learn force TASK --skeleton FOLDER' makes one to begin with",
				 path, strerror(errno));
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode)) {
		close(fd);
		return cli_error(CLI_USAGE, "learn force: %s: it is no file; give a C source, or a program", path);
	}
	*ret_fd = fd;
	return CLI_OK;
}

static int copy_program(const struct force_program *p)
{
	struct cr2_text to = {0};
	char block[65536];
	ssize_t n = 0;
	int in = -1, out = -1, code = open_program(p->path, &in);

	if (code != CLI_OK)
		return code;
	if (cr2_text_printf(&to, "%s/%s", p->folder.path.data, name_of(p)) < 0)
		code = unable(p->path, -ENOMEM);
	else
		out = open(to.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	while (out >= 0 && code == CLI_OK && (n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, (size_t)n) != n)
			code = unable(to.data, -errno);
	if (code == CLI_OK && (out < 0 || n < 0))
		code = cli_error(n < 0 ? CLI_USAGE : CLI_UNABLE, "learn force: %s: %s", n < 0 ? p->path : to.data, strerror(errno));
	/* Whatever the umask: who runs it may be somebody else. */
	if (code == CLI_OK && fchmod(out, 0755) < 0)
		code = unable(to.data, -errno);
	close(in);
	if (out >= 0)
		close(out);
	cr2_text_finish(&to);
	return code;
}

int force_program_begin(struct force_program *p)
{
	const char *in = getenv("TMPDIR");
	int r, code;

	if (!in || !*in)
		in = "/var/tmp"; /* where /tmp is in memory, this is on a disk */
	r = cr2_sandbox_folder_create(in, &p->folder);
	if (r == -EINVAL && geteuid() == 0)
		return cli_error(CLI_UNABLE, "learn force: root runs it as nobody, and this user namespace (unshare "
				 "-r, a rootless container) has no such user: run as an ordinary user outside of it");
	if (r < 0)
		return unable(in, r);
	code = copy_program(p);
	if (code != CLI_OK)
		force_program_end(p);
	return code;
}

void force_program_end(struct force_program *p)
{
	int r = cr2_sandbox_folder_remove(&p->folder);

	if (r < 0)
		unable("its folder", r);
}

/* ---- what it takes ---- */

static bool is_in_memory(const char *folder)
{
	struct statfs system;

	return statfs(folder, &system) == 0 && (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

static bool has_no_huge_pages(void)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	char line[64] = "[never]";

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	return strstr(line, "[never]");
}

/* Where a page was only lent, a write to it faults once more. */
static bool has_no_zero_page(void)
{
	volatile char *page = mmap(NULL, CR2_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rusage before, after;

	if (page == MAP_FAILED)
		return false;
	getrusage(RUSAGE_THREAD, &after); /* for the first time: it may fault itself */
	(void)*page;
	getrusage(RUSAGE_THREAD, &before);
	*page = 1;
	getrusage(RUSAGE_THREAD, &after);
	munmap((void *)page, CR2_PAGE_SIZE);
	return after.ru_minflt == before.ru_minflt;
}

const char *force_program_lacks(const struct force_program *p, enum cr2_demand demand)
{
	const enum cr2_demand_need need = cr2_demand_need(demand);
	bool lacks = false;

	if (need == CR2_DEMAND_NEED_DISK)
		lacks = is_in_memory(p->folder.path.data);
	else if (need == CR2_DEMAND_NEED_ZERO_PAGE)
		lacks = has_no_zero_page();
	else if (need == CR2_DEMAND_NEED_HUGE)
		lacks = has_no_huge_pages();
	return lacks ? cr2_demand_need_sentence(need) : NULL;
}

/* ---- building ---- */

static int run_alone(const struct cr2_sandbox_config *config, struct cr2_sandbox_end *ret_end)
{
	struct cr2_sandbox *sandbox;
	int r = cr2_sandbox_start(config, &sandbox);

	if (r < 0)
		return r;
	r = cr2_sandbox_go(sandbox);
	while (r == 0 && cr2_sandbox_wait(sandbox, 1000))
		;
	return cr2_sandbox_finish(sandbox, ret_end);
}

/* Why it was not built, in a line made anew; NULL: no memory. */
static char *why_not_built(const struct cr2_sandbox_end *end)
{
	const char *output = end->output.data ? end->output.data : "";
	char *said = NULL;
	int n = 0;

	if (end->timed_out)
		n = asprintf(&said, "the compiler did not end within %d seconds", BUILD_SECONDS);
	else if (strstr(output, "CPU time limit exceeded"))
		n = asprintf(&said, "the compiler may compute for %d seconds, and wanted more", BUILD_CPU);
	else if (strstr(output, "out of memory") || strstr(output, "memory exhausted"))
		n = asprintf(&said, "the compiler may have %lu MiB of memory, and wanted more", BUILD_MEMORY >> 20);
	else if (!(said = learn_telling_line(output)))
		said = strdup("the compiler says nothing");
	return n < 0 ? NULL : said;
}

int force_program_build(const struct force_program *p, char **ret_said)
{
	struct cr2_text source = {0};
	char *argv[] = {"cc", "-g", "-Wall", "-Wextra", "-o", "program", NULL, p->needs_nothing ? "-static" : NULL, NULL};
	const struct cr2_sandbox_config config = {
		.folder = p->folder.path.data, .argv = argv, .seconds = BUILD_SECONDS, .cpu_seconds = BUILD_CPU,
		.memory = BUILD_MEMORY, .keep = KEPT_OUTPUT};
	struct cr2_sandbox_end end;
	int r;

	*ret_said = NULL;
	if (!is_source(p->path))
		return CLI_OK;
	r = cr2_text_printf(&source, "./%s", name_of(p));
	argv[6] = source.data;
	if (r == 0)
		r = run_alone(&config, &end);
	cr2_text_finish(&source);
	if (r == -ENOENT)
		return cli_error(CLI_UNABLE, "learn force: cc is not here; on Debian: apt-get install gcc libc6-dev");
	if (r < 0)
		return unable("cc", r);
	fputs(end.output.data ? end.output.data : "", stderr);
	if (end.timed_out || end.status)
		*ret_said = why_not_built(&end);
	r = (end.timed_out || end.status) && !*ret_said ? -ENOMEM : 0;
	cr2_text_finish(&end.output);
	return r < 0 ? unable("cc", r) : CLI_OK;
}

/* ---- running ---- */

static void on_fault(void *data, const struct cr2_traced_fault *fault)
{
	cr2_demand_report_fault(data, fault);
}

/* Until it has ended and all its faults have come. */
static int follow_program(struct cr2_sandbox *sandbox, struct cr2_trace *trace, struct cr2_demand_report *report)
{
	int r = cr2_trace_follow(trace, (uint64_t)cr2_sandbox_pid(sandbox), true);

	if (r == 0)
		r = cr2_sandbox_go(sandbox);
	while (r == 0 && cr2_sandbox_wait(sandbox, 20)) {
		r = cr2_trace_take(trace, 0, on_fault, report);
		r = r == -EINTR ? 0 : r;
	}
	return r;
}

static int end_report(const struct cr2_sandbox_end *end, double seconds, struct cr2_trace *trace, struct cr2_demand_report *report)
{
	struct cr2_trace_counts counts;
	int r = cr2_trace_take(trace, 0, on_fault, report);

	if (r == 0)
		r = cr2_trace_read(trace, &counts);
	if (r < 0)
		return r;
	if (end->timed_out)
		cr2_demand_report_end(report, CR2_DEMAND_TIME_OUT, (int)seconds, counts.lost);
	else if (WIFSIGNALED(end->status))
		cr2_demand_report_end(report, CR2_DEMAND_KILLED, WTERMSIG(end->status), counts.lost);
	else
		cr2_demand_report_end(report, CR2_DEMAND_EXITED, WEXITSTATUS(end->status), counts.lost);
	cr2_trace_counts_finish(&counts);
	return 0;
}

static int run_traced(const struct force_program *p, const struct cr2_demand_task *task, struct cr2_trace *trace,
		      struct force_run *run)
{
	char *argv[] = {"./program", NULL};
	const struct cr2_sandbox_config config = {
		.folder = p->folder.path.data, .argv = argv, .seconds = p->seconds, .keep = KEPT_OUTPUT};
	struct cr2_sandbox *sandbox;
	int r = cr2_sandbox_start(&config, &sandbox), ended;

	if (r < 0)
		return r;
	cr2_demand_report_begin(task, cr2_trace_source(trace), &run->report);
	run->report.program = (uint64_t)cr2_sandbox_pid(sandbox);
	r = follow_program(sandbox, trace, &run->report);
	ended = cr2_sandbox_finish(sandbox, &run->end);
	if (ended < 0)
		return ended;
	if (r == 0)
		r = end_report(&run->end, p->seconds, trace, &run->report);
	if (r < 0)
		cr2_text_finish(&run->end.output);
	return r;
}

int force_program_run(const struct force_program *p, const struct cr2_demand_task *task, struct force_run *ret_run)
{
	const struct cr2_trace_config config = {.size = sizeof(config), .scope = CR2_TRACE_PROCESSES, .stream = true, .source = p->source};
	struct force_run run = {0};
	struct cr2_trace *trace;
	int r;

	cli_heap_for_bpf();
	r = cr2_trace_open(&config, &trace, &run.reason);
	if (r < 0) {
		if (!run.reason)
			run.reason = strdup(strerror(-r));
		*ret_run = run;
		return run.reason ? CLI_OK : unable("trace", -ENOMEM);
	}
	r = run_traced(p, task, trace, &run);
	cr2_trace_close(trace);
	if (r < 0) {
		free(run.reason);
		return unable(p->path, r);
	}
	run.ran = true;
	*ret_run = run;
	return CLI_OK;
}

void force_run_finish(struct force_run *run)
{
	if (run->ran)
		cr2_text_finish(&run->end.output);
	free(run->reason);
}
