/* SPDX-License-Identifier: MIT */
/*
 * The types that everything carries: an operation (one thing a process does to its
 * memory), a fault record (one settled page fault), a page state (what one page of one
 * process is), and an observation (one step of a scenario with all that it did).
 *
 * Addresses and lengths are in bytes unless a name says pages. Processes are numbered
 * by whoever makes the operations, from 0, in order of creation, and never reused.
 */
#ifndef CR2_RECORD_H
#define CR2_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>
#include <cr2/tables.h>

/* Linux's numbers on x86-64, spelt out because the model is freestanding. */
enum {
	CR2_PROT_READ = 1,
	CR2_PROT_WRITE = 2,
	CR2_PROT_EXEC = 4,

	CR2_MAP_SHARED = 0x01,
	CR2_MAP_PRIVATE = 0x02,
	CR2_MAP_FIXED = 0x10,
	CR2_MAP_ANONYMOUS = 0x20,
	CR2_MAP_GROWSDOWN = 0x100,
	CR2_MAP_LOCKED = 0x2000,
	CR2_MAP_NORESERVE = 0x4000,
	CR2_MAP_POPULATE = 0x8000,

	CR2_MREMAP_MAYMOVE = 1,
	CR2_MREMAP_FIXED = 2,
};

#define CR2_NO_OBJECT UINT32_MAX

/*
 * One operation. Which members count depends on kind:
 *   FILE SHMEM   object (its new number), length, cold (FILE only): all bytes 0xC3
 *   MAP          address (always set: the source places mappings; CR2_MAP_FIXED when it
 *                may replace, else the range is free), length, prot, flags, object, offset
 *   UNMAP LOCK UNLOCK SYNC   address, length
 *   PROTECT      address, length, prot
 *   ADVISE       address, length, advice
 *   REMAP        address, length, new_length, flags (CR2_MREMAP_), new_address when FIXED
 *   EVICT        object
 *   TRUNCATE     object, length
 *   FORK         child (the new process's number)
 *   EXIT         -
 *   READ EXEC KREAD   address
 *   WRITE KWRITE      address, value
 */
struct cr2_op {
	enum cr2_op_kind kind;
	uint32_t process;
	uint32_t child;
	uint32_t object;
	uint64_t address;
	uint64_t length;
	uint64_t new_address;
	uint64_t new_length;
	uint64_t offset;
	uint32_t flags;
	uint8_t prot;
	uint8_t value;
	bool cold;
	enum cr2_advice advice;
};

/* One settled page fault. Frames are page frame numbers; CR2_NO_FRAME where none or not known. */
#define CR2_NO_FRAME UINT64_MAX
struct cr2_fault {
	uint64_t address; /* CR2 */
	uint64_t ip; /* 0 when not known */
	uint64_t error_code;
	uint64_t frame_before;
	uint64_t frame_after;
	uint64_t latency_ns; /* 0 when not known */
	uint32_t process;
	enum cr2_path path;
	enum cr2_evidence evidence;
	enum cr2_result result; /* OK, or the signal that it ended in */
	bool major;
	uint8_t page_shift; /* 12, 21 or 30; 0 where nothing was installed */
};

/* What an operation came to. More than CR2_OUTCOME_FAULTS faults in one operation: an error. */
#define CR2_OUTCOME_FAULTS 8
struct cr2_outcome {
	enum cr2_result result;
	bool has_value; /* a successful READ or KREAD: value was loaded */
	uint8_t value;
	/*
	 * Whether the CPU held an entry from before the page became writable is its own affair:
	 * with a spurious fault and without one is right.
	 */
	bool either;
	unsigned n_faults;
	struct cr2_fault faults[CR2_OUTCOME_FAULTS]; /* n_faults of them are set */
};

/*
 * One page of one process. id names the page: equal ids are the same page, and an id is
 * never used again in a run; it is the source's own number, and observers renumber it.
 */
struct cr2_page_state {
	enum cr2_page_kind kind;
	uint32_t object; /* FILE: the file's number */
	uint64_t index; /* FILE: page number in the file */
	uint64_t id; /* ANON, HUGE */
	uint32_t mapcount; /* ANON, HUGE (of its first 4 KiB page), FILE */
};

/* One fault as an observation shows it; at is M@K, M@K+B or 0x... */
struct cr2_observed_fault {
	uint64_t error_code;
	char *at;
	bool major;
	enum cr2_path path;
	enum cr2_evidence evidence;
};

/* The pages of one mapping as text tokens: LITMUS.md "Observations". */
struct cr2_observed_mapping {
	char *name;
	char *tokens;
};

struct cr2_observed_process {
	char *name;
	size_t n_mappings;
	struct cr2_observed_mapping *mappings;
};

/* One executed step. Strings are owned by the observation. */
struct cr2_observation {
	unsigned step; /* from 1 */
	unsigned line; /* of the litmus file */
	char *process;
	enum cr2_op_kind op;
	char *at; /* accesses only, else NULL */
	enum cr2_result result;
	bool has_value;
	uint8_t value;
	bool either; /* the outcome's */
	size_t n_faults;
	struct cr2_observed_fault *faults;
	size_t n_processes;
	struct cr2_observed_process *state;
};

struct cr2_observations {
	size_t count;
	struct cr2_observation *items;
};

void cr2_observations_finish(struct cr2_observations *list);

/*
 * The exchange format: one JSON object a line, as LITMUS.md gives it. Writing appends the
 * line with its newline to text. Reading takes one line; what it does not know it skips.
 * How paths are known (evidence) is not written, but taken where it stands.
 * Return 0, -ENOMEM, or -EINVAL (not such an object).
 */
int cr2_observation_to_json(const struct cr2_observation *o, struct cr2_text *text);
int cr2_observation_from_json(const char *line, struct cr2_observation *ret_o);
void cr2_observation_finish(struct cr2_observation *o);

/* A failed expectation. */
struct cr2_failure {
	unsigned line;
	size_t observation; /* index into the run's observations */
	char *expected;
	char *seen;
};

/* One cell in which two runs of a scenario differ. */
struct cr2_difference {
	size_t observation;
	const char *field; /* "result", "value", "faults", "major", "state", "steps"; static */
	char *where; /* state: "child.buf@3", "child.buf@3..7"; else NULL */
	char *left, *right;
};
struct cr2_differences {
	size_t count;
	struct cr2_difference *items;
	/* How many cells differed and were accepted, since Linux allows both. */
	uint64_t widened[CR2_WIDENING_COUNT];
};
void cr2_differences_finish(struct cr2_differences *differences);

#endif
