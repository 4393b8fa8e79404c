/* SPDX-License-Identifier: MIT */
/* The page of web/ with a scenario inside: what it begins with stands, as JSON, in an element that is empty. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int cr2_view_page(const char *page, const char *scenario, enum cr2_profile profile, int against, struct cr2_text *text)
{
	const char *at = strstr(page, place);
	json_t *root;
	char *json;
	int r;

	if (!at)
		return -EINVAL;
	at += strlen(place);
	root = json_pack("{s:s, s:s, s:s}", KEY(TEXT), scenario, KEY(KERNEL), cr2_profile_name(profile), KEY(AGAINST),
			 against < 0 ? "" : cr2_profile_name((enum cr2_profile)against));
	json = root ? json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(root);
	r = json ? cr2_text_append_n(text, page, (size_t)(at - page)) : -ENOMEM;
	if (r == 0)
		r = append_json(text, json);
	free(json);
	return r == 0 ? cr2_text_append(text, at) : r;
}
