/* SPDX-License-Identifier: MIT */
/* cr2 decode log: explains the crashes in kernel logs, from files, standard input or arguments. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cr2/log.h>
#include <cr2/view_log.h>

#include "decode.h"

#define BLOCK (1 << 20)
/* After this long, a report that waits for its Code: line is printed without it. */
#define SILENCE_MS 200
/* Without --group, so many crashes that differ are counted for the summary: memory stays flat. */
#define SUMMARY_MOST 4096

struct job {
	bool json, annotate, group, no_files;
	const char **paths; /* of --object */
	size_t n_paths, paths_capacity;
	char **inputs;
	size_t n_inputs;

	const char *source; /* what is being read; NULL: text from the arguments */
	bool in_line; /* --annotate: the log's last byte was no newline */
	struct cr2_style style;
	struct cr2_text text;
	struct cr2_log *log;
	struct cr2_log_groups *groups; /* of all inputs */
};

enum { OPTION_NO_FILES = 256 };

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "Print one JSON object a line", 0},
	{"annotate", 'a', NULL, 0, "Print the whole log, each explanation after its report", 0},
	{"group", 'g', NULL, 0, "Print equal crashes once: how often, when, and what varies", 0},
	{"object", 'o', "PATH", 0,
	 "Where the program, library or kernel is that crashed: a file, or a folder to look in; may be "
	 "given again", 0},
	{"no-files", OPTION_NO_FILES, NULL, 0, "Look for no object files: explain from the log alone", 0},
	{0},
};

static const char doc[] =
	"Explains the crashes in kernel logs: segfaults and other traps of programs, page faults and "
	"general protection faults of the kernel (4.x to 6.x).\v"
	"LOG is a file, - for standard input (which is read when there is no LOG), or text: a line, "
	"or its words, as pasted from a terminal. Whatever stands before the kernel's lines is skipped "
	"(dates, hosts, containers, quote signs), and where they are records (journalctl -o json or export, "
	"dmesg -J, JSON of containers) the message is taken out. Page faults in traces (tracefs, perf script) "
	"are known, too; so are the crashes that others report: the sanitizers of gcc and clang, the runtimes "
	"of Go, Java and Rust, Node.js's segfault-handler, gdb, lldb, systemd-coredump, Android, the FreeBSD kernel and UEFI "
	"firmware (EDK2). Lines that are not part of a crash are skipped, or printed unchanged with --annotate. "
	"Input is read as a stream of any size.\n\n"
	"Where more than one crash is reported, a summary ends the output: a line for each crash that "
	"differs from the others, the most frequent first. --group prints nothing before the end: then each "
	"of these crashes once, with the first report of it. Crashes are equal where cause and pattern are the "
	"same, and the function of the kernel and the offset in it are; or the program's name, its file and the "
	"offset in that. Where code was loaded does not count; of code in no file, the place in its page does. "
	"Page faults of a trace are no crashes: only --group counts them.\n\n"
	"Symbols and source lines come from the object file where it is found by its name (in --object, "
	"the usual folders for libraries, $PATH) and its bytes are those of the log's Code: line. So do "
	"those of the kernel's call trace, from vmlinux or the module's file.\n\n"
	"Before the instruction that crashed stand those above it, as far as the Code: line holds them: the "
	"bytes are decoded from every place where one may begin, and what could be read otherwise has a question "
	"mark. What loaded the bad register is marked; it is so where execution came straight down there.\n\n"
	"  journalctl -k | cr2 decode log\n"
	"  dmesg --follow | cr2 decode log --annotate\n"
	"  cr2 decode log -o ./build 'prog[123]: segfault at 0 ip ...'\n\n"
	"Exit: 0 read to the end, 1 a line looks like a crash but could not be read (stderr names it), 2 an "
	"argument is neither a file nor a crash.";

static int add_path(struct job *job, const char *path)
{
	int r = cr2_grow(&job->paths, &job->paths_capacity, job->n_paths + 1, sizeof(*job->paths));

	if (r == 0)
		job->paths[job->n_paths++] = path;
	return -r;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct job *job = state->input;

	switch (key) {
	case 'j':
		job->json = true;
		return 0;
	case 'a':
		job->annotate = true;
		return 0;
	case 'g':
		job->group = true;
		return 0;
	case 'o':
		return add_path(job, arg);
	case OPTION_NO_FILES:
		job->no_files = true;
		return 0;
	case ARGP_KEY_ARGS:
		job->inputs = state->argv + state->next;
		job->n_inputs = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (job->json && job->annotate)
			argp_error(state, "--json and --annotate exclude each other");
		if (job->group && job->annotate)
			argp_error(state, "--group and --annotate exclude each other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(const char *text, size_t length)
{
	return fwrite(text, 1, length, stdout) == length ? 0 : -EIO;
}

/* What cr2 says, on lines of its own. */
static int print_own(struct job *job)
{
	int r = job->in_line ? print("\n", 1) : 0;

	job->in_line = false;
	return r < 0 ? r : print(job->text.data, job->text.length);
}

/* Page faults of a trace are no crashes. */
static bool is_counted(const struct job *job, const struct cr2_log_report *report)
{
	return job->group || cr2_log_report_kind(report) != CR2_LOG_TRACE;
}

static int on_report(void *data, const struct cr2_log_report *report)
{
	struct job *job = data;
	int r = is_counted(job, report) ? cr2_log_groups_add(job->groups, report, job->source) : 0;

	if (r < 0 || job->group)
		return r;
	cr2_text_clear(&job->text);
	r = job->json ? cr2_view_log_json(report, job->source, &job->text) :
			cr2_view_log(report, job->source, &job->style, &job->text);
	return r < 0 ? r : print_own(job);
}

static int on_unread(void *data, uint64_t line)
{
	const struct job *job = data;

	if (job->source)
		cli_error(0, "%s: line %llu looks like a crash in a form that is not known", job->source,
			  (unsigned long long)line);
	return 0;
}

/* The log as it is, but on a terminal nothing of it is obeyed. */
static int on_text(void *data, const char *text, size_t length)
{
	struct job *job = data;
	struct cr2_text line = {0};
	size_t end = length && text[length - 1] == '\n' ? length - 1 : length;
	int r;

	job->in_line = end == length;
	if (!cli_to_terminal())
		return print(text, length);
	r = cr2_text_append_safe(&line, text, end);
	if (r == 0)
		r = cr2_text_append_n(&line, text + end, length - end);
	if (r == 0)
		r = print(line.data, line.length);
	cr2_text_finish(&line);
	return r;
}

/* Waits for input; prints what is pending when none comes for a while. */
static int wait_for_input(struct job *job, int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	int r;

	if (poll(&poller, 1, SILENCE_MS) != 0)
		return 0;
	r = cr2_log_idle(job->log);
	fflush(stdout);
	return r;
}

/* As PowerShell's redirection writes. */
static bool is_utf16(const char *text, ssize_t n)
{
	return n >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
}

static int read_all(struct job *job, int fd, char *block)
{
	for (bool begun = false;; begun = true) {
		ssize_t n;
		int r = wait_for_input(job, fd);

		if (r < 0)
			return r;
		n = read(fd, block, BLOCK);
		if (n == 0)
			return cr2_log_end(job->log);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (!begun && is_utf16(block, n))
			return -EILSEQ;
		r = n > 0 ? cr2_log_feed(job->log, block, (size_t)n) : 0;
		if (r < 0)
			return r;
		if (n > 0 && n < BLOCK)
			fflush(stdout);
	}
}

static int print_group(struct job *job, const struct cr2_log_group *group)
{
	int r;

	cr2_text_clear(&job->text);
	r = job->json ? cr2_view_log_group_json(group, &job->text) :
			cr2_view_log_group(group, &job->style, &job->text);
	return r < 0 ? r : print_own(job);
}

static int print_summary(struct job *job)
{
	int r;

	cr2_text_clear(&job->text);
	r = job->json ? cr2_view_log_summary_json(job->groups, &job->text) :
			cr2_view_log_summary(job->groups, &job->style, &job->text);
	return r < 0 ? r : print_own(job);
}

/* All logs are read: what they come to together. */
static int conclude(struct job *job)
{
	const struct cr2_log_group *group;
	struct cr2_log_groups_stats stats;
	int r = 0;

	for (size_t i = 0; job->group && r == 0 && (group = cr2_log_groups_get(job->groups, i)); i++)
		r = print_group(job, group);
	cr2_log_groups_get_stats(job->groups, &stats);
	if (r == 0 && stats.reports > 1)
		r = print_summary(job);
	return r;
}

static int complain(const struct job *job, int r)
{
	if (r == -ENOMEM)
		return cli_error(CLI_UNABLE, "decode log: out of memory");
	if (r == -EILSEQ)
		return cli_error(CLI_USAGE, "decode log: %s is UTF-16: iconv -f UTF-16 -t UTF-8 makes it readable",
				 job->source);
	if (ferror(stdout))
		return cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	return cli_error(CLI_USAGE, "decode log: %s: %s", job->source ? job->source : "output",
			 strerror(-r));
}

/*
 * Says what was not found, and what the kernel itself kept back. A journal that may not be read
 * is no line, or the one "-- No entries --".
 */
static int remark(struct job *job, const struct cr2_log_stats *before)
{
	struct cr2_log_stats after = {.size = sizeof(after)};

	cr2_log_get_stats(job->log, &after);
	if (after.reports == before->reports && after.unread == before->unread && after.faultless == before->faultless)
		cli_error(0, "%s: no crash in %llu line%s%s", job->source,
			  (unsigned long long)after.lines, after.lines == 1 ? "" : "s",
			  after.lines > 1 ? "" :
			  "; was the log readable? dmesg and journalctl -k need root on many systems");
	if (after.faultless > before->faultless)
		cli_error(0, "%s: %llu report%s of a sanitizer about memory that is there, such as a use after free: no "
			  "page fault, not explained", job->source, (unsigned long long)(after.faultless - before->faultless),
			  after.faultless - before->faultless == 1 ? "" : "s");
	if (after.cut > before->cut)
		cli_error(0, "%s: %llu line%s longer than 64 KiB: only the beginning was read", job->source,
			  (unsigned long long)(after.cut - before->cut), after.cut - before->cut == 1 ? "" : "s");
	if (after.suppressed > before->suppressed)
		cli_error(0, "%s: the kernel's rate limit dropped %llu more lines about crashes", job->source,
			  (unsigned long long)(after.suppressed - before->suppressed));
	return after.unread > before->unread ? CLI_DIFFERENT : CLI_OK;
}

static int explain_stream(struct job *job, int fd, const char *name)
{
	struct cr2_log_stats before = {.size = sizeof(before)};
	char *block = malloc(BLOCK);
	int r;

	job->source = name;
	cr2_log_get_stats(job->log, &before);
	r = block ? read_all(job, fd, block) : -ENOMEM;
	free(block);
	if (r < 0)
		return complain(job, r);
	return remark(job, &before);
}

static int explain_file(struct job *job, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), code;

	if (fd < 0)
		return cli_error(CLI_USAGE, "decode log: %s: %s", path, strerror(errno));
	code = explain_stream(job, fd, path);
	close(fd);
	return code;
}

/* A line of the log, or several; one argument, or the words of an unquoted line joined again. */
static int explain_text(struct job *job, const char *text)
{
	struct cr2_log_stats before = {.size = sizeof(before)}, after = before;
	int r;

	job->source = NULL;
	cr2_log_get_stats(job->log, &before);
	r = cr2_log_feed(job->log, text, strlen(text));
	if (r == 0)
		r = cr2_log_end(job->log);
	if (r < 0)
		return complain(job, r);
	cr2_log_get_stats(job->log, &after);
	if (after.reports > before.reports && after.unread == before.unread)
		return CLI_OK;
	if (after.unread > before.unread)
		return cli_error(CLI_DIFFERENT, "decode log: '%.*s' looks like a crash in a form that is not known",
				 (int)strcspn(text, "\n"), text);
	return cli_error(CLI_USAGE, "decode log: '%.*s' is neither a file nor a crash in a kernel log",
			 (int)strcspn(text, "\n"), text);
}

static bool is_file(const char *arg)
{
	return strcmp(arg, "-") == 0 || access(arg, F_OK) == 0;
}

/*
 * Arguments that are no files are text: each a line where all of them hold blanks, else the
 * words of one line that was pasted without quotes.
 */
static int join(struct job *job, size_t first, size_t end, struct cr2_text *text)
{
	bool lines = true;
	int r = 0;

	for (size_t i = first; i < end; i++)
		lines = lines && strchr(job->inputs[i], ' ');
	for (size_t i = first; i < end && r == 0; i++)
		r = cr2_text_printf(text, "%s%s", i == first ? "" : lines ? "\n" : " ", job->inputs[i]);
	return r == 0 ? cr2_text_append(text, "\n") : r;
}

/* From inputs[first] to the next that is a file. */
static int explain_words(struct job *job, size_t *first)
{
	struct cr2_text text = {0};
	size_t end = *first;
	int code, r;

	while (end < job->n_inputs && !is_file(job->inputs[end]))
		end++;
	r = join(job, *first, end, &text);
	*first = end;
	code = r < 0 ? complain(job, r) : explain_text(job, text.data);
	cr2_text_finish(&text);
	return code;
}

static int explain_stdin(struct job *job)
{
	if (isatty(STDIN_FILENO))
		cli_error(0, "reading a log from the terminal; Ctrl-D ends it");
	return explain_stream(job, STDIN_FILENO, "<stdin>");
}

/* elfutils asks them by itself: the user shall know where names of crashed programs go. */
static void announce_servers(const struct job *job)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (!job->no_files && urls && *urls)
		cli_error(0, "debug information may be asked for at %s (DEBUGINFOD_URLS); --no-files "
			  "asks nobody", urls);
}

/* It may go on for ever: a pager would show nothing before its first screen is full. */
static bool reads_stdin(const struct job *job)
{
	for (size_t i = 0; i < job->n_inputs; i++)
		if (strcmp(job->inputs[i], "-") == 0)
			return true;
	return false;
}

static int explain_inputs(struct job *job)
{
	int worst = CLI_OK;

	if (job->n_inputs == 0)
		return explain_stdin(job);
	if (!reads_stdin(job))
		cli_page();
	for (size_t i = 0; i < job->n_inputs;) {
		int code;

		if (strcmp(job->inputs[i], "-") == 0)
			code = explain_stdin(job), i++;
		else if (is_file(job->inputs[i]))
			code = explain_file(job, job->inputs[i++]);
		else
			code = explain_words(job, &i);
		worst = code > worst ? code : worst;
	}
	return worst;
}

static int create(struct job *job)
{
	struct cr2_log_config config = {.size = sizeof(config), .report = on_report, .unread = on_unread, .data = job,
					.text = job->annotate ? on_text : NULL,
					.paths = job->paths, .n_paths = job->n_paths,
					.no_symbols = job->no_files};
	struct cr2_log_groups_config groups = {.size = sizeof(groups),
					       .most = job->group ? 0 : SUMMARY_MOST};
	int r = cr2_log_create(&config, &job->log);

	return r < 0 ? r : cr2_log_groups_create(&groups, &job->groups);
}

static int explain_all(struct job *job)
{
	int worst, r;

	announce_servers(job);
	worst = explain_inputs(job);
	job->source = NULL;
	r = conclude(job);
	return r < 0 ? complain(job, r) : worst;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct job job = {.style = cli_style()};
	int code;

	if (cli_parse(self, argc, argv, &job) != 0)
		return CLI_USAGE;
	code = create(&job) < 0 ? cli_error(CLI_UNABLE, "decode log: out of memory") : explain_all(&job);
	cr2_log_groups_destroy(job.groups);
	cr2_log_destroy(job.log);
	cr2_text_finish(&job.text);
	free(job.paths);
	return code;
}

static const struct argp argp = {
	.options = options, .parser = parse_option, .args_doc = "[LOG...]", .doc = doc,
};

/* Not paged where the log may go on for ever. */
const struct cli_command decode_log = {
	.name = "log",
	.summary = "crashes in kernel logs: segfault lines, oopses",
	.argp = &argp,
	.run = run,
};
