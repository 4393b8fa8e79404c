/* SPDX-License-Identifier: MIT */
/* cr2 learn counter: a programming exercise. The learner's module, built, loaded in a guest, exercised and judged. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cr2/guest_counter.h>

#include "find.h"
#include "learn.h"
#include "target.h"
#include "target_guest.h"

static const char doc[] =
	"A programming exercise: a kernel module that counts page faults by process. --new FOLDER makes a folder with a "
	"module that can be loaded and counts nothing, and says what it is to do; without --new, the module in FOLDER is "
	"built, loaded into a virtual machine, and its counts are set beside the kernel's, in six cases.\v"
	"What the compiler says is in FOLDER/build.log, what the guest's kernel said in FOLDER/console.log. A module that "
	"brings its kernel down hurts nobody: 'cr2 decode log FOLDER/console.log' explains the crash. Needs gcc, make and "
	"QEMU, and no root.\n\n"
	"Exit: 0 all counts are right, 1 one is not, or the module does not build, load or unload; 2 bad input; 3 it cannot "
	"be run here.";

enum {
	OPTION_NEW = 256,
	OPTION_KERNEL,
	OPTION_KDIR,
	OPTION_TIME_LIMIT,
	OPTION_JSON,
};

static const struct argp_option argp_options[] = {
	{"new", OPTION_NEW, NULL, 0, "Make FOLDER, with the module to begin with", 0},
	{"kernel", OPTION_KERNEL, "VERSION", 0, "Debian's kernel to judge it on, as of 'cr2 run --on guest:VERSION'; default: 6.1", 0},
	{"kdir", OPTION_KDIR, "KDIR", 0, "That kernel's headers; default: they are fetched", 0},
	{"time-limit", OPTION_TIME_LIMIT, "S", 0, "Seconds that the module has in the booted machine, and each process of its build to compute; default: 120", 0},
	{"json", OPTION_JSON, NULL, 0, "Print the result as one JSON object, which 'cr2 learn grade' takes", 0},
	{0},
};

struct counter {
	const char *folder, *kernel, *kdir;
	bool new, json;
	uint64_t seconds;
	int exit; /* of a mistake in the arguments; 0: none */
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct counter *c = state->input;

	switch (key) {
	case OPTION_NEW:
		c->new = true;
		break;
	case OPTION_KERNEL:
		c->kernel = arg;
		break;
	case OPTION_KDIR:
		c->kdir = arg;
		break;
	case OPTION_TIME_LIMIT:
		c->exit = cli_number("time-limit", arg, 1, 3600, &c->seconds);
		break;
	case OPTION_JSON:
		c->json = true;
		break;
	case ARGP_KEY_ARG:
		if (c->folder)
			c->exit = cli_error(CLI_USAGE, "learn counter: one FOLDER, not '%s' too", arg);
		c->folder = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return c->exit ? EINVAL : 0;
}

/* What a process of a build may compute is its limit; that it has to wait on a busy machine is not the learner's fault. */
#define BUILD_WAITS 5

static int unable(int r)
{
	return cli_error(CLI_UNABLE, "learn counter: %s", strerror(-r));
}

/* ---- a new folder ---- */

static const struct {
	const char *data, *name;
} files[] = {
	{"kmod/exercise/fault_counter.c", "fault_counter.c"},
	{"kmod/exercise/Kbuild", "Kbuild"},
	{"kmod/Makefile", "Makefile"},
};

static int read_data(const char *name, struct cr2_text *ret_text)
{
	struct cr2_text path = {0};
	int r, code = find_data(name, &path);

	if (code == CLI_OK && (r = cli_read_file(path.data, ret_text)) < 0)
		code = cli_error(CLI_UNABLE, "learn counter: %s: %s", path.data, strerror(-r));
	cr2_text_finish(&path);
	return code;
}

static int write_new(const char *folder, const char *name, const struct cr2_text *text)
{
	struct cr2_text path = {0};
	int r = cr2_text_printf(&path, "%s/%s", folder, name);

	if (r == 0)
		r = cli_write_file(path.data, 0, text->data ? text->data : "", text->length);
	r = r < 0 ? cli_error(CLI_UNABLE, "learn counter: %s: %s", path.data ? path.data : name, strerror(-r)) : CLI_OK;
	cr2_text_finish(&path);
	return r;
}

/* The folder is made when all that goes there is known to be here. */
static int make_new(const char *folder)
{
	struct cr2_text texts[CR2_ARRAY_SIZE(files)] = {0};
	int code = CLI_OK;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(files) && code == CLI_OK; i++)
		code = read_data(files[i].data, &texts[i]);
	if (code == CLI_OK && mkdir(folder, 0777) < 0)
		code = cli_error(CLI_USAGE, errno == EEXIST ? "learn counter: %s is there already, and may be somebody's work: name another "
							      "FOLDER" : "learn counter: %s: %s", folder, strerror(errno));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(files); i++) {
		if (code == CLI_OK)
			code = write_new(folder, files[i].name, &texts[i]);
		cr2_text_finish(&texts[i]);
	}
	if (code == CLI_OK)
		printf("%s/fault_counter.c says what it is to do. To judge it: cr2 learn counter %s\n", folder, folder);
	return code;
}

/* ---- shown ---- */

static int show(const struct counter *c, const struct cr2_counter_report *report)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = c->json ? cr2_view_counter_json(report, &text) : cr2_view_counter(report, &style, &text), code;

	code = learn_print(&text, r);
	if (code == CLI_OK && (report->end == CR2_COUNTER_LOST || report->end == CR2_COUNTER_TIME_OUT) && !c->json)
		cli_error(CLI_OK, "'cr2 decode log %s/console.log' explains what the kernel said last", c->folder);
	return code != CLI_OK ? code : cr2_counter_report_ok(report) ? CLI_OK : CLI_DIFFERENT;
}

static int show_not_built(const struct counter *c, const char *log, const char *said)
{
	const struct cr2_counter_report report = {.end = CR2_COUNTER_NOT_BUILT, .console = {.data = (char *)said}};

	return c->json ? show(c, &report) : cli_error(CLI_DIFFERENT, "learn counter: it does not build: %s; %s has all of it", said, log);
}

/* ---- building ---- */

/* With all that it has started, where its time is over: -ETIMEDOUT; seconds 0: it has all of it. */
static int wait_for(pid_t pid, uint64_t seconds, int *ret_status)
{
	const double end = cli_now() + (double)seconds;
	const struct timespec a_while = {.tv_nsec = 20000000};
	pid_t ended;

	while ((ended = waitpid(pid, ret_status, seconds ? WNOHANG : 0)) == 0 && cli_now() < end)
		nanosleep(&a_while, NULL);
	if (ended != 0)
		return ended < 0 ? -errno : 0;
	kill(-pid, SIGKILL);
	waitpid(pid, ret_status, 0);
	return -ETIMEDOUT;
}

/* A group of its own, in which no process computes for longer; and it goes with who started it. */
static void limit_run(uint64_t seconds)
{
	const struct rlimit cpu = {seconds, seconds};

	if (!seconds)
		return;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &cpu);
}

/*
 * Runs a program, its output into a file. Returns its exit status, 127 where it is not there, or a negative errno: -ETIMEDOUT
 * where it took a multiple of seconds, of which 0 is for ever.
 */
static int run_into(const char *path, char *const argv[], uint64_t seconds)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), status = 0;
	pid_t pid = fd < 0 ? -1 : fork();
	int r;

	if (pid == 0) {
		limit_run(seconds);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	close(fd);
	r = wait_for(pid, BUILD_WAITS * seconds, &status);
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Of a file; NULL: it is not there, or says nothing. */
static char *telling_line(const char *path)
{
	struct cr2_text log = {0};
	char *said = cli_read_file(path, &log) == 0 && log.data ? learn_telling_line(log.data) : NULL;

	cr2_text_finish(&log);
	return said;
}

/* Where the kernel's headers are: what kmod/kernel-headers prints. */
static int find_headers(const struct counter *c, struct cr2_text *ret_kdir)
{
	struct cr2_text script = {0}, log = {0};
	char *said = NULL;
	int code = c->kdir ? CLI_OK : find_data("kmod/kernel-headers", &script), r = 0;

	if (c->kdir)
		return cr2_text_append(ret_kdir, c->kdir) < 0 ? unable(-ENOMEM) : CLI_OK;
	if (code == CLI_OK && cr2_text_printf(&log, "%s/headers.log", c->folder) < 0)
		r = -ENOMEM;
	if (code == CLI_OK && r == 0) {
		cli_progress("getting the headers of Linux %s", c->kernel);
		r = run_into(log.data, (char *[]){script.data, (char *)c->kernel, NULL}, 0);
		cli_progress_end();
		said = telling_line(log.data);
	}
	if (code == CLI_OK && r < 0)
		code = unable(r);
	else if (code == CLI_OK && (r > 0 || !said))
		code = cli_error(CLI_UNABLE, "learn counter: %s", said ? said : "kmod/kernel-headers says nothing");
	else if (code == CLI_OK && cr2_text_append(ret_kdir, said) < 0)
		code = unable(-ENOMEM);
	if (log.data)
		unlink(log.data);
	free(said);
	cr2_text_finish(&script);
	cr2_text_finish(&log);
	return code;
}

static int build(const struct counter *c, const char *kdir)
{
	struct cr2_text log = {0}, with = {0};
	char *said = NULL;
	int code = CLI_OK, r = cr2_text_printf(&log, "%s/build.log", c->folder);

	if (r == 0)
		r = cr2_text_printf(&with, "KDIR=%s", kdir);
	if (r == 0) {
		cli_progress("building %s", c->folder);
		r = run_into(log.data, (char *[]){"make", "-C", (char *)c->folder, with.data, "CC=gcc", NULL}, c->seconds);
		cli_progress_end();
	}
	if (r == -ETIMEDOUT) {
		code = cli_error(CLI_UNABLE, "learn counter: the build did not end within %llu s; on a busy machine --time-limit gives it "
				 "more", (unsigned long long)(BUILD_WAITS * c->seconds));
	} else if (r == 127) {
		code = cli_error(CLI_UNABLE, "learn counter: make is not here; on Debian: apt-get install make gcc");
	} else if (r > 0) {
		said = telling_line(log.data);
		code = show_not_built(c, log.data, said ? said : "");
	} else if (r < 0) {
		code = unable(r);
	}
	free(said);
	cr2_text_finish(&log);
	cr2_text_finish(&with);
	return code;
}

/* ---- judging ---- */

static int keep_console(const struct counter *c, const struct cr2_counter_report *report)
{
	struct cr2_text path = {0};
	int r = cr2_text_printf(&path, "%s/console.log", c->folder);

	if (r == 0)
		r = cli_write_file(path.data, 0, report->console.data ? report->console.data : "", report->console.length);
	r = r < 0 ? cli_error(CLI_UNABLE, "learn counter: %s: %s", path.data ? path.data : c->folder, strerror(-r)) : CLI_OK;
	cr2_text_finish(&path);
	return r;
}

static int judge(const struct counter *c, const struct cr2_guest_kernel *kernel)
{
	const struct cr2_guest_config config = {.kernel = kernel, .watch = &target_guest_watch,
						.run_seconds = (unsigned)c->seconds};
	struct cr2_counter_report report;
	struct cr2_text module = {0}, reason = {0};
	int code, r = cr2_text_printf(&module, "%s/fault_counter.ko", c->folder);

	if (r == 0)
		r = cr2_guest_counter_judge(&config, module.data, &report, &reason);
	if (r < 0)
		code = reason.data ? cli_error(CLI_UNABLE, "learn counter: %s", reason.data) : unable(r);
	else
		code = keep_console(c, &report);
	if (code == CLI_OK)
		code = show(c, &report);
	if (r == 0)
		cr2_counter_report_finish(&report);
	cr2_text_finish(&module);
	cr2_text_finish(&reason);
	return code;
}

static int unknown_kernel(const char *word)
{
	const char *names[8];
	size_t n = 0;

	while (n < CR2_ARRAY_SIZE(names) && (names[n] = cr2_guest_version(n)))
		n++;
	return target_unknown("guest kernel", word, names, n);
}

static int build_and_judge(const struct counter *c)
{
	struct cr2_text word = {0}, kdir = {0}, reason = {0};
	struct cr2_guest_kernel kernel = {0};
	int code = CLI_OK, r = cr2_text_printf(&word, "guest:%s", c->kernel);

	if (r == 0 && !target_guest_version(word.data))
		code = unknown_kernel(c->kernel);
	else if (r == 0)
		r = target_guest_kernel(word.data, &kernel, &reason);
	if (r < 0)
		code = reason.data ? cli_error(CLI_UNABLE, "learn counter: %s", reason.data) : unable(r);
	if (code == CLI_OK)
		code = find_headers(c, &kdir);
	if (code == CLI_OK)
		code = build(c, kdir.data);
	if (code == CLI_OK)
		code = judge(c, &kernel);
	if (code == CLI_OK && !c->json)
		learn_keep_program(CR2_PROGRESS_COUNTER);
	cr2_guest_kernel_finish(&kernel);
	cr2_text_finish(&word);
	cr2_text_finish(&kdir);
	cr2_text_finish(&reason);
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct counter c = {.kernel = "6.1", .seconds = 120};
	int r = cli_parse(self, argc, argv, &c);

	if (r)
		return c.exit ? c.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	if (!c.folder)
		return cli_error(CLI_USAGE, "learn counter: which FOLDER? 'cr2 learn counter --new FOLDER' makes one");
	if (c.new)
		return make_new(c.folder);
	if (access(c.folder, F_OK) < 0)
		return cli_error(CLI_USAGE, "learn counter: %s: %s; --new makes it", c.folder, strerror(errno));
	return build_and_judge(&c);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "FOLDER",
	.doc = doc,
};

const struct cli_command cli_learn_counter = {
	.name = "counter",
	.summary = "a kernel module that counts page faults: yours, judged in a virtual machine",
	.argp = &argp,
	.run = run,
};
