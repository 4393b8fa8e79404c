/* SPDX-License-Identifier: MIT */
/* A scene that is written in part: no longer than asked for, around what matters, and nothing left out silently. */
#include <jansson.h>

#include <cr2/view_step.h>

#include "../../step/session.h"

#define PAGES 2000

/* A session whose pages are all rows of their own, and that is in the fault of the write behind them. */
static struct cr2_session *open_scattered(void)
{
	const struct cr2_position last = {PAGES + 3, 1, 4};
	struct cr2_text text = {0};
	struct cr2_session *session;

	cr2_text_append(&text, "map m 8000 rw\n");
	for (unsigned i = 0; i < PAGES; i++)
		cr2_text_printf(&text, "write m@%u\n", i * 1999 % PAGES * 2);
	cr2_text_append(&text, "fork child\nwrite m@2000\n");
	session = open_session(text.data);
	cr2_text_finish(&text);
	assert_int_equal(cr2_session_go(session, &last), 0);
	return session;
}

static json_t *scene_json(struct cr2_session *session, struct cr2_scene *scene, unsigned rows, size_t *ret_length)
{
	struct cr2_text text = {0};
	struct cr2_places places;
	struct cr2_view_scene view;
	json_t *json;

	assert_int_equal(cr2_view_scene_of(session, &places, &view), 0);
	view.target = "model";
	view.scene = scene;
	view.rows = rows;
	assert_int_equal(cr2_view_scene_json(&view, &text), 0);
	free((void *)places.items);
	json = json_loads(text.data, 0, NULL);
	assert_non_null(json);
	*ret_length = text.length;
	cr2_text_finish(&text);
	return json;
}

/* Rows of each list of a scene with those that are left out, added up by name. */
static void add_rows(const json_t *o, json_t *sums)
{
	const char *key;
	const json_t *value;
	json_t *row;
	size_t i;

	json_object_foreach((json_t *)o, key, value) {
		json_int_t left = json_integer_value(json_object_get(json_object_get(o, "left_out"), key));

		if (!json_is_array(value) || strcmp(key, "flags") == 0 || strcmp(key, "mapped_by") == 0)
			continue;
		json_object_set_new(sums, key, json_integer(json_integer_value(json_object_get(sums, key)) + left +
							    (json_int_t)json_array_size(value)));
		json_array_foreach(value, i, row)
			if (json_is_object(row))
				add_rows(row, sums);
	}
}

static json_t *at(const json_t *o, const char *key, size_t i)
{
	return json_array_get(json_object_get(o, key), i);
}

static void a_window_is_short_and_counts_the_rest(void **state)
{
	struct cr2_session *session = open_scattered();
	json_t *whole, *part, *wholes = json_object(), *parts = json_object(), *mapping, *row;
	struct cr2_scene scene;
	size_t length, i;
	bool found = false;

	(void)state;
	assert_int_equal(cr2_session_scene(session, &scene), 0);
	whole = scene_json(session, &scene, 0, &length);
	assert_true(length > 1000000);
	assert_null(json_object_get(whole, "left_out"));
	part = scene_json(session, &scene, 64, &length);
	assert_in_range(length, 1, 200000);
	add_rows(whole, wholes);
	add_rows(part, parts);
	assert_int_equal(json_integer_value(json_object_get(parts, "frames")),
			 json_integer_value(json_object_get(wholes, "frames")));
	assert_int_equal(json_integer_value(json_object_get(parts, "pages")),
			 json_integer_value(json_object_get(wholes, "pages")));
	assert_int_equal(json_integer_value(json_object_get(parts, "tables")),
			 json_integer_value(json_object_get(wholes, "tables")));
	/* The page of the fault is there, and so is its frame. */
	mapping = at(at(part, "processes", 0), "mappings", 0);
	json_array_foreach(json_object_get(mapping, "pages"), i, row) {
		const char *pfn = json_string_value(json_object_get(row, "pfn"));

		if (strcmp(json_string_value(json_object_get(row, "addr")),
			   json_string_value(json_object_get(json_object_get(part, "registers"), "cr2"))) != 0)
			continue;
		for (size_t f = 0; f < json_array_size(json_object_get(part, "frames")); f++)
			found |= strcmp(pfn, json_string_value(json_object_get(at(part, "frames", f), "pfn"))) == 0;
	}
	assert_true(found);
	json_decref(whole);
	json_decref(part);
	json_decref(wholes);
	json_decref(parts);
	cr2_scene_finish(&scene);
	cr2_session_destroy(session);
}

static void what_changed_is_marked(void **state)
{
	struct cr2_session *session = open_session("map m 6000 rw\n");
	struct cr2_scene scene = {0};
	/* So many things in a row that nobody would go through them one by one. */
	const struct cr2_position end = {1, 0, 0};
	struct cr2_scene_change changes[] = {
		{.part = CR2_SCENE_PAGE, .n = 5000, .had = true, .has = true},
	};
	struct cr2_text text = {0};
	struct cr2_places places;
	struct cr2_view_scene view;

	(void)state;
	assert_int_equal(cr2_session_go(session, &end), 0);
	assert_int_equal(cr2_session_scene(session, &scene), 0);
	assert_int_equal(cr2_view_scene_of(session, &places, &view), 0);
	changes[0].key = scene.mappings.items[0].vma.start + 500 * CR2_PAGE_SIZE;
	view.scene = &scene;
	view.target = "model";
	view.changes = changes;
	view.n_changes = 1;
	view.rows = 20;
	assert_int_equal(cr2_view_scene_json(&view, &text), 0);
	assert_non_null(strstr(text.data, "\"n\":6000,\"kind\":\"none\",\"token\":\"-\",\"number_step\":0,\"pfn\":null,"
					  "\"pfn_step\":0,\"flags\":null,\"large\":false,\"changed\":true"));
	changes[0].key = scene.mappings.items[0].vma.end;
	cr2_text_clear(&text);
	assert_int_equal(cr2_view_scene_json(&view, &text), 0);
	assert_null(strstr(text.data, "\"changed\":true"));
	free((void *)places.items);
	cr2_text_finish(&text);
	cr2_scene_finish(&scene);
	cr2_session_destroy(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_is_short_and_counts_the_rest),
		cmocka_unit_test(what_changed_is_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
