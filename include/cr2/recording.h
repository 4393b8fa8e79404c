/* SPDX-License-Identifier: MIT */
/*
 * Recordings: the perf.data files of `cr2 record` or `perf record`, and what perf writes to a pipe, read fault by
 * fault, each with its program and the files around it as the recording tells. Memory grows with what is
 * mapped at once, not with the file.
 *
 *     cr2_recording_open(&input, &recording, &reason);
 *     while ((r = cr2_recording_next(recording, &fault)) > 0) ...;
 *     cr2_recording_close(recording);
 */
#ifndef CR2_RECORDING_H
#define CR2_RECORDING_H

#include <cr2/base.h>
#include <cr2/trace.h>

CR2_BEGIN_DECLS

/* Where the bytes come from. */
struct cr2_recording_input {
	size_t size; /* sizeof(struct cr2_recording_input) */
	uint64_t length; /* of the file, bytes; UINT64_MAX: not known, a pipe: each byte is read once, in order */
	/* Copies up to n bytes from offset on. Returns how many, 0 at the end, or a negative errno. */
	int64_t (*read)(void *data, uint64_t offset, void *bytes, size_t n);
	void *data;
	/*
	 * Unpacks a stream of zstd, for what perf record -z compressed: from n bytes, which it moves on over what it took,
	 * up to room bytes. Returns how many came out, 0 where that takes more of the stream, or a negative errno,
	 * -EBADMSG for what is none. bytes NULL: a stream begins. NULL: such recordings are refused.
	 */
	int64_t (*unpack)(void *data, const void **bytes, size_t *n, void *into, size_t room);
};

#define CR2_BUILD_ID_MAX 20
/* A file that was mapped. Equal ones are the same object. */
struct cr2_recorded_file {
	const char *path; /* "[heap]", "//anon": none */
	size_t n_build_id; /* bytes; 0: not known */
	uint8_t build_id[CR2_BUILD_ID_MAX];
};
/* Or memory that has no file. */
static inline bool cr2_recorded_file_is_named(const struct cr2_recorded_file *file)
{
	return file->path[0] == '/' && file->path[1] != '/';
}

struct cr2_recorded_map {
	uint64_t start, end;
	uint64_t offset; /* of start in the file */
	const struct cr2_recorded_file *file;
	bool executable;
	const char *jitdump; /* the process's file that tells which code it made while it ran; NULL: none */
};

struct cr2_recorded_fault {
	struct cr2_traced_fault fault; /* start and end of the mapping, flags and entries are not recorded */
	const struct cr2_recorded_file *code, *data; /* around ip and addr; NULL: not known */
	uint64_t code_offset, data_offset; /* in them */
	const char *cgroup; /* the path of fault.cgroup in the hierarchy; NULL: not known */
	uint64_t unseen; /* further ones that it stands for, where perf took samples */
};

struct cr2_recording_facts {
	const char *host, *release, *version; /* of the machine, its kernel, of cr2; "": not known */
	uint64_t faults, lost; /* as read so far, those that were not seen included */
	uint64_t samples; /* faults that were seen */
	uint64_t lost_records; /* of processes and mappings: some names may be missing or wrong */
	bool finished; /* the recorder ended as it should */
	bool calls; /* faults have the stack, as addresses or as a copy */
	bool cgroups; /* and their control group */
	bool calls_between; /* it is one for replay: what changes address spaces between faults is in it */
	bool resident; /* it says which pages were there at its end */
	uint64_t first; /* when the first fault was settled, CLOCK_MONOTONIC */
	bool perf; /* recorded by perf */
	/* What settled each fault, its pages, bytes and duration are in it: neither perf nor a recorder without BPF knows. */
	bool read;
	bool majors; /* major faults are told apart */
	bool addresses; /* faults have one */
	bool counted_twice; /* other events of the same faults are in the file, and left out */
};

struct cr2_recording;
/* Returns 0, or a negative errno with *ret_reason, made anew: what is wrong with the file. */
int cr2_recording_open(const struct cr2_recording_input *input, struct cr2_recording **ret_recording,
		       char **ret_reason);
void cr2_recording_close(struct cr2_recording *recording);
/*
 * The next fault, valid until the next call: 1; 0 at the end; -EBADMSG where the file is damaged or
 * cut off, which cr2_recording_reason() puts in words; else the error of reading it.
 */
int cr2_recording_next(struct cr2_recording *recording, struct cr2_recorded_fault *ret_fault);
/* What the process had mapped around an address when the last fault was settled; false: not known. */
bool cr2_recording_map(const struct cr2_recording *recording, uint64_t pid, uint64_t address,
		       struct cr2_recorded_map *ret_map);
/*
 * Who holds memory at the end. What a fault brought belongs to its owner, a number of the caller's but 0,
 * from cr2_recording_own() on, until another fault brings it; a child has its parent's.
 * The function is called for pages that were there at the end; owner 0: nobody is known. What it
 * returns, if not 0, ends the reading. Both return 0 or a negative errno.
 */
typedef int cr2_resident_fn(void *data, uint64_t pid, uint64_t address, uint64_t pages, uint64_t owner);
void cr2_recording_on_resident(struct cr2_recording *recording, cr2_resident_fn *fn, void *data);
int cr2_recording_own(struct cr2_recording *recording, const struct cr2_recorded_fault *fault, uint64_t owner);
/*
 * What changes address spaces between faults, as far as it is recorded: handed over by cr2_recording_next() before
 * the faults that come after it. What the function returns, if not 0, ends the reading.
 */
struct cr2_recorded_change {
	enum cr2_recorded_change_kind {
		CR2_RECORDED_BEGIN, /* the process becomes another program: its mappings are gone */
		CR2_RECORDED_MAP, /* something was mapped, also by the kernel while a program begins */
		CR2_RECORDED_CALL,
	} kind;
	uint64_t pid, time;
	/* MAP: */
	struct cr2_recorded_map map;
	uint64_t device, inode; /* major << 20 | minor */
	uint32_t prot; /* as mmap() has it */
	const struct cr2_traced_call *call;
};
typedef int cr2_recorded_change_fn(void *data, const struct cr2_recorded_change *change);
void cr2_recording_on_change(struct cr2_recording *recording, cr2_recorded_change_fn *fn, void *data);
/* The kernel's function around an address; NULL: not known. Valid until the next fault. */
const char *cr2_recording_kernel(const struct cr2_recording *recording, uint64_t address);
const char *cr2_recording_reason(const struct cr2_recording *recording);
void cr2_recording_facts(const struct cr2_recording *recording, struct cr2_recording_facts *ret_facts);

CR2_END_DECLS

#endif
