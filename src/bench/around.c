/* SPDX-License-Identifier: MIT */
/* fault_around_bytes in debugfs, under the lock that scenarios on this machine take as well. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "bench/around.h"

#define SETTING "/sys/kernel/debug/fault_around_bytes"
#define LOCK "/sys/kernel/mm"
#define LOCK_TRIES 1000
#define USUAL 65536 /* what it is unless somebody has set it, also where it cannot be read */

static int take_lock(void)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	int fd = open(LOCK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	if (fd >= 0)
		close(fd);
	return -EBUSY;
}

static int change(struct around *around, const char *wanted)
{
	ssize_t n = pread(around->file, around->before, sizeof(around->before) - 1, 0);

	if (n < 0)
		return -errno;
	around->before[n] = '\0';
	around->before[strcspn(around->before, "\n")] = '\0';
	if (strcmp(around->before, wanted) == 0)
		return 0;
	return pwrite(around->file, wanted, strlen(wanted), 0) < 0 ? -errno : 1;
}

static int set(struct around *around, const char *wanted, const char **ret_absent)
{
	sigset_t all;
	int r;

	around->lock = take_lock();
	if (around->lock < 0) {
		*ret_absent = "others on this machine keep its settings in use";
		return -EOPNOTSUPP;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &around->signals);
	r = change(around, wanted);
	if (r > 0)
		return 0;
	sigprocmask(SIG_SETMASK, &around->signals, NULL);
	close(around->lock);
	close(around->file);
	around->file = -1;
	if (r < 0)
		*ret_absent = "fault_around_bytes cannot be set";
	return r < 0 ? -EOPNOTSUPP : 0;
}

int around_set(struct around *around, uint64_t bytes, const char **ret_absent)
{
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "%" PRIu64, bytes);
	around->file = open(SETTING, O_RDWR | O_CLOEXEC);
	if (around->file >= 0)
		return set(around, wanted, ret_absent);
	if (bytes == USUAL)
		return 0;
	*ret_absent = "fault-around cannot be set: no root, no debugfs, or lockdown";
	return -EOPNOTSUPP;
}

void around_restore(struct around *around)
{
	if (around->file < 0)
		return;
	(void)!pwrite(around->file, around->before, strlen(around->before), 0);
	close(around->file);
	sigprocmask(SIG_SETMASK, &around->signals, NULL);
	close(around->lock);
}
