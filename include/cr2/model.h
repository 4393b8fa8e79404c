/* SPDX-License-Identifier: MIT */
/*
 * The model of the Linux x86-64 page-fault path: operations in, outcomes, page states and
 * stages out. Deterministic, no I/O, no globals; several models live side by side. Not
 * thread-safe within one model.
 */
#ifndef CR2_MODEL_H
#define CR2_MODEL_H

#include <cr2/record.h>
#include <cr2/stage.h>

CR2_BEGIN_DECLS

struct cr2_model;

enum cr2_thp {
	CR2_THP_NEVER,
	CR2_THP_MADVISE,
	CR2_THP_ALWAYS,
};

/* May a fault bring pages of shared memory and tmpfs as 2 MiB pages? As shmem_enabled says it. */
enum cr2_shmem_thp {
	CR2_SHMEM_THP_NEVER,
	CR2_SHMEM_THP_ADVISE, /* where madvise hugepage was said */
	CR2_SHMEM_THP_WITHIN_SIZE, /* and where the file does not end inside */
	CR2_SHMEM_THP_ALWAYS,
};

struct cr2_model_config {
	size_t size; /* of this struct, as the caller was compiled */
	enum cr2_profile profile;
	enum cr2_thp thp;
	unsigned levels; /* 4 or 5 */
	bool protection_keys; /* the CPU has them, CR4.PKE is set */
	bool swap;
	bool soft_dirty; /* the kernel has soft-dirty bits, where those that the profile stands for have none, too */
	bool no_zero_page; /* a read of fresh anonymous memory brings a page of its own, too */
	bool no_memory_failure; /* a page that is lost ends in BUS_ADRERR, not BUS_MCEERR_AR */
	uint32_t fault_around; /* pages, a power of two; 1: off */
	uint64_t frames; /* physical memory, in 4 KiB frames */
	uint64_t stack_limit; /* RLIMIT_STACK, bytes */
	uint64_t lock_limit; /* RLIMIT_MEMLOCK, bytes; UINT64_MAX: none */
	uint32_t hugetlb; /* 2 MiB pages in the pool of CR2_MAP_HUGETLB */
	/*
	 * What a fault brings where thp says so, in 4 KiB pages: 512, which a PMD maps, or a smaller power of two from 8
	 * on, which PTEs map (multi-size THP, 6.8); 0 is 512.
	 */
	uint32_t thp_pages;
	enum cr2_shmem_thp shmem_thp; /* only where thp is not never, which goes for all memory */
	uint32_t gigantic; /* 1 GiB pages in the pool of CR2_MAP_HUGE_1GB, 16 at the most */
};

/* What a scenario starts from: 6.18, 4 levels, no keys, thp never, fault-around 16 pages. */
void cr2_model_config_init(struct cr2_model_config *config, enum cr2_profile profile);
#define cr2_model_config_init(config, profile) \
	((config)->size = sizeof(*(config)), (cr2_model_config_init)(config, profile))

/* A fresh model with process 0. Returns 0, -ENOMEM, or -EINVAL (config makes no sense). */
int cr2_model_create(const struct cr2_model_config *config, struct cr2_model **ret_model);
/* An independent copy, without the observer. */
int cr2_model_copy(const struct cr2_model *model, struct cr2_model **ret_copy);
void cr2_model_destroy(struct cr2_model *model);

/*
 * Executes one operation. An outcome that a kernel would give (an errno, a signal) is a
 * result, not an error. Returns 0; -EOPNOTSUPP where the profile does not model it
 * (cr2_model_refusal() names it; the model is unchanged); -ENOMEM (host memory;
 * the outcome tells nothing, the model can only be destroyed); -EINVAL (no such process or
 * object).
 */
int cr2_model_execute(struct cr2_model *model, const struct cr2_op *op,
		      struct cr2_outcome *ret_outcome);
/*
 * The byte that CR2_OP_READ reads, for those who ask for nothing else: with all that the
 * access does, but faults are not reported. Where the TLB allows it, it costs no operation and no
 * outcome. Returns 0 to 255; -EFAULT where it ends in a signal; or as cr2_model_execute().
 */
int cr2_model_read(struct cr2_model *model, uint32_t process, uint64_t address);
/* What the last -EOPNOTSUPP refused; a static string, never NULL. */
const char *cr2_model_refusal(const struct cr2_model *model);

/*
 * Pages of a file (CR2_OP_FILE) that are in memory already: from first on, in folios of 2^order pages, up to the end
 * of the file; those that are there stay as they are. mark: the first folio has the mark at which readahead goes on.
 * Returns 0, -ENOMEM, or -EINVAL: no such file, or folios that are not aligned or larger than 2 MiB.
 */
int cr2_model_cache(struct cr2_model *model, uint32_t object, uint64_t first, uint64_t pages, unsigned order,
		    bool mark);

/*
 * A page that was there before the model's time, where a mapping has none: of anonymous memory, or what the mapping has
 * there itself, a page of its file or zeros. huge: 2 MiB of anonymous memory, by one entry. Returns 0, -ENOMEM, or -EINVAL: no
 * such process, no mapping, or something is there.
 */
struct cr2_placed {
	bool anonymous, huge;
	bool swapped; /* anonymous, and in swap: the entry says where */
	bool writable; /* the entry is */
	bool exclusive; /* as the kernel marks anonymous pages that it knows nobody else has */
	bool shared; /* somebody whom the model does not have maps it too, and never lets go of it */
	/*
	 * NULL: nobody in the model has it. Else it is this page, which another has at the same place of a mapping, as
	 * cr2_model_page_state() showed it, or cr2_model_swapped(); -EINVAL where it is not any more. It stays shared, but for all_known: whoever was
	 * not in the model has let go of it, or is in the model by now.
	 */
	const struct cr2_page_state *same;
	bool all_known;
};
int cr2_model_place(struct cr2_model *model, uint32_t process, uint64_t address, const struct cr2_placed *page);
/*
 * Mappings that were locked before the model's time, with what pages they have: flags as those of CR2_OP_LOCK, which would
 * bring the others. Returns 0, -ENOMEM, or -EINVAL: no such process, or not all is mapped.
 */
int cr2_model_place_lock(struct cr2_model *model, uint32_t process, uint64_t address, uint64_t length, uint32_t flags);

/*
 * False: the page at a page-aligned address is not in swap. Else where it is there: frame is the slot's number, mapcount how
 * many entries name it, id what the page will be known by, of what was placed.
 */
bool cr2_model_swapped(const struct cr2_model *model, uint32_t process, uint64_t address, struct cr2_page_state *ret_state);

/* The page at a page-aligned address of a living process. Returns 0 or -ESRCH. */
int cr2_model_page_state(const struct cr2_model *model, uint32_t process, uint64_t address,
			 struct cr2_page_state *ret_state);

/* How many pages are present among the 16 of the aligned 64 KiB around an address; 0 of a process that is gone. */
unsigned cr2_model_near(const struct cr2_model *model, uint32_t process, uint64_t address);

/*
 * What the page's entry says, and whether a mapping begins there, or with the 2 MiB page that it is part of: CR2_MARK().
 * 0 of a process that is gone.
 */
uint32_t cr2_model_page_marks(const struct cr2_model *model, uint32_t process, uint64_t address);

/* How many of the n pages from address on are known to be like the first; at least 1. */
uint64_t cr2_model_pages_alike(const struct cr2_model *model, uint32_t process, uint64_t address,
			       uint64_t n);
/* The map count that a page, as it was seen, has now (HUGE: its first 4 KiB; SWAP: how many entries); 0 where it is no more. */
uint32_t cr2_model_page_count(const struct cr2_model *model, const struct cr2_page_state *seen);

/* From now on fn is called with every stage of every fault; NULL: nobody is. */
void cr2_model_observe(struct cr2_model *model, cr2_stage_fn *fn, void *data);

/*
 * Ends every process and drops every object, then counts what did not come back: 0 when
 * every frame, page table and swap slot is free again. For tests and assertions.
 */
uint64_t cr2_model_leaks(struct cr2_model *model);

CR2_END_DECLS

#endif
