/* SPDX-License-Identifier: MIT */
/*
 * The page of web/ with a scenario or a sheet of exercises inside: what it begins with stands, as JSON, in an element
 * that is empty.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_learn.h>
#include <cr2/view_step.h>

#include "record/json.h"

static const char place[] = "id=\"scenario\">";

/* In a page "</script" would end the element, so no "<" stands as it is. */
static int append_json(struct cr2_text *text, const char *json)
{
	int r = 0;

	for (const char *end; r == 0 && (end = strchr(json, '<')); json = end + 1) {
		r = cr2_text_append_n(text, json, (size_t)(end - json));
		if (r == 0)
			r = cr2_text_append(text, "\\u003c");
	}
	return r == 0 ? cr2_text_append(text, json) : r;
}

/* Takes root over; NULL: there was no memory for it. */
static int fill_page(const char *page, json_t *root, struct cr2_text *text)
{
	const char *at = strstr(page, place);
	char *json = root ? json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	int r = json ? 0 : -ENOMEM;

	json_decref(root);
	if (!at)
		r = -EINVAL;
	if (r == 0) {
		at += strlen(place);
		r = cr2_text_append_n(text, page, (size_t)(at - page));
	}
	if (r == 0)
		r = append_json(text, json);
	free(json);
	return r == 0 ? cr2_text_append(text, at) : r;
}

int cr2_view_page(const char *page, const char *scenario, enum cr2_profile profile, const char *against, struct cr2_text *text)
{
	return fill_page(page, json_pack("{s:s, s:s, s:s}", KEY(TEXT), scenario, KEY(KERNEL), cr2_profile_name(profile),
					 KEY(AGAINST), against), text);
}

/* A seed is a text: numbers of JavaScript have 53 bits. */
static json_t *item_json(const struct cr2_sheet_item *item)
{
	char seed[24];

	snprintf(seed, sizeof(seed), "%" PRIu64, item->seed);
	return json_pack("{s:s, s:s, s:i, s:s}", KEY(EXERCISE), cr2_exercise_name(item->kind), KEY(SEED), seed, KEY(LEVEL),
			 (int)item->level, KEY(KERNEL), cr2_profile_name(item->profile));
}

/* What is demanded of the student's program, which runs elsewhere; NULL: nothing. */
static json_t *force_json(const struct cr2_sheet *sheet)
{
	struct cr2_text question = {0}, command = {0};
	json_t *json = NULL;

	if (sheet->has_force && cr2_demand_sentence(&sheet->force, &question) == 0 &&
	    cr2_text_printf(&command, "cr2 learn force %s --seed %" PRIu64, cr2_demand_name(sheet->force.demand),
			    sheet->force.seed) == 0)
		json = json_pack("{s:s, s:s}", KEY(QUESTION), question.data, KEY(COMMAND), command.data);
	cr2_text_finish(&question);
	cr2_text_finish(&command);
	return json;
}

int cr2_view_sheet_page(const char *page, const struct cr2_sheet *sheet, struct cr2_text *text)
{
	json_t *items = json_array();

	for (size_t i = 0; i < sheet->n_items; i++)
		json_array_append_new(items, item_json(&sheet->items[i]));
	/* What was not appended is missed. */
	if (json_array_size(items) != sheet->n_items) {
		json_decref(items);
		return -ENOMEM;
	}
	return fill_page(page, json_pack("{s:s, s:s, s:o, s:o*}", KEY(STUDENT), sheet->id, KEY(NAME), sheet->name, KEY(ITEMS), items,
					 KEY(FORCE), force_json(sheet)), text);
}
