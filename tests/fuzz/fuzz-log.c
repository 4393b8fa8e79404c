/* SPDX-License-Identifier: MIT */
/*
 * Any text passes through unchanged, and gives the same reports in one piece as in many. What
 * is found can be shown, at any width, and its JSON is well-formed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cr2/view_log.h>

#include "fuzz.h"

struct seen {
	struct cr2_text passed, json, shown;
};

static void check_json(const char *line)
{
	json_t *json = json_loads(line, 0, NULL);

	assert(json && json_is_string(json_object_get(json, "kind")));
	json_decref(json);
}

static int on_report(void *data, const struct cr2_log_report *report)
{
	const struct cr2_style style = {.width = 80};
	struct seen *seen = data;
	size_t at = seen->json.length;

	assert(cr2_view_log(report, "fuzz", &style, &seen->shown) == 0);
	assert(cr2_view_log_json(report, "fuzz", &seen->json) == 0);
	check_json(seen->json.data + at);
	return 0;
}

static int on_text(void *data, const char *text, size_t length)
{
	struct seen *seen = data;

	return cr2_text_append_n(&seen->passed, text, length);
}

static void run(const char *text, size_t size, size_t step, struct seen *seen)
{
	struct cr2_log_config config = {.size = sizeof(config), .report = on_report, .text = on_text, .data = seen,
					.no_symbols = true};
	struct cr2_log *log;

	assert(cr2_log_create(&config, &log) == 0);
	for (size_t i = 0; i < size; i += step)
		assert(cr2_log_feed(log, text + i, step < size - i ? step : size - i) == 0);
	assert(cr2_log_end(log) == 0);
	cr2_log_destroy(log);
	assert(seen->passed.length == size);
	assert(size == 0 || memcmp(seen->passed.data, text, size) == 0);
}

static void finish(struct seen *seen)
{
	cr2_text_finish(&seen->passed);
	cr2_text_finish(&seen->json);
	cr2_text_finish(&seen->shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = {0}, pieces = {0};

	run((const char *)data, size, size ? size : 1, &whole);
	run((const char *)data, size, 7, &pieces);
	assert(whole.json.length == pieces.json.length);
	assert(whole.json.length == 0 || strcmp(whole.json.data, pieces.json.data) == 0);
	finish(&whole);
	finish(&pieces);
	return 0;
}
