/* SPDX-License-Identifier: MIT */
/*
 * The parts of a perf.data file, as perf's perf.data-file-format.txt and perf_event_open(2) describe
 * them, as far as recordings have them. Numbers are in the byte order of the machine.
 */
#ifndef RECORD_PERF_FORMAT_H
#define RECORD_PERF_FORMAT_H

#include <stdint.h>

#define PERF_MAGIC "PERFILE2"
#define PERF_MAGIC_SWAPPED "2ELIFREP"

struct perf_section {
	uint64_t offset, size; /* in the file */
};
/* What a file begins with whose head comes as records: as it is where perf writes to a pipe. */
struct perf_start {
	char magic[8];
	uint64_t size; /* of this */
};
struct perf_header {
	char magic[8];
	uint64_t size; /* of this */
	uint64_t attr_size; /* of a struct perf_attr_entry */
	struct perf_section attrs, data, types;
	uint64_t features[4]; /* a bit each: behind the data stands a section for each */
};

enum {
	PERF_FEATURE_RESERVED = 0,
	PERF_FEATURE_TRACING_DATA = 1,
	PERF_FEATURE_HOSTNAME = 3,
	PERF_FEATURE_RELEASE = 4,
	PERF_FEATURE_VERSION = 5,
	PERF_FEATURE_ARCH = 6,
	PERF_FEATURE_CPUS = 7,
	PERF_FEATURE_COMMAND = 11,
	PERF_FEATURE_EVENTS = 12,
	PERF_FEATURE_TIMES = 21,
};

/* struct perf_event_attr of 2015 (PERF_ATTR_SIZE_VER5), which every perf reads. */
struct perf_attr {
	uint32_t type, size;
	uint64_t config, period, sample_type, read_format, flags;
	uint32_t wakeup, breakpoint;
	uint64_t config1, config2, branches, user_registers;
	uint32_t user_stack;
	int32_t clock;
	uint64_t registers;
	uint32_t aux_watermark;
	uint16_t max_stack, spare;
};
struct perf_attr_entry {
	struct perf_attr attr;
	struct perf_section ids;
};

enum {
	PERF_TYPE_OF_SOFTWARE = 1,
	PERF_TYPE_OF_TRACEPOINT = 2,
	PERF_SOFTWARE_FAULTS = 2,
	PERF_SOFTWARE_MINOR = 5,
	PERF_SOFTWARE_MAJOR = 6,
	PERF_SOFTWARE_DUMMY = 9,
};
/* perf_attr.sample_type */
enum {
	PERF_HAS_IP = 1 << 0,
	PERF_HAS_TID = 1 << 1,
	PERF_HAS_TIME = 1 << 2,
	PERF_HAS_ADDR = 1 << 3,
	PERF_HAS_READ = 1 << 4,
	PERF_HAS_CHAIN = 1 << 5,
	PERF_HAS_ID = 1 << 6,
	PERF_HAS_CPU = 1 << 7,
	PERF_HAS_PERIOD = 1 << 8,
	PERF_HAS_STREAM = 1 << 9,
	PERF_HAS_RAW = 1 << 10,
	PERF_HAS_BRANCHES = 1 << 11,
	PERF_HAS_REGISTERS = 1 << 12,
	PERF_HAS_STACK = 1 << 13,
	PERF_HAS_WEIGHT = 1 << 14,
	PERF_HAS_SOURCE = 1 << 15,
	PERF_HAS_IDENTIFIER = 1 << 16,
	PERF_HAS_TRANSACTION = 1 << 17,
	PERF_HAS_KERNEL_REGISTERS = 1 << 18,
	PERF_HAS_PHYSICAL = 1 << 19,
	PERF_HAS_CGROUP = 1 << 21, /* behind it nothing is looked at */
	PERF_HAS_WEIGHTS = 1 << 24,
};
#define PERF_SAMPLES_KNOWN ((1ULL << 25) - 1)
/* perf_attr.read_format */
enum {
	PERF_READ_TIMES = 1 << 0 | 1 << 1,
	PERF_READ_ID = 1 << 2,
	PERF_READ_GROUP = 1 << 3,
	PERF_READ_LOST = 1 << 4,
};
#define PERF_BRANCH_HAS_INDEX (1ULL << 17) /* of perf_attr.branches */
#define PERF_BRANCH_BYTES 24
#define PERF_FAULT_SAMPLE                                                                  \
	(PERF_HAS_IDENTIFIER | PERF_HAS_IP | PERF_HAS_TID | PERF_HAS_TIME | PERF_HAS_ADDR | \
	 PERF_HAS_RAW | PERF_HAS_WEIGHT)
/* What was asked for beside. */
#define PERF_FAULT_MORE (PERF_HAS_CHAIN | PERF_HAS_REGISTERS | PERF_HAS_STACK | PERF_HAS_CGROUP)
#define PERF_SIDEBAND_SAMPLE (PERF_HAS_IDENTIFIER | PERF_HAS_TID | PERF_HAS_TIME)
/* perf_attr.flags */
#define PERF_FLAG_MMAP (1ULL << 8)
#define PERF_FLAG_COMM (1ULL << 9)
#define PERF_FLAG_FREQUENCY (1ULL << 10) /* period is samples a second */
#define PERF_FLAG_TASK (1ULL << 13)
#define PERF_FLAG_MMAP_DATA (1ULL << 17)
#define PERF_FLAG_ID_ALL (1ULL << 18)
#define PERF_FLAG_NO_USER_CHAIN (1ULL << 22)
#define PERF_FLAG_MMAP2 (1ULL << 23)
#define PERF_FLAG_COMM_EXEC (1ULL << 24)
#define PERF_FLAG_CLOCK (1ULL << 25)
#define PERF_FLAG_BUILD_ID (1ULL << 34)
#define PERF_SIDEBAND_FLAGS                                                                     \
	(PERF_FLAG_MMAP | PERF_FLAG_COMM | PERF_FLAG_TASK | PERF_FLAG_MMAP_DATA | PERF_FLAG_ID_ALL | \
	 PERF_FLAG_MMAP2 | PERF_FLAG_COMM_EXEC | PERF_FLAG_CLOCK | PERF_FLAG_BUILD_ID)
#define PERF_CLOCK_MONOTONIC 1
/* Of a chain: whose the addresses are that follow. */
#define PERF_CHAIN_KERNEL ((uint64_t)-128)
#define PERF_CHAIN_USER ((uint64_t)-512)
#define PERF_CHAIN_MARKS ((uint64_t)-4095) /* from here on all are such */
/* The registers of x86-64 that a stack is unwound from, a bit each: all but DS, ES, FS and GS. */
#define PERF_REGISTERS 0xff0fffULL
#define PERF_REGISTERS_OF_64_BIT 2 /* what stands before them; 0: none follow */

struct perf_record {
	uint32_t type;
	uint16_t misc, size;
};
enum {
	PERF_IS_MMAP = 1,
	PERF_IS_LOST = 2,
	PERF_IS_COMM = 3,
	PERF_IS_EXIT = 4,
	PERF_IS_FORK = 7,
	PERF_IS_SAMPLE = 9,
	PERF_IS_MMAP2 = 10,
	PERF_IS_LOST_SAMPLES = 13,
	PERF_IS_KSYMBOL = 17,
	PERF_IS_CGROUP = 19,
	PERF_IS_OF_PERF = 64, /* from here on the kernel wrote none */
	/* Of a head that comes as records: */
	PERF_IS_ATTR = 64, /* a struct perf_attr as long as it says, ids */
	PERF_IS_TRACING_DATA = 66, /* 32 bits: so many bytes follow that are no records */
	PERF_IS_ROUND = 68, /* what stands before is older than what stands behind */
	PERF_IS_AUX = 71, /* so many bytes follow that are no records */
	PERF_IS_FEATURE = 80, /* 64 bits: which one; then what a file has in that part */
	PERF_IS_PACKED = 81, /* zstd, one stream in all of them */
	PERF_IS_PACKED_AND_PADDED = 83, /* 64 bits: how many bytes of it follow; since perf 6.16 */
};
/* perf_record.misc */
enum {
	PERF_MISC_KERNEL = 1,
	PERF_MISC_USER = 2,
	/* Of COMM: it became another program; of MMAP: of data; of FORK: it is there already, and its mappings follow. */
	PERF_MISC_EXEC = 1 << 13,
	PERF_MISC_BUILD_ID = 1 << 14, /* of MMAP2 */
};

struct perf_task { /* COMM has the first two, FORK and EXIT all */
	uint32_t pid, parent, tid, parent_tid;
	uint64_t time;
};
struct perf_comm {
	uint32_t pid, tid; /* then the name */
};
struct perf_place {
	uint32_t major, minor;
	uint64_t inode, generation;
};
struct perf_mmap2 {
	uint32_t pid, tid;
	uint64_t start, length, offset;
	uint8_t build_id_size; /* with PERF_MISC_BUILD_ID; else a struct perf_place begins here */
	uint8_t spare[3];
	uint8_t build_id[20];
	uint32_t prot, flags; /* then the file's name */
};
#define PERF_PROT 7u /* of prot: read, write, execute */
#define PERF_PROT_EXEC 4u
#define PERF_MAP_SHARED 1u /* of flags */
struct perf_ksymbol {
	uint64_t start;
	uint32_t length;
	uint16_t type, flags; /* then the function's name */
};
struct perf_cgroup {
	uint64_t id; /* then its path */
};
struct perf_lost {
	uint64_t id, n;
};
#define PERF_LOST_FAULTS (1ULL << 48) /* for id: the recorder's own loss */
/* At the end of every record but samples: PERF_SIDEBAND_SAMPLE. */
struct perf_trailer {
	uint32_t pid, tid;
	uint64_t time, id;
};

_Static_assert(sizeof(struct perf_header) == 104, "the file's format");
_Static_assert(sizeof(struct perf_attr_entry) == 128, "the file's format");
_Static_assert(sizeof(struct perf_mmap2) == 64, "the file's format");

#endif
