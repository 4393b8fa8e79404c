/* SPDX-License-Identifier: MIT */
/*
 * Which rights are missing: a user lacks root's; the root of a user namespace has them, but not over
 * the kernel; the root of a container may be left without some.
 */
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rights.h"

#define FIRST_USER_NAMESPACE 0xeffffffdU /* its inode, the same on every machine */

static bool in_user_namespace(void)
{
	struct stat info;

	return stat("/proc/self/ns/user", &info) == 0 && info.st_ino != FIRST_USER_NAMESPACE;
}

const char *rights_to_look(void)
{
	if (in_user_namespace())
		return rights_to_set();
	if (geteuid() == 0)
		return "this root is without CAP_SYS_ADMIN or CAP_DAC_READ_SEARCH: run with both "
		       "(docker run --privileged)";
	return "run as root, or with CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH";
}

const char *rights_to_set(void)
{
	if (in_user_namespace())
		return "a user namespace (unshare -r, a rootless container) gives no rights over the "
		       "machine's kernel, not even its root: run as root outside of it";
	return "run as root";
}
