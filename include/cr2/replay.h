/* SPDX-License-Identifier: MIT */
/*
 * A recording for replay (cr2 record --ops) taken through the model: the same mappings, processes and accesses, in
 * the same order, and beside each fault that was read on the kernel the one that the model takes.
 *
 *     cr2_replay_run(&input, &config, &replay, &reason);
 *     ... replay.same of replay.compared
 *     cr2_replay_finish(&replay);
 */
#ifndef CR2_REPLAY_H
#define CR2_REPLAY_H

#include <cr2/record.h>
#include <cr2/recording.h>

CR2_BEGIN_DECLS

/* How a fault of the model's is not the one that was recorded. */
enum cr2_replay_kind {
#define X(id, name, sentence) CR2_REPLAY_##id,
#include <cr2/tables/replay_kind.def>
#undef X
	CR2_REPLAY_KINDS,
};
const char *cr2_replay_kind_name(enum cr2_replay_kind kind); /* "path" */
const char *cr2_replay_kind_sentence(enum cr2_replay_kind kind);

/* How a page that an address space has at its end is not the model's. */
enum cr2_replay_page_kind {
#define X(id, name, sentence) CR2_REPLAY_PAGE_##id,
#include <cr2/tables/replay_page.def>
#undef X
	CR2_REPLAY_PAGE_KINDS,
};
const char *cr2_replay_page_name(enum cr2_replay_page_kind kind); /* "writable" */
const char *cr2_replay_page_sentence(enum cr2_replay_page_kind kind);

/* Where Linux has several outcomes, and the recording says which it was: accepted, and counted. */
enum cr2_replay_allowed {
#define X(id, name, sentence) CR2_REPLAY_ALLOWED_##id,
#include <cr2/tables/replay_allowed.def>
#undef X
	CR2_REPLAY_ALLOWANCES,
};
const char *cr2_replay_allowed_name(enum cr2_replay_allowed allowed); /* "page_locked" */
const char *cr2_replay_allowed_sentence(enum cr2_replay_allowed allowed);

/* Parts of the recording that are left out on purpose: what it shows then is how much the score tells. */
enum {
	CR2_REPLAY_WITHOUT_PROTECT = 1 << 0, /* mprotect() */
	CR2_REPLAY_WITHOUT_EXITS = 1 << 1, /* address spaces that are gone stay */
	CR2_REPLAY_WITHOUT_CACHE = 1 << 2, /* which pages of files were in memory, and in what folios */
	CR2_REPLAY_WITHOUT_FOUND = 1 << 3, /* pages of address spaces that were there before */
	CR2_REPLAY_WITHOUT_LOCKS = 1 << 4, /* mlock() and its like, and that mappings were locked before */
};

/* A difference, while its fault is read. Paths: those of the model's faults at this access. */
struct cr2_replay_difference {
	enum cr2_replay_kind kind;
	bool is_allowed;
	enum cr2_replay_allowed allowed;
	const struct cr2_recorded_fault *recorded;
	uint64_t began; /* when the recording's first fault was settled */
	const struct cr2_fault *model; /* NULL: it has none */
	unsigned near_before, near_after; /* present entries of the 16 around in the model */
	/* Where scenarios are asked for: the smallest found whose last access takes the model's fault; or why there is none. */
	const char *scenario, *unsaid;
};
typedef int cr2_replay_fn(void *data, const struct cr2_replay_difference *difference);

/* Pages next to each other that differ in the same way at their address space's end. */
struct cr2_replay_page {
	enum cr2_replay_page_kind kind;
	bool is_allowed;
	enum cr2_replay_allowed allowed;
	uint64_t pid, time;
	uint64_t began; /* when the recording's first fault was settled; 0: there was none yet */
	uint64_t address, pages;
	unsigned state; /* as it was recorded: CR2_PAGE_RUN(); of kind ABSENT nothing */
	struct cr2_page_state model; /* the first one's; of kind PRESENT nothing */
	const char *path; /* what is mapped there, as far as it is known; NULL: not */
};
typedef int cr2_replay_page_fn(void *data, const struct cr2_replay_page *page);

struct cr2_replay_config {
	size_t size; /* sizeof(struct cr2_replay_config) */
	int profile; /* enum cr2_profile; -1: that of the recording's kernel, or the newest before it */
	uint32_t fault_around; /* pages; 0: as recorded */
	unsigned without; /* CR2_REPLAY_WITHOUT_ */
	cr2_replay_fn *fn; /* each difference; what it returns, if not 0, ends the replay. NULL: nobody asks */
	cr2_replay_page_fn *page_fn; /* the same of pages */
	void *data; /* of both */
	uint64_t scenarios; /* for so many differences of faults, those that are accepted not counted */
};

/* Faults of one path in one kind of mapping, as they were recorded. */
struct cr2_replay_row {
	enum cr2_path path;
	enum cr2_trace_mapping mapping;
	uint64_t recorded, same, allowed;
	uint64_t differ[CR2_REPLAY_KINDS];
};
/* System calls that change memory. */
struct cr2_replay_call {
	uint64_t number;
	uint64_t replayed;
	uint64_t unknown; /* that the model has nothing for */
	uint64_t refused; /* that the kernel did and the model refuses */
};

struct cr2_replay {
	enum cr2_profile profile;
	char release[64]; /* of the kernel that was recorded */
	uint64_t recorded; /* faults in the recording */
	uint64_t compared; /* of these; the others end below */
	uint64_t same; /* same path and error code, and one fault */
	uint64_t allowed[CR2_REPLAY_ALLOWANCES]; /* differ, in a way that Linux allows and the recording shows */
	uint64_t differ[CR2_REPLAY_KINDS];
	uint64_t not_modelled; /* of paths that the model does not have: hugetlb, userfault, ... */
	uint64_t unplaced; /* of address spaces that were not looked at yet, or not whole */
	uint64_t majors_differ; /* of those compared: minor here, major there */
	/* The entries around a fault, where both walks ended in a table of 4 KiB pages. */
	uint64_t near, near_before_differ, near_after_differ;
	/* The pages that are there on either side when an address space comes to its end. */
	uint64_t spaces_compared; /* of so many; the others were still in use, or their pages not seen, or lost */
	uint64_t pages, pages_same;
	uint64_t pages_allowed[CR2_REPLAY_ALLOWANCES], pages_differ[CR2_REPLAY_PAGE_KINDS];
	uint64_t pages_not_modelled; /* of mappings that the model does not have */
	uint64_t files_in_parts; /* of which it is known how many pages were in memory, but not which */
	uint64_t processes; /* address spaces */
	uint64_t found; /* of these, that were there before, with so many pages: */
	uint64_t pages_found;
	uint64_t pages_swapped; /* of these, in swap */
	uint64_t pages_elsewhere; /* of devices, or under way: the model has nothing in their places */
	uint64_t found_in_part; /* parts of what was there were lost: the address space is left out */
	uint64_t operations; /* of the model */
	uint64_t by_reference, by_reference_unplaced; /* pages that came without an exception; that no call explains */
	size_t n_rows, n_calls;
	struct cr2_replay_row *rows; /* by recorded, the most first */
	struct cr2_replay_call *calls; /* by number */
	struct cr2_recording_facts facts; /* its texts are gone; release is above */
};

/* Returns 0, or a negative errno with *ret_reason, made anew. -EBADMSG: the recording is damaged, or none for replay. */
int cr2_replay_run(const struct cr2_recording_input *input, const struct cr2_replay_config *config,
		   struct cr2_replay *ret_replay, char **ret_reason);
void cr2_replay_finish(struct cr2_replay *replay);

CR2_END_DECLS

#endif
