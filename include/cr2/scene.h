/* SPDX-License-Identifier: MIT */
/*
 * A scene: all that there is to see at one position of a scenario, as data. Both faces of the step
 * debugger draw it, and `cr2 step --json` prints it.
 *
 * Rows are short where memory is large: a row stands for n things in a row, and a number in it is the first
 * one's. Where its member NAME_step is 1, it is one more with each thing; else all have the same. Lists are in
 * order: processes by number, mappings, pages, tables and the TLB by address, frames by number.
 */
#ifndef CR2_SCENE_H
#define CR2_SCENE_H

#include <cr2/inspect.h>
#include <cr2/record.h>
#include <cr2/stage.h>

CR2_BEGIN_DECLS

/* The highest number of a fault's stages, S1 to S8. */
#define CR2_STAGES 8
/*
 * A place to stop: a step from 1, 0 before the first; one of its faults from 1, and a stage of that, by its number
 * S1 to S8: a fault that ends early has not all of them. fault 0: the step is done. In that order.
 */
struct cr2_position {
	unsigned step;
	unsigned fault;
	unsigned stage;
};
/* Below, above or 0. A step that is done stands behind its faults. */
int cr2_position_compare(const struct cr2_position *a, const struct cr2_position *b);

/* Rows from first on, n of them, in the list of that name. */
struct cr2_scene_span {
	size_t first, n;
};

struct cr2_scene_process {
	struct cr2_process_view view;
	struct cr2_scene_span places; /* where the scenario's names are */
	struct cr2_scene_span mappings;
	struct cr2_scene_span tables; /* each before those below it; the first is the one that CR3 names */
};

struct cr2_scene_mapping {
	struct cr2_vma_view vma;
	struct cr2_scene_span pages;
};

/* n pages of 4 KiB of a mapping; those that were never touched are one row. */
struct cr2_scene_page {
	uint64_t address;
	uint64_t n;
	struct cr2_page page;
	unsigned number_step;
	uint64_t pfn; /* CR2_NO_FRAME: none */
	unsigned pfn_step;
	uint64_t entry; /* the bits of the entry besides its frame; 0: it is empty */
	bool large; /* it is an entry for 2 MiB */
};

/* A page table. Of the kernel's half, which all processes share, the entries of the top table are shown. */
struct cr2_scene_table {
	enum cr2_level level;
	uint64_t pfn;
	uint64_t address; /* the first that it translates */
	struct cr2_scene_span entries; /* those that are not empty */
};
struct cr2_scene_entry {
	uint16_t index;
	uint16_t n;
	uint64_t value;
	uint64_t value_step; /* bytes from one's frame to the next one's */
	size_t table; /* that it leads to, in the list of tables; SIZE_MAX: none, or not shown */
	bool walked; /* the CPU's walk at this position goes through it */
	bool last; /* and ends there */
};

/* n frames that are alike. */
struct cr2_scene_frame {
	uint64_t pfn;
	uint64_t n;
	struct cr2_frame_info info;
	unsigned index_step;
	struct cr2_page page; /* its name in the scenario: number 0 where it has none */
	unsigned number_step;
	struct cr2_scene_span mappers; /* who maps the first; the next one at the page behind */
};
struct cr2_scene_mapper {
	uint32_t process;
	uint64_t address;
	uint64_t pages; /* so many from address on show the same frame; mostly 1 */
};

struct cr2_scene_tlb {
	struct cr2_tlb_view view;
	uint64_t n; /* pages and their frames, one behind the other */
};

struct cr2_scene_object {
	struct cr2_object_view view;
	struct cr2_scene_span cached;
};
struct cr2_scene_cached {
	uint64_t index;
	uint64_t n;
	struct cr2_cached_view view;
	unsigned pfn_step, slot_step;
};

struct cr2_scene_slot {
	struct cr2_slot_view view;
	struct cr2_page page; /* what is in it, as far as the swap cache shows */
};

/* What the CPU's registers say of page faults. */
struct cr2_scene_cpu {
	struct cr2_cpu_view view;
	bool has_cr2; /* there has been a fault */
	uint64_t cr2;
	bool in_fault; /* what follows is of the fault that this position is in */
	uint64_t pushed_at;
	struct cr2_exception_frame frame; /* with the error code */
};

/* What is not as it was in another scene: n things in a row, as rows have them. */
enum cr2_scene_part {
#define X(id, name, words) CR2_SCENE_##id,
#include <cr2/tables/scene_part.def>
#undef X
	CR2_SCENE_PARTS,
};
#define CR2_SCENE_WORDS 4
struct cr2_scene_change {
	enum cr2_scene_part part;
	uint32_t process; /* MAPPING PAGE ENTRY: whose; CACHED: the object's place; TLB: page_shift; else 0 */
	enum cr2_level level; /* ENTRY */
	uint64_t key; /* PROCESS: its number; address, frame, page of the object, slot; ENTRY: address translated */
	uint64_t n;
	bool had, has; /* it was there before, it is there now */
	uint64_t before[CR2_SCENE_WORDS], after[CR2_SCENE_WORDS]; /* of the first, as scene_part.def names them */
};
const char *cr2_scene_part_name(enum cr2_scene_part part);

#define CR2_SCENE_LIST(type) struct { type *items; size_t n, capacity; }
struct cr2_scene {
	struct cr2_position at;
	struct cr2_scene_cpu cpu;
	CR2_SCENE_LIST(struct cr2_scene_process) processes;
	CR2_SCENE_LIST(struct cr2_place) places;
	CR2_SCENE_LIST(struct cr2_scene_mapping) mappings;
	CR2_SCENE_LIST(struct cr2_scene_page) pages;
	CR2_SCENE_LIST(struct cr2_scene_table) tables;
	CR2_SCENE_LIST(struct cr2_scene_entry) entries;
	CR2_SCENE_LIST(struct cr2_scene_frame) frames;
	CR2_SCENE_LIST(struct cr2_scene_mapper) mappers;
	CR2_SCENE_LIST(struct cr2_scene_tlb) tlb;
	CR2_SCENE_LIST(struct cr2_scene_object) objects;
	CR2_SCENE_LIST(struct cr2_scene_cached) cached;
	CR2_SCENE_LIST(struct cr2_scene_slot) slots;
};
void cr2_scene_finish(struct cr2_scene *scene);

/* All that differs between two scenes of one scenario: to be freed. Returns 0 or -ENOMEM. */
int cr2_scene_compare(const struct cr2_scene *before, const struct cr2_scene *after,
		      struct cr2_scene_change **ret_changes, size_t *ret_n);

CR2_END_DECLS

#endif
