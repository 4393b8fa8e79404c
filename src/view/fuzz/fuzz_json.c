/* SPDX-License-Identifier: MIT */
/* Random scenarios for programs: an object a finding, an object for the summary. */
#include <stdlib.h>

#include <cr2/view_fuzz.h>

#include "record/json.h"

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *faults_json(const struct cr2_coverage *coverage)
{
	json_t *list = json_array();

	for (int path = 0; path < CR2_PATH_SCENARIOS; path++)
		for (int m = 0; m < CR2_COVERAGE_MAPPINGS; m++)
			for (int page = 0; page < CR2_COVERAGE_PAGES; page++) {
				uint64_t n = coverage->faults[path][m][page];

				if (!n)
					continue;
				json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:o}",
					KEY(PATH), cr2_path_name((enum cr2_path)path),
					KEY(MAPPING_KIND),
					cr2_coverage_mapping_name((enum cr2_coverage_mapping)m),
					KEY(PAGE_KIND),
					cr2_coverage_page_name((enum cr2_coverage_page)page),
					KEY(COUNT), count(n)));
			}
	return list;
}

/* {"map": {"ok": 120, "ENOMEM": 2}} */
static json_t *operations_json(const struct cr2_coverage *coverage)
{
	json_t *operations = json_object();

	for (int op = 0; op < CR2_OP_COUNT; op++) {
		json_t *results = json_object();

		for (int i = 0; i < CR2_RESULT_COUNT; i++)
			if (coverage->results[op][i])
				json_object_set_new(results, cr2_result_name((enum cr2_result)i),
						    count(coverage->results[op][i]));
		if (json_object_size(results))
			json_object_set(operations, cr2_op_name((enum cr2_op_kind)op), results);
		json_decref(results);
	}
	return operations;
}

static json_t *patterns_json(const struct cr2_coverage *coverage)
{
	json_t *object = json_object();

	for (int i = 0; i < CR2_PATTERN_COUNT; i++)
		json_object_set_new(object, cr2_pattern_get((enum cr2_pattern)i)->name,
				    count(coverage->patterns[i]));
	return object;
}

static json_t *reasons_json(const struct cr2_view_fuzz *fuzz)
{
	json_t *list = json_array();

	for (size_t i = 0; i < fuzz->n_reasons; i++)
		json_array_append_new(list, json_pack("{s:s,s:o,s:b}",
			KEY(REASON), fuzz->reasons[i].text, KEY(COUNT), count(fuzz->reasons[i].count),
			KEY(FAILED), fuzz->reasons[i].failed));
	return list;
}

static json_t *findings_json(const struct cr2_view_fuzz *fuzz)
{
	json_t *object = json_object();

	for (int i = 0; i < CR2_FUZZ_FINDINGS; i++)
		json_object_set_new(object, cr2_fuzz_finding_name((enum cr2_fuzz_finding)i),
				    count(fuzz->findings[i]));
	return object;
}

static json_t *widened_json(const struct cr2_view_fuzz *fuzz)
{
	json_t *object = json_object();

	for (int i = 0; i < CR2_WIDENING_COUNT; i++)
		json_object_set_new(object, cr2_widening_name((enum cr2_widening)i),
				    count(fuzz->widened[i]));
	return object;
}

int cr2_view_fuzz_json(const struct cr2_view_fuzz *fuzz, struct cr2_text *text)
{
	return view_json_line(json_pack("{s:s,s:s,s:s,s:o,s:f,s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o}",
		KEY(KIND), "summary", KEY(MODEL), fuzz->model, KEY(TARGET), fuzz->target,
		KEY(SEED), view_json_hex(fuzz->seed), KEY(SECONDS), fuzz->seconds,
		KEY(STEPS), count(fuzz->steps), KEY(SCENARIOS), count(fuzz->scenarios),
		KEY(SKIPPED), count(fuzz->skipped), KEY(INTERRUPTED), fuzz->interrupted,
		KEY(FINDINGS), findings_json(fuzz), KEY(WIDENED), widened_json(fuzz),
		KEY(REASONS), reasons_json(fuzz), KEY(FAULTS), faults_json(fuzz->coverage),
		KEY(OPERATIONS), operations_json(fuzz->coverage),
		KEY(PATTERNS), patterns_json(fuzz->coverage)), text);
}

/* Text that is made, then JSON; an empty one is null. */
static json_t *text_json(struct cr2_text *text, int r)
{
	json_t *json = r < 0 ? NULL : text->length ? json_string(text->data) : json_null();

	cr2_text_finish(text);
	return json;
}

static json_t *side_json(const struct cr2_view_run *run, const struct cr2_difference *d, int side)
{
	struct cr2_text text = {0};

	return text_json(&text, cr2_view_difference_side(run, d, side, &text));
}

static json_t *where_json(const struct cr2_view_run *run, const struct cr2_difference *d)
{
	struct cr2_text text = {0};

	return text_json(&text, cr2_view_difference_where(run, d, &text));
}

static json_t *differences_json(const struct cr2_view_run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; run && i < run->n_differences; i++) {
		const struct cr2_difference *d = &run->differences[i];
		const struct cr2_observations *steps = run->columns[0].observations;
		bool known = d->observation < steps->count;

		json_array_append_new(list, json_pack("{s:o,s:o,s:s,s:o,s:o,s:o}",
			KEY(STEP), count(d->observation + 1),
			KEY(LINE), known ? count(steps->items[d->observation].line) : json_null(),
			KEY(FIELD), cr2_field_name(d->field), KEY(WHERE), where_json(run, d),
			KEY(MODEL), side_json(run, d, 0), KEY(TARGET), side_json(run, d, 1)));
	}
	return list;
}

int cr2_view_fuzz_found_json(const struct cr2_view_fuzz_found *found, struct cr2_text *text)
{
	return view_json_line(json_pack("{s:s,s:o,s:s?,s:s?,s:o}",
		KEY(KIND), cr2_fuzz_finding_name(found->finding),
		KEY(SCENARIO), view_json_hex(found->scenario),
		KEY(FILE), found->file, KEY(REASON), found->reason,
		KEY(DIFFERENCES), differences_json(found->run)), text);
}
