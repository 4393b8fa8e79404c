/* SPDX-License-Identifier: MIT */
/*
 * What is traced, written to a file that perf opens: each fault, and the processes and mappings that
 * give it a name. The file is whole after each write.
 *
 *     cr2_recorder_open(&config, trace, &recorder, &reason);
 *     ... cr2_trace_follow() or cr2_trace_run(), and for each cr2_recorder_follow()
 *     while (...) cr2_recorder_take(recorder, 100);
 *     cr2_recorder_close(recorder, &result);
 */
#ifndef CR2_RECORDER_H
#define CR2_RECORDER_H

#include <cr2/trace.h>

CR2_BEGIN_DECLS

struct cr2_recorder_config {
	size_t size; /* sizeof(struct cr2_recorder_config) */
	int fd; /* of an empty regular file; stays the caller's */
	bool all; /* every process, those that are there too; else those of cr2_recorder_follow() */
	bool resident; /* say at the end which pages are there then */
	enum cr2_trace_stack stack; /* these three as the trace has them */
	uint32_t stack_bytes;
	bool cgroups;
	bool calls; /* as the trace has it: the recording is one for replay */
	char *const *command; /* as the file is to say; ends with NULL */
};

struct cr2_recorder_result {
	uint64_t faults, bytes; /* written */
	uint64_t lost_records; /* of processes and mappings, that the kernel had no room for */
	uint64_t lost_calls; /* of what changes address spaces, for which the ring had no room */
	bool kernel_hidden; /* its functions have no names: /proc/kallsyms shows no addresses */
};

struct cr2_recorder;
/* The trace is one with `stream`. Returns 0, or a negative errno with *ret_reason, made anew. */
int cr2_recorder_open(const struct cr2_recorder_config *config, struct cr2_trace *trace,
		      struct cr2_recorder **ret_recorder, char **ret_reason);
/*
 * Records a process, what it has mapped, and the children that it makes from now on. from_exec: it
 * became the program after the recorder was opened, so that all of it was told.
 */
int cr2_recorder_follow(struct cr2_recorder *recorder, uint64_t pid, bool from_exec);
/* Records what was traced, waiting up to so many milliseconds for something. 0 or a negative errno. */
int cr2_recorder_take(struct cr2_recorder *recorder, int milliseconds);
/* Ends the file. What could not be written is a negative errno; what was written before stays, and is the result. */
int cr2_recorder_close(struct cr2_recorder *recorder, struct cr2_recorder_result *ret_result);

CR2_END_DECLS

#endif
