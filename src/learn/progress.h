/* SPDX-License-Identifier: MIT */
/* What a session does with a learner's progress. */
#ifndef LEARN_PROGRESS_H
#define LEARN_PROGRESS_H

#include <cr2/lesson.h>

/* The misconception whose turn it is, or -1; early: also one that is not due yet. */
int progress_recall(const struct cr2_progress *progress, bool early);
enum cr2_exercise_kind progress_topic(const struct cr2_progress *progress);
/* An answer in place was wrong in that way. */
void progress_mistaken(struct cr2_progress *progress, enum cr2_misconception misconception);
/* It cannot be asked for now. */
void progress_later(struct cr2_progress *progress, enum cr2_misconception misconception);
/* The exercise in place has come to its end; returns whether its topic's level rose. */
bool progress_ended(struct cr2_progress *progress);

#endif
