/* SPDX-License-Identifier: MIT */
/*
 * Comma-separated values, as RFC 4180 has them and as spreadsheets write them: fields in quotes hold commas, lines and
 * "" for a quote; lines end by CR LF or LF; a byte order mark may stand in front, and all commas may be semicolons.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <cr2/base.h>

struct csv {
	const char *at, *end;
	unsigned next; /* line of what comes next */
	char comma; /* '\0': the first row will tell */
	/* The row that was read last */
	unsigned line; /* where it begins, from 1 */
	size_t n, capacity;
	const char **fields; /* without blanks at their ends, unless quoted */
	struct cr2_text bytes;
	const char *reason; /* static; of -EINVAL */
};

/* The text must stay as long as it is read. */
void csv_begin(struct csv *csv, const char *text, size_t size);
/* The next row that is not empty: 1, 0 at the end, -EINVAL with a reason, or -ENOMEM. */
int csv_next(struct csv *csv);
void csv_finish(struct csv *csv);

/* Appends a field, behind a comma unless it is the row's first, quoted where it must be. */
int csv_append(struct cr2_text *text, bool first, const char *field);

#endif
