/* SPDX-License-Identifier: MIT */
/*
 * The comparison's parts: fields (compare.c), states (compare_state.c), what is left open
 * (readahead.c); what differs (difference.c).
 */
#ifndef LITMUS_COMPARE_DIFFERENCE_H
#define LITMUS_COMPARE_DIFFERENCE_H

#include <cr2/run.h>

/*
 * What LITMUS.md leaves open, and what has happened so far that readahead can have done more
 * than an access asked for. Lines are those of the scenario; UINT_MAX: none.
 */
struct readahead {
	unsigned *open_from; /* by object: its pages are left open from this line on */
	unsigned *accessed; /* by object: the last line that accessed the mapping made of it */
	uint32_t *shown; /* by mapping: the object that it was made of, or CR2_NO_OBJECT */
	unsigned over_from; /* the first line from which one that is mapped over others is open */
	unsigned last_access, last_read; /* so far: of an access; of an operation that may read */
};

/* Which page of one run is which of the other: those that first appeared at the same place. */
struct pairs {
	uint64_t *other; /* by number; 0: none yet */
	size_t capacity;
};

/* The run's side of a comparison. */
#define COMPARE_REACH 5 /* pages: 16384 bytes from the middle of one on */

struct side {
	const struct cr2_observations *list;
	struct cr2_state *state; /* before the step under way, then after it */
	/* The page that the step accesses, and those behind that it may reach into, before it; and which are known. */
	struct cr2_page before[COMPARE_REACH];
	bool has_before[COMPARE_REACH];
	struct pairs anon, huge;
};

struct comparison {
	const struct cr2_litmus *litmus;
	struct side sides[2];
	struct readahead ahead;
	bool *failed_maps, *failed_forks; /* mappings, processes that only one side has got */
	uint32_t *spaces; /* by process: whose memory it acts in */
	bool ignores_counts; /* since there is such a one */
	struct cr2_differences differences;
};

/* readahead.c */
int readahead_init(struct comparison *c);
void readahead_finish(struct comparison *c);
/*
 * Readahead decides whether such a page is mapped, and how often: may a and b stand for
 * each other after the step of this line? accessed: it is the page that the step accessed,
 * which must be there or not in both.
 */
bool compare_is_open(const struct comparison *c, const struct cr2_page *a, const struct cr2_page *b,
	     unsigned line, bool accessed);
/*
 * May readahead have cached the page before this step accesses it? An earlier access to the
 * same file, since it was cold or evicted, reads more than its own page.
 */
bool compare_may_be_read_ahead(const struct comparison *c, const struct cr2_observation *o);
/* Does readahead decide which pages of the file that the step accesses are there with the first one? */
bool compare_reads_ahead(const struct comparison *c, const struct cr2_observation *o);
/* The step has been compared: it is an earlier one from now on. */
void readahead_note(struct comparison *c, const struct cr2_observation *o);

/* difference.c: all return 0 or -ENOMEM. */
int difference_add(struct comparison *c, size_t observation, enum cr2_field field);
/* Pages first to last, with what they are on either side. */
int difference_add_pages(struct comparison *c, size_t observation, uint32_t process,
			 uint32_t mapping, uint64_t first, uint64_t last);
/* A process, or a mapping, that one side lacks. */
int difference_add_lack(struct comparison *c, size_t observation, uint32_t process,
			uint32_t mapping);

/* compare_state.c: after the step has been applied to both states. */
int compare_states(struct comparison *c, size_t observation);
/* The mapping and page that a step accesses; false: none of the scenario. */
bool compare_accessed(const struct cr2_observation *o, uint32_t *ret_mapping, uint64_t *ret_page);

#endif
