/* SPDX-License-Identifier: MIT */
/* How a scene is made: of a model in whatever state it is (capture.c), frames apart (frames.c). */
#ifndef STEP_SCENE_H
#define STEP_SCENE_H

#include <cr2/run.h>
#include <cr2/scene.h>

struct capture {
	const struct cr2_model *model;
	const struct cr2_execution *execution; /* that knows names and pages' numbers */
	const struct cr2_walk *walk; /* the CPU's at this position; n 0: none */
	struct cr2_scene *scene;
};

/* Fills all but at, and what cpu has besides view. Returns 0 or -ENOMEM; the scene is to be finished anyhow. */
int scene_capture(const struct capture *c);

/* Frames seen while the rest was made: n in a row; process CR2_NO_OBJECT: nobody maps them here. */
struct seen_frames {
	uint64_t pfn, n, address;
	uint64_t again; /* n 1: and so many pages behind address show the same frame */
	uint32_t process;
};
struct frame_list {
	struct seen_frames *items;
	size_t n, capacity;
};
int frames_see(struct frame_list *list, const struct seen_frames *seen);
int frames_see_unmapped(struct frame_list *list, uint64_t pfn);
int frames_capture(const struct capture *c, struct frame_list *seen);

/* Room for one more item of a list, cleared, and NULL where there is none. */
#define LIST_ADD(list) \
	(cr2_grow(&(list)->items, &(list)->capacity, (list)->n + 1, sizeof(*(list)->items)) < 0 \
		 ? NULL \
		 : memset(&(list)->items[(list)->n++], 0, sizeof(*(list)->items)))

#endif
