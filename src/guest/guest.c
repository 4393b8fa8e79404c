/* SPDX-License-Identifier: MIT */
/*
 * A guest from boot to power-off, as its host sees it: what comes over the console and the two
 * ports is gathered by pump(), everything else waits for something to be there.
 *
 * On the status port init says, a line each: "ready" when the command starts, "exit N" when it
 * ended, "error TEXT" when it could not be started. What a guest has written is lost where it powers off before
 * the host took it: so it waits until the end of that is here.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define CONSOLE_MAX (64u << 10)
/* Of the console: enough to see what happened. */
#define LAST_LINES 25
#define TELL_MS 250

struct cr2_guest {
	struct guest_qemu qemu; /* sockets: -1 once they ended; pid 0 once it was waited for */
	bool kvm;
	unsigned idle_seconds, run_seconds;
	int64_t end; /* of its command's time; 0: it has all of it */
	struct cr2_text console, status, input;
	size_t taken; /* of input: the lines that were read */
	bool heard; /* something came over a port since this was last cleared */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void keep_last(struct cr2_text *text, size_t most)
{
	size_t drop = text->length > most ? text->length - most : 0;

	if (!drop)
		return;
	memmove(text->data, text->data + drop, text->length - drop + 1);
	text->length -= drop;
}

/* Takes what is there; the socket becomes -1 at its end. */
static int receive(int *fd, struct cr2_text *text)
{
	char chunk[65536];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return 0;
	}
	return cr2_text_append_n(text, chunk, (size_t)n);
}

/* The mark is no output. */
static void take_end(struct cr2_guest *guest)
{
	struct cr2_text *input = &guest->input;
	const size_t n = sizeof(GUEST_END) - 1;

	if (input->length < n || memcmp(input->data + input->length - n, GUEST_END, n) != 0)
		return;
	input->length -= n;
	input->data[input->length] = '\0';
	/* Where it is gone already it needs no answer. */
	(void)send(guest->qemu.status, GUEST_GOT_IT, sizeof(GUEST_GOT_IT) - 1, MSG_NOSIGNAL);
}

static int receive_all(struct cr2_guest *guest, const struct pollfd *fds)
{
	struct guest_qemu *qemu = &guest->qemu;
	int r = 0;

	if (fds[0].revents)
		r = receive(&qemu->console, &guest->console);
	if (r == 0 && fds[1].revents)
		r = receive(&qemu->status, &guest->status);
	if (r == 0 && (fds[2].revents & (POLLIN | POLLHUP | POLLERR)))
		r = receive(&qemu->channel, &guest->input);
	if (r == 0 && fds[2].revents)
		take_end(guest);
	keep_last(&guest->console, CONSOLE_MAX);
	guest->heard |= fds[1].revents || fds[2].revents;
	return r;
}

/*
 * Waits until something came or can be written, and takes it. Returns 1, 0 at the deadline,
 * -EPIPE when nothing more can come.
 */
static int pump(struct cr2_guest *guest, bool to_write, int64_t deadline)
{
	const struct guest_qemu *qemu = &guest->qemu;
	struct pollfd fds[3] = {
		{.fd = qemu->console, .events = POLLIN},
		{.fd = qemu->status, .events = POLLIN},
		{.fd = qemu->channel, .events = (short)(POLLIN | (to_write ? POLLOUT : 0))},
	};
	int64_t left = deadline - now_ms();
	int n, r;

	if (qemu->console < 0 && qemu->status < 0 && qemu->channel < 0)
		return -EPIPE;
	n = poll(fds, 3, left > 0 ? (int)left : 0);
	if (n <= 0)
		return n == 0 ? 0 : errno == EINTR ? 1 : -errno;
	r = receive_all(guest, fds);
	return r < 0 ? r : 1;
}

/* The line of status that starts with word; NULL where there is none yet. */
static const char *status_line(const struct cr2_guest *guest, const char *word)
{
	const char *line = guest->status.data ? guest->status.data : "";
	size_t n = strlen(word);

	for (const char *end; (end = strchr(line, '\n')); line = end + 1)
		if (strncmp(line, word, n) == 0)
			return line + n;
	return NULL;
}

/* Skips the "[    1.482486] " of a kernel message. */
static const char *behind_stamp(const char *line)
{
	size_t n;

	if (*line != '[')
		return line;
	n = strspn(line + 1, " 0123456789.");
	return strncmp(line + 1 + n, "] ", 2) == 0 ? line + n + 3 : line;
}

static bool starts_report(const char *line)
{
	static const char *const starts[] = {"Kernel panic", "BUG:", "Oops", "qemu-system",
					     "general protection fault"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(starts); i++)
		if (strncmp(behind_stamp(line), starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* The console's line that says most: the first of a report, else the last one. */
static void say_last_words(const struct cr2_guest *guest, struct cr2_text *reason)
{
	const char *line = guest->console.data ? guest->console.data : "", *best = line;

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strspn(line, " \r\n") < strcspn(line, "\n"))
			best = line;
		if (starts_report(line))
			break;
	}
	best = behind_stamp(best);
	if (*best)
		guest_fail(reason, 0, ": %.*s", (int)strcspn(best, "\r\n"), best);
	else
		cr2_text_append(reason, ", without a word on its console");
}

/* The start of the last n lines; the last one may lack its newline. */
static const char *last_lines(const char *text, unsigned n)
{
	const char *at = text + strlen(text);

	while (at > text && n)
		if (*--at == '\n' && at[1])
			n--;
	return n ? at : at + 1;
}

int guest_last_lines(const struct cr2_guest *guest, struct cr2_text *text)
{
	const char *at = last_lines(cr2_guest_console(guest), LAST_LINES);
	int r = 0;

	for (; *at && r == 0; at++)
		if (*at == '\n' || *at == '\t' || (unsigned char)*at >= ' ')
			r = cr2_text_append_n(text, at, 1);
	return r;
}

/* What init could not do; before it has its port, it says so on the console. */
static const char *init_error(const struct cr2_guest *guest)
{
	const char *error = status_line(guest, "error ");
	const char *line = cr2_guest_console(guest);

	if (status_line(guest, "ready"))
		return error;
	for (; !error && *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, "error ", 6) == 0)
			error = line + 6;
	return error;
}

/* Says why the guest ended, or why it was ended. */
static int explain(struct cr2_guest *guest, int r, unsigned seconds, struct cr2_text *reason)
{
	const char *error = init_error(guest);

	if (error)
		return guest_fail(reason, -EIO, "the guest could not start: %.*s",
				  (int)strcspn(error, "\r\n"), error);
	if (r == 0 && guest->end && now_ms() >= guest->end)
		r = guest_fail(reason, -ETIMEDOUT, "the guest's command took longer than %u seconds and was ended", guest->run_seconds);
	else if (r == 0)
		r = guest_fail(reason, -ETIMEDOUT, "the guest said nothing for %u seconds and was "
			       "ended", seconds);
	else
		r = guest_fail(reason, r == -EPIPE ? -EIO : r, "the guest died");
	say_last_words(guest, reason);
	return r;
}

static void kill_qemu(struct cr2_guest *guest)
{
	if (guest->qemu.pid <= 0)
		return;
	kill(guest->qemu.pid, SIGKILL);
	while (waitpid(guest->qemu.pid, NULL, 0) < 0 && errno == EINTR)
		;
	guest->qemu.pid = 0;
}

/* So many seconds from now on, and not beyond its command's time. */
static int64_t deadline_in(const struct cr2_guest *guest, unsigned seconds)
{
	const int64_t deadline = now_ms() + seconds * 1000LL;

	return guest->end && guest->end < deadline ? guest->end : deadline;
}

/* Ended by us or by itself: then its last words are still in the sockets. */
static int give_up(struct cr2_guest *guest, int r, unsigned seconds, struct cr2_text *reason)
{
	kill_qemu(guest);
	while (pump(guest, false, now_ms() + 1000) > 0)
		;
	return explain(guest, r, seconds, reason);
}

/* What a caller waits for. */
typedef bool guest_done_fn(const struct cr2_guest *guest);

static bool is_ready(const struct cr2_guest *guest)
{
	return status_line(guest, "ready") != NULL;
}

static bool has_line(const struct cr2_guest *guest)
{
	return guest->input.length > guest->taken &&
	       memchr(guest->input.data + guest->taken, '\n', guest->input.length - guest->taken);
}

static bool never(const struct cr2_guest *guest)
{
	(void)guest;
	return false;
}

/* pump(), and reports several times a second how long the boot takes. */
static int pump_and_tell(struct cr2_guest *guest, const struct guest_patience *boot, int64_t start,
			 int64_t deadline)
{
	for (;;) {
		int64_t now = now_ms(), next = now + TELL_MS;
		int r;

		if (!boot || !boot->watch)
			return pump(guest, false, deadline);
		guest_tell(boot->watch, CR2_GUEST_BOOTING, boot->release, 0, 0,
			   (unsigned)((now - start) / 1000));
		r = pump(guest, false, next < deadline ? next : deadline);
		if (r != 0 || next >= deadline)
			return r;
	}
}

/*
 * Until done(), for seconds after anything was heard; boot: while it boots, else NULL. Returns
 * 1, 0 where the command has ended and all it wrote is here, or what give_up() gives.
 */
static int await(struct cr2_guest *guest, guest_done_fn *done, unsigned seconds,
		 const struct guest_patience *boot, struct cr2_text *reason)
{
	const int64_t start = now_ms();
	int64_t deadline = deadline_in(guest, seconds);
	int r;

	while (!done(guest)) {
		guest->heard = false;
		r = pump_and_tell(guest, boot, start, deadline);
		if (r == -EPIPE && status_line(guest, "exit "))
			return 0;
		if (r <= 0)
			return give_up(guest, r, seconds, reason);
		if (guest->heard)
			deadline = deadline_in(guest, seconds);
	}
	return 1;
}

int cr2_guest_write(struct cr2_guest *guest, const char *data, size_t n, struct cr2_text *reason)
{
	int64_t deadline = deadline_in(guest, guest->idle_seconds);

	while (n) {
		ssize_t written = send(guest->qemu.channel, data, n, MSG_NOSIGNAL);
		int r;

		if (written > 0) {
			data += written;
			n -= (size_t)written;
			deadline = deadline_in(guest, guest->idle_seconds);
			continue;
		}
		r = errno == EAGAIN || errno == EINTR ? pump(guest, true, deadline) : -EPIPE;
		if (r <= 0)
			return give_up(guest, r, guest->idle_seconds, reason);
	}
	return 0;
}

/* Lines are dropped once all of them were read, so that long output is not moved line by line. */
static void take_line(struct cr2_guest *guest, struct cr2_text *line)
{
	const char *start = guest->input.data + guest->taken;
	size_t n = strcspn(start, "\n");

	cr2_text_append_n(line, start, n);
	guest->taken += n + 1;
	if (guest->taken == guest->input.length) {
		cr2_text_clear(&guest->input);
		guest->taken = 0;
	}
}

int cr2_guest_read_line(struct cr2_guest *guest, struct cr2_text *line, struct cr2_text *reason)
{
	int r = await(guest, has_line, guest->idle_seconds, NULL, reason);

	cr2_text_clear(line);
	if (r > 0)
		take_line(guest, line);
	return r;
}

int cr2_guest_wait(struct cr2_guest *guest, int *ret_status, struct cr2_text *reason)
{
	int r;

	if (guest->qemu.channel >= 0)
		shutdown(guest->qemu.channel, SHUT_RDWR);
	r = await(guest, never, guest->idle_seconds, NULL, reason);
	if (r < 0)
		return r;
	*ret_status = atoi(status_line(guest, "exit "));
	return 0;
}

const char *cr2_guest_console(const struct cr2_guest *guest)
{
	return guest->console.data ? guest->console.data : "";
}

bool cr2_guest_is_kvm(const struct cr2_guest *guest)
{
	return guest->kvm;
}

void cr2_guest_destroy(struct cr2_guest *guest)
{
	if (!guest)
		return;
	kill_qemu(guest);
	if (guest->qemu.console >= 0)
		close(guest->qemu.console);
	if (guest->qemu.status >= 0)
		close(guest->qemu.status);
	if (guest->qemu.channel >= 0)
		close(guest->qemu.channel);
	cr2_text_finish(&guest->console);
	cr2_text_finish(&guest->status);
	cr2_text_finish(&guest->input);
	free(guest);
}

int guest_start(const struct guest_machine *machine, const struct guest_patience *patience,
		struct cr2_guest **ret_guest, struct cr2_text *reason)
{
	struct cr2_guest *guest = calloc(1, sizeof(*guest));
	int r;

	if (!guest)
		return -ENOMEM;
	guest->qemu = (struct guest_qemu){0, -1, -1, -1};
	guest->kvm = machine->kvm;
	guest->idle_seconds = patience->idle_seconds;
	r = guest_qemu_start(machine, &guest->qemu, reason);
	if (r == 0)
		r = await(guest, is_ready, patience->boot_seconds, patience, reason);
	if (r == 0) /* ended without being ready: not what init does */
		r = guest_fail(reason, -EIO, "the guest ended at once");
	if (r < 0) {
		if (guest->console.length && cr2_text_append(reason, "\n") == 0)
			guest_last_lines(guest, reason);
		cr2_guest_destroy(guest);
		return r;
	}
	guest->run_seconds = patience->run_seconds;
	guest->end = patience->run_seconds ? now_ms() + patience->run_seconds * 1000LL : 0;
	*ret_guest = guest;
	return 0;
}
