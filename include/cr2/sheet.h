/* SPDX-License-Identifier: MIT */
/*
 * Sheets of exercises, another one for each student. A sheet holds what its exercises are made from and not the
 * exercises: who draws it, or grades what came back, makes them one after another. All sheets of a class are kept as JSON
 * (docs/instructor.md), without an answer in it.
 *
 * Functions return 0 or a negative errno; of -EINVAL diag says what is wrong, and where.
 */
#ifndef CR2_SHEET_H
#define CR2_SHEET_H

#include <cr2/demand.h>

CR2_BEGIN_DECLS

/* An exercise of a sheet. */
struct cr2_sheet_item {
	enum cr2_exercise_kind kind;
	uint64_t seed;
	unsigned level;
	enum cr2_profile profile;
	double points; /* of all its parts, which weigh alike */
};

/* One student's. Strings are owned. */
struct cr2_sheet {
	char *id; /* letters, digits and . _ @ -, and no . in front: it may be a file's name */
	char *name; /* may be empty */
	size_t n_items;
	struct cr2_sheet_item *items;
	bool has_force;
	struct cr2_demand_task force; /* what is demanded of the student's program */
};

/* What students write beside their sheets, and others judge. */
enum cr2_program {
#define X(id, name, summary) CR2_PROGRAM_##id,
#include <cr2/tables/program.def>
#undef X
	CR2_PROGRAM_COUNT,
};
const char *cr2_program_name(enum cr2_program program); /* "counter"; NULL outside the table */
int cr2_program_parse(const char *name); /* the enumerator, or -EINVAL */
struct cr2_sheet_program {
	enum cr2_program program;
	double points;
};

/* A class's, sorted by ID; each ID stands there once. */
struct cr2_sheets {
	size_t n, capacity;
	struct cr2_sheet *items;
	size_t n_programs; /* everybody's; each stands there once */
	struct cr2_sheet_program programs[CR2_PROGRAM_COUNT];
};

/* What the sheets of a class have in common. */
#define CR2_SHEET_ITEMS 1000
struct cr2_sheet_plan {
	size_t n_kinds; /* which take turns */
	enum cr2_exercise_kind kinds[CR2_EXERCISE_COUNT];
	size_t n_items; /* up to CR2_SHEET_ITEMS */
	unsigned level;
	enum cr2_profile profile;
};

/*
 * The students of a roster in CSV, with sheets that are empty yet. Its first line may name the columns (id, name and
 * what universities call them); without, they are ID, or ID,NAME.
 */
int cr2_sheets_read_roster(const char *csv, size_t size, struct cr2_sheets *ret_sheets, struct cr2_diag *diag);
/* One student alone. */
int cr2_sheets_of_one(const char *id, struct cr2_sheets *ret_sheets);
/* The sheet of that ID, or NULL. */
const struct cr2_sheet *cr2_sheets_find(const struct cr2_sheets *sheets, const char *id);
void cr2_sheets_finish(struct cr2_sheets *sheets);

/* One more program, of one point; -EEXIST: it is there. */
int cr2_sheets_add_program(struct cr2_sheets *sheets, enum cr2_program program);
/* Fills an empty sheet; of a seed that is the student's. */
int cr2_sheet_fill(struct cr2_sheet *sheet, const struct cr2_sheet_plan *plan, uint64_t seed);
/*
 * Demands a program of its student: demand, or one of the level's where that is negative. The task's own seed is small, may be
 * known, and tells nothing of seed.
 */
int cr2_sheet_set_force(struct cr2_sheet *sheet, int demand, unsigned level, uint64_t seed);
/* Makes its exercise item, from 0. */
int cr2_sheet_exercise(const struct cr2_sheet *sheet, size_t item, struct cr2_exercise *ret_exercise);

int cr2_sheets_to_json(const struct cr2_sheets *sheets, struct cr2_text *text);
int cr2_sheets_from_json(const char *json, size_t size, struct cr2_sheets *ret_sheets, struct cr2_diag *diag);

CR2_END_DECLS

#endif
