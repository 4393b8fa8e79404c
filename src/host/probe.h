/* SPDX-License-Identifier: MIT */
/*
 * One access that the kernel may refuse.
 */
#ifndef HOST_PROBE_H
#define HOST_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include <cr2/tables.h>

/*
 * Lies at the start of a block of HOST_PROBE_BLOCK bytes, aligned to its size, the rest of
 * which is the signal stack: the handler finds it from its own stack pointer. The assembly
 * knows the first members' offsets.
 */
#define HOST_PROBE_BLOCK 65536UL
struct host_probe {
	uint64_t stack; /* of the access under way; 0: none */
	uint64_t value; /* loaded, or to be stored */
	uint32_t mxcsr;
	uint16_t x87_control;
	uint64_t thread_pointer;
	bool calls; /* a system call is under way that may end in a signal */
	int signal, code; /* what ended the access: signal 0 when nothing did */
	uint64_t signal_address; /* si_addr */
	uint64_t address, error_code, trap, ip; /* as the signal frame has them */
	bool five_levels; /* of page tables */
};

struct host_probe *host_probe_create(void);
void host_probe_destroy(struct host_probe *probe);
/* In the actor: catch signals from now on. Returns 0 or a negative errno. */
int host_probe_arm(struct host_probe *probe);
/* Does the access; signal and what follows it say how it ended. */
void host_probe_access(struct host_probe *probe, enum cr2_op_kind kind, uint64_t address,
		       uint8_t value);
/*
 * Accesses of all kinds that page nothing in: what they, signals and their handler need of the
 * process itself, code and stacks, is in memory then.
 */
void host_probe_rehearse(struct host_probe *probe);
/* The access's result: what the signal says, or OK. */
enum cr2_result host_probe_result(const struct host_probe *probe, enum cr2_op_kind kind,
				  uint64_t address);

#endif
