/* SPDX-License-Identifier: MIT */
/* What makes changes, and what applies them. */
#ifndef RECORD_STATE_H
#define RECORD_STATE_H

#include <cr2/state.h>

int state_apply_change(struct cr2_state *state, const struct cr2_change *change);

#endif
