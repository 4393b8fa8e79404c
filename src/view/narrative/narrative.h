/* SPDX-License-Identifier: MIT */
/*
 * The narrative of one fault, while it is told. Each stage has a function that makes lines in
 * line, piece by piece, and ends each with tell(). The first line of a stage bears its label.
 */
#ifndef VIEW_NARRATIVE_H
#define VIEW_NARRATIVE_H

#include <cr2/flags.h>

#include "view/draw/place_name.h"
#include "view/draw/rich.h"

struct narrator {
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
void tell(struct narrator *teller, unsigned indent);
/* A row of cells instead of a line; slots are relative to where lines begin. Empties cells. */
void tell_row(struct narrator *teller, size_t n, const struct slot *slots, struct rich *cells);
/* Columns that lines have. */
unsigned tell_width(const struct narrator *teller);
/* The first stage of this kind in the fault, or NULL. */
const struct cr2_stage *tell_find(const struct narrator *teller, enum cr2_stage_kind kind);

/* Pieces for the line under way. */
void tell_add(struct narrator *teller, enum ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* As one of the formatters of cr2/flags.h has it, for the step's kernel. */
void tell_flags(struct narrator *teller, struct rich *rich, enum ink ink,
		int (*format)(uint64_t value, int kernel, struct cr2_text *text), uint64_t value);
void tell_entry_flags(struct narrator *teller, struct rich *rich,
		      const struct cr2_walk_entry *entry);
/* "PGD[64]" */
void tell_entry_name(struct narrator *teller, struct rich *rich,
		     const struct cr2_walk_entry *entry);
/* "read", "write", "fetch" */
const char *access_word(enum cr2_access access);
/* What settled the fault, as its stages say, and whether that took a disk. */
size_t fault_length(const struct cr2_stage *stages, size_t n); /* from one EXCEPTION to the next */
enum cr2_path tell_path(const struct narrator *teller, bool *ret_major);
/* How many levels the fault's page tables have. */
unsigned tell_levels(const struct narrator *teller);
/* Page frame number of an entry that is present. */
uint64_t entry_pfn(const struct cr2_walk_entry *entry);

/* arrival.c: S1 to S3; tables.c: S4, S5, S7; page.c: S6;
 * return.c: S8. */
void tell_exception(struct narrator *teller, const struct cr2_stage *stage);
void tell_vma(struct narrator *teller, const struct cr2_stage *stage);
void tell_permission(struct narrator *teller, const struct cr2_stage *stage);
void tell_walk(struct narrator *teller, const struct cr2_stage *stage);
void tell_entry(struct narrator *teller, const struct cr2_stage *stage);
void tell_page(struct narrator *teller, const struct cr2_stage *stage);
void tell_install(struct narrator *teller, const struct cr2_stage *stage);
void tell_return(struct narrator *teller, const struct cr2_stage *stage);
void tell_signal(struct narrator *teller, const struct cr2_stage *stage);
void tell_extable(struct narrator *teller, const struct cr2_stage *stage);
/* S8 of a fault whose access faults again. */
void tell_again(struct narrator *teller);

#endif
