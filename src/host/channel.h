/* SPDX-License-Identifier: MIT */
/*
 * Operations handed to actors, through memory that all processes share.
 */
#ifndef HOST_CHANNEL_H
#define HOST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cr2/record.h>

struct host_request {
	struct cr2_op op;
	int fd; /* of op.object, or -1 */
	int image, channel; /* EXECVE of a program of the scenario: image.h, and the slots' */
	pid_t pid; /* whose memory it is about */
	int uffd; /* that its memory has, as the runner knows it, or -1 */
};
/* An access as the process that made it saw it. */
struct host_seen {
	uint64_t from, to; /* CLOCK_MONOTONIC_RAW around it, as hits are timed */
	uint64_t minor, major; /* what getrusage(2) counted meanwhile */
	int signal, code; /* signal 0: none, and none of what follows */
	uint64_t signal_address, address, error_code, trap, ip;
};
struct host_reply {
	int error; /* positive errno, 0 */
	enum cr2_result result; /* of accesses */
	uint32_t value;
	bool nothing; /* was read: there is no value */
	pid_t child;
	int uffd; /* that the step opened, and the runner closes: descriptors are shared; -1: none */
	const char *obstacle; /* of the first reply: what keeps it from starting; runner and actor are one program */
	struct host_seen seen; /* of accesses */
};
struct host_slot {
	_Alignas(64) uint32_t asked; /* futex words: number of the last request and reply */
	_Alignas(64) uint32_t answered;
	struct host_request request;
	struct host_reply reply;
	bool scanned; /* NUMA_SCAN: it need run no longer */
	uint64_t userfault; /* the page whose fault userfaultfd's thread answered in this step; or 0 */
	bool answering; /* that thread has something in hand */
	int uffd_of_child; /* of what fork made, as that thread was told; -1: of none */
};
/* Slots in memory that all processes share, one a process of the scenario. */
struct host_channel {
	size_t n;
	int fd; /* of their memory */
	struct host_slot *slots;
};
int host_channel_create(struct host_channel *channel, size_t n);
void host_channel_destroy(struct host_channel *channel);
/* The runner's side. Returns 0, -ECHILD (the process died) or -ETIMEDOUT. */
int host_channel_ask(struct host_slot *slot, pid_t pid, const struct host_request *request,
		     struct host_reply *ret_reply);
/* The same in two parts: the second is given what the first returns. */
uint32_t host_channel_tell(struct host_slot *slot, const struct host_request *request);
int host_channel_await(struct host_slot *slot, pid_t pid, uint32_t told, struct host_reply *ret_reply);
/* The actor's side. */
void host_channel_wait(struct host_slot *slot);
void host_channel_answer(struct host_slot *slot, const struct host_reply *reply);

#endif
