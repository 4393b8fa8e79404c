/* SPDX-License-Identifier: MIT */
/* Any number is an error code, an entry, an address or a word of flags that can be shown. */
#include <assert.h>
#include <string.h>

#include <cr2/view_decode.h>

#include "fuzz.h"

struct input {
	uint64_t value, address;
	uint16_t kernel;
	uint8_t level;
	uint8_t choices; /* bits 6 and 7: what the value is shown as */
	uint8_t width;
};

/* No line is wider than the terminal, where that has 80 columns; none ends in a blank. */
static void check_lines(const struct cr2_text *text, const struct cr2_style *style)
{
	assert(text->length > 0 && text->data[text->length - 1] == '\n');
	assert(!strstr(text->data, " \n"));
	if (style->colour || style->width < 80)
		return;
	for (const char *line = text->data; *line; line += strcspn(line, "\n") + 1)
		assert(strcspn(line, "\n") <= style->width);
}

static void show_error(const struct input *in, const struct cr2_style *style, struct cr2_text *text)
{
	uint64_t start = in->address & 0x7fff00000000;
	struct cr2_error_input input = {
		.code = in->value,
		.has_address = in->choices & 1,
		.address = in->address,
		.has_mapping = in->choices & 2,
		.mapping = {start, start + 0x100000000, in->choices >> 2 & 7, in->choices >> 5 & 1,
			    in->choices >> 6 & 1},
	};
	struct cr2_error error;

	cr2_error_decode(&input, &error);
	assert(error.likely < error.n_causes);
	assert(cr2_view_error(&error, style, text) == 0);
	check_lines(text, style);
	assert(cr2_error_to_json(&error, text) == 0);
}

static void show_entry(const struct input *in, const struct cr2_style *style, struct cr2_text *text)
{
	struct cr2_entry_input input = {
		.value = in->value,
		.level = (enum cr2_level)(CR2_LEVEL_PTE + in->level % CR2_LEVELS_MAX),
		.levels = in->choices & 1 ? 5 : 4,
		.kernel = in->kernel,
		.memory_failure = in->choices & 2,
		.device_private = in->choices & 4,
	};
	struct cr2_entry entry;

	cr2_entry_decode(&input, &entry);
	assert(cr2_view_entry(&entry, style, text) == 0);
	check_lines(text, style);
	assert(cr2_entry_to_json(&entry, text) == 0);
}

static void show_va(const struct input *in, const struct cr2_style *style, struct cr2_text *text)
{
	struct cr2_va va;

	cr2_va_decode(in->address, in->choices & 1 ? 5 : 4, &va);
	assert(cr2_view_va(&va, style, text) == 0);
	check_lines(text, style);
	assert(cr2_va_to_json(&va, text) == 0);
}

static void show_flags(const struct input *in, const struct cr2_style *style,
		       struct cr2_text *text)
{
	struct cr2_flags flags;

	for (int table = 0; table <= CR2_FLAGS_VM_FAULT; table++) {
		cr2_flags_decode(table, in->value, in->kernel, &flags);
		assert(cr2_view_flags("flags", table, &flags, style, text) == 0);
		check_lines(text, style);
		assert(cr2_flags_to_json(table, &flags, text) == 0);
		cr2_text_clear(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const shows[])(const struct input *, const struct cr2_style *,
				    struct cr2_text *) = {
		show_error, show_entry, show_va, show_flags,
	};
	struct cr2_text text = {0};
	struct cr2_style style;
	struct input in = {0};

	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	style = (struct cr2_style){.colour = in.choices & 1, .width = 20 + in.width};
	shows[in.choices >> 6](&in, &style, &text);
	cr2_text_finish(&text);
	return 0;
}
