/* SPDX-License-Identifier: MIT */
/* See userfault.h. */
#include "userfault.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/reason.h"

#include "pagemap_scan.h"

/* Of Linux 6.6 and 6.8; this file is compiled with older headers, too. */
struct poison {
	struct uffdio_range range;
	uint64_t mode;
	int64_t updated;
};
#define POISON _IOWR(UFFDIO, 8, struct poison)
struct move {
	uint64_t dst, src, len, mode;
	int64_t moved;
};
#define MOVE _IOWR(UFFDIO, 5, struct move)

#define WP_UNPOPULATED (1 << 13) /* 6.4 */
#define WP_ASYNC (1 << 15) /* 6.7 */
#define CONTINUE_WP 2 /* 6.4 */

static uint64_t features_of(uint32_t flags)
{
	const uint64_t events = UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |
				UFFD_FEATURE_EVENT_UNMAP;

	return (flags & CR2_UFFD_EVENTS ? events : 0) | (flags & CR2_UFFD_SIGBUS ? UFFD_FEATURE_SIGBUS : 0) | (flags & CR2_UFFD_ASYNC ? WP_ASYNC : 0) |
	       (flags & CR2_UFFD_UNPOPULATED ? WP_UNPOPULATED : 0);
}

/* Everybody may have one for user mode's faults; the kernel's fail then. */
int host_userfault_open(uint32_t features)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = features_of(features),
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY), error;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* CR2_UFFD_ has the kernel's own bits for modes. */
static int do_register(int uffd, const struct cr2_op *op)
{
	struct uffdio_register watched = {
		.range = {op->address, op->length},
		.mode = op->flags & ~(uint32_t)CR2_UFFD_FEATURES,
	};

	return op->flags ? ioctl(uffd, UFFDIO_REGISTER, &watched)
			 : ioctl(uffd, UFFDIO_UNREGISTER, &watched.range);
}

static int do_protect(int uffd, uint64_t address, uint64_t length, bool on)
{
	struct uffdio_writeprotect protect = {
		.range = {address, length},
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &protect);
}

static int do_continue(int uffd, uint64_t address, uint64_t length, bool protect)
{
	struct uffdio_continue next = {.range = {address, length}, .mode = protect ? CONTINUE_WP : 0};

	return ioctl(uffd, UFFDIO_CONTINUE, &next);
}

static int do_copy(int uffd, const struct cr2_op *op)
{
	uint8_t *pages = mmap(NULL, op->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_copy copy = {
		.dst = op->address, .src = (uintptr_t)pages, .len = op->length,
		.mode = op->flags & CR2_UFFD_WP ? UFFDIO_COPY_MODE_WP : 0,
	};
	int r, error;

	if (pages == MAP_FAILED)
		return -1;
	memset(pages, op->value, op->length);
	r = ioctl(uffd, UFFDIO_COPY, &copy);
	error = errno;
	munmap(pages, op->length);
	errno = error;
	return r;
}

int host_userfault_do(int uffd, const struct cr2_op *op)
{
	struct uffdio_zeropage zero = {.range = {op->address, op->length}};
	struct poison poison = {.range = zero.range};
	struct move move = {.dst = op->new_address, .src = op->address, .len = op->length};

	switch (op->kind) {
	case CR2_OP_UFFD:
		return do_register(uffd, op);
	case CR2_OP_UFFD_COPY:
		return do_copy(uffd, op);
	case CR2_OP_UFFD_ZERO:
		return ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
	case CR2_OP_UFFD_WP:
		return do_protect(uffd, op->address, op->length, op->flags);
	case CR2_OP_UFFD_CONTINUE:
		return do_continue(uffd, op->address, op->length, op->flags & CR2_UFFD_WP);
	case CR2_OP_UFFD_POISON:
		return ioctl(uffd, POISON, &poison);
	case CR2_OP_UFFD_MOVE:
		return ioctl(uffd, MOVE, &move);
	default:
		errno = ENOSYS;
		return -1;
	}
}

/* What is there and was written, as PAGEMAP_SCAN has it; *ret_pages of them. */
int host_userfault_scan(const struct cr2_op *op, uint32_t *ret_pages)
{
	struct scan_region found[16];
	struct scan scan = {
		.size = sizeof(scan),
		.flags = SCAN_ASYNC | (op->flags & CR2_SCAN_PROTECT ? SCAN_PROTECT : 0),
		.end = op->address + op->length,
		.walk_end = op->address,
		.regions = (uintptr_t)found,
		.n_regions = CR2_ARRAY_SIZE(found),
		.all_of = SCAN_WRITTEN,
		.returned = SCAN_WRITTEN | SCAN_PRESENT, /* asked for one alone, it takes what is not there to be written */
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), n = fd < 0 ? -1 : 0, error;
	uint32_t pages = 0;

	while (n >= 0 && scan.walk_end < scan.end) {
		scan.start = scan.walk_end;
		n = ioctl(fd, SCAN, &scan);
		for (int i = 0; i < n; i++)
			pages += (uint32_t)((found[i].end - found[i].start) / CR2_PAGE_SIZE);
	}
	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	*ret_pages = pages;
	return n < 0 ? -1 : 0;
}

/* What not every kernel has, or gives to everybody. */
static const struct {
	uint32_t feature;
	const char *what;
} newer[] = {
	{CR2_UFFD_ASYNC, "asynchronous write protection (UFFD_FEATURE_WP_ASYNC, Linux 6.7)"},
	{CR2_UFFD_EVENTS, "events of userfaultfd (UFFD_FEATURE_EVENT_FORK) for this process, which CAP_SYS_PTRACE allows"},
	{CR2_UFFD_UNPOPULATED, "protection where nothing is (UFFD_FEATURE_WP_UNPOPULATED, Linux 6.4)"},
};

static uint32_t features_wanted(const struct cr2_litmus *litmus)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < litmus->n_statements; i++)
		flags |= litmus->statements[i].kind == CR2_OP_SCAN ? CR2_UFFD_ASYNC : litmus->statements[i].uffd_flags;
	return flags;
}

int host_userfault_check(const struct cr2_litmus *litmus, struct cr2_text *reason)
{
	const uint32_t wanted = features_wanted(litmus);
	int fd;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(newer); i++) {
		if (!(wanted & newer[i].feature))
			continue;
		fd = host_userfault_open(newer[i].feature);
		if (fd < 0)
			return reason_refuse(reason, -EOPNOTSUPP, "this kernel has no %s: %s", newer[i].what, strerror(errno));
		close(fd);
	}
	return 0;
}

static int answer_fault(int uffd, const struct uffd_msg *message, const uint8_t *page)
{
	uint64_t at = message->arg.pagefault.address & CR2_PAGE_MASK;
	struct uffdio_copy copy = {.dst = at, .src = (uintptr_t)page, .len = CR2_PAGE_SIZE};

	if (message->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
		return do_protect(uffd, at, CR2_PAGE_SIZE, false);
	if (message->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_MINOR)
		return do_continue(uffd, at, CR2_PAGE_SIZE, false);
	return ioctl(uffd, UFFDIO_COPY, &copy);
}

/* Who causes an event goes on when it is read. */
static int answer(int uffd, struct host_slot *slot, const uint8_t *page)
{
	struct uffd_msg message;

	if (read(uffd, &message, sizeof(message)) != (ssize_t)sizeof(message))
		return errno == EAGAIN ? 0 : -1;
	if (message.event == UFFD_EVENT_FORK)
		slot->uffd_of_child = (int)message.arg.fork.ufd;
	if (message.event != UFFD_EVENT_PAGEFAULT)
		return 0;
	slot->userfault = message.arg.pagefault.address & CR2_PAGE_MASK;
	return answer_fault(uffd, &message, page);
}

/* Who waits is woken with the answer; whatever goes wrong, the runner sees that nobody answers. */
static void answer_all(int uffd, struct host_slot *slot)
{
	struct pollfd ready = {.fd = uffd, .events = POLLIN};
	uint8_t page[CR2_PAGE_SIZE];
	int r = 0;

	memset(page, CR2_FILE_BYTE, sizeof(page));
	while (r == 0 && poll(&ready, 1, -1) == 1 && ready.revents == POLLIN) {
		__atomic_store_n(&slot->answering, true, __ATOMIC_SEQ_CST);
		r = answer(uffd, slot, page);
		__atomic_store_n(&slot->answering, false, __ATOMIC_SEQ_CST);
	}
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 || info.si_pid;
}

void host_userfault_settle(const struct host_slot *slot, pid_t answerer)
{
	while (__atomic_load_n(&slot->answering, __ATOMIC_SEQ_CST) && !has_ended(answerer))
		sched_yield();
}

/* A process and not a thread, so that it is ended as actors are; it shares their descriptors. */
int host_userfault_serve(int uffd, struct host_slot *slot, pid_t *ret_pid)
{
	pid_t runner = getpid();
	sigset_t all, old;
	long pid;

	slot->uffd_of_child = -1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = syscall(SYS_clone, CLONE_FILES, 0, NULL, NULL, 0);
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == runner)
			answer_all(uffd, slot);
		for (;;)
			syscall(SYS_exit_group, 0);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (pid < 0)
		return -errno;
	*ret_pid = (pid_t)pid;
	return 0;
}
