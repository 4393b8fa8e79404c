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

CR2_BEGIN_DECLS

/* Linux's numbers on x86-64, spelt out because the model is freestanding. */
enum {
	CR2_PROT_READ = 1,
	CR2_PROT_WRITE = 2,
	CR2_PROT_EXEC = 4,

	CR2_MAP_SHARED = 0x01,
	CR2_MAP_PRIVATE = 0x02,
	CR2_MAP_DROPPABLE = 0x08, /* in the place of the two above */
	CR2_MAP_FIXED = 0x10,
	CR2_MAP_ANONYMOUS = 0x20,
	CR2_MAP_32BIT = 0x40, /* with CR2_MAP_HINT, and what it comes to where the hint is not followed */
	CR2_MAP_GROWSDOWN = 0x100,
	CR2_MAP_LOCKED = 0x2000,
	CR2_MAP_NORESERVE = 0x4000,
	CR2_MAP_POPULATE = 0x8000,
	CR2_MAP_HUGETLB = 0x40000,
	CR2_MAP_FIXED_NOREPLACE = 0x100000,
	CR2_MAP_HUGE_1GB = 0x78000000, /* with HUGETLB; else its pages have 2 MiB */
	CR2_MAP_HINT = 0x800000, /* no flag of Linux's: EEXIST where the kernel would take another place */

	CR2_MREMAP_MAYMOVE = 1,
	CR2_MREMAP_FIXED = 2,
	CR2_MREMAP_DONTUNMAP = 4,

	CR2_MLOCK_ONFAULT = 1,
	CR2_MCL_CURRENT = 1,
	CR2_MCL_FUTURE = 2,
	CR2_MCL_ONFAULT = 4,

	CR2_MS_ASYNC = 1,
	CR2_MS_INVALIDATE = 2,
	CR2_MS_SYNC = 4,

	CR2_MIGRATE_REMOTE = 1,
	CR2_MIGRATE_ALL = 2, /* also what other processes map */

	CR2_UFFD_MISSING = 1,
	CR2_UFFD_WP = 2,
	CR2_UFFD_MINOR = 4,
	CR2_UFFD_SIGBUS = 8,
	CR2_UFFD_ASYNC = 16,
	CR2_UFFD_UNPOPULATED = 32,
	CR2_UFFD_EVENTS = 64,
	CR2_UFFD_FEATURES = CR2_UFFD_SIGBUS | CR2_UFFD_ASYNC | CR2_UFFD_UNPOPULATED | CR2_UFFD_EVENTS,

	CR2_SCAN_PROTECT = 1,

	CR2_PROTECT_KEY = 1,

	CR2_ADVISE_BY = 1, /* process_madvise, by another process or itself */

	CR2_PIN_RO = 1,

	CR2_SEAL_SHRINK = 0x02,
	CR2_SEAL_GROW = 0x04,
	CR2_SEAL_WRITE = 0x08,
	CR2_SEAL_FUTURE_WRITE = 0x10,

	CR2_FILE_READ_ONLY = 1,
	CR2_FILE_FULL = 2,
	CR2_FILE_HUGETLB = 4, /* of pages of the pool */
};

/* What a mapping of these CR2_MAP_ flags has whole pages of, and where it can have borders: bytes. */
static inline uint64_t cr2_map_unit(uint32_t flags)
{
	return !(flags & CR2_MAP_HUGETLB) ? CR2_PAGE_SIZE :
	       (flags & CR2_MAP_HUGE_1GB) == CR2_MAP_HUGE_1GB ? CR2_GIGANTIC_SIZE : CR2_HUGE_SIZE;
}

/* What a process may have; each has limits of its own, which whom it makes begins with. */
enum cr2_limit {
	CR2_LIMIT_STACK, /* to what a mapping that grows may grow */
	CR2_LIMIT_AS, /* of all mappings */
	CR2_LIMIT_DATA, /* of private mappings that may be written */
	CR2_LIMIT_MEMLOCK, /* of locked ones, unless the process may lock all */
	CR2_LIMITS,
	CR2_LIMIT_MEMORY = CR2_LIMITS, /* what all processes together get from then on, in pages of their memory */
};

/* What becomes of a protection key; but for the last: rights, as PKRU has them. */
enum {
	CR2_PKEY_ALL = 0,
	CR2_PKEY_NONE = 1,
	CR2_PKEY_READ = 2,
	CR2_PKEY_FREE = 3,
};
#define CR2_PKRU_INIT 0x55555554U /* of a new process: no key but the first allows anything */
#define CR2_PKEYS 16 /* 0 is what memory has that was given no other */

#define CR2_NO_OBJECT UINT32_MAX
#define CR2_FILE_BYTE 0xC3 /* of which files are made, and what userfaultfd's thread answers with */

/* The stack of a program: its end, and how many pages execve gives it, of which the last is there. */
#define CR2_STACK_TOP 0x7ffffffff000ULL
#define CR2_STACK_PAGES 33

#define CR2_KERNEL_BYTES (4U * CR2_PAGE_SIZE) /* that one KREAD or KWRITE copies */

/*
 * One operation. Which members count depends on kind:
 *   FILE SHMEM   object (its new number), length, cold (FILE only): all bytes CR2_FILE_BYTE; flags (CR2_FILE_READ_ONLY:
 *                open for reading alone; SHMEM: CR2_FILE_FULL: where there is no room for more pages; CR2_FILE_HUGETLB:
 *                memfd_create(MFD_HUGETLB), and then zeros, none there)
 *   MAP          address (always set: the source places mappings; CR2_MAP_FIXED when it
 *                may replace, CR2_MAP_FIXED_NOREPLACE or CR2_MAP_HINT when it may not, else the range is free), length, prot, flags, object, offset
 *   UNMAP UNLOCK   address, length
 *   BRK          address (where the heap begins, if the process has none yet), length (what it has), new_length
 *   SHM          object (its new number), length: zeros
 *   PROGRAM      object (its new number), address (where its text goes), length (of its text), new_length (of its data, behind
 *                that), offset (of its bss, in whole pages behind data's last): a file of a page that describes it, text and
 *                data, all bytes CR2_FILE_BYTE, open for reading alone
 *   SHMAT        address (free), length (the segment's), prot (without WRITE: SHM_RDONLY), flags (CR2_MAP_SHARED), object
 *   SHMDT        address, length
 *   MIGRATE      address, length, flags (CR2_MIGRATE_; without REMOTE back to the CPU's node)
 *   NUMA_SCAN KSM_SCAN CLEAR_REFS    -
 *   SCAN         address, length, flags (CR2_SCAN_)
 *   SYNC         address, length, flags (CR2_MS_; 0 is CR2_MS_SYNC)
 *   LOCK         address, length, flags (CR2_MLOCK_)
 *   LOCKALL      flags (CR2_MCL_)
 *   UNLOCKALL    -
 *   LIMIT        flags (enum cr2_limit), length
 *   PROTECT      address, length, prot, flags (CR2_PROTECT_KEY: it gets key, too)
 *   KEY          key (from 1), flags (CR2_PKEY_): one that the process has not got is allocated first
 *   MSEAL        address, length
 *   MDWE         -
 *   ADVISE       address, length, advice; flags CR2_ADVISE_BY: by, and a second range at new_address of new_length, or 0
 *   REMAP        address, length, new_length, flags (CR2_MREMAP_), new_address when FIXED
 *   UFFD         address, length, flags (CR2_UFFD_; 0 unregisters). Each process has a userfaultfd of its own,
 *                with UFFD_FEATURE_SIGBUS (CR2_UFFD_SIGBUS) or with a thread that answers, and perhaps with others
 *                (CR2_UFFD_FEATURES): the first UFFD says. With events (CR2_UFFD_EVENTS) FORK gives the child one
 *   UFFD_COPY    address, length, value: of all bytes; flags (CR2_UFFD_WP: what comes is protected)
 *   UFFD_CONTINUE   address, length, flags as UFFD_COPY
 *   UFFD_ZERO UFFD_POISON   address, length
 *   UFFD_MOVE    address, length, new_address
 *   UFFD_WP      address, length, flags (CR2_UFFD_WP; 0 takes the protection away)
 *   HOLD RELEASE address, length. References belong to the memory, and are known by where they were taken
 *   PIN          address, length, flags (CR2_PIN_)
 *   EVICT        object
 *   TRUNCATE     object, length
 *   ALLOCATE     object (of pages of the pool), offset, length
 *   FWRITE       object, offset, value
 *   FREAD        object, offset
 *   SEAL         object, flags (CR2_SEAL_)
 *   FORK         child (the new process's number)
 *   THREAD VFORK   child (a number of its own, for who acts in this process's memory from now on)
 *   EXECVE       object (or CR2_NO_OBJECT: a program that is not of interest), and of that address, length, new_length, offset
 *   EXIT         -
 *   READ READ8 EXEC   address
 *   WRITE WRITE8 CMPXCHG   address, value: of all bytes; CMPXCHG stores it where the byte is 0
 *   KREAD        address, length (0: one byte; CR2_KERNEL_BYTES at the most)
 *   KWRITE       address, length, value: of all bytes
 *   MINCORE      address
 *   PEEK VMREAD  address, by
 *   POKE VMWRITE address, by, value
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
	uint32_t by; /* the process that reaches into this one's memory */
	uint8_t prot;
	uint8_t value;
	bool cold;
	uint8_t key;
	enum cr2_advice advice;
};

/* Does another process do it, `by`, or the process itself by a call that could be another's? */
static inline bool cr2_op_is_by_other(const struct cr2_op *op)
{
	return cr2_op_is_remote(op->kind) || (op->kind == CR2_OP_ADVISE && op->flags & CR2_ADVISE_BY);
}
/* The same of its second range; false: it has none. */
static inline bool cr2_op_second(const struct cr2_op *op, struct cr2_op *ret_second)
{
	if (op->kind != CR2_OP_ADVISE || !op->new_length)
		return false;
	*ret_second = *op;
	ret_second->address = op->new_address;
	ret_second->length = op->new_length;
	ret_second->new_length = 0;
	return true;
}
/* How many bytes an access is about. */
static inline uint64_t cr2_op_bytes(const struct cr2_op *op)
{
	if (op->kind == CR2_OP_READ8 || op->kind == CR2_OP_WRITE8)
		return 8;
	return (op->kind == CR2_OP_KREAD || op->kind == CR2_OP_KWRITE) && op->length ? op->length : 1;
}
/* Does an access touch the page at address? */
static inline bool cr2_op_touches(const struct cr2_op *op, uint64_t address)
{
	return (address & CR2_PAGE_MASK) - (op->address & CR2_PAGE_MASK) <=
	       ((op->address + cr2_op_bytes(op) - 1) & CR2_PAGE_MASK) - (op->address & CR2_PAGE_MASK);
}

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
	/*
	 * A successful READ, READ8 (its first byte), KREAD, PEEK, VMREAD or FREAD: value was loaded; CMPXCHG: it was there before;
	 * MINCORE: 1 where the page is in memory. KREAD and KWRITE with a length: so many bytes were copied; ADVISE of two ranges:
	 * so many bytes were advised.
	 */
	bool has_value;
	uint32_t value;
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
	uint64_t frame; /* where it was seen, if the source wants to know: runners' recount() */
	uint32_t mapcount; /* ANON, HUGE (of its first 4 KiB page), FILE */
	bool writable; /* the entry allows it; the model alone says so */
	uint32_t marks; /* CR2_MARK(), where the runner shows them */
};

/* Names by number: of processes and mappings in the order of their making, and of files. */
struct cr2_name_list {
	size_t n;
	char **items;
};
struct cr2_names {
	struct cr2_name_list processes, mappings, objects;
};
int cr2_names_copy(const struct cr2_names *names, struct cr2_names *ret_copy); /* 0 or -ENOMEM */
void cr2_names_finish(struct cr2_names *names);
const char *cr2_name(const struct cr2_name_list *list, uint32_t number); /* "?": has none */

/* Where a mapping is in one process; it stays known when nothing is mapped there any more. */
struct cr2_place {
	uint32_t mapping;
	uint64_t address;
	uint64_t pages;
};
struct cr2_places {
	const struct cr2_names *names;
	size_t n;
	const struct cr2_place *items;
};

/* What a statement or an access names: pages first to last of a mapping, or an absolute address. */
struct cr2_ref {
	uint32_t mapping; /* CR2_NO_OBJECT: absolute */
	int64_t first, last; /* pages, inclusive; equal for one page */
	bool whole; /* M alone, in a statement that takes a range */
	uint32_t byte; /* offset in the page */
	uint64_t address; /* absolute */
};
bool cr2_ref_equal(const struct cr2_ref *a, const struct cr2_ref *b);
/* "M@K", "M@K+B" or "0x..." of the ref's first page. Returns 0 or -ENOMEM. */
int cr2_ref_append(const struct cr2_names *names, const struct cr2_ref *ref, struct cr2_text *text);

/*
 * A page as observations have it: LITMUS.md "Observations". Pages that can be told from others
 * have a number, and a map count that belongs to the page and not to the place that shows it.
 */
struct cr2_page {
	enum cr2_page_kind kind;
	uint32_t object; /* FILE; else 0 */
	uint64_t number; /* ANON, HUGE: by first appearance in the run; FILE: page of the file; else 0 */
	uint32_t count; /* ANON, HUGE, FILE; else 0 */
	uint32_t marks; /* CR2_MARK(); 0 where nobody asked for them */
};
bool cr2_page_equal(const struct cr2_page *a, const struct cr2_page *b);
bool cr2_page_is_counted(enum cr2_page_kind kind); /* has a number and a map count */
/* n pages in a row: each like the first, or each with a number that is one more. */
struct cr2_pages {
	uint64_t n;
	struct cr2_page page;
	bool ascending;
};
/* Pages in a row, in as few pieces as there can be; equal rows are equal lists. */
struct cr2_page_list {
	uint64_t first; /* the first page's number in the address space: 2 MiB pages begin at 512 n */
	uint64_t n_pages;
	size_t n, capacity;
	struct cr2_pages *items;
};
int cr2_page_list_add(struct cr2_page_list *list, const struct cr2_pages *pages); /* 0 or -ENOMEM */
void cr2_page_list_finish(struct cr2_page_list *list);
/* How many tokens stand for a piece whose first page has this number: of 2 MiB pages one each. */
uint64_t cr2_pages_tokens(const struct cr2_pages *pages, uint64_t first);
/* The token of a page, and the list in the exchange format. Return 0 or -ENOMEM. */
int cr2_page_append(const struct cr2_names *names, const struct cr2_page *page,
		    struct cr2_text *text);
int cr2_page_list_append(const struct cr2_names *names, const struct cr2_page_list *list,
			 struct cr2_text *text);

/*
 * What an entry of Linux on x86-64 says, as CR2_MARK(): level 1 of a PTE, 2 of a PMD; exclusive: the page that it maps
 * is. Frames, swap types and offsets are no part of it.
 */
uint32_t cr2_marks_of_entry(uint64_t entry, unsigned level, bool exclusive);
/* "rwad", of what the entry says; and back: how many letters of text are marks. */
int cr2_marks_append(uint32_t marks, struct cr2_text *text); /* 0 or -ENOMEM */
size_t cr2_marks_parse(const char *text, uint32_t *ret_marks);

/* One fault as an observation shows it. */
struct cr2_observed_fault {
	uint64_t error_code;
	struct cr2_ref at;
	bool major;
	enum cr2_path path;
	enum cr2_evidence evidence;
};

/* What a step changed in the state (cr2/state.h), in the order in which it is to be applied. */
enum cr2_change_kind {
	CR2_CHANGE_PROCESS, /* process lives from now on */
	CR2_CHANGE_EXIT, /* it does so no longer, nor are its mappings there */
	CR2_CHANGE_MAPPING, /* mapping has pages.n pages; pages behind are gone, new ones unknown */
	CR2_CHANGE_GONE, /* mapping is there no longer */
	CR2_CHANGE_PAGES, /* from page first on there are these (their counts: see COUNT) */
	CR2_CHANGE_COUNT, /* pages.page has this map count */
};
struct cr2_change {
	enum cr2_change_kind kind;
	uint32_t process, mapping;
	uint64_t first; /* MAPPING: its first page's number in the address space, modulo 512 */
	struct cr2_pages pages;
};

/* One executed step. Numbers stand for the names that the list of observations has. */
struct cr2_observation {
	unsigned step; /* from 1 */
	unsigned line; /* of the litmus file */
	uint32_t process;
	enum cr2_op_kind op;
	bool has_at; /* accesses only: */
	struct cr2_ref at;
	enum cr2_result result;
	bool has_value;
	uint32_t value;
	bool either; /* the outcome's */
	size_t n_faults;
	struct cr2_observed_fault *faults;
	size_t n_changes;
	struct cr2_change *changes; /* of the state, since the observation before */
};
void cr2_observation_finish(struct cr2_observation *o);

struct cr2_observations {
	struct cr2_names names;
	size_t count, capacity;
	struct cr2_observation *items;
};
/* Takes the observation over, also on failure. Returns 0 or -ENOMEM. */
int cr2_observations_add(struct cr2_observations *list, struct cr2_observation *o);
void cr2_observations_finish(struct cr2_observations *list);

/* A failed expectation. */
struct cr2_failure {
	unsigned line;
	size_t observation; /* index into the run's observations */
	char *expected;
	char *seen;
};

/*
 * One cell in which two runs of a scenario differ. What each has there is in its observation,
 * but for pages. STATE: pages first to last of a mapping, and what they are on either side (an
 * empty list: the mapping is not there, or ends before); or, without a mapping, a process that
 * one side lacks.
 */
struct cr2_difference {
	size_t column; /* of the run that differs from the first one, from 1 */
	size_t observation;
	enum cr2_field field;
	uint32_t process, mapping; /* STATE; mapping CR2_NO_OBJECT: the process itself */
	uint64_t first, last; /* STATE: pages; MAJOR: first is the fault's index */
	bool lacks[2]; /* STATE: the first run, the other one, does not have it at all */
	struct cr2_page_list pages[2]; /* STATE: of the first run, of the other one */
};
struct cr2_differences {
	size_t count, capacity;
	struct cr2_difference *items;
	/* How many cells differed and were accepted, since Linux allows both. */
	uint64_t widened[CR2_WIDENING_COUNT];
};
void cr2_differences_finish(struct cr2_differences *differences);

CR2_END_DECLS

#endif
