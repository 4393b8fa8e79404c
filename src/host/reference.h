/* SPDX-License-Identifier: MIT */
/*
 * References to the scenario's pages, by what a process would take them with: a pipe that vmsplice(2) filled refers to
 * a page (FOLL_GET), a buffer registered with io_uring pins it for as long as it takes (FOLL_PIN, FOLL_LONGTERM). Each
 * page has a descriptor of its own, so that it can be given back alone. The runner opens and closes them, an actor puts
 * its page in; descriptors are shared.
 */
#ifndef HOST_REFERENCE_H
#define HOST_REFERENCE_H

#include <cr2/base.h>
#include <cr2/record.h>

struct host_reference {
	uint32_t space; /* whose memory it is */
	uint64_t address; /* where the page was when it was taken */
	bool pin;
	int fd;
};
struct host_references {
	size_t count, capacity;
	struct host_reference *items; /* as they were taken */
};

/* What a page at address is put into next: *ret_fd, for host_reference_take(). Returns 0, or why it cannot be. */
int host_reference_open(struct host_references *references, const struct cr2_op *op, uint64_t address, int *ret_fd,
			struct cr2_text *reason);
/* The actor's side: system calls that set errno and return -1. */
long host_reference_take(int fd, const struct cr2_op *op);
/* How it went with the last one: it stays, or goes. */
void host_reference_settle(struct host_references *references, int fd, bool taken);
/* Gives back those of the addresses; the last n; and all. */
void host_references_release(struct host_references *references, uint32_t space, uint64_t start, uint64_t end);
void host_references_undo(struct host_references *references, size_t n);
void host_references_finish(struct host_references *references);

#endif
