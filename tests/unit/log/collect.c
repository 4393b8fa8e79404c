/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "log/pack.h"

#include "collect.h"

/* As a group keeps it. */
void copy_report(const struct cr2_log_report *report, struct cr2_log_report *ret_copy)
{
	struct cr2_text packed = {0};

	assert_int_equal(log_report_pack(report, &packed), 0);
	assert_int_equal(log_report_unpack(packed.data, ret_copy), 0);
	cr2_text_finish(&packed);
}

static int keep_report(void *data, const struct cr2_log_report *report)
{
	struct collected *collected = data;

	assert_int_equal(cr2_grow(&collected->reports, &collected->capacity, collected->n + 1,
				  sizeof(*report)), 0);
	copy_report(report, &collected->reports[collected->n++]);
	return cr2_text_printf(&collected->passed, "{%zu}", collected->n);
}

static int keep_text(void *data, const char *text, size_t length)
{
	struct collected *collected = data;

	return cr2_text_append_n(&collected->passed, text, length);
}

void collect(const char *text, size_t length, size_t step, struct collected *ret)
{
	struct cr2_log_config config = {.size = sizeof(config), .report = keep_report, .text = keep_text, .data = ret,
					.no_symbols = true};
	struct cr2_log *log;

	*ret = (struct collected){.stats.size = sizeof(ret->stats)};
	assert_int_equal(cr2_log_create(&config, &log), 0);
	for (size_t i = 0; i < length;) {
		size_t n = step && step < length - i ? step : length - i;

		assert_int_equal(cr2_log_feed(log, text + i, n), 0);
		i += n;
	}
	assert_int_equal(cr2_log_end(log), 0);
	assert_int_equal(cr2_log_get_stats(log, &ret->stats), 0);
	cr2_log_destroy(log);
}

void collect_string(const char *text, struct collected *ret)
{
	collect(text, strlen(text), 0, ret);
}

void collect_only(const char *text, void (*expect_of)(const struct cr2_log_report *report, const char *wanted),
		  const char *wanted)
{
	struct collected collected;

	collect_string(text, &collected);
	assert_int_equal(collected.n, 1);
	expect_of(&collected.reports[0], wanted);
	collect_finish(&collected);
}

void collect_finish(struct collected *collected)
{
	for (size_t i = 0; i < collected->n; i++)
		log_report_finish(&collected->reports[i]);
	free(collected->reports);
	cr2_text_finish(&collected->passed);
}

char *load_log(const char *name)
{
	char path[512], *text;
	FILE *file;
	long size;

	if (!getenv("CR2_TEST_SOURCE"))
		fail_msg("CR2_TEST_SOURCE is not set: run it with meson test");
	snprintf(path, sizeof(path), "%s/../data/log/%s", getenv("CR2_TEST_SOURCE"), name);
	file = fopen(path, "r");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	fclose(file);
	return text;
}
