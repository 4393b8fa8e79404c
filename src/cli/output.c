/* SPDX-License-Identifier: MIT */
/*
 * Where everything that is printed passes. stderr always goes through a filter, since messages
 * repeat what users and files say, those of getopt too. stdout does where only ASCII is wanted
 * (TERM=dumb, a locale without UTF-8), and where it goes to a pager.
 */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "pager.h"

#define HELD 4

/* A stream's way to its descriptor. */
struct sink {
	int fd;
	bool safe; /* spell what steers a terminal */
	size_t n_held; /* the first bytes of a character whose rest has not come yet */
	char held[HELD];
};

static struct {
	bool ascii, terminal, colour, page, progress, in_progress;
	unsigned width;
	struct sink out, err;
} output = {.out = {.fd = STDOUT_FILENO}, .err = {.fd = STDERR_FILENO, .safe = true}};

static int write_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t written = write(fd, s, n);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			s += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

/* Bytes at the end of s that begin a character and do not end it. */
static size_t unfinished(const char *s, size_t n)
{
	for (size_t i = 1; i < HELD && i <= n; i++) {
		unsigned char c = (unsigned char)s[n - i];

		if (c >= 0xc0)
			return i < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? i : 0;
		if (c < 0x80)
			return 0;
	}
	return 0;
}

/* Lines of a message end where they did, and tabs stay; the rest is made safe. */
static int append_safe(struct cr2_text *text, const char *s, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n;) {
		size_t end = i;

		while (end < n && s[end] != '\n' && s[end] != '\t')
			end++;
		r = cr2_text_append_safe(text, s + i, end - i);
		if (r == 0 && end < n)
			r = cr2_text_append_n(text, s + end++, 1);
		i = end;
	}
	return r;
}

static int convert(const struct sink *sink, const char *s, size_t n, struct cr2_text *text)
{
	struct cr2_text safe = {0};
	int r = sink->safe ? append_safe(&safe, s, n) : cr2_text_append_n(&safe, s, n);

	if (r == 0 && output.ascii)
		r = cr2_text_append_ascii(text, safe.data, safe.length);
	else if (r == 0)
		r = cr2_text_append_n(text, safe.data, safe.length);
	cr2_text_finish(&safe);
	return r;
}

/* Writes what is whole of what was held and s. */
static int pass(struct sink *sink, const char *s, size_t n, bool last)
{
	struct cr2_text all = {0}, text = {0};
	size_t keep;
	int r = cr2_text_append_n(&all, sink->held, sink->n_held);

	if (r == 0)
		r = cr2_text_append_n(&all, s, n);
	if (r == 0) {
		keep = last ? 0 : unfinished(all.data, all.length);
		r = convert(sink, all.data, all.length - keep, &text);
	}
	if (r == 0)
		r = write_all(sink->fd, text.data, text.length);
	if (r == 0) {
		memcpy(sink->held, all.data + all.length - keep, keep);
		sink->n_held = keep;
	}
	cr2_text_finish(&all);
	cr2_text_finish(&text);
	return r;
}

static ssize_t sink_write(void *cookie, const char *s, size_t n)
{
	struct sink *sink = cookie;
	int r;

	if (sink == &output.err) {
		cli_progress_end();
	} else if (output.page) {
		output.page = false;
		cli_progress_end();
		pager_start();
	}
	r = pass(sink, s, n, false);
	if (r == 0)
		return (ssize_t)n;
	errno = -r;
	return 0;
}

static int sink_close(void *cookie)
{
	return pass(cookie, "", 0, true) == 0 ? 0 : -1;
}

/* The stream through the sink, or as it is where there is no memory. */
static FILE *through(struct sink *sink, FILE *stream, int buffering)
{
	static const cookie_io_functions_t functions = {.write = sink_write, .close = sink_close};
	FILE *filtered = fopencookie(sink, "w", functions);

	if (!filtered)
		return stream;
	setvbuf(filtered, NULL, buffering, BUFSIZ);
	return filtered;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/*
 * A file that is opened where 0, 1 or 2 is closed would be taken for that stream. What stands
 * there instead fails when it is used, as a closed one does.
 */
static void hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_PATH);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static unsigned terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 100;
}

void cli_output_begin(void)
{
	const char *term = getenv("TERM");
	bool dumb = term && strcmp(term, "dumb") == 0;

	hold_streams();
	if (dumb || !term)
		pager_refuse();
	setlocale(LC_CTYPE, "");
	output.ascii = dumb || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	setlocale(LC_CTYPE, "C");
	output.terminal = isatty(STDOUT_FILENO);
	output.colour = output.terminal && !dumb && !is_set("NO_COLOR");
	output.width = terminal_width();
	output.progress = isatty(STDERR_FILENO) && !dumb;
	stderr = through(&output.err, stderr, _IONBF);
	if (output.ascii)
		stdout = through(&output.out, stdout, output.terminal ? _IOLBF : _IOFBF);
}

void cli_page(void)
{
	if (!output.terminal || !pager_wanted())
		return;
	if (!output.ascii)
		stdout = through(&output.out, stdout, _IOFBF);
	output.page = true;
}

void cli_no_pager(void)
{
	pager_refuse();
	output.page = false;
}

int cli_output_end(int code)
{
	bool failed = fflush(stdout) != 0 || ferror(stdout);
	int error = errno;

	pager_end();
	if (!failed || code == CLI_UNABLE)
		return code;
	return cli_error(CLI_UNABLE, "cannot write: %s", strerror(error));
}

void cli_resized(void)
{
	output.width = terminal_width();
}

struct cr2_style cli_style(void)
{
	return (struct cr2_style){.colour = output.colour, .ascii = output.ascii,
				  .width = output.width};
}

bool cli_to_terminal(void)
{
	return output.terminal;
}

int cli_error(int code, const char *format, ...)
{
	struct cr2_text message = {0}, text = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&message, format, args);
	va_end(args);
	if (r == 0)
		r = cr2_text_append(&text, "cr2: ");
	if (r == 0)
		r = cr2_text_append_message(&text, message.data);
	fflush(stdout);
	fprintf(stderr, "%s\n", r == 0 ? text.data : "cr2: out of memory");
	cr2_text_finish(&message);
	cr2_text_finish(&text);
	return code;
}

void cli_tell_console(const char *name, const char *lines)
{
	fprintf(stderr, "%s: the last of its console:\n", name);
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		fputs("    ", stderr);
		fwrite(lines, 1, length, stderr);
		fputc('\n', stderr);
		lines += length + (lines[length] == '\n');
	}
}

int cli_diag(struct cr2_diag *diag)
{
	struct cr2_text text = {0};

	fflush(stdout);
	if (cr2_diag_format(diag, &text) == 0)
		fputs(text.data, stderr);
	cr2_text_finish(&text);
	cr2_diag_finish(diag);
	return CLI_USAGE;
}

/* Past the filter: it is the program's own, and steers the terminal. */
bool cli_progress(const char *format, ...)
{
	struct cr2_text text = {0}, line = {0};
	va_list args;

	if (!output.progress || pager_runs())
		return false;
	va_start(args, format);
	if (cr2_text_vprintf(&text, format, args) == 0 && cr2_text_append(&line, "\rcr2: ") == 0 &&
	    convert(&output.err, text.data, text.length, &line) == 0 &&
	    cr2_text_append(&line, "\033[K") == 0) {
		write_all(STDERR_FILENO, line.data, line.length);
		output.in_progress = true;
	}
	va_end(args);
	cr2_text_finish(&text);
	cr2_text_finish(&line);
	return true;
}

void cli_progress_end(void)
{
	if (output.in_progress)
		write_all(STDERR_FILENO, "\r\033[K", 4);
	output.in_progress = false;
}

void cli_print_safe(const char *s)
{
	struct cr2_text text = {0};

	if (cr2_text_append_safe(&text, s, strlen(s)) == 0)
		fputs(text.data ? text.data : "", stdout);
	cr2_text_finish(&text);
}
