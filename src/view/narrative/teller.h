/* SPDX-License-Identifier: MIT */
/*
 * The narrative of one fault, while it is told. Each stage has a function that makes lines in
 * line, piece by piece, and ends each with tell_line(). The first line of a stage bears its label.
 */
#ifndef VIEW_NARRATIVE_TELLER_H
#define VIEW_NARRATIVE_TELLER_H

#include <cr2/decode.h>

#include "view/draw/place_name.h"
#include "view/draw/rich.h"

#define TELL_LABEL_AT 2
#define TELL_BODY_AT 17 /* where the lines of a stage begin, behind "  S3 permission  " */

struct teller {
	const struct cr2_view_step *step;
	const struct cr2_style *style;
	struct cr2_text *text;
	const struct cr2_stage *stages; /* of this fault */
	size_t n;
	bool last; /* no other fault of this step follows */
	const char *label; /* of the stage under way, until its first line is told */
	struct rich line;
	int error;
};

/* Ends the line: draws it, indented within its stage, and starts the next one. */
void tell_line(struct teller *teller, unsigned indent);
/* A row of cells instead of a line; slots are relative to where lines begin. Empties cells. */
void tell_row(struct teller *teller, size_t n, const struct slot *slots, struct rich *cells);
/* Columns that lines have. */
unsigned tell_width(const struct teller *teller);
/* The first stage of this kind in the fault, or NULL. */
const struct cr2_stage *tell_find(const struct teller *teller, enum cr2_stage_kind kind);

/* Pieces for the line under way. */
void tell_add(struct teller *teller, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* As one of the formatters of cr2/flags.h has it, for the step's kernel. */
void tell_flags(struct teller *teller, struct rich *rich, enum ink ink,
		int (*format)(uint64_t value, int kernel, struct cr2_text *text), uint64_t value);
void tell_entry_flags(struct teller *teller, struct rich *rich,
		      const struct cr2_walk_entry *entry);
/* "PGD[64]" */
void tell_entry_name(struct teller *teller, struct rich *rich,
		     const struct cr2_walk_entry *entry);
/* How many stages the first fault has: from one EXCEPTION to the next. */
size_t tell_fault_length(const struct cr2_stage *stages, size_t n);
/* What settled the fault, as its stages say, and whether that took a disk. */
enum cr2_path tell_path(const struct teller *teller, bool *ret_major);
/* How many levels the fault's page tables have. */
unsigned tell_levels(const struct teller *teller);
/* Page frame number of an entry that is present. */
uint64_t tell_entry_pfn(const struct cr2_walk_entry *entry);

#endif
