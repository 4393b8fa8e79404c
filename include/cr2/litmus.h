/* SPDX-License-Identifier: MIT */
/*
 * The scenario language (docs: LITMUS.md): its text becomes statements. cr2/run.h runs them and
 * compares runs; cr2/generate.h makes scenarios.
 */
#ifndef CR2_LITMUS_H
#define CR2_LITMUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>
#include <cr2/model.h>
#include <cr2/record.h>

CR2_BEGIN_DECLS

#define CR2_NAME_MAX 15

/* The mappings of a process that runs a program of the scenario's: names in this order, one after the other. */
enum cr2_program_part {
	CR2_PART_TEXT,
	CR2_PART_DATA,
	CR2_PART_BSS,
	CR2_PART_STACK,
	CR2_PARTS,
};

/*
 * Where scenarios' mappings are placed: the first at CR2_LITMUS_BASE, each next one 2 MiB
 * aligned with CR2_LITMUS_GAP free before it. The same on every target: below every
 * address that Linux picks by itself for a small program, sanitizers included.
 */
#define CR2_LITMUS_BASE 0x200000200000ULL
#define CR2_LITMUS_GAP (1ULL << 30)
#define CR2_LITMUS_END 0x500000000000ULL
/* Where a scenario may place a mapping itself: outside of that, at 0 or from here on (vm.mmap_min_addr is this, or less). */
#define CR2_LITMUS_PLACE_MIN 0x10000ULL
/*
 * At most so many pages in a mapping, a file, or a range; steps of one statement; page
 * numbers K of M@K up to +-CR2_LITMUS_REACH.
 */
#define CR2_LITMUS_PAGES_MAX (1ULL << 24)
#define CR2_LITMUS_STEPS_MAX (1ULL << 16)
#define CR2_LITMUS_REACH (1LL << 30)

struct cr2_settings {
	enum cr2_thp thp;
	uint32_t thp_pages; /* in a huge page; as in struct cr2_model_config */
	enum cr2_shmem_thp shmem_thp;
	uint32_t fault_around; /* pages */
	bool fault_around_set; /* the file asks for it by name */
	bool swap;
	bool keys; /* the CPU has protection keys */
	uint32_t hugetlb; /* 2 MiB pages in the pool */
	uint32_t gigantic; /* 1 GiB pages in theirs */
	unsigned levels; /* of page tables: 4 or 5 */
	int kernel; /* major * 1000 + minor; 0: any */
};

/* What is shown of pages beside what they are. */
enum {
	CR2_SHOW_ENTRIES = 1, /* what their entries say */
	CR2_SHOW_VMAS = 2, /* where mappings begin */
};

/* All words must hold; members that the file does not ask for have their has_ clear. */
struct cr2_expectation {
	bool none; /* no fault */
	bool has_faults, has_major, has_path, has_result, has_value;
	unsigned faults; /* so many, no more */
	unsigned n_error_codes; /* of faults in this order, others may come between */
	uint64_t error_codes[CR2_OUTCOME_FAULTS];
	bool major;
	enum cr2_path path;
	enum cr2_result result;
	uint32_t value;
	char *map; /* token, or NULL */
	bool has_entry, has_vmas;
	uint32_t entry; /* CR2_MARK() */
	uint64_t vmas; /* how many mappings there are in the range */
	bool any; /* is there an expectation at all */
};

struct cr2_statement {
	unsigned line;
	enum cr2_op_kind kind;
	uint32_t process;
	uint32_t name; /* of an object (FILE SHMEM SHM PROGRAM), mapping (MAP REMAP BRK SHMAT; EXECVE: of the first of its parts) or process (FORK THREAD VFORK; PEEK POKE VMREAD VMWRITE ADVISE: by which) */
	struct cr2_ref ref; /* RANGE or REF */
	uint64_t pages; /* FILE SHMEM SHM MAP REMAP TRUNCATE ALLOCATE LIMIT BRK SHMAT; PROGRAM EXECVE: of its text */
	uint64_t data, bss; /* PROGRAM EXECVE: pages; data ends at byte of one more */
	uint32_t object; /* MAP SHMAT EVICT TRUNCATE ALLOCATE FWRITE FREAD SEAL EXECVE; or CR2_NO_OBJECT */
	uint64_t object_page; /* F@K */
	uint32_t byte; /* FILE SHMEM TRUNCATE PROGRAM EXECVE: N+B; FWRITE FREAD: F@K+B */
	uint8_t prot;
	uint32_t map_flags; /* CR2_MAP_ */
	uint32_t uffd_flags; /* CR2_UFFD_ */
	uint32_t flags; /* FILE SHMEM SEAL PROTECT KEY LOCK LOCKALL LIMIT MIGRATE PIN SYNC REMAP ADVISE: as the operation's */
	uint8_t key; /* PROTECT KEY */
	bool cold;
	struct cr2_ref to; /* UFFD_MOVE, REMAP ... at M2@K: the page that the first one goes to; ADVISE: a second range */
	bool at; /* MAP ... at M2@K: ref says where; REMAP ... at M2@K: to does; ADVISE: to is one */
	bool placed; /* MAP ... at 0x...: */
	uint64_t address;
	enum cr2_advice advice;
	uint8_t value;
	uint32_t bytes; /* KREAD KWRITE: how many; 0: one, of which nobody counts how many were copied */
	struct cr2_expectation expect;
};

struct cr2_litmus {
	char *path;
	char *title; /* the first comment line, without its #; or NULL */
	struct cr2_settings settings;
	unsigned shows; /* CR2_SHOW_: what of pages its expectations are about */
	struct cr2_names names; /* in order of (first) creation; process 0 is "parent" */
	size_t n_statements;
	struct cr2_statement *statements;
	char *source; /* the text, for excerpts */
};

/* By another process than its own, or by the call that would do that. */
static inline bool cr2_statement_is_by_other(const struct cr2_statement *s)
{
	return cr2_op_is_remote(s->kind) || (s->kind == CR2_OP_ADVISE && s->flags & CR2_ADVISE_BY);
}
/* Does it say how many bytes it has done? */
static inline bool cr2_statement_counts(const struct cr2_statement *s)
{
	return s->bytes || (s->kind == CR2_OP_ADVISE && s->at);
}
static inline bool cr2_litmus_has(const struct cr2_litmus *litmus, enum cr2_op_kind kind)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		if (litmus->statements[i].kind == kind)
			return true;
	return false;
}

/* Does the mapping's name go where REMAP moves it? Not where only a part goes, or the mapping stays behind, empty. */
static inline bool cr2_remap_renames(const struct cr2_statement *s)
{
	return s->ref.whole && !(s->flags & CR2_MREMAP_DONTUNMAP);
}

/*
 * Parses and checks text (length bytes; need not be NUL-terminated). path names it in
 * messages. Returns 0; -EINVAL with *ret_diag filled, on which all further mistakes hang (next), in
 * the order of their lines; -ENOMEM.
 */
int cr2_litmus_parse(const char *path, const char *text, size_t length,
		     struct cr2_litmus *ret_litmus, struct cr2_diag *ret_diag);
/* The same from a file. Also -ENOENT and other errnos of open and read, with *ret_diag filled. */
int cr2_litmus_load(const char *path, struct cr2_litmus *ret_litmus, struct cr2_diag *ret_diag);
void cr2_litmus_finish(struct cr2_litmus *litmus);

/*
 * The words of the language beside operations, advice, fault paths and results (<cr2/record.h>): the i-th, and which
 * one stands before it, or NULL where it begins a line, as settings do. NULL: there are no more.
 */
const char *cr2_litmus_word(size_t i, const char **ret_behind);

CR2_END_DECLS

#endif
