/* SPDX-License-Identifier: MIT */
/* What is counted of faults without keeping them, and the books: shared by kernel and reader. */
#ifndef TRACE_COUNTS_H
#define TRACE_COUNTS_H

#include <cr2/tables.h>

/* Faults alike. */
struct trace_key {
	uint64_t who; /* process, or control group; 0 where they are not told apart */
	uint8_t path, mapping, kernel, major;
	uint8_t spare[4];
};
enum trace_by {
	TRACE_BY_NOBODY,
	TRACE_BY_PROCESS,
	TRACE_BY_CGROUP,
};
/* All but who as a number below TRACE_KINDS, and back. */
#define TRACE_KINDS (CR2_PATH_COUNT * CR2_TRACE_MAPPINGS * 4)
static inline __attribute__((always_inline)) uint32_t trace_kind(const struct trace_key *key)
{
	return ((uint32_t)key->path * CR2_TRACE_MAPPINGS + key->mapping) * 4 + key->kernel * 2u + key->major;
}

static inline struct trace_key trace_key_of(uint32_t kind)
{
	return (struct trace_key){.path = (uint8_t)(kind / 4 / CR2_TRACE_MAPPINGS),
				  .mapping = (uint8_t)(kind / 4 % CR2_TRACE_MAPPINGS),
				  .kernel = kind >> 1 & 1, .major = kind & 1};
}

struct trace_sum {
	uint64_t n, ns, longest_ns;
	uint64_t zeroed, copied; /* bytes */
	uint64_t huge, large; /* that mapped a 2 MiB entry; a folio larger than a page */
};

/*
 * Durations of one path. Up to 8 ns a slot each; above, eight slots an octave, so that a slot's
 * ends are an eighth apart at most.
 */
#define TRACE_SLOT_BITS 3
#define TRACE_SLOTS 320
struct trace_times {
	uint64_t slots[TRACE_SLOTS];
};

static inline __attribute__((always_inline)) uint32_t trace_slot(uint64_t ns)
{
	uint32_t octave = 0;
	uint64_t rest = ns >> TRACE_SLOT_BITS;

	/* The highest bit by halves, since a loop would be dear to verify. */
	if (rest >> 32) {
		octave += 32;
		rest >>= 32;
	}
	if (rest >> 16) {
		octave += 16;
		rest >>= 16;
	}
	if (rest >> 8) {
		octave += 8;
		rest >>= 8;
	}
	if (rest >> 4) {
		octave += 4;
		rest >>= 4;
	}
	if (rest >> 2) {
		octave += 2;
		rest >>= 2;
	}
	if (rest >> 1) {
		octave += 1;
		rest >>= 1;
	}
	octave += (uint32_t)rest; /* 0: below 8 ns */
	octave = octave ? ((octave << TRACE_SLOT_BITS) |
			   (uint32_t)(ns >> (octave - 1) & 7)) : (uint32_t)ns;
	return octave < TRACE_SLOTS ? octave : TRACE_SLOTS - 1;
}

/* The durations of one path in one control group, coarser: in slot i are those of at most 2^(i+3) ns. */
#define TRACE_OCTAVES (TRACE_SLOTS >> TRACE_SLOT_BITS)
struct trace_duration_key {
	uint64_t who;
	uint32_t path;
	uint32_t spare;
};
struct trace_durations {
	uint64_t octaves[TRACE_OCTAVES];
};
static inline __attribute__((always_inline)) uint32_t trace_octave(uint64_t ns)
{
	return trace_slot(ns ? ns - 1 : 0) >> TRACE_SLOT_BITS;
}

/* The books, and what else a run wants to know of itself: a number each. */
enum trace_book {
	TRACE_ENDS, /* exceptions that the kernel counted as minor or major faults */
	TRACE_KERNEL_COUNTED, /* min_flt + maj_flt, since each thread was first seen */
	TRACE_BY_REFERENCE, /* of them without an exception: get_user_pages() */
	TRACE_UNENDED, /* exceptions that were not counted: signals, EFAULT, ... */
	TRACE_UNSEEN_ENDS, /* the kernel counted a fault whose end was not seen */
	TRACE_UNSEEN_STARTS, /* an end without its beginning: under way when tracing began */
	TRACE_SIGNALS,
	TRACE_LOST, /* no room in the ring for a fault that the kernel counted */
	TRACE_LOST_UNENDED, /* nor for one that it did not */
	TRACE_LOST_CALLS, /* nor for what changed an address space between them */
	TRACE_NO_STATE, /* no memory for the thread's state */
	TRACE_NO_KEY, /* no room for another kind of fault */
	TRACE_STREAMED, /* handed to the ring, or lost */
	TRACE_COST_NS, /* of the programs themselves, in some of the faults */
	TRACE_COST_N, /* in how many */
	TRACE_BOOKS,
};
/* One fault in so many has its own cost measured. */
#define TRACE_COST_EVERY 64

/* Told to the reader, alone and before more is lost: a thread's events went, as it gained rights by execve. */
struct trace_ends_taken {
	uint64_t tgid;
};

/* Whom to follow. */
enum trace_scope {
	TRACE_SCOPE_PROCESSES, /* those in the table, and their children */
	TRACE_SCOPE_ALL, /* but the tracer */
	TRACE_SCOPE_CGROUP, /* whoever is in the control group, but the tracer */
};
#define TRACE_PIDS (4 << 20) /* no process has a higher number: PID_MAX_LIMIT */
struct trace_named {
	uint64_t counted; /* faults before tracing began, of the thread that the process began with */
	uint8_t known; /* counted is right */
	uint8_t waits; /* not followed before it becomes another program */
	uint8_t blind; /* made by one whose events the kernel took: it has none, either */
	uint8_t spare[5];
};

/* The kernel's function in which a thread that exits does the last to its memory. */
#define TRACE_LETS_GO "exit_mm_release"

/* Programs that may interrupt each other on a CPU keep their books apart. */
enum {
	TRACE_DESK_START,
	TRACE_DESK_END,
	TRACE_DESK_OTHER,
	TRACE_DESKS,
};

#endif
