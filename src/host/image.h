/* SPDX-License-Identifier: MIT */
/*
 * What acts for a process of the scenario, carried over into another program: execve leaves nothing of it. Its code and
 * data, which are the runner's, are copied to a file, with a list of where each piece was; the program, whose entry lies in
 * the page that describes it, maps them there again and goes on as an actor. Its text, data, bss and stack stay
 * as the kernel made them: what is carried over has a stack of its own.
 */
#ifndef HOST_IMAGE_H
#define HOST_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "actor.h"

/* Descriptors that the program finds, besides standard input and output. */
enum {
	HOST_IMAGE_FD = 3,
	HOST_IMAGE_CHANNEL_FD = 4,
};

/* What the actor begins with. */
struct host_birth {
	struct host_actor_config config;
	size_t slot;
	pid_t runner;
	uint64_t clear; /* the page that execve wrote arguments to: it is to hold zeros */
};

/* A descriptor, to be closed; or a negative errno. slots_size: bytes of the channel. */
int host_image_make(const struct host_birth *birth, size_t slots_size);
/* What runs in the program first: fills the rest of its first page. */
#define HOST_IMAGE_ENTRY 0x1fff80000000UL /* below all of the scenario's mappings */
size_t host_image_code(void *page, size_t room);

#endif
