/* SPDX-License-Identifier: MIT */
/* A function and its line, for people and for programs. */
#ifndef VIEW_TRACE_FRAME_H
#define VIEW_TRACE_FRAME_H

#include <cr2/frame.h>

#include "record/json.h"
#include "view/draw/rich.h"

/* "touch_pages storm.c:25" */
void view_frame(struct rich *cell, const struct cr2_frame *frame);
/* Sets its keys; NULL: each null. */
void view_frame_json(json_t *o, const struct cr2_frame *frame);

#endif
