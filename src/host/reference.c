/* SPDX-License-Identifier: MIT */
/* See reference.h. */
#include "reference.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/reason.h"

static int refuse_reference(struct cr2_text *reason, const struct cr2_op *op)
{
	const int error = errno;

	if (error == EMFILE || error == ENFILE)
		return reason_refuse(reason, -EOPNOTSUPP, "each page that is held or pinned takes an open file, and no "
				     "more may be opened here (ulimit -n)");
	if (op->kind == CR2_OP_PIN)
		return reason_refuse(reason, -EOPNOTSUPP, "io_uring is not to be had here, which pins pages: %s%s",
				     strerror(error), error == EPERM ? " (kernel.io_uring_disabled)" : "");
	return reason_refuse(reason, -EOPNOTSUPP, "no pipe can be made: %s", strerror(error));
}

/* The end that is read from holds what is in the pipe; the other one is for the actor alone. */
static int open_holder(int *ret_kept, int *ret_fd)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	(void)fcntl(ends[1], F_SETPIPE_SZ, CR2_PAGE_SIZE);
	*ret_kept = ends[0];
	*ret_fd = ends[1];
	return 0;
}

static int open_pinner(int *ret_kept)
{
	struct io_uring_params params = {0};

	*ret_kept = (int)syscall(SYS_io_uring_setup, 1, &params);
	return *ret_kept < 0 ? -1 : fcntl(*ret_kept, F_SETFD, FD_CLOEXEC);
}

int host_reference_open(struct host_references *references, const struct cr2_op *op, uint64_t address, int *ret_fd,
			struct cr2_text *reason)
{
	struct host_reference reference = {.space = op->process, .address = address, .pin = op->kind == CR2_OP_PIN};
	int r, fd = -1;

	if (reference.pin && op->flags & CR2_PIN_RO)
		return reason_refuse(reason, -EOPNOTSUPP, "io_uring, which pins pages here, always pins them for writing too");
	r = cr2_grow(&references->items, &references->capacity, references->count + 1, sizeof(*references->items));
	if (r < 0)
		return r;
	r = reference.pin ? open_pinner(&reference.fd) : open_holder(&reference.fd, &fd);
	if (r < 0)
		return refuse_reference(reason, op);
	references->items[references->count++] = reference;
	*ret_fd = reference.pin ? reference.fd : fd;
	return 0;
}

long host_reference_take(int fd, const struct cr2_op *op)
{
	const struct iovec page = {(void *)(uintptr_t)op->address, CR2_PAGE_SIZE};

	if (op->kind == CR2_OP_PIN)
		return syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &page, 1);
	return syscall(SYS_vmsplice, fd, &page, 1, 0);
}

static void drop_reference(const struct host_reference *reference)
{
	/* What closing would do some time later. */
	if (reference->pin)
		(void)syscall(SYS_io_uring_register, reference->fd, IORING_UNREGISTER_BUFFERS, NULL, 0);
	close(reference->fd);
}

void host_reference_settle(struct host_references *references, int fd, bool taken)
{
	if (fd != references->items[references->count - 1].fd)
		close(fd);
	if (!taken)
		host_references_undo(references, 1);
}

void host_references_undo(struct host_references *references, size_t n)
{
	while (n--)
		drop_reference(&references->items[--references->count]);
}

void host_references_release(struct host_references *references, uint32_t space, uint64_t start, uint64_t end)
{
	size_t kept = 0;

	for (size_t i = 0; i < references->count; i++) {
		const struct host_reference *reference = &references->items[i];

		if (reference->space == space && reference->address >= start && reference->address < end)
			drop_reference(reference);
		else
			references->items[kept++] = *reference;
	}
	references->count = kept;
}

void host_references_finish(struct host_references *references)
{
	host_references_undo(references, references->count);
	free(references->items);
	*references = (struct host_references){0};
}
