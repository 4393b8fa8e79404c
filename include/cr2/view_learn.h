/* SPDX-License-Identifier: MIT */
/* How what <cr2/learn.h> holds is shown. All return 0 or -ENOMEM. */
#ifndef CR2_VIEW_LEARN_H
#define CR2_VIEW_LEARN_H

#include <cr2/counter.h>
#include <cr2/demand.h>
#include <cr2/grade.h>
#include <cr2/lesson.h>
#include <cr2/sheet.h>
#include <cr2/view.h>

CR2_BEGIN_DECLS

/* An exercise: what is given, what is asked. */
int cr2_view_exercise(const struct cr2_exercise *exercise, const struct cr2_style *style,
		      struct cr2_text *text);
/* Its hints; its answers and how they are found. */
int cr2_view_exercise_hints(const struct cr2_exercise *exercise, const struct cr2_style *style,
			    struct cr2_text *text);
int cr2_view_exercise_solution(const struct cr2_exercise *exercise, const struct cr2_style *style,
			       struct cr2_text *text);
/* All of this as one JSON object on a line; without answers: the first alone. */
int cr2_view_exercise_json(const struct cr2_exercise *exercise, bool answers, struct cr2_text *text);

/* What answers come to, n of them; they are not said what would have been right. */
int cr2_view_checks(const struct cr2_exercise *exercise, const struct cr2_check *checks, size_t n,
		    const struct cr2_style *style, struct cr2_text *text);
/* The same as one JSON object on a line. */
int cr2_view_checks_json(const struct cr2_exercise *exercise, const struct cr2_check *checks, size_t n,
			 struct cr2_text *text);

/* The kinds of exercises; with how far a learner is, and programs, unless progress is NULL. As JSON an object a line. */
int cr2_view_progress(const struct cr2_progress *progress, const struct cr2_style *style, struct cr2_text *text);
int cr2_view_progress_json(const struct cr2_progress *progress, struct cr2_text *text);

/* A session: what became of a line, and what is asked then. */
int cr2_view_lesson(const struct cr2_lesson *lesson, const struct cr2_lesson_reply *reply,
		    const struct cr2_style *style, struct cr2_text *text);
int cr2_view_lesson_question(const struct cr2_lesson *lesson, const struct cr2_style *style,
			     struct cr2_text *text);
int cr2_view_lesson_kernel(const struct cr2_lesson_kernel *kernel, const struct cr2_style *style, struct cr2_text *text);

/* A student's sheet in Markdown, 80 columns wide: answers stand behind NUMBER.PART =; with answers, the key to it. */
int cr2_view_sheet_markdown(const struct cr2_sheet *sheet, bool answers, struct cr2_text *text);

/*
 * The page of web/ with a sheet inside, to be solved there. It makes the exercises anew, and can show their solutions.
 * Returns 0, -ENOMEM, or -EINVAL: it is no such page.
 */
int cr2_view_sheet_page(const char *page, const struct cr2_sheet *sheet, struct cr2_text *text);

/*
 * Grades, which were judged. Nowhere does it stand what would have been right. JSON: an object a student, and a last one
 * for the class; CSV: a row a student.
 */
int cr2_view_grades(const struct cr2_grades *grades, const struct cr2_style *style, struct cr2_text *text);
int cr2_view_grades_json(const struct cr2_grades *grades, struct cr2_text *text);
int cr2_view_grades_csv(const struct cr2_grades *grades, struct cr2_text *text);

/* What became of a learner's module; the JSON is one object on a line. */
int cr2_view_counter(const struct cr2_counter_report *report, const struct cr2_style *style, struct cr2_text *text);
int cr2_view_counter_json(const struct cr2_counter_report *report, struct cr2_text *text);

/* All demands of cr2 learn force, by level; as JSON an object a line. */
int cr2_view_demands(const struct cr2_style *style, struct cr2_text *text);
int cr2_view_demands_json(struct cr2_text *text);
/* One: what is demanded, and of what it consists; the hints where they are asked for. */
int cr2_view_demand_task(const struct cr2_demand_task *task, bool hints, const struct cr2_style *style,
			 struct cr2_text *text);
int cr2_view_demand_task_json(const struct cr2_demand_task *task, bool hints, struct cr2_text *text);
/* A C program to begin with, which does nothing of it. */
int cr2_view_demand_skeleton(const struct cr2_demand_task *task, struct cr2_text *text);

/* What became of a learner's program. Strings are borrowed. */
struct cr2_view_demand {
	const struct cr2_demand_report *report; /* NULL: it was not run: task and reason alone count */
	struct cr2_demand_task task;
	bool unbuilt; /* it was not run, since it does not build: that is wrong */
	const char *reason; /* why it was not run, or why parts were not; NULL: all were */
	const char *output; /* what it printed, or the first of it */
	size_t output_length;
	uint64_t output_bytes; /* of all of it */
	size_t n_unprotected;
	const char *const *unprotected; /* what the sandbox does not keep it from */
};
int cr2_view_demand(const struct cr2_view_demand *demand, const struct cr2_style *style, struct cr2_text *text);
int cr2_view_demand_json(const struct cr2_view_demand *demand, struct cr2_text *text); /* one object on a line */

CR2_END_DECLS

#endif
