/* SPDX-License-Identifier: MIT */
/*
 * The folder of the lock on the machine's settings. Nobody but root can open what lies in it, so
 * that nobody else can keep root's runs waiting. Who changes settings takes the lock alone; who relies on
 * them, together with others that do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/reason.h"

#include "settings_file.h"

#define LOCK_TRIES 15000 /* of 2 ms: half a minute */
#define TELL_AT 500 /* others' scenarios mostly last for milliseconds */

static int open_lock(struct settings_folder *folder, struct cr2_text *reason)
{
	struct stat info;

	if (fstat(folder->fd, &info) < 0 || info.st_uid != 0 || info.st_mode & 077)
		return reason_refuse(reason, -EPERM, SETTINGS_FOLDER " is not root's alone: remove it "
				     "(rm -r " SETTINGS_FOLDER ")");
	folder->lock = openat(folder->fd, "lock",
			      O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (folder->lock < 0)
		folder->err = -errno;
	return 0;
}

int settings_folder_open(struct settings_folder *folder, struct cr2_text *reason)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int r;

	*folder = (struct settings_folder){.fd = open(SETTINGS_FOLDER, flags), .lock = -1};
	if (folder->fd < 0 && errno == ENOENT && mkdir(SETTINGS_FOLDER, 0700) == 0)
		folder->fd = open(SETTINGS_FOLDER, flags);
	if (folder->fd < 0 && errno == EEXIST) /* another was quicker */
		folder->fd = open(SETTINGS_FOLDER, flags);
	if (folder->fd < 0) {
		folder->err = -errno;
		return 0;
	}
	r = open_lock(folder, reason);
	if (folder->lock < 0) {
		close(folder->fd);
		folder->fd = -1;
	}
	return r;
}

void settings_folder_close(struct settings_folder *folder)
{
	if (folder->lock >= 0)
		close(folder->lock);
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = folder->lock = -1;
}

/* Who has the lock, as far as this /proc shows; 0: it does not. */
static int find_holder(int lock)
{
	FILE *file = fopen("/proc/locks", "re");
	unsigned major_, minor_;
	unsigned long inode;
	struct stat info;
	char line[256];
	int pid = 0, found = 0;

	if (fstat(lock, &info) < 0)
		info.st_ino = 0;
	while (!found && file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_, &minor_,
			   &inode) == 4 &&
		    inode == info.st_ino && makedev(major_, minor_) == info.st_dev)
			found = pid;
	if (file)
		fclose(file);
	return found;
}

static void tell(const struct cr2_settings_watch *watch, enum cr2_settings_news news, int pid)
{
	const struct cr2_settings_event event = {.news = news, .pid = pid};

	if (watch)
		watch->tell(watch->data, &event);
}

static int refuse_busy(int lock, struct cr2_text *reason)
{
	char who[32] = "";
	int pid = find_holder(lock);

	if (pid)
		snprintf(who, sizeof(who), " (pid %d)", pid);
	return reason_refuse(reason, -EBUSY, "another cr2%s has kept this machine's settings in use for "
			     "half a minute: wait until it has ended", who);
}

int settings_folder_lock(const struct settings_folder *folder, int kind,
			 const struct cr2_settings_watch *watch, struct cr2_text *reason)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	int tries = 0;

	if (folder->lock < 0)
		return 0;
	while (flock(folder->lock, kind | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return reason_refuse(reason, -errno, SETTINGS_FOLDER "/lock: %s",
					     strerror(errno));
		if (++tries == LOCK_TRIES)
			break;
		if (tries == TELL_AT)
			tell(watch, CR2_SETTINGS_WAITING, find_holder(folder->lock));
		nanosleep(&pause, NULL);
	}
	if (tries >= TELL_AT)
		tell(watch, CR2_SETTINGS_TAKEN, 0);
	return tries == LOCK_TRIES ? refuse_busy(folder->lock, reason) : 0;
}
