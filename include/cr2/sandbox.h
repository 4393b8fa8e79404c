/* SPDX-License-Identifier: MIT */
/*
 * A program of somebody else's, run where it can do little harm: as nobody where root runs it, in namespaces of its own
 * (processes, files, network, names) as far as the machine lets, with limits on time, memory, processes and files, and
 * nothing left of it afterwards, even when the caller is killed. Nothing here needs root.
 *
 *     cr2_sandbox_folder_create("/var/tmp", &folder);
 *     cr2_sandbox_start(&config, &sandbox);
 *     ... the program waits before its first instruction
 *     cr2_sandbox_go(sandbox);
 *     while (cr2_sandbox_wait(sandbox, 100)) ...
 *     cr2_sandbox_finish(sandbox, &end);
 *     cr2_sandbox_folder_remove(&folder);
 */
#ifndef CR2_SANDBOX_H
#define CR2_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

enum cr2_protection {
#define X(id, sentence) CR2_PROTECTION_##id,
#include <cr2/tables/protection.def>
#undef X
	CR2_PROTECTIONS,
};
const char *cr2_protection_missing(enum cr2_protection protection);

/* A folder that goes with its owner, whatever ends that. */
struct cr2_sandbox_folder {
	struct cr2_text path;
	int pipe, pid; /* of who removes it */
};
/* Made in a folder, for programs of sandboxes to write to. 0 or a negative errno. */
int cr2_sandbox_folder_create(const char *in, struct cr2_sandbox_folder *ret_folder);
/* Folder and all that is in it. 0, or a negative errno: something is left. */
int cr2_sandbox_folder_remove(struct cr2_sandbox_folder *folder);

struct cr2_sandbox_config {
	const char *folder; /* where the program is, and the only place that it may write to */
	char *const *argv; /* found in PATH or, with a slash, from the folder on; ends with NULL */
	double seconds; /* then it is killed with all that it has started */
	unsigned cpu_seconds; /* that each of its processes may compute; 0: all the time */
	size_t memory; /* bytes that each may map; 0: 4 GiB */
	size_t keep; /* bytes of its output that are kept */
};
struct cr2_sandbox;
/* 0, or a negative errno. */
int cr2_sandbox_start(const struct cr2_sandbox_config *config, struct cr2_sandbox **ret_sandbox);
/* The program's number, while it waits to be begun. */
int cr2_sandbox_pid(const struct cr2_sandbox *sandbox);
/* Where it cannot be executed, cr2_sandbox_finish() says so. */
int cr2_sandbox_go(struct cr2_sandbox *sandbox);
/* Waits up to so many milliseconds, taking its output; false: it has ended, or its time has. */
bool cr2_sandbox_wait(struct cr2_sandbox *sandbox, int milliseconds);

struct cr2_sandbox_end {
	bool timed_out;
	int status; /* as wait() has it */
	struct cr2_text output; /* the first of it, of both streams */
	uint64_t bytes; /* all that there was */
	unsigned missing; /* protections, a bit each */
};
/* Ends what still runs. 0 or a negative errno, of the execution too; the sandbox is gone either way. The caller ends ret_end->output. */
int cr2_sandbox_finish(struct cr2_sandbox *sandbox, struct cr2_sandbox_end *ret_end);

CR2_END_DECLS

#endif
