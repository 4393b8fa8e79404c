/* SPDX-License-Identifier: MIT */
/* The files that a program in a sandbox sees: a small root of its own, of which only its folder can be written to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cr2/base.h>

#include "sandbox.h"

/* What is not there is passed over. */
static const char *const shown[] = {
	"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "opt",
	"etc/alternatives", "etc/ld.so.cache", "etc/ld.so.conf", "etc/ld.so.conf.d",
	"dev/null", "dev/zero", "dev/urandom",
};

/* In the new root, which is the working directory: the same thing, at the same place. */
static int show(const char *name)
{
	char from[64], target[256];
	struct stat stat;
	ssize_t n;
	int fd;

	snprintf(from, sizeof(from), "/%s", name);
	if (lstat(from, &stat) < 0)
		return 0;
	if (S_ISLNK(stat.st_mode)) {
		n = readlink(from, target, sizeof(target) - 1);
		if (n < 0)
			return -errno;
		target[n] = '\0';
		return symlink(target, name) < 0 ? -errno : 0;
	}
	if (S_ISDIR(stat.st_mode)) {
		if (mkdir(name, 0755) < 0)
			return -errno;
	} else {
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return -errno;
		close(fd);
	}
	return mount(from, name, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

/* In the new root: a folder and those above it. */
static int make_path(const char *path)
{
	char part[4096];

	for (const char *at = path + strspn(path, "/"); *at;) {
		at += strcspn(at, "/");
		snprintf(part, sizeof(part), ".%.*s", (int)(at - path), path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		at += strspn(at, "/");
	}
	return 0;
}

static int fill_view(const char *folder)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
	int r = 0;

	if (mkdir("etc", 0755) < 0 || mkdir("dev", 0755) < 0 || mkdir("proc", 0755) < 0)
		return -errno;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(shown) && r == 0; i++)
		r = show(shown[i]);
	if (r == 0)
		r = make_path(folder);
	if (r == 0 && symlink(folder, "tmp") < 0 && errno != EEXIST)
		r = -errno;
	/* Where a container hides parts of its own one, there is none. */
	if (r == 0 && mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 && errno != EPERM)
		r = -errno;
	if (r == 0 && mount_setattr(AT_FDCWD, ".", AT_RECURSIVE, &read_only, sizeof(read_only)) < 0)
		r = -errno;
	return r;
}

/* chroot() has no other name to leave by, for a process without rights; where "/" is no mount there is nothing better. */
static int enter_view(void)
{
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return umount2(".", MNT_DETACH) < 0 ? -errno : 0;
	return chroot(".") < 0 ? -errno : 0;
}

int sandbox_view(const char *folder)
{
	int work, r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	work = open_tree(AT_FDCWD, folder, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (work < 0)
		return -errno;
	/* Any place does for the new root, and this one is ours. */
	r = mount("tmpfs", folder, "tmpfs", MS_NOSUID, "size=1m,mode=755") < 0 || chdir(folder) < 0 ? -errno : fill_view(folder);
	/* At the same place as outside, so that who reads a name in there finds the file. */
	if (r == 0 && move_mount(work, "", AT_FDCWD, folder + 1, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		r = -errno;
	close(work);
	if (r == 0)
		r = enter_view();
	if (r < 0) {
		/* As it was before. */
		umount2(folder, MNT_DETACH);
		return r;
	}
	return chdir(folder) < 0 ? -errno : 0;
}
