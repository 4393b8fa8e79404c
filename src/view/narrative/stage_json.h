/* SPDX-License-Identifier: MIT */
/* A stage for programs, as scenes have it too. */
#ifndef VIEW_NARRATIVE_STAGE_JSON_H
#define VIEW_NARRATIVE_STAGE_JSON_H

#include "record/json.h"
#include "teller.h"

const char *stage_name(enum cr2_stage_kind kind); /* "exception" */
/* The stage's own values; levels: of the page tables. */
json_t *stage_values(const struct cr2_view_step *step, unsigned levels, const struct cr2_stage *stage);

#endif
