/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "view/trace/frame.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

void view_frame(struct rich *cell, const struct cr2_frame *frame)
{
	rich_keep(cell, INK_NAME, "%s", frame->function);
	if (frame->file)
		rich_keep(cell, INK_DIM, " %s:%d", base_name(frame->file), frame->line);
}

/* Programs write names as they like. */
static json_t *string_or_null(const char *s)
{
	return s ? view_json_safe(s) : json_null();
}

void view_frame_json(json_t *o, const struct cr2_frame *frame)
{
	json_object_set_new(o, KEY(FUNCTION), string_or_null(frame ? frame->function : NULL));
	json_object_set_new(o, KEY(OBJECT_PATH), string_or_null(frame ? frame->object : NULL));
	json_object_set_new(o, KEY(SOURCE_FILE), string_or_null(frame ? frame->file : NULL));
	json_object_set_new(o, KEY(FILE_LINE), frame && frame->file ? json_integer(frame->line) : json_null());
}
