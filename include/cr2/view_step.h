/* SPDX-License-Identifier: MIT */
/*
 * What the step debugger shows: a scene as JSON, and its parts as text, of which the terminal's screen is made
 * too. All return 0 or -ENOMEM.
 */
#ifndef CR2_VIEW_STEP_H
#define CR2_VIEW_STEP_H

#include <cr2/scene.h>
#include <cr2/step.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/* A scene with what belongs to it. Strings and lists are borrowed. */
struct cr2_view_scene {
	const char *target; /* "model 6.18" */
	const char *title; /* of the scenario, or NULL */
	unsigned steps; /* how many there are */
	struct cr2_view_step step; /* observation NULL: before the first */
	const struct cr2_failure *failure; /* of its expectation, or NULL */
	const struct cr2_scene *scene;
	size_t n_stages; /* of the step */
	const struct cr2_stage *stages;
	const struct cr2_stage *stage; /* the one that it is at, or NULL */
	size_t n_changes; /* since the scene that was shown before */
	const struct cr2_scene_change *changes;
	/*
	 * JSON: 0: all of the scene. Else of each list its share of about so many rows, around the fault's address or
	 * what changed, and how many are left out, so that a scene is as long as what is looked at, not as memory.
	 */
	unsigned rows;
	/* Where the other side differs, if it does so here, and which side of it this is; NULL: it does not. */
	const struct cr2_divergence *divergence;
	int side;
};
/*
 * Fills all that a session gives: all but target, scene and changes. What is in step.places is to be freed with
 * the items that places has.
 */
int cr2_view_scene_of(const struct cr2_session *session, struct cr2_places *places, struct cr2_view_scene *ret_view);

/* One line: an object of kind "scene". */
int cr2_view_scene_json(const struct cr2_view_scene *view, struct cr2_text *text);
/* In a line, first to second: "step 5: state of parent.buf@2..3: a1..a2 ≠ a3..a4 (and 2 more)". */
int cr2_view_divergence(const struct cr2_divergence *divergence, struct cr2_text *text);
/* One line: an object of kind "session", what there is to be stepped through. */
int cr2_view_session_json(const struct cr2_session *session, const char *target, struct cr2_text *text);
/* One line: an object of kind "step", from 1 to the last. */
int cr2_view_step_json(const struct cr2_session *session, unsigned step, struct cr2_text *text);
/*
 * The page of web/ with a scenario inside, under a kernel; against: the one beside it, or a setting, "thp always", or
 * "". Returns 0, -ENOMEM, or -EINVAL: it is no such page.
 */
int cr2_view_page(const char *page, const char *scenario, enum cr2_profile profile, const char *against,
		  struct cr2_text *text);

/* The parts that can be shown alone. */
enum cr2_view_part {
#define X(id, name, key, heading, sentence) CR2_VIEW_PART_##id,
#include <cr2/tables/view_part.def>
#undef X
	CR2_VIEW_PARTS,
};
const char *cr2_view_part_name(enum cr2_view_part part);
const char *cr2_view_part_heading(enum cr2_view_part part);
const char *cr2_view_part_sentence(enum cr2_view_part part);
int cr2_view_part_key(enum cr2_view_part part);
int cr2_view_part_parse(const char *name); /* -EINVAL: there is none */
int cr2_view_scene_part(const struct cr2_view_scene *view, enum cr2_view_part part, const struct cr2_style *style,
			struct cr2_text *text);
/* Where it is, in a line: "step 5 of 12, fault 1, S4 walk  child: write buf@0  => wp_copy". */
int cr2_view_scene_heading(const struct cr2_view_scene *view, const struct cr2_style *style, struct cr2_text *text);

CR2_END_DECLS

#endif
