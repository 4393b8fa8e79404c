/* SPDX-License-Identifier: MIT */
/* "sh;main;malloc;anon_alloc 17": a line a stack, as flamegraph.pl and its like take them. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "leaves.h"

static const char *const weight_names[CR2_EXPORT_WEIGHTS] = {
	[CR2_EXPORT_COUNT] = "count", [CR2_EXPORT_TIME] = "time", [CR2_EXPORT_BYTES] = "bytes"};

const char *cr2_export_weight_name(enum cr2_export_weight weight)
{
	return weight < CR2_EXPORT_WEIGHTS ? weight_names[weight] : NULL;
}

int cr2_export_weight_parse(const char *name)
{
	for (int i = 0; i < CR2_EXPORT_WEIGHTS; i++)
		if (strcmp(weight_names[i], name) == 0)
			return i;
	return -EINVAL;
}

struct folded {
	enum cr2_export_weight weight;
	struct cr2_text *text;
};

/* What parts frames and lines must not stand in a name. */
static int add_name(struct cr2_text *text, const char *name)
{
	const size_t from = text->length;
	int r = cr2_text_append_safe(text, name, strlen(name));

	for (size_t i = from; r == 0 && i < text->length; i++)
		if (text->data[i] == ';')
			text->data[i] = ':';
	return r;
}

static int add_leaf(void *data, const struct leaf *leaf)
{
	const struct folded *folded = data;
	const uint64_t value = leaf_value(leaf->row, folded->weight);
	int r = 0;

	if (value == 0)
		return 0;
	for (size_t i = 0; i < leaf->n && r == 0; i++) {
		r = i ? cr2_text_append(folded->text, ";") : 0;
		if (r == 0)
			r = add_name(folded->text, leaf->frames[i].text);
	}
	return r ? r : cr2_text_printf(folded->text, " %" PRIu64 "\n", value);
}

int cr2_export_folded(const struct cr2_view_report *report, enum cr2_export_weight weight, struct cr2_text *text)
{
	struct folded folded = {weight, text};

	return leaves_each(report, add_leaf, &folded);
}
