/* SPDX-License-Identifier: MIT */
/*
 * Requests to actors and their replies, in memory that runner and actors share. Each side
 * sleeps on a futex until the other has counted up.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define SLICE_MS 20 /* how often a silent actor is looked after */
#define ANSWER_MS 60000 /* where QEMU emulates the CPU of a busy machine, 1 GiB takes long to copy */

int host_channel_create(struct host_channel *channel, size_t n)
{
	const size_t size = n * sizeof(struct host_slot);
	int fd = memfd_create("cr2-channel", MFD_CLOEXEC), r = 0;
	void *slots = MAP_FAILED;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) == 0)
		slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (slots == MAP_FAILED) {
		r = -errno;
		close(fd);
		return r;
	}
	*channel = (struct host_channel){.n = n, .fd = fd, .slots = slots};
	return 0;
}

void host_channel_destroy(struct host_channel *channel)
{
	if (channel->slots) {
		munmap(channel->slots, channel->n * sizeof(struct host_slot));
		close(channel->fd);
	}
	*channel = (struct host_channel){0};
}

static void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Until *word is not value, or for milliseconds (0: for ever). */
static void futex_wait(uint32_t *word, uint32_t value, unsigned milliseconds)
{
	struct timespec timeout = {.tv_nsec = milliseconds * 1000000L};

	syscall(SYS_futex, word, FUTEX_WAIT, value, milliseconds ? &timeout : NULL, NULL, 0);
}

static uint32_t count(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void count_up(uint32_t *word)
{
	__atomic_add_fetch(word, 1, __ATOMIC_RELEASE);
	futex_wake(word);
}

/* The process stays a zombie: whoever reaps it later finds it. */
static bool died(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ||
	       info.si_pid == pid;
}

uint32_t host_channel_tell(struct host_slot *slot, const struct host_request *request)
{
	uint32_t before = count(&slot->answered);

	slot->request = *request;
	count_up(&slot->asked);
	return before;
}

int host_channel_await(struct host_slot *slot, pid_t pid, uint32_t before, struct host_reply *ret_reply)
{
	for (unsigned waited = 0; count(&slot->answered) == before; waited += SLICE_MS) {
		if (waited && died(pid))
			return -ECHILD;
		if (waited >= ANSWER_MS)
			return -ETIMEDOUT;
		futex_wait(&slot->answered, before, SLICE_MS);
	}
	*ret_reply = slot->reply;
	return 0;
}

int host_channel_ask(struct host_slot *slot, pid_t pid, const struct host_request *request,
		     struct host_reply *ret_reply)
{
	return host_channel_await(slot, pid, host_channel_tell(slot, request), ret_reply);
}

void host_channel_wait(struct host_slot *slot)
{
	while (count(&slot->asked) == slot->answered)
		futex_wait(&slot->asked, slot->answered, 0);
}

void host_channel_answer(struct host_slot *slot, const struct host_reply *reply)
{
	slot->reply = *reply;
	count_up(&slot->answered);
}
