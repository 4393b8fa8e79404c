/* SPDX-License-Identifier: MIT */
/* What the views of one group and of all have in common. */
#ifndef VIEW_LOG_GROUP_H
#define VIEW_LOG_GROUP_H

#include <cr2/log_group.h>

#include "view/draw/field.h"

/* Where a report stands, for programs. */
void log_position(struct fields *f, enum cr2_key key, const struct cr2_log_position *position);

#endif
