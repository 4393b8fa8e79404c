/* SPDX-License-Identifier: MIT */
/* A profile: stacks of numbered locations, with tables of what the numbers stand for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/hash.h"
#include "base/words.h"
#include "export/profile.pb-c.h"
#include "leaves.h"

/* Messages of one kind, which do not move. */
struct list {
	size_t n, capacity;
	void **items;
};
struct profile {
	bool by_function; /* else what rows are by is the locations */
	struct words words; /* the first is that of no text */
	struct list samples, mappings, locations, functions;
	struct hash by_frame; /* (frame, 0): a location's number; (text's number, 1): one of a key */
	struct hash by_object; /* (text's number, 0): a mapping's number */
	size_t n, capacity;
	uint64_t *stack;
};

/* ---- tables ---- */

/* A new one, of so many zeros, at the list's end. */
static void *add_new(struct list *list, size_t size)
{
	void *item = calloc(1, size);

	if (!item || cr2_grow(&list->items, &list->capacity, list->n + 1, sizeof(*list->items)) < 0) {
		free(item);
		return NULL;
	}
	return list->items[list->n++] = item;
}

/* A text of others, which may be anything but UTF-8. */
static int64_t safe_word_of(struct profile *p, const char *text)
{
	struct cr2_text safe = {0};
	int64_t number = cr2_text_append_safe(&safe, text, strlen(text)) < 0 ? -ENOMEM :
		words_number(&p->words, safe.data ? safe.data : "");

	cr2_text_finish(&safe);
	return number;
}

/* The file that holds the code; 0: none, or no memory. */
static uint64_t mapping_of(struct profile *p, const char *object)
{
	int64_t name = object ? safe_word_of(p, object) : 0;
	uint64_t found = name > 0 ? hash_get(&p->by_object, (uint64_t)name, 0) : 0;
	Pprof__Mapping *mapping;

	if (name <= 0 || found)
		return found;
	mapping = add_new(&p->mappings, sizeof(*mapping));
	if (!mapping || hash_set(&p->by_object, (uint64_t)name, 0, p->mappings.n) < 0)
		return 0;
	pprof__mapping__init(mapping);
	mapping->id = p->mappings.n;
	mapping->filename = name;
	mapping->has_functions = mapping->has_filenames = mapping->has_line_numbers = mapping->has_inline_frames = 1;
	return mapping->id;
}

static uint64_t function_of(struct profile *p, const char *name, const char *file)
{
	Pprof__Function *function = add_new(&p->functions, sizeof(*function));

	if (!function)
		return 0;
	pprof__function__init(function);
	function->id = p->functions.n;
	function->name = function->system_name = safe_word_of(p, name);
	function->filename = file ? safe_word_of(p, file) : 0;
	return function->name < 0 || function->filename < 0 ? 0 : function->id;
}

/* A location has one line, which stands behind it in memory. */
struct location {
	Pprof__Location location;
	Pprof__Line line, *lines[1];
};

/* A number, or 0: no memory. */
static uint64_t new_location(struct profile *p, const char *name, const struct cr2_frame *frame)
{
	struct location *made = add_new(&p->locations, sizeof(*made));

	if (!made)
		return 0;
	pprof__location__init(&made->location);
	pprof__line__init(&made->line);
	made->lines[0] = &made->line;
	made->location.id = p->locations.n;
	made->location.n_line = 1;
	made->location.line = made->lines;
	made->location.mapping_id = frame ? mapping_of(p, frame->object) : 0;
	made->line.function_id = function_of(p, name, frame ? frame->file : NULL);
	made->line.line = frame ? frame->line : 0;
	return made->line.function_id ? made->location.id : 0;
}

static uint64_t location_of(struct profile *p, const struct leaf_frame *frame)
{
	int64_t word = frame->frame ? 0 : safe_word_of(p, frame->text);
	const uint64_t a = frame->frame ? (uint64_t)(uintptr_t)frame->frame : (uint64_t)word, b = !frame->frame;
	uint64_t found = word < 0 ? 0 : hash_get(&p->by_frame, a, b);

	if (word < 0 || found)
		return found;
	found = new_location(p, frame->frame ? frame->frame->function : frame->text, frame->frame);
	return found && hash_set(&p->by_frame, a, b, found) == 0 ? found : 0;
}

/* ---- samples ---- */

static bool is_function(enum cr2_report_by by)
{
	return by == CR2_REPORT_BY_FUNCTION || by == CR2_REPORT_BY_LINE || by == CR2_REPORT_BY_STACK;
}

/* With its values and labels behind it in memory. */
struct sample {
	Pprof__Sample sample;
	int64_t values[CR2_EXPORT_WEIGHTS];
	Pprof__Label labels[CR2_REPORT_BYS + 1], *pointers[CR2_REPORT_BYS + 1];
};

static Pprof__Label *new_label(struct profile *p, struct sample *sample, const char *key)
{
	Pprof__Label *label = &sample->labels[sample->sample.n_label];

	pprof__label__init(label);
	label->key = words_number(&p->words, key);
	sample->pointers[sample->sample.n_label++] = label;
	return label;
}

static int add_label(struct profile *p, struct sample *sample, const struct cr2_report_row *row,
		     const struct leaf_frame *frame)
{
	Pprof__Label *label = new_label(p, sample, cr2_report_by_name(frame->by));

	label->str = safe_word_of(p, frame->text);
	if (frame->by == CR2_REPORT_BY_PROCESS)
		new_label(p, sample, "pid")->num = (int64_t)row->pid;
	return label->key < 0 || label->str < 0 ? -ENOMEM : 0;
}

static int add_frames(struct profile *p, struct sample *sample, const struct leaf *leaf)
{
	int r = 0;

	p->n = 0;
	for (size_t i = leaf->n; i-- && r == 0;) {
		const struct leaf_frame *frame = &leaf->frames[i];

		if (p->by_function && !is_function(frame->by)) {
			r = add_label(p, sample, leaf->row, frame);
			continue;
		}
		r = cr2_grow(&p->stack, &p->capacity, p->n + 1, sizeof(*p->stack));
		if (r == 0)
			p->stack[p->n++] = location_of(p, frame);
		if (r == 0 && !p->stack[p->n - 1])
			r = -ENOMEM;
	}
	return r;
}

static int add_to_profile(void *data, const struct leaf *leaf)
{
	struct profile *p = data;
	struct sample *made = add_new(&p->samples, sizeof(*made));
	int r;

	if (!made)
		return -ENOMEM;
	pprof__sample__init(&made->sample);
	for (int i = 0; i < CR2_EXPORT_WEIGHTS; i++)
		made->values[i] = (int64_t)leaf_value(leaf->row, (enum cr2_export_weight)i);
	made->sample.n_value = CR2_EXPORT_WEIGHTS;
	made->sample.value = made->values;
	made->sample.label = made->pointers;
	r = add_frames(p, made, leaf);
	if (r < 0)
		return r;
	made->sample.location_id = malloc(p->n * sizeof(*p->stack) + 1);
	if (!made->sample.location_id)
		return -ENOMEM;
	made->sample.n_location_id = p->n;
	if (p->n)
		memcpy(made->sample.location_id, p->stack, p->n * sizeof(*p->stack));
	return 0;
}

/* ---- bytes ---- */

static int append_gzip(struct cr2_text *bytes, const uint8_t *data, size_t n)
{
	z_stream stream = {.next_in = (uint8_t *)data, .avail_in = (uInt)n};
	const int gzip = 16 + MAX_WBITS;
	uint8_t *packed;
	size_t most;
	int r = -ENOMEM;

	if (n > UINT32_MAX)
		return -EFBIG;
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	most = deflateBound(&stream, (uLong)n);
	packed = malloc(most);
	stream.next_out = packed;
	stream.avail_out = (uInt)most;
	if (packed && deflate(&stream, Z_FINISH) == Z_STREAM_END)
		r = cr2_text_append_n(bytes, (const char *)packed, most - stream.avail_out);
	free(packed);
	deflateEnd(&stream);
	return r;
}

static int pack(struct profile *p, struct cr2_text *bytes)
{
	Pprof__ValueType types[CR2_EXPORT_WEIGHTS], *pointers[CR2_EXPORT_WEIGHTS];
	static const char *const words[CR2_EXPORT_WEIGHTS][2] = {
		[CR2_EXPORT_COUNT] = {"faults", "count"}, [CR2_EXPORT_TIME] = {"time", "nanoseconds"},
		[CR2_EXPORT_BYTES] = {"bytes", "bytes"}};
	Pprof__Profile profile = PPROF__PROFILE__INIT;
	uint8_t *data;
	size_t n;
	int r = 0;

	for (int i = 0; i < CR2_EXPORT_WEIGHTS; i++) {
		pprof__value_type__init(&types[i]);
		types[i].type = words_number(&p->words, words[i][0]);
		types[i].unit = words_number(&p->words, words[i][1]);
		pointers[i] = &types[i];
		r = types[i].type < 0 || types[i].unit < 0 ? -ENOMEM : r;
	}
	profile.n_sample_type = CR2_EXPORT_WEIGHTS;
	profile.sample_type = pointers;
	profile.default_sample_type = types[CR2_EXPORT_COUNT].type;
	profile.n_sample = p->samples.n;
	profile.sample = (Pprof__Sample **)p->samples.items;
	profile.n_mapping = p->mappings.n;
	profile.mapping = (Pprof__Mapping **)p->mappings.items;
	profile.n_location = p->locations.n;
	profile.location = (Pprof__Location **)p->locations.items;
	profile.n_function = p->functions.n;
	profile.function = (Pprof__Function **)p->functions.items;
	profile.n_string_table = p->words.n;
	profile.string_table = p->words.items;
	n = r == 0 ? pprof__profile__get_packed_size(&profile) : 0;
	data = n ? malloc(n) : NULL;
	if (data)
		pprof__profile__pack(&profile, data);
	r = data ? append_gzip(bytes, data, n) : -ENOMEM;
	free(data);
	return r;
}

static void finish_list(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
}

static void finish_profile(struct profile *p)
{
	for (size_t i = 0; i < p->samples.n; i++)
		free(((struct sample *)p->samples.items[i])->sample.location_id);
	words_finish(&p->words);
	finish_list(&p->samples);
	finish_list(&p->mappings);
	finish_list(&p->locations);
	finish_list(&p->functions);
	hash_finish(&p->by_frame);
	hash_finish(&p->by_object);
	free(p->stack);
}

int cr2_export_pprof(const struct cr2_view_report *report, struct cr2_text *bytes)
{
	struct profile p = {0};
	int r;

	for (size_t i = 0; i < report->n_by; i++)
		p.by_function |= is_function(report->by[i]);
	r = words_number(&p.words, "") < 0 ? -ENOMEM : leaves_each(report, add_to_profile, &p);
	if (r == 0)
		r = pack(&p, bytes);
	finish_profile(&p);
	return r;
}
