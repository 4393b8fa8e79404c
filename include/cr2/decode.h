/* SPDX-License-Identifier: MIT */
/*
 * Explains what people have in their hands: error codes, page-table entries, addresses, words
 * of flags, the registers of a probe. Functions fill structs, and <cr2/view_decode.h> draws
 * them. Strings in them are static unless a comment says otherwise. Kernels are given as in
 * <cr2/flags.h>.
 */
#ifndef CR2_DECODE_H
#define CR2_DECODE_H

#include <stdbool.h>

#include <cr2/flags.h>
#include <cr2/record.h>
#include <cr2/stage.h>

CR2_BEGIN_DECLS

const char *cr2_access_name(enum cr2_access access); /* "read", "write", "fetch" */
const char *cr2_level_name(enum cr2_level level); /* "pte" to "pgd" */
const char *cr2_level_title(enum cr2_level level); /* "PTE" to "PGD" */
int cr2_level_parse(const char *name); /* the enumerator, or -EINVAL */
/* Bytes that an entry of this level spans: 4096 for a PTE. */
uint64_t cr2_level_size(enum cr2_level level);

/* A mapping as /proc/PID/maps has it. */
struct cr2_mapping {
	uint64_t start;
	uint64_t end; /* exclusive */
	uint8_t prot; /* CR2_PROT_ */
	bool shared;
	bool bare; /* its permissions are not known: prot and shared say nothing */
};
/*
 * "7f0000200000-7f0000204000:rw-p", the same without permissions, or a line of /proc/PID/maps.
 * Returns 0, or -EINVAL with what is wrong with it in *ret_reason.
 */
int cr2_mapping_parse(const char *s, struct cr2_mapping *ret_mapping, const char **ret_reason);

/* What is known of a page fault: its error code, and more where there is more. */
struct cr2_error_input {
	uint64_t code;
	bool has_address;
	uint64_t address;
	bool has_mapping;
	struct cr2_mapping mapping;
};

/* One thing that Linux can find, and what it does then: a row of cause.def. */
struct cr2_cause {
	const char *when;
	const char *function; /* where it ends */
	const char *what;
	enum cr2_path path; /* UNKNOWN where no path of ours has this name */
	enum cr2_result result; /* OK: the access is repeated; UNKNOWN: see what */
};

#define CR2_ERROR_CONFLICTS 20
#define CR2_ERROR_CAUSES 20
struct cr2_error {
	struct cr2_error_input input;
	uint64_t unknown; /* bits that the architecture does not define */
	enum cr2_access access; /* FETCH where I is set, WRITE where W is */
	bool user;
	bool present;
	/* Why no CPU pushes this code (with this address); none: it is possible. */
	size_t n_conflicts;
	const char *conflicts[CR2_ERROR_CONFLICTS];
	/* With an address and a mapping. The three numbers count where address >= start. */
	bool inside;
	uint64_t offset; /* of the address in the mapping */
	uint64_t page; /* number of its page in the mapping */
	uint64_t page_offset; /* of the address in its page */
	/* With a mapping not bare: what of needed (CR2_PROT_) it lacks, and whether the access may be. */
	uint8_t needed;
	uint8_t missing;
	bool permitted;
	/* What Linux can find, in the order in which it looks; alone: it is certain. */
	size_t n_causes;
	struct cr2_cause causes[CR2_ERROR_CAUSES];
	size_t likely; /* index of the likely one, by what is known of address and mapping */
};
void cr2_error_decode(const struct cr2_error_input *input, struct cr2_error *ret_error);
/* "user mode stored to a present page that refuses it". Returns 0 or -ENOMEM. */
int cr2_error_sentence(const struct cr2_error *error, struct cr2_text *text);

/* What a page-table entry is. */
enum cr2_entry_kind {
	CR2_ENTRY_KIND_NONE, /* nothing */
	CR2_ENTRY_KIND_PAGE, /* present, maps a page */
	CR2_ENTRY_KIND_TABLE, /* present, points to the next table */
	CR2_ENTRY_KIND_PROTNONE, /* a page that nobody may access */
	CR2_ENTRY_KIND_INVALIDATED, /* a huge page for the moment of a split or a collapse */
	CR2_ENTRY_KIND_SWAP, /* swapped out */
	CR2_ENTRY_KIND_SPECIAL, /* one of swap_type.def: migration, broken memory, ... */
	CR2_ENTRY_KIND_BAD, /* Linux makes no such entry */
};

/* How to read an entry. */
struct cr2_entry_input {
	uint64_t value;
	enum cr2_level level;
	unsigned levels; /* of the page tables, 4 or 5 */
	int kernel;
	/* Kernel configuration: it decides what the highest swap types stand for. */
	bool memory_failure; /* CONFIG_MEMORY_FAILURE */
	bool device_private; /* CONFIG_DEVICE_PRIVATE */
};

/* A row of swap_type.def. */
struct cr2_swap_type {
	const char *name;
	const char *meaning;
	bool has_pfn;
};

struct cr2_entry {
	struct cr2_entry_input input;
	enum cr2_entry_kind kind;
	bool present; /* bit 0: the CPU's view */
	struct cr2_flags flags; /* by table; NONE, BAD: all is unknown */
	enum cr2_flag_table table;
	uint64_t reserved; /* bits that the CPU wants clear and are not: an RSVD fault */
	bool has_pfn;
	uint64_t pfn;
	uint64_t phys; /* address of the page, or of the table */
	uint64_t size; /* bytes mapped, or spanned by the table */
	bool inverted; /* the frame stands with all bits flipped, because of L1TF */
	unsigned pat; /* PAGE, PROTNONE: index into the PAT */
	const char *memory_type; /* under Linux's PAT: "WB" */
	/* SWAP and SPECIAL */
	unsigned swap_type;
	uint64_t swap_offset;
	const struct cr2_swap_type *special;
	bool young, dirty; /* migration: the bits that the entry gets back */
	struct cr2_flags marker; /* a pte_marker's */
};
/* How entries are read by default: a PTE, 4 levels, as Debian configures its kernel. */
void cr2_entry_input_init(struct cr2_entry_input *input);
void cr2_entry_decode(const struct cr2_entry_input *input, struct cr2_entry *ret_entry);
const char *cr2_entry_kind_name(enum cr2_entry_kind kind); /* "none", "page", ... */

/* A virtual address taken apart. */
struct cr2_va {
	uint64_t address;
	unsigned levels; /* 4 or 5 */
	bool canonical;
	bool kernel; /* bit 63: the upper half */
	unsigned indices[CR2_LEVELS_MAX]; /* from the top level */
	uint64_t offset; /* in the 4 KiB page */
};
void cr2_va_decode(uint64_t address, unsigned levels, struct cr2_va *ret_va);
/* What Linux keeps there: "user space", "the kernel's modules"; never NULL. */
const char *cr2_va_region(uint64_t address, unsigned levels);
/* The level of indices[i]. */
enum cr2_level cr2_va_level(const struct cr2_va *va, size_t i);

/* "di", "rdi", "%rdi", "RDI"; returns the enumerator or -EINVAL. */
int cr2_register_parse(const char *name);

struct cr2_registers {
	uint32_t given; /* bit 1 << CR2_REGISTER_DI and so on */
	uint64_t values[CR2_REGISTER_COUNT];
};
/* Adds "di=0xffff888112340000". Returns 0, or -EINVAL with what is wrong in *ret_reason. */
int cr2_registers_parse(struct cr2_registers *registers, const char *word,
			const char **ret_reason);

/* One argument, or the result, of a probed function. */
struct cr2_argument {
	const char *name; /* the kernel's; "return value" */
	const char *type; /* as C writes it */
	enum cr2_register reg;
	unsigned bits; /* of the register that count: 32 of an int; 0: of void */
	bool given; /* else value and meaning are empty */
	uint64_t value; /* as in the register */
	struct cr2_text meaning; /* owned */
};

#define CR2_ARGUMENTS 6 /* in registers; more are on the stack */
struct cr2_probe {
	const char *function;
	size_t n_arguments;
	struct cr2_argument arguments[CR2_ARGUMENTS];
	struct cr2_argument result; /* given where ax is: what a kretprobe sees */
	size_t n_unused; /* registers given that hold no argument of this function */
	enum cr2_register unused[CR2_REGISTER_COUNT];
};
/*
 * Returns 0; -ENOENT: no function of the fault path that we know; -EOPNOTSUPP: it is one, but
 * not of this kernel; -ENOMEM. Ended with cr2_probe_finish().
 */
int cr2_probe_decode(const char *function, const struct cr2_registers *registers, int kernel,
		     struct cr2_probe *ret_probe);
void cr2_probe_finish(struct cr2_probe *probe);
/* The functions, each once; returns how many, ret_names has room for as many as n. */
size_t cr2_probe_functions(const char **ret_names, size_t n);

CR2_END_DECLS

#endif
