/* SPDX-License-Identifier: MIT */
/* How what <cr2/replay.h> gives is shown. All return 0 or -ENOMEM. */
#ifndef CR2_VIEW_REPLAY_H
#define CR2_VIEW_REPLAY_H

#include <cr2/replay.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/* title: the file. For people: a row a path and mapping, then what was accepted, what differs, what was left out. */
int cr2_view_replay(const char *title, const struct cr2_replay *replay, const struct cr2_style *style,
		    struct cr2_text *text);
/* One JSON object a row, of kind "row" or "call", and one of kind "summary". */
int cr2_view_replay_json(const struct cr2_replay *replay, struct cr2_text *text);
/* A difference by itself; began: what its time counts from. In JSON of kind "difference". */
int cr2_view_replay_difference(const struct cr2_replay_difference *difference, uint64_t began,
			       const struct cr2_style *style, struct cr2_text *text);
int cr2_view_replay_difference_json(const struct cr2_replay_difference *difference, uint64_t began,
				    struct cr2_text *text);
/* Pages that differ at their address space's end. In JSON of kind "page". */
int cr2_view_replay_page(const struct cr2_replay_page *page, uint64_t began, const struct cr2_style *style,
			 struct cr2_text *text);
int cr2_view_replay_page_json(const struct cr2_replay_page *page, uint64_t began, struct cr2_text *text);

CR2_END_DECLS

#endif
