/* SPDX-License-Identifier: MIT */
/*
 * What of a scene's lists is written where v->rows says how much: rows around what matters, which is the fault's
 * address, else what changed. With rows 0 each span is the whole list.
 */
#ifndef VIEW_STEP_WINDOW_H
#define VIEW_STEP_WINDOW_H

#include <cr2/view_step.h>

struct cr2_scene_span window_processes(const struct cr2_view_scene *v);
struct cr2_scene_span window_mappings(const struct cr2_view_scene *v, const struct cr2_scene_process *p);
struct cr2_scene_span window_pages(const struct cr2_view_scene *v, const struct cr2_scene_process *p,
				   const struct cr2_scene_mapping *m);
struct cr2_scene_span window_entries(const struct cr2_view_scene *v, const struct cr2_scene_process *p,
				     const struct cr2_scene_table *t);
struct cr2_scene_span window_mappers(const struct cr2_view_scene *v, const struct cr2_scene_frame *f);
struct cr2_scene_span window_objects(const struct cr2_view_scene *v);
struct cr2_scene_span window_cached(const struct cr2_view_scene *v, const struct cr2_scene_object *o);
struct cr2_scene_span window_slots(const struct cr2_view_scene *v);
struct cr2_scene_span window_tlb(const struct cr2_view_scene *v);
struct cr2_scene_span window_changes(const struct cr2_view_scene *v);

/*
 * Of a process's tables, by their place in its list: the place among those that are written, or SIZE_MAX. To be
 * freed; NULL: no memory.
 */
size_t *window_tables(const struct cr2_view_scene *v, const struct cr2_scene_process *p, size_t *ret_n);

/* The frames that are written, by number in the scene's list: those that what else is written shows. As above. */
size_t *window_frames(const struct cr2_view_scene *v, size_t *ret_n);

/* Has anything of that part changed whose keys lie from first to before end? of, level: as a change has them. */
bool window_changed(const struct cr2_view_scene *v, enum cr2_scene_part part, uint32_t of, enum cr2_level level,
		    uint64_t first, uint64_t end);

#endif
