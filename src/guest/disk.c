/* SPDX-License-Identifier: MIT */
/* A guest's disks, in memory: they are sparse, and gone when no process holds them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

/* The first page of a swap device, as mkswap(8) makes it. */
struct swap_header {
	char boot_sector[1024];
	uint32_t version;
	uint32_t last_page;
	uint32_t n_bad_pages;
	char uuid[16];
	char label[16];
	char padding[4096 - 1024 - 44 - 10];
	char signature[10];
};
_Static_assert(sizeof(struct swap_header) == 4096, "a page");

static int create(const char *name, unsigned mib, int *ret_fd, struct cr2_text *reason)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)mib << 20) < 0) {
		int r = guest_fail(reason, -errno, "cannot make a disk of %u MiB: %s", mib,
				   strerror(errno));

		if (fd >= 0)
			close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

/* mke2fs opens our file by the name that it has under our process. */
static int make_ext4(int fd, struct cr2_text *reason)
{
	char path[64];
	const char *const argv[] = {"mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0",
				    path, NULL};
	const struct guest_command command = {.argv = argv};
	struct cr2_text output = {0};
	int r;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	r = guest_command(&command, &output, reason);
	cr2_text_finish(&output);
	return r;
}

int guest_disk(unsigned mib, int *ret_fd, struct cr2_text *reason)
{
	int fd, r = create("disk", mib, &fd, reason);

	if (r < 0)
		return r;
	r = make_ext4(fd, reason);
	if (r < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

int guest_swap(unsigned mib, int *ret_fd, struct cr2_text *reason)
{
	struct swap_header header = {.version = 1, .last_page = (mib << 8) - 1,
				     .signature = {'S', 'W', 'A', 'P', 'S', 'P', 'A', 'C', 'E', '2'}};
	int fd, r = create("swap", mib, &fd, reason);

	if (r < 0)
		return r;
	if (pwrite(fd, &header, sizeof(header), 0) != sizeof(header)) {
		r = guest_fail(reason, -EIO, "cannot write a swap header");
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}
