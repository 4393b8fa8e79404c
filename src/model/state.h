/* SPDX-License-Identifier: MIT */
/*
 * What a model is made of. Everything is held in arrays and named by number, so that a
 * copy is a copy of the arrays; what there is of each page is in arrays that a copy shares until
 * it is written (array.h). Frame 0 is never handed out: 0 means none.
 */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <cr2/flags.h>
#include <cr2/model.h>

#include "array.h"
#include "hw/entry.h"
#include "hw/mmu.h"
#include "hw/phys.h"
#include "profile.h"
#include "tree.h"

#define MAX_ORDER 10 /* largest buddy block: 4 MiB */
#define HPAGE_ORDER 9
#define HPAGE_PAGES 512
#define GIGANTIC_ORDER 18
#define GIGANTIC_PAGES (1U << GIGANTIC_ORDER)
#define PKEY_DEFAULT 0
#define STACK_GUARD_GAP (256 * CR2_PAGE_SIZE)
#define RECENT_VMAS 256

/* vm_flags and fault flags under the kernel's own names; their numbers are the tables'. */
#define VM_READ CR2_VM(READ)
#define VM_WRITE CR2_VM(WRITE)
#define VM_EXEC CR2_VM(EXEC)
#define VM_SHARED CR2_VM(SHARED)
#define VM_MAYREAD CR2_VM(MAYREAD)
#define VM_MAYWRITE CR2_VM(MAYWRITE)
#define VM_MAYEXEC CR2_VM(MAYEXEC)
#define VM_MAYSHARE CR2_VM(MAYSHARE)
#define VM_GROWSDOWN CR2_VM(GROWSDOWN)
#define VM_MAYBE_GUARD CR2_VM(MAYBE_GUARD)
#define VM_DONTEXPAND CR2_VM(DONTEXPAND)
#define VM_HUGETLB CR2_VM(HUGETLB)
#define VM_LOCKED CR2_VM(LOCKED)
#define VM_LOCKONFAULT CR2_VM(LOCKONFAULT)
#define VM_LOCKED_MASK (VM_LOCKED | VM_LOCKONFAULT)
#define VM_SEQ_READ CR2_VM(SEQ_READ)
#define VM_RAND_READ CR2_VM(RAND_READ)
#define VM_DROPPABLE CR2_VM(DROPPABLE)
#define VM_SEALED CR2_VM(SEALED)
#define VM_DONTCOPY CR2_VM(DONTCOPY)
#define VM_ACCOUNT CR2_VM(ACCOUNT)
#define VM_NORESERVE CR2_VM(NORESERVE)
#define VM_WIPEONFORK CR2_VM(WIPEONFORK)
#define VM_HUGEPAGE CR2_VM(HUGEPAGE)
#define VM_NOHUGEPAGE CR2_VM(NOHUGEPAGE)
#define VM_SOFTDIRTY CR2_VM(SOFTDIRTY)
#define VM_STICKY (VM_MAYBE_GUARD | VM_SOFTDIRTY) /* of neighbours that merge all the same */
#define VM_MERGEABLE CR2_VM(MERGEABLE)
#define VM_UFFD_MISSING CR2_VM(UFFD_MISSING)
#define VM_UFFD_WP CR2_VM(UFFD_WP)
#define VM_UFFD_MINOR CR2_VM(UFFD_MINOR)
#define VM_PKEY CR2_VM(PKEY)
#define VM_UFFD (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)
#define VM_ACCESS (VM_READ | VM_WRITE | VM_EXEC)

#define FAULT_FLAG_WRITE CR2_FAULT_FLAG(WRITE)
#define FAULT_FLAG_ALLOW_RETRY CR2_FAULT_FLAG(ALLOW_RETRY)
#define FAULT_FLAG_KILLABLE CR2_FAULT_FLAG(KILLABLE)
#define FAULT_FLAG_USER CR2_FAULT_FLAG(USER)
#define FAULT_FLAG_REMOTE CR2_FAULT_FLAG(REMOTE)
#define FAULT_FLAG_INSTRUCTION CR2_FAULT_FLAG(INSTRUCTION)
#define FAULT_FLAG_INTERRUPTIBLE CR2_FAULT_FLAG(INTERRUPTIBLE)
#define FAULT_FLAG_UNSHARE CR2_FAULT_FLAG(UNSHARE)
#define FAULT_FLAG_VMA_LOCK CR2_FAULT_FLAG(VMA_LOCK)

/* What software keeps in the bits that the walk ignores, and in entries that are not present. */
#define ENTRY_PROTNONE ENTRY_G /* with P clear */
#define ENTRY_SPECIAL CR2_PTE(SPECIAL)
#define ENTRY_SOFT_DIRTY CR2_PTE(SOFT_DIRTY)
#define ENTRY_SAVED_DIRTY CR2_PTE(SAVED_DIRTY)
#define ENTRY_UFFD_WP CR2_PTE(UFFD_WP)
#define SWP_EXCLUSIVE ENTRY_PWT
#define SWP_SOFT_DIRTY ENTRY_RW
#define SWP_UFFD_WP ENTRY_US
/* An entry of type 31 (bits 59 to 63) names no slot: it is a marker, its offset inverted in bits 9 to 58. */
#define PTE_MARKER(offset) (0xffffffffffffffffULL << 9 & ~((uint64_t)(offset) << 9))
#define PTE_MARKER_UFFD_WP PTE_MARKER(1)
#define PTE_MARKER_UFFD_WP_30 (PTE_MARKER(1) & ~(1ULL << 59)) /* where type 31 is another (profile.def) */
#define PTE_MARKER_POISONED PTE_MARKER(2)
#define PTE_MARKER_GUARD PTE_MARKER(4)
#define PTE_HWPOISON PTE_MARKER(8) /* a swap type of its own in the kernel: the frame is lost */

enum page_flag {
	PG_BUDDY = 1 << 0, /* free, head of a buddy block of .order */
	PG_TABLE = 1 << 1, /* a page table */
	PG_ANON = 1 << 2,
	PG_EXCLUSIVE = 1 << 3, /* PageAnonExclusive */
	PG_FILE = 1 << 4, /* in the page cache of .mapping at .index */
	PG_DIRTY = 1 << 5,
	PG_HEAD = 1 << 6, /* first page of a 2 MiB page */
	PG_TAIL = 1 << 7,
	PG_SWAPCACHE = 1 << 8, /* .swap is its slot */
	PG_LAZYFREE = 1 << 9, /* MADV_FREE: anonymous, not swap-backed */
	PG_RESTORE_RESERVE = 1 << 10, /* of the pool: free again, it is promised to who gave it up */
	PG_RECLAIM = 1 << 12, /* also read as PG_readahead, which has the same bit */
	PG_DROPPABLE = 1 << 13, /* ANON: of a droppable mapping, lazyfree, written to or not */
	PG_KSM = 1 << 12, /* ANON: merged, and nobody may write to it any more */
	PG_PARTIAL = 1 << 13, /* FILE, on disk: read in part (not up to date); the next who wants it reads the rest */
	PG_REMOTE = 1 << 14, /* in memory of another node than the CPU's */
	PG_CHARGED = 1 << 15, /* counts against the limit of memory */
	PG_MLOCKED = 1 << 10, /* not of the pool: stays in memory, though the mapping is locked no more */
	PG_RESERVED = 1 << 11, /* the kernel's own: zero page, kernel tables, stacks */
};

/* A frame as the kernel sees it. Of a 2 MiB page the counts of the whole are in its head. */
struct page {
	uint32_t refcount;
	uint32_t mapcount; /* by PTEs; of a head: of its first 4 KiB page */
	union {
		uint64_t index; /* FILE: page of the object; ANON: linear page of its first mapping */
		struct {
			uint32_t next, prev; /* BUDDY: the free list */
		};
	};
	uint32_t mapping; /* FILE: object; ANON: anon_vma root */
	uint32_t id; /* ANON and shared anonymous: observers know it by this */
	uint32_t swap; /* SWAPCACHE: slot; of a head: pmd_mapcount */
	uint16_t flags;
	uint8_t order; /* BUDDY, HEAD; FILE, on disk: of the folio that it is part of */
};

/* A mapping; all lie in one array. */
struct vma {
	uint64_t start, end; /* end 0: the number is free */
	uint64_t flags;
	uint64_t page_offset; /* in the object; anonymous: start >> 12 when created */
	uint32_t object; /* CR2_NO_OBJECT: private anonymous */
	uint32_t anon_vma; /* 0: no anonymous page was ever faulted in */
	bool cloned; /* its anon_vma chain came through fork: merging is restricted */
	bool reserves; /* HUGETLB, private: made with promises (HPAGE_RESV_OWNER) */
	bool wp_async; /* VM_UFFD_WP, by UFFD_FEATURE_WP_ASYNC: nobody is asked */
	bool wp_absent; /* VM_UFFD_WP: what is not there is protected, too, in anonymous memory, too */
	bool gigantic; /* HUGETLB: its pages have 1 GiB */
	bool withdrawn; /* HUGETLB: lost a page to who made it (HPAGE_RESV_UNMAPPED) */
	/* By number, 0: none. */
	uint32_t number;
	uint32_t process;
	uint32_t before, after; /* the process's neighbours by address */
	uint32_t object_before, object_after; /* others of the object, in no order */
	uint32_t attached; /* by shmat, each time as a file of its own: which; 0: otherwise mapped */
};

enum object_kind {
	OBJECT_FILE, /* on disk */
	OBJECT_SHMEM, /* a tmpfs file */
	OBJECT_SECRET, /* memfd_secret() */
	OBJECT_ANON, /* shared anonymous memory: a nameless tmpfs file */
	OBJECT_HUGETLB, /* behind a mapping of the pool, or a file or segment of its pages; in its cache the first of each */
};

struct object {
	enum object_kind kind;
	uint32_t number; /* the op's object; CR2_NO_OBJECT for those without a name */
	uint64_t pages; /* size */
	uint16_t tail; /* so many bytes of its last page are its own; 0: all */
	uint16_t made_tail; /* the same of the last of made_pages */
	uint8_t seals; /* CR2_SEAL_, of SHMEM */
	bool read_only; /* nobody has it open for writing */
	bool program; /* FILE: that execve runs */
	bool absent; /* HUGETLB: a segment that could not be made */
	uint64_t room; /* SHMEM: so many pages its tmpfs holds; 0: as many as there are */
	uint64_t used; /* of these */
	uint32_t refs; /* vmas, and 1 for a named one */
	uint32_t vmas; /* the first that maps it */
	struct tree cache; /* frame by page number; or SHMEM_SWAPPED | slot */
	bool gigantic; /* HUGETLB: as in its mappings */
	/* OBJECT_FILE: what was ever written, and holes, have blocks in model.disk; HUGETLB: its places that were promised pages, or have them; */
	struct tree blocks;
	uint64_t made_pages; /* what was made with the file and has none holds CR2_FILE_BYTE; */
}; /* all else zeros. */
#define SHMEM_SWAPPED 0x80000000U

/* To a page, by who has neither mapped nor cached it: a pipe, or a device. */
struct reference {
	uint32_t pfn;
	uint32_t next; /* taken before, at the same address; 0: none */
	bool pin;
};

struct process {
	bool alive;
	uint32_t ksm; /* when it came to KSM, by number; 0: KSM does not know it */
	bool has_pinned; /* MMF_HAS_PINNED: it has asked for a pin at least */
	bool mdwe; /* MMF_HAS_MDWE */
	bool markers; /* it may have markers that stay (pte_stays()); without, nobody looks for them */
	bool uffd; /* it has a userfaultfd */
	uint8_t uffd_features; /* of that: CR2_UFFD_FEATURES */
	uint32_t number;
	uint32_t space; /* whose memory it acts in: its own; else, of all this, it has but a kernel stack */
	uint32_t users; /* that act in its memory */
	uint64_t cr3;
	struct tree vmas; /* numbers by start; disjoint */
	uint32_t n_vmas;
	uint32_t first_vma; /* the lowest */
	struct tree stale; /* pages of which a CPU may hold an entry that is not writable yet */
	struct tree references; /* the last that was taken at a page, by its number; zapping leaves them */
	struct tree ksm_met; /* what pages held that KSM's scanner met, as a number, by the pages' */
	struct tree promises_kept; /* places of its private HUGETLB mappings, by the number of their first 2 MiB */
	uint64_t total_vm, data_vm; /* pages: of all mappings, of private ones that may be written */
	uint64_t locked_pages;
	uint64_t limits[CR2_LIMITS]; /* bytes; also of one that acts in another's memory */
	uint64_t def_flags; /* of new mappings, since mlockall */
	uint64_t start_brk, brk; /* its heap; 0: none yet */
	uint32_t pkru; /* also of one that acts in another's memory */
	uint16_t keys; /* bit per protection key: it is in use */
	uint8_t execute_only_pkey; /* 0: none yet */
	uint64_t kernel_stack; /* virtual address of its top */
};

struct swap_slot {
	uint32_t uses; /* swap entries that name it */
	uint32_t page; /* frame in the swap cache, or 0 */
	uint32_t id; /* of shared anonymous memory: what observers know its page by */
};

/* Those of 2 MiB, and of 1 GiB: the latter are the frames that phys has beyond all others. */
struct hugetlb_pool {
	int32_t pages, free, reserved; /* of all; of these; of those, as the kernel counts */
};

struct cr2_model {
	struct cr2_model_config config;
	const struct profile *profile;
	struct cpu cpu;
	struct phys phys;
	struct phys disk, swap; /* blocks and slots, as frames */
	struct array pages; /* as many as phys.n_frames */
	uint32_t free_list[MAX_ORDER + 1];
	uint32_t next_free, end_free; /* frames of a split block that no list has: page_alloc.c */
	struct page *next_page, *end_page; /* the first of them, as far as they are in one leaf */
	uint64_t n_used; /* frames handed out, page tables included */
	uint64_t n_tables; /* page tables ever made, for narration */
	uint32_t zero_page, huge_zero_page;
	struct hugetlb_pool pools[2]; /* by whether they are gigantic */
	bool mlocked_pages; /* it may have pages that stay in memory by themselves (PG_MLOCKED); without, nobody looks for them */
	bool evicts_later; /* objects of the pool go when the system call is through: */
	uint32_t to_evict; /* a list, by their vmas */
	uint32_t kernel_pgd;
	struct array processes;
	size_t n_processes;
	uint32_t current; /* whose page tables CR3 names */
	uint32_t other; /* who reaches into its memory, plus 1; or 0 */
	struct process *mm; /* the same; NULL where a copy was made since it last did anything */
	struct vma *recent_vmas[RECENT_VMAS]; /* mm/mm.h; any, or NULL; good as long as mm is */
	struct array objects; /* as many as object_numbers has; 0 is none */
	struct numbers object_numbers;
	struct tree named_objects; /* objects by the operations' numbers */
	struct array slots; /* as many as slot_numbers has; slot 0 is a swap area's header */
	struct numbers slot_numbers;
	struct numbers block_numbers; /* of disk; block 0 is a hole, all zeros */
	struct array vmas; /* mappings */
	struct numbers vma_numbers;
	struct array references;
	struct numbers reference_numbers;
	uint64_t n_stale; /* of all processes */
	struct tree_pool trees; /* the nodes of all maps and numbers */
	uint32_t next_id, next_anon_vma, next_attached, next_ksm;
	bool memory_limited; /* by a control group: */
	uint64_t memory_left; /* pages that may yet come; */
	bool oom; /* one more was wanted in the operation under way */
	bool failed; /* host memory ran out in the middle of an operation */
	const char *refusal;
	cr2_stage_fn *observer;
	void *observer_data;
	struct cr2_walk walk; /* that ended in the exception under way: only with an observer */
	struct cr2_outcome *outcome; /* of the operation under way */
};

/* Of a 2 MiB page all frames are in one leaf, so that head + i is what it says. */
static const struct array_kind page_kind = {.size = sizeof(struct page), .shift = HPAGE_ORDER};

static inline struct page *page_of(struct cr2_model *m, uint64_t pfn)
{
	return array_edit(&m->pages, &page_kind, pfn);
}

/* To look at, until any page is edited. */
static inline const struct page *page_at(const struct cr2_model *m, uint64_t pfn)
{
	return array_at(&m->pages, &page_kind, pfn);
}

static const struct array_kind vma_kind = {.size = sizeof(struct vma), .shift = 6};

static inline struct vma *vma_of(struct cr2_model *m, uint32_t number)
{
	return number ? array_edit(&m->vmas, &vma_kind, number) : NULL;
}

static inline const struct vma *vma_at(const struct cr2_model *m, uint32_t number)
{
	return number ? array_at(&m->vmas, &vma_kind, number) : NULL;
}

static const struct array_kind references_kind = {.size = sizeof(struct reference), .shift = 6};

static inline struct reference *reference_of(struct cr2_model *m, uint32_t number)
{
	return array_edit(&m->references, &references_kind, number);
}

static const struct array_kind processes_kind = {.size = sizeof(struct process), .shift = 5};

static inline struct process *process_of(struct cr2_model *m, size_t number)
{
	return array_edit(&m->processes, &processes_kind, number);
}

static inline const struct process *process_at(const struct cr2_model *m, size_t number)
{
	return array_at(&m->processes, &processes_kind, number);
}

static const struct array_kind objects_kind = {.size = sizeof(struct object), .shift = 5};

static inline struct object *object_of(struct cr2_model *m, uint32_t number)
{
	return array_edit(&m->objects, &objects_kind, number);
}

static inline const struct object *object_at(const struct cr2_model *m, uint32_t number)
{
	return array_at(&m->objects, &objects_kind, number);
}

static const struct array_kind slots_kind = {.size = sizeof(struct swap_slot), .shift = 8};

static inline struct swap_slot *slot_of(struct cr2_model *m, uint32_t number)
{
	return array_edit(&m->slots, &slots_kind, number);
}

static inline uint64_t task_size_max(const struct cr2_model *m)
{
	return CR2_TASK_SIZE_MAX(m->config.levels);
}

/* What is only called where there is an observer is kept out of its caller. */
#define OBSERVING __attribute__((noinline))

/* Tells the observer; the caller has checked that there is one, before it filled stage. */
static inline void observe(struct cr2_model *m, struct cr2_stage *stage)
{
	stage->process = m->current;
	m->observer(m->observer_data, stage);
}

#endif
