/* SPDX-License-Identifier: MIT */
/*
 * The state after a step: every living process, each of its mappings, every page of these. It is
 * kept by applying each observation's changes; copies share what neither has changed since, so
 * that a copy costs nothing and a step as much as it changed.
 */
#ifndef CR2_STATE_H
#define CR2_STATE_H

#include <cr2/record.h>

CR2_BEGIN_DECLS

/* At most so many pages in a mapping. */
#define CR2_STATE_PAGES_MAX (1ULL << 24)

struct cr2_state;
int cr2_state_create(struct cr2_state **ret_state); /* 0 or -ENOMEM */
int cr2_state_copy(const struct cr2_state *state, struct cr2_state **ret_copy);
void cr2_state_destroy(struct cr2_state *state); /* NULL is fine */
/* Returns 0 or -ENOMEM; the state is then good for nothing else. */
int cr2_state_apply(struct cr2_state *state, const struct cr2_observation *o);

/* The first living process from this number on, or CR2_NO_OBJECT. */
uint32_t cr2_state_process(const struct cr2_state *state, uint32_t from);
bool cr2_state_lives(const struct cr2_state *state, uint32_t process);

struct cr2_state_mapping {
	uint32_t mapping;
	uint64_t pages;
	uint64_t phase; /* its first page's number in the address space, modulo 512 */
};
/* The process's first mapping from this number on; false: there is none. */
bool cr2_state_mapping(const struct cr2_state *state, uint32_t process, uint32_t from,
		       struct cr2_state_mapping *ret_mapping);
bool cr2_state_find(const struct cr2_state *state, uint32_t process, uint32_t mapping,
		    struct cr2_state_mapping *ret_mapping);

/* The pages from page on that are alike or ascend, with one count; n 0: there is none. */
struct cr2_pages cr2_state_pages(const struct cr2_state *state, uint32_t process, uint32_t mapping,
				 uint64_t page);
/* Pages first to last as a list, as far as there are any. Returns 0 or -ENOMEM. */
int cr2_state_list(const struct cr2_state *state, uint32_t process, uint32_t mapping,
		   uint64_t first, uint64_t last, struct cr2_page_list *ret_list);
/* The map count of a page that can be told from others. */
uint32_t cr2_state_count(const struct cr2_state *state, const struct cr2_page *page);

/*
 * The exchange format: one JSON object a line, as LITMUS.md gives it. Writing appends the
 * line with its newline to text. state: after the observation. Returns 0 or -ENOMEM.
 */
int cr2_observation_to_json(const struct cr2_names *names, const struct cr2_state *state,
			    const struct cr2_observation *o, struct cr2_text *text);
/* The whole list. */
int cr2_observations_to_json(const struct cr2_observations *list, struct cr2_text *text);

/*
 * Reads lines of one run into a list, one after another; what it does not know it skips. Names are numbered as known has them, new ones as they
 * come. phases: by known mapping, its first page's number in the address space modulo 512, or
 * NULL for all 0.
 */
struct cr2_reader;
int cr2_reader_create(const struct cr2_names *known, const uint16_t *phases,
		      struct cr2_reader **ret_reader); /* known may be NULL; 0 or -ENOMEM */
/* Returns 0, -ENOMEM, or -EINVAL (not such an object: nothing was added). */
int cr2_reader_line(struct cr2_reader *reader, const char *line, struct cr2_observations *list);
void cr2_reader_destroy(struct cr2_reader *reader);

CR2_END_DECLS

#endif
