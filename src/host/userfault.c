/* SPDX-License-Identifier: MIT */
/* See userfault.h. */
#include "userfault.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Everybody may have one for user mode's faults; with SIGBUS the kernel's end as its do. */
int host_userfault_open(void)
{
	struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_SIGBUS};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY), error;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int do_register(int uffd, const struct cr2_op *op)
{
	struct uffdio_register watched = {
		.range = {op->address, op->length},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return op->flags & CR2_UFFD_MISSING ? ioctl(uffd, UFFDIO_REGISTER, &watched)
					    : ioctl(uffd, UFFDIO_UNREGISTER, &watched.range);
}

static int do_copy(int uffd, const struct cr2_op *op)
{
	uint8_t *pages = mmap(NULL, op->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_copy copy = {.dst = op->address, .src = (uintptr_t)pages, .len = op->length};
	int r, error;

	if (pages == MAP_FAILED)
		return -1;
	memset(pages, op->value, op->length);
	r = ioctl(uffd, UFFDIO_COPY, &copy);
	error = errno;
	munmap(pages, op->length);
	errno = error;
	return r;
}

int host_userfault_do(int uffd, const struct cr2_op *op)
{
	struct uffdio_zeropage zero = {.range = {op->address, op->length}};

	if (op->kind == CR2_OP_UFFD)
		return do_register(uffd, op);
	return op->kind == CR2_OP_UFFD_COPY ? do_copy(uffd, op) : ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}
