/* SPDX-License-Identifier: MIT */
/*
 * What `cr2 top` shows: rows that are sorted and filtered, and the cells of as many columns as there is room
 * for. Who paints them, on a screen or line by line, decides nothing else.
 */
#ifndef CR2_VIEW_TOP_H
#define CR2_VIEW_TOP_H

#include <cr2/view_trace.h>

CR2_BEGIN_DECLS

enum cr2_top_column {
#define X(id, name, key, heading, width, rank, number, sentence) CR2_TOP_##id,
#include <cr2/tables/top_column.def>
#undef X
	CR2_TOP_COLUMNS,
};
const char *cr2_top_column_name(enum cr2_top_column column);
const char *cr2_top_column_heading(enum cr2_top_column column);
const char *cr2_top_column_sentence(enum cr2_top_column column);
int cr2_top_column_key(enum cr2_top_column column); /* the letter that sorts by it */
bool cr2_top_column_is_number(enum cr2_top_column column); /* stands at the right of its column; most first */
int cr2_top_column_parse(const char *name); /* -EINVAL: there is none */

/* Faults that are not told apart by what `by` leaves out. */
struct cr2_top_row {
	struct cr2_trace_count count; /* who 0: of those that have ended */
	uint64_t major; /* of count.n */
	char comm[CR2_COMM_SIZE];
};
struct cr2_view_top {
	const char *title; /* "all processes" */
	unsigned by; /* CR2_VIEW_BY_ */
	enum cr2_top_column sort;
	bool reverse;
	bool whole; /* since the beginning; else of the last interval */
	const char *filter; /* words that a row must have in its names or its pid, "!word": must not; "": all */
	uint64_t elapsed_ns; /* since the beginning */
	uint64_t window_ns; /* how long what is counted took */
	uint64_t interval_ns;
	unsigned cpus;
	const struct cr2_trace_counts *counts; /* of the window, each process by itself */
	const struct cr2_trace_counts *books; /* since the beginning */
	/* The name of a process, or NULL. */
	const char *(*name)(void *data, uint64_t pid);
	void *data;
};

/* The rows in their order; the caller frees them. Returns 0 or -ENOMEM. */
int cr2_top_rows(const struct cr2_view_top *top, struct cr2_top_row **ret_rows, size_t *ret_n);

/* Which columns there are in so wide a terminal, and where. Returns how many. */
struct cr2_top_place {
	enum cr2_top_column column;
	unsigned at, width;
};
size_t cr2_view_top_layout(const struct cr2_view_top *top, unsigned width,
			   struct cr2_top_place ret_places[CR2_TOP_COLUMNS]);
/* A row in these places, or the headings where row is NULL; without an end of line. */
int cr2_view_top_line(const struct cr2_view_top *top, const struct cr2_top_row *row,
		      const struct cr2_top_place *places, size_t n, const struct cr2_style *style,
		      struct cr2_text *text);
/* What stands above the rows: what is seen, what it comes to, the books; a paragraph each. */
int cr2_view_top_head(const struct cr2_view_top *top, const struct cr2_style *style, struct cr2_text *text);
/* All of it, line by line; in JSON an object a row, and one of kind "summary". */
int cr2_view_top(const struct cr2_view_top *top, const struct cr2_top_row *rows, size_t n,
		 const struct cr2_style *style, struct cr2_text *text);
int cr2_view_top_json(const struct cr2_view_top *top, const struct cr2_top_row *rows, size_t n,
		      struct cr2_text *text);

CR2_END_DECLS

#endif
