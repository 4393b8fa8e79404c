/* SPDX-License-Identifier: MIT */
/*
 * tracefs: where it is mounted, else a mount of our own that is attached nowhere (unmounted.c), else
 * one in a mount namespace that lives only until the folder is open.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracefs.h"
#include "unmounted.h"

#define PLACE "/sys/kernel/tracing"

static bool is_tracefs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == TRACEFS_MAGIC;
}

static int open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == EACCES ? -EPERM : -errno;
	if (is_tracefs(fd))
		return fd;
	close(fd);
	return -ENOENT;
}

/* In a chroot / may be no mount, and /sys one of its own: whatever holds the place, it is ours. */
static int mount_and_open(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 &&
	    mount(NULL, "/sys", NULL, MS_PRIVATE, NULL) < 0)
		return -errno;
	if (mount("tracefs", PLACE, "tracefs", 0, NULL) < 0 && errno != EBUSY) /* there already */
		return -errno;
	return open_folder(PLACE);
}

/* The child shares our files: what it puts into the descriptor stays there. */
static void open_for_parent(int fd)
{
	int folder = mount_and_open();

	if (folder >= 0 && dup3(folder, fd, O_CLOEXEC) < 0)
		folder = -errno;
	syscall(SYS_exit_group, folder < 0 ? -folder : 0);
}

int tracefs_open_in_namespace(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC), status;
	long pid;

	if (fd < 0)
		return -errno;
	pid = syscall(SYS_clone, CLONE_FILES | CLONE_NEWNS, 0, NULL, NULL, 0);
	if (pid == 0)
		open_for_parent(fd);
	status = pid < 0 ? -errno : 0;
	while (pid > 0 && waitpid((pid_t)pid, &status, __WALL) < 0 && errno == EINTR)
		;
	if (status == 0)
		return fd;
	close(fd);
	return pid < 0 ? status : WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int tracefs_open(void)
{
	int fd = open_folder(PLACE), r;

	if (fd < 0)
		fd = unmounted_open("tracefs");
	if (fd < 0)
		fd = tracefs_open_in_namespace();
	if (fd >= 0)
		return fd;
	/* Where rights are missing, that is the reason, and not that it is absent there. */
	r = fd;
	fd = open_folder("/sys/kernel/debug/tracing");
	return fd >= 0 || r != -EPERM ? fd : r;
}
