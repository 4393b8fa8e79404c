/* SPDX-License-Identifier: MIT */
/*
 * cr2 step: arguments (step.c), commands (step_command.c), and the screen (step_screen.c), which makes commands
 * of keys.
 */
#ifndef CLI_STEP_H
#define CLI_STEP_H

#include <cr2/step.h>
#include <cr2/view_step.h>

#include "cli.h"

/* A session, what is shown of it, and what was shown before. */
struct step_side {
	struct cr2_session *session;
	char *target; /* "model 6.18" */
	struct cr2_scene scene;
	bool has_scene;
	struct cr2_scene_change *changes; /* from the scene before; NULL: there was none */
	size_t n_changes;
};

struct step_breakpoint {
	unsigned number;
	unsigned line; /* 0: a condition */
	struct cr2_condition *condition;
};

struct stepper {
	struct step_side sides[2];
	size_t n_sides;
	bool json;
	unsigned rows; /* of long lists in JSON; 0: all */
	bool quiet; /* commands only go: somebody else shows where to */
	struct cr2_style style;
	struct step_breakpoint *breakpoints;
	size_t n_breakpoints, capacity;
	unsigned last_breakpoint; /* number */
	bool quit;
	struct cr2_divergence divergence; /* of the last look for one; n 0: none was found */
};

/*
 * Carries out a command line, and appends what it has to say. Returns 0; -EINVAL: it makes no sense, and why stands
 * in the text; -ENOMEM.
 */
int step_command(struct stepper *stepper, const char *command, struct cr2_text *text);
/* Looks at all sides anew: 0 or -ENOMEM. Then what there is to see: where it is, and the stage; or JSON. */
int step_look(struct stepper *stepper);
int step_show(struct stepper *stepper, struct cr2_text *text);
/* Goes to the next difference of the two. Returns 1, 0: there is none; or -ENOMEM. */
int step_difference(struct stepper *stepper);
/* In a line, where they differ, or that they do not. 0 or -ENOMEM. */
int step_tell_difference(const struct stepper *stepper, struct cr2_text *text);
/* What a view of a side is made of; places->items are to be freed. 0 or -ENOMEM. */
int step_view(const struct step_side *side, struct cr2_places *places, struct cr2_view_scene *ret_view);
void stepper_finish(struct stepper *stepper);

/* The commands and the parts, as wide as the terminal. */
void step_list_commands(FILE *stream);

/* step_screen.c: until the user has seen enough. Returns an exit code, having said why not. */
int step_screen(struct stepper *stepper);

#endif
