/* SPDX-License-Identifier: MIT */
/*
 * Looking into a model: processes, mappings, page tables, frames, TLB, page cache and swap. Nothing here
 * changes it, and all of it may be called by an observer in the middle of a fault. What there are several of
 * is gone through by asking for the first from a number on: false where there is none.
 */
#ifndef CR2_INSPECT_H
#define CR2_INSPECT_H

#include <cr2/model.h>

CR2_BEGIN_DECLS

#define CR2_TABLE_ENTRIES 512

/* Of the CPU: how many levels page tables have, and whose CR3 names. */
struct cr2_cpu_view {
	unsigned levels;
	uint32_t process;
	uint64_t cr3;
};
void cr2_model_cpu(const struct cr2_model *model, struct cr2_cpu_view *ret_cpu);

/* How the CPU's walk for an address goes, under CR3. */
void cr2_model_walk(const struct cr2_model *model, uint64_t address, struct cr2_walk *ret_walk);

/* A living process. */
struct cr2_process_view {
	uint32_t process;
	uint64_t cr3;
	uint64_t locked_pages;
};
bool cr2_model_process(const struct cr2_model *model, uint32_t from, struct cr2_process_view *ret_process);

/* The first mapping of a living process that ends above from. */
bool cr2_model_mapping(const struct cr2_model *model, uint32_t process, uint64_t from,
		       struct cr2_vma_view *ret_mapping);

/* The entries of the page table in a frame, as an entry or CR3 names it. */
void cr2_model_table(const struct cr2_model *model, uint64_t pfn,
		     uint64_t ret_entries[CR2_TABLE_ENTRIES]);

enum cr2_frame_use {
	CR2_FRAME_FREE,
	CR2_FRAME_TABLE,
	CR2_FRAME_ANON, /* a page of private anonymous memory */
	CR2_FRAME_FILE, /* in the page cache: of a file, or shared anonymous memory */
	CR2_FRAME_ZERO, /* the shared zero page, or part of the huge one */
	CR2_FRAME_KERNEL, /* the kernel's own */
};
struct cr2_frame_info {
	enum cr2_frame_use use;
	uint32_t refs; /* of the whole page that it is part of */
	uint32_t maps; /* of this frame, by small entries and large ones */
	bool exclusive, dirty, lazy_free, swap_cached;
	uint64_t head; /* the first frame of the page that it is part of: itself, mostly */
	unsigned order; /* of that page */
	uint32_t object; /* FILE: its number, CR2_NO_OBJECT of shared anonymous memory */
	uint64_t index; /* FILE: page number in it */
	uint32_t slot; /* of swap, where swap_cached */
	struct cr2_page_state state; /* as an observer of pages knows it: what is mapped, if by small entries */
};
/* False: there is no such frame. */
bool cr2_model_frame(const struct cr2_model *model, uint64_t pfn, struct cr2_frame_info *ret_info);

/* What the TLB holds, in no order. *at counts places, from 0 on; it becomes the one behind the entry. */
struct cr2_tlb_view {
	uint64_t address; /* first of the page */
	uint64_t pfn; /* its first */
	uint8_t page_shift;
	bool user_read, user_write, user_fetch; /* what it allows without a walk */
	bool kernel_read, kernel_write;
};
bool cr2_model_tlb(const struct cr2_model *model, size_t *at, struct cr2_tlb_view *ret_entry);

/* Objects that have a page cache. *at as above. */
enum cr2_object_kind {
	CR2_OBJECT_FILE, /* on disk */
	CR2_OBJECT_SHMEM, /* a tmpfs file */
	CR2_OBJECT_SECRET, /* of memfd_secret() */
	CR2_OBJECT_ANON, /* shared anonymous memory */
};
struct cr2_object_view {
	enum cr2_object_kind kind;
	uint32_t number; /* as operations name it; CR2_NO_OBJECT: ANON */
	uint32_t place; /* for cr2_model_cached() */
	uint64_t pages;
};
bool cr2_model_object(const struct cr2_model *model, size_t *at, struct cr2_object_view *ret_object);
/* What an object has cached from page *index on; *index becomes that page. */
struct cr2_cached_view {
	uint64_t pfn; /* CR2_NO_FRAME: it is in swap, at slot */
	uint32_t slot;
};
bool cr2_model_cached(const struct cr2_model *model, uint32_t place, uint64_t *index,
		      struct cr2_cached_view *ret_cached);

/* A swap slot that is in use. *at as above. */
struct cr2_slot_view {
	uint32_t slot;
	uint32_t entries; /* so many name it */
	uint64_t pfn; /* in the swap cache; else CR2_NO_FRAME */
};
bool cr2_model_slot(const struct cr2_model *model, size_t *at, struct cr2_slot_view *ret_slot);

CR2_END_DECLS

#endif
