/* SPDX-License-Identifier: MIT */
/* What views of exercises and of checks share. */
#ifndef VIEW_LEARN_LEARN_H
#define VIEW_LEARN_LEARN_H

#include <cr2/view_learn.h>

#include "view/draw/field.h"

/* Which exercise it is, enough to make it again: a row of a block of one column. */
void learn_heading(struct fields *f, const struct cr2_exercise *exercise);
/* What is asked, and the values that are given. */
void learn_statement(struct fields *f, const struct cr2_exercise *exercise);
/* The values alone, in that block. */
void learn_values(struct fields *f, const struct cr2_exercise *exercise, const struct field_block *block);
/* Texts, each behind its number. */
void learn_numbered(struct fields *f, const char *const *texts, size_t n);
/* An answer under its key, in a form for people; absent: null, for it could not be read. */
void learn_add_answer(struct fields *f, enum cr2_key key, const struct cr2_answer *answer, bool absent,
		      const char *form);
/* A variant beside the right one, line by line; linear: a sentence each. */
void learn_add_variant(struct fields *f, const struct cr2_variant *variant, bool linear);
/* Its scenario as one text. */
const char *learn_variant_scenario(struct fields *f, const struct cr2_variant *variant);

#endif
