/* SPDX-License-Identifier: MIT */
/* A mount of our own that is attached nowhere: fsmount(2), Linux 5.2, as root. */
#include <errno.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unmounted.h"

int unmounted_open(const char *type)
{
	int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int fd = -1, r;

	if (context < 0)
		return -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	r = fd < 0 ? -errno : fd;
	close(context);
	return r;
}
