/* SPDX-License-Identifier: MIT */
/* What two sessions differ in: in words, and as data on both sides; and what one kernel's scenes have alone. */
#include <stdlib.h>

#include <cr2/view_step.h>

#include "../../step/session.h"

static void assert_words(struct cr2_session *left, struct cr2_session *right, const char *expected)
{
	struct cr2_divergence d;
	struct cr2_text text = {0};

	assert_int_equal(cr2_session_difference(left, right, &d), 1);
	assert_int_equal(cr2_view_divergence(&d, &text), 0);
	assert_string_equal(text.data, expected);
	assert_int_equal(cr2_session_go(left, &d.at[0]), 0);
	cr2_text_finish(&text);
	cr2_divergence_finish(&d);
}

/* A scene as JSON, with what differs if there is a difference. */
static char *scene_json(struct cr2_session *session, const struct cr2_divergence *d, int side)
{
	struct cr2_text text = {0};
	struct cr2_view_scene view;
	struct cr2_places places;
	struct cr2_scene scene;

	assert_int_equal(cr2_view_scene_of(session, &places, &view), 0);
	assert_int_equal(cr2_session_scene(session, &scene), 0);
	view.scene = &scene;
	view.divergence = d;
	view.side = side;
	assert_int_equal(cr2_view_scene_json(&view, &text), 0);
	cr2_scene_finish(&scene);
	free((void *)places.items);
	return text.data;
}

static void field_and_place_and_both_sides(void **state)
{
	struct cr2_session *left = open_session("thp never\nmap m 1024 rw\nwrite m@0\nread 0x10\n");
	struct cr2_session *right = open_session("thp always\nmap m 1024 rw\nwrite m@0\n");

	(void)state;
	assert_words(left, right, "step 2: path of fault 1: anon_alloc ≠ anon_huge (and 1 more)");
	assert_int_equal(cr2_session_go(left, &(struct cr2_position){2, 0, 0}), 0);
	assert_words(left, right, "step 3: 3 steps ≠ 2 steps");
	cr2_session_destroy(left);
	cr2_session_destroy(right);
	left = open_session("map m 1 rw\n");
	right = open_session("map m 1 rw\nread 0x10\n");
	assert_words(left, right, "step 2: 1 step ≠ 2 steps");
	cr2_session_destroy(left);
	cr2_session_destroy(right);
}

static void each_scene_has_its_side(void **state)
{
	struct cr2_session *left = open_session("fault_around 16\nfile f 4\nmap p 4 rw private f\nread p@0\n");
	struct cr2_session *right = open_session("fault_around 1\nfile f 4\nmap p 4 rw private f\nread p@0\n");
	struct cr2_divergence d;
	char *json;

	(void)state;
	assert_int_equal(cr2_session_difference(left, right, &d), 1);
	json = scene_json(left, &d, 0);
	assert_non_null(strstr(json, "\"differences\":[{\"field\":\"state\",\"where\":\"parent.p@1..3\",\"fault_number\":null,"
				     "\"seen\":\"f:1 f:2 f:3\"}]"));
	free(json);
	json = scene_json(right, &d, 1);
	assert_non_null(strstr(json, "\"seen\":\"-*3\"}]"));
	free(json);
	json = scene_json(left, NULL, 0);
	assert_null(strstr(json, "\"differences\""));
	free(json);
	cr2_divergence_finish(&d);
	cr2_session_destroy(left);
	cr2_session_destroy(right);
}

/* Its pages do not know whose alone they are, so that nothing says that they are not. */
static void a_course_has_no_exclusive_pages(void **state)
{
	static const char text[] = "map m 1 rw\nwrite m@0\nfork c\nc: write m@0\n";

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cr2_session *session = open_session_of(text, i ? CR2_PROFILE_COURSE : CR2_PROFILE_6_18);
		const struct cr2_style style = {.width = 80};
		struct cr2_text said = {0};
		struct cr2_view_scene view;
		struct cr2_places places;
		char *json;

		assert_int_equal(cr2_session_go(session, &(struct cr2_position){4, 1, 6}), 0);
		assert_int_equal(cr2_view_scene_of(session, &places, &view), 0);
		assert_int_equal(cr2_view_narrative(&view.step, view.stages, view.n_stages, &style, &said), 0);
		assert_int_equal(strstr(said.data, "xclusive") == NULL, i);
		json = scene_json(session, NULL, 0);
		assert_int_equal(strstr(json, "\"exclusive\":null") != NULL, i);
		assert_int_equal(strstr(json, "\"exclusive\":[") == NULL, i);
		free(json);
		free((void *)places.items);
		cr2_text_finish(&said);
		cr2_session_destroy(session);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(field_and_place_and_both_sides),
		cmocka_unit_test(each_scene_has_its_side),
		cmocka_unit_test(a_course_has_no_exclusive_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
