/* SPDX-License-Identifier: MIT */
/*
 * What students hand in, graded by the sheets that they got (cr2/sheet.h): read from files, judged, summed up. Functions
 * return 0 or a negative errno. A file that cannot be read takes nothing away from the others: it is noted.
 *
 *     cr2_grades_begin(&sheets, &grades);
 *     cr2_grades_read(&grades, path, data, size) for each file
 *     cr2_grades_judge(&grades);
 */
#ifndef CR2_GRADE_H
#define CR2_GRADE_H

#include <cr2/sheet.h>

CR2_BEGIN_DECLS

enum cr2_grade_state {
	CR2_GRADE_RIGHT,
	CR2_GRADE_WRONG,
	CR2_GRADE_NOT_READ, /* an answer that is none of its type: reason says why */
	CR2_GRADE_NOT_RUN, /* no answer */
	CR2_GRADE_TIMED_OUT, /* of a program */
	CR2_GRADE_STATES,
};
const char *cr2_grade_state_name(enum cr2_grade_state state); /* "not run" */

/* One thing that is asked for, or that a program is tried with. Nothing here says what is right. Strings are owned. */
struct cr2_grade_part {
	char *key;
	char *answer; /* as it was handed in; NULL: none */
	const char *file; /* the grades'; NULL: nowhere */
	unsigned line; /* 0: not known */
	enum cr2_grade_state state;
	char *reason; /* of what is not right, or NULL */
	size_t n_misconceptions;
	enum cr2_misconception misconceptions[CR2_MISCONCEPTION_COUNT];
};

/* An exercise of the sheet, or a program. */
struct cr2_grade_item {
	const char *exercise; /* static */
	bool handed_in; /* anything of it */
	bool whole; /* a part of it has no points: cr2 learn force */
	char *reason; /* of the whole: a program's, or NULL */
	double points, most;
	size_t n_parts;
	struct cr2_grade_part *parts;
};

/* Something about a file that a person should see. */
struct cr2_grade_note {
	const char *file;
	unsigned line; /* 0: the whole file */
	char *message;
	bool unread; /* it, or what stands in that line, was not read: it is neither right nor wrong */
};
struct cr2_grade_notes {
	size_t n, capacity;
	struct cr2_grade_note *items;
};

/* One student's. */
struct cr2_grade {
	const struct cr2_sheet *sheet;
	bool handed_in; /* anything that could be read: without, there are no items */
	double points, most;
	size_t counts[CR2_GRADE_STATES]; /* parts */
	size_t n_items; /* the sheet's, then programs */
	struct cr2_grade_item *items;
	struct cr2_grade_notes notes; /* of files that are the student's, even if they were not read */
};

/* A class's, in the order of the sheets, which have to stay. */
struct cr2_grades {
	const struct cr2_sheets *sheets;
	size_t n;
	struct cr2_grade *items;
	size_t n_handed_in;
	struct cr2_grade_count { /* of each misconception */
		size_t students, answers;
	} misconceptions[CR2_MISCONCEPTION_COUNT];
	size_t n_files, files_capacity;
	char **files;
	size_t n_taken; /* answers, and programs, that were read */
	size_t n_unread; /* notes of what was not */
	struct cr2_grade_notes notes; /* of files that nobody knows the student of */
};

int cr2_grades_begin(const struct cr2_sheets *sheets, struct cr2_grades *ret_grades);
/*
 * Takes what a file says: a sheet in Markdown that was filled in; CSV with the columns student, item, part and answer;
 * JSON: {"student": ..., "answers": {"1.P": ...}}, or what cr2 learn counter --json and cr2 learn force --json print.
 * A file that does not say whose it is has the student's ID in its name: ID.md, ID.counter.json, ID/counter.json.
 */
int cr2_grades_read(struct cr2_grades *grades, const char *path, const char *data, size_t size);
/* A file that could not be opened, and why. */
int cr2_grades_unread(struct cr2_grades *grades, const char *path, const char *reason);
/* When all is read. */
int cr2_grades_judge(struct cr2_grades *grades);
/* Everything that was handed in was read, and is right. */
bool cr2_grades_right(const struct cr2_grades *grades);
void cr2_grades_finish(struct cr2_grades *grades);

CR2_END_DECLS

#endif
