/* SPDX-License-Identifier: MIT */
/* A folder for what a sandbox runs. A small process removes it when its pipe closes, however the owner ends. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cr2/sandbox.h>

#include "sandbox.h"

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat;
	(void)type;
	return at->level > 0 && remove(path) < 0 ? errno : 0;
}

/* A folder that its owner may not read is no obstacle. */
static int open_up(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat;
	(void)at;
	return type == FTW_DNR && chmod(path, 0700) < 0 ? errno : 0;
}

/* What is in it is removed by who made it, so that no name in there leads root astray. */
static void guard_folder(const char *path, int pipe)
{
	const bool root = geteuid() == 0;
	char byte;
	int r;

	setsid();
	dup2(pipe, 0);
	syscall(SYS_close_range, 1, ~0U, 0);
	while (read(0, &byte, 1) < 0 && errno == EINTR)
		;
	r = chdir(path) < 0 || (root && seteuid(SANDBOX_NOBODY) < 0);
	if (r == 0)
		nftw(".", open_up, 8, FTW_PHYS);
	if (r == 0)
		r = nftw(".", remove_one, 8, FTW_DEPTH | FTW_PHYS) || (root && seteuid(0) < 0);
	_exit(r || rmdir(path) < 0);
}

int cr2_sandbox_folder_create(const char *in, struct cr2_sandbox_folder *ret_folder)
{
	struct cr2_sandbox_folder folder = {.pipe = -1};
	sigset_t all, old;
	char *whole = realpath(in, NULL);
	int ends[2], r = whole ? cr2_text_printf(&folder.path, "%s/cr2-XXXXXX", whole) : -errno;

	free(whole);
	if (r == 0 && !mkdtemp(folder.path.data))
		r = -errno;
	if (r < 0)
		goto finish_path;
	if (geteuid() == 0 && chown(folder.path.data, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0)
		r = -errno;
	if (r == 0 && pipe2(ends, O_CLOEXEC) < 0)
		r = -errno;
	if (r < 0)
		goto remove_folder;
	/* What ends the owner from a terminal does not end it. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	folder.pid = fork();
	if (folder.pid == 0)
		guard_folder(folder.path.data, ends[0]);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close(ends[0]);
	folder.pipe = ends[1];
	if (folder.pid < 0) {
		r = -errno;
		close(ends[1]);
		goto remove_folder;
	}
	*ret_folder = folder;
	return 0;
remove_folder:
	rmdir(folder.path.data);
finish_path:
	cr2_text_finish(&folder.path);
	return r;
}

int cr2_sandbox_folder_remove(struct cr2_sandbox_folder *folder)
{
	int status = 0;

	close(folder->pipe);
	while (waitpid(folder->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	cr2_text_finish(&folder->path);
	return status ? -EIO : 0;
}
