/* SPDX-License-Identifier: MIT */
/*
 * Writes an archive for the kernel to unpack: for each file a header of 110 characters ("070701"
 * and thirteen numbers of eight hexadecimal digits), its name with a NUL, and its data, the name
 * and the data each padded to four bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

static void put(struct guest_cpio *cpio, const void *data, size_t n)
{
	const char *at = data;

	while (cpio->error == 0 && n) {
		ssize_t written = write(cpio->fd, at, n);

		if (written < 0 && errno != EINTR)
			cpio->error = -errno;
		if (written <= 0)
			continue;
		at += written;
		n -= (size_t)written;
		cpio->length += (uint64_t)written;
	}
}

static void pad(struct guest_cpio *cpio)
{
	static const char zeros[4];

	put(cpio, zeros, -cpio->length & 3);
}

/* The archive's names are relative to the root. */
static void put_header(struct guest_cpio *cpio, const char *path, mode_t mode, size_t length)
{
	const char *name = *path == '/' ? path + 1 : path;
	const unsigned links = S_ISDIR(mode) ? 2 : 1;
	char header[111];

	if (length > UINT32_MAX) {
		cpio->error = -EFBIG;
		return;
	}
	/* inode, mode, uid, gid, links, mtime, size, device (2), rdev (2), name, checksum */
	snprintf(header, sizeof(header), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 ++cpio->inode, (unsigned)mode, 0, 0, links, 0, (unsigned)length, 0, 0, 0, 0,
		 (unsigned)strlen(name) + 1, 0);
	put(cpio, header, 110);
	put(cpio, name, strlen(name) + 1);
	pad(cpio);
}

int guest_cpio_folder(struct guest_cpio *cpio, const char *path)
{
	put_header(cpio, path, S_IFDIR | 0755, 0);
	return cpio->error;
}

int guest_cpio_data(struct guest_cpio *cpio, const char *path, mode_t mode, const void *data,
		    size_t n)
{
	put_header(cpio, path, S_IFREG | (mode & 07777), n);
	put(cpio, data, n);
	pad(cpio);
	return cpio->error;
}

/* Exactly the n bytes that the header announced, or the archive would be torn. */
static void copy(struct guest_cpio *cpio, int fd, uint64_t n)
{
	char chunk[65536];

	while (cpio->error == 0 && n) {
		ssize_t got = read(fd, chunk, n < sizeof(chunk) ? n : sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			cpio->error = got < 0 ? -errno : -EIO;
			return;
		}
		put(cpio, chunk, (size_t)got);
		n -= (uint64_t)got;
	}
}

int guest_cpio_file(struct guest_cpio *cpio, const char *path, const char *source)
{
	int fd = open(source, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		cpio->error = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		cpio->error = -EINVAL;
	} else {
		put_header(cpio, path, st.st_mode, (size_t)st.st_size);
		copy(cpio, fd, (uint64_t)st.st_size);
		pad(cpio);
	}
	close(fd);
	return cpio->error;
}

int guest_cpio_end(struct guest_cpio *cpio)
{
	put_header(cpio, "TRAILER!!!", 0, 0);
	return cpio->error;
}
