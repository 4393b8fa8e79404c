/* SPDX-License-Identifier: MIT */
/*
 * Makes a step's changes: each is applied to the state and noted, if it changes anything. All
 * return 0 or -ENOMEM.
 */
#ifndef RECORD_CHANGES_H
#define RECORD_CHANGES_H

#include <cr2/state.h>

struct changes {
	struct cr2_state *state;
	size_t n, capacity;
	struct cr2_change *items; /* to be handed over, or freed */
};

int changes_process(struct changes *changes, uint32_t process, bool lives);
/* n pages from phase on; 0: it is gone. */
int changes_mapping(struct changes *changes, uint32_t process, uint32_t mapping, uint64_t n,
		    uint64_t phase);
/* What the mapping has from page first on; the count of counted pages is theirs too. */
int changes_pages(struct changes *changes, uint32_t process, uint32_t mapping, uint64_t first,
		  const struct cr2_pages *pages);
int changes_count(struct changes *changes, const struct cr2_page *page);

/*
 * The pages from page on, whatever their counts: those are 0 here. Faster where it does not
 * matter. n 0: there are none.
 */
struct cr2_pages state_pages(const struct cr2_state *state, uint32_t process, uint32_t mapping,
			     uint64_t page);

/* One page with its count; false: there is none. */
bool state_page(const struct cr2_state *state, uint32_t process, uint32_t mapping, uint64_t page,
		struct cr2_page *ret_page);

#endif
