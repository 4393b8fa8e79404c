/* SPDX-License-Identifier: MIT */
/*
 * What the model tells an observer while it handles a fault: the stages S1 to S8 as
 * values, never text. One fault emits, in order: EXCEPTION, VMA, PERMISSION, WALK, ENTRY,
 * PAGE, INSTALL, RETURN; a refused one ends in SIGNAL (or in EXTABLE where the kernel made
 * the access) and leaves out what it does not reach. Physical addresses are the model's own.
 */
#ifndef CR2_STAGE_H
#define CR2_STAGE_H

#include <cr2/record.h>

CR2_BEGIN_DECLS

enum cr2_stage_kind {
	CR2_STAGE_EXCEPTION, /* S1 */
	CR2_STAGE_VMA, /* S2 */
	CR2_STAGE_PERMISSION, /* S3 */
	CR2_STAGE_WALK, /* S4 */
	CR2_STAGE_ENTRY, /* S5 */
	CR2_STAGE_PAGE, /* S6 */
	CR2_STAGE_INSTALL, /* S7 */
	CR2_STAGE_RETURN, /* S8 */
	CR2_STAGE_SIGNAL, /* S8 of a refused access in user mode */
	CR2_STAGE_EXTABLE, /* S8 of a refused access in kernel mode: the fixup, EFAULT */
};

enum cr2_access {
	CR2_ACCESS_READ,
	CR2_ACCESS_WRITE,
	CR2_ACCESS_FETCH,
};

/* One entry as a walk read it. */
struct cr2_walk_entry {
	enum cr2_level level;
	uint16_t index;
	uint64_t address; /* physical, of the entry */
	uint64_t value;
};

struct cr2_walk {
	uint64_t cr3;
	unsigned levels; /* 4 or 5 */
	unsigned n; /* entries read, top level first */
	struct cr2_walk_entry entries[CR2_LEVELS_MAX];
};

/* The frame that the CPU pushes, lowest address last pushed: error code at pushed_at. */
struct cr2_exception_frame {
	uint64_t error_code;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};

struct cr2_stage_exception {
	uint8_t vector;
	enum cr2_access access;
	uint64_t cr2;
	uint64_t pushed_at; /* kernel address of the error code on the kernel stack */
	uint64_t idt; /* address of the IDT, of 16 bytes an entry; 0: not given */
	uint64_t handler; /* address in IDT[14] */
	struct cr2_exception_frame frame;
	struct cr2_walk walk; /* the CPU's, that ended in the exception; n 0: not given */
};

struct cr2_vma_view {
	uint64_t start;
	uint64_t end; /* exclusive */
	uint64_t vm_flags; /* the kernel's bits under the profile */
	uint32_t object; /* CR2_NO_OBJECT: anonymous */
	uint64_t page_offset; /* of start in the object, pages; anonymous: start's page number */
	bool shared;
	bool anonymous; /* no file behind it (shared anonymous memory is: object is set) */
};

struct cr2_stage_vma {
	uint64_t address;
	bool found; /* start <= address < end */
	bool grown; /* the stack below it was extended to reach address */
	bool has_next; /* vma is the first that ends above address, where not found */
	bool has_previous; /* where not found: the last that ends at or below address */
	struct cr2_vma_view vma; /* as extended */
	struct cr2_vma_view previous;
	uint64_t grown_from; /* its start before, where grown */
};

struct cr2_stage_permission {
	enum cr2_access access;
	bool allowed;
	bool pkey; /* refused by a protection key */
	uint64_t required; /* the VM_ bit that the access needs */
	uint64_t vm_flags;
	uint32_t fault_flags; /* FAULT_FLAG_ bits given to handle_mm_fault */
};

struct cr2_stage_walk {
	struct cr2_walk walk;
	unsigned tables_allocated; /* page tables that the kernel added below the last entry */
	struct cr2_walk after; /* where any: the walk down to what decides, as it now is */
};

enum cr2_entry_state {
	CR2_ENTRY_NONE,
	CR2_ENTRY_PRESENT,
	CR2_ENTRY_PROTNONE,
	CR2_ENTRY_SWAP,
	CR2_ENTRY_MIGRATION,
	CR2_ENTRY_GUARD, /* a guard page's marker */
	CR2_ENTRY_POISON, /* the marker of a page that is lost */
	CR2_ENTRY_PROTECTED, /* a marker: nothing is there, and what comes is userfaultfd's to protect */
};

struct cr2_stage_entry {
	struct cr2_walk_entry entry; /* the one that decides: a PTE, or a PMD for 2 MiB */
	enum cr2_entry_state state;
	enum cr2_path path; /* where handle_pte_fault goes: cr2_path_function() names it */
	uint64_t userfault; /* the VM_UFFD_ bit for which handle_userfault() took it; 0: none did */
	/* Of a mapping of CR2_MAP_HUGETLB, as the fault found the pool. */
	bool hugetlb, gigantic; /* gigantic: of pages of 1 GiB */
	bool reserved; /* a page is promised to this place */
	bool behind_end; /* of its file, where there is no page */
	bool withdrawn; /* the mapping lost a page to the process that it was inherited from */
	uint32_t pool_free;
	int32_t pool_reserved; /* of those that are free; the kernel's count, which can be below 0 */
};

/* What became of the page. */
enum cr2_page_action {
	CR2_PAGE_ZEROED, /* new, zeroed */
	CR2_PAGE_ZERO_SHARED, /* the shared zero page */
	CR2_PAGE_COPIED, /* new, copied from the old one */
	CR2_PAGE_REUSED, /* the old one, made writable */
	CR2_PAGE_CACHED, /* found in the page cache */
	CR2_PAGE_READ, /* read from disk: major */
	CR2_PAGE_SWAP_CACHED, /* found in the swap cache */
	CR2_PAGE_SWAP_READ, /* read from swap: major */
	CR2_PAGE_SPLIT, /* a 2 MiB mapping became 512 entries */
	CR2_PAGE_UNCHANGED, /* spurious */
	CR2_PAGE_MIGRATED, /* the old one, in a frame of another node */
	CR2_PAGE_ANSWERED, /* as userfaultfd's thread left it */
	CR2_PAGE_ANSWERED_LATE, /* the same, for a fault that is tried again: major */
};

/* A frame and what holds it. Counts are as the kernel's: page_count and page_mapcount. */
struct cr2_frame_view {
	uint64_t pfn; /* CR2_NO_FRAME: none */
	uint32_t refs_before, refs_after;
	uint32_t maps_before, maps_after;
	bool exclusive_before, exclusive_after; /* PageAnonExclusive */
	bool merged; /* by KSM */
	enum cr2_page_kind kind; /* ANON, HUGE, FILE, ZERO, HUGE_ZERO; NOMAP: not given */
};

struct cr2_stage_page {
	enum cr2_page_action action;
	enum cr2_path path;
	struct cr2_frame_view old_page; /* what was mapped, copied or found */
	struct cr2_frame_view new_page; /* what is mapped now; the same pfn where reused */
	uint32_t object; /* of a file page */
	uint64_t index; /* page number in it */
	unsigned bytes_copied;
	uint8_t page_shift; /* of the entry: how much it maps */
	unsigned around_first, around_count; /* fault-around: entries mapped besides, by index */
};

struct cr2_stage_install {
	struct cr2_walk_entry entry; /* value: the new one */
	uint64_t old_value;
	bool flushed; /* a TLB entry was invalidated */
	uint8_t page_shift;
};

struct cr2_stage_return {
	uint64_t rip;
	bool retried; /* the access was made again after iretq */
	bool tlb_miss;
	struct cr2_walk walk; /* the hardware walk that succeeded */
	uint64_t physical; /* address accessed */
	enum cr2_access access;
	uint8_t value; /* loaded or stored */
};

struct cr2_stage_signal {
	int signo;
	int code; /* si_code */
	uint64_t address; /* si_addr */
	uint64_t error_code; /* as the signal frame shows it */
	enum cr2_path path;
};

struct cr2_stage_extable {
	uint64_t ip; /* of the kernel's instruction that faulted */
	uint64_t fixup; /* where it goes on instead */
	enum cr2_result result; /* of the system call: EFAULT */
	enum cr2_path path;
};

struct cr2_stage {
	enum cr2_stage_kind kind;
	uint32_t process;
	union {
		struct cr2_stage_exception exception;
		struct cr2_stage_vma vma;
		struct cr2_stage_permission permission;
		struct cr2_stage_walk walk;
		struct cr2_stage_entry entry;
		struct cr2_stage_page page;
		struct cr2_stage_install install;
		struct cr2_stage_return ret;
		struct cr2_stage_signal signal;
		struct cr2_stage_extable extable;
	};
};

typedef void cr2_stage_fn(void *data, const struct cr2_stage *stage);

CR2_END_DECLS

#endif
