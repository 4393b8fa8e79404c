/* SPDX-License-Identifier: MIT */
/*
 * Observations from JSON lines. A line has a whole state; what it changes in the one before is
 * what the observation keeps.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "changes.h"
#include "json.h"
#include "pages.h"

/* Names by number, and numbers by name. */
struct name_index {
	struct cr2_name_list list;
	size_t capacity;
	json_t *numbers;
};

struct cr2_reader {
	struct name_index processes, mappings, objects;
	uint16_t *phases; /* by mapping, of the first n_phases */
	size_t n_phases;
	struct cr2_state *state; /* after the last line */
};

static int64_t add_name(struct name_index *index, const char *name)
{
	struct cr2_name_list *list = &index->list;
	int r = cr2_grow(&list->items, &index->capacity, list->n + 1, sizeof(*list->items));
	char *copy = r == 0 ? strdup(name) : NULL;

	if (!copy)
		return -ENOMEM;
	if (json_object_set_new(index->numbers, name, json_integer((json_int_t)list->n)) < 0) {
		free(copy);
		return -EINVAL; /* not UTF-8 */
	}
	list->items[list->n] = copy;
	return (int64_t)list->n++;
}

static int64_t name_number(struct name_index *index, const char *name)
{
	json_t *number = json_object_get(index->numbers, name);

	return number ? json_integer_value(number) : add_name(index, name);
}

static int64_t object_number(void *data, const char *name, size_t length)
{
	struct cr2_reader *reader = data;
	char *copy = strndup(name, length);
	int64_t number = copy ? name_number(&reader->objects, copy) : -ENOMEM;

	free(copy);
	return number;
}

static int index_init(struct name_index *index, const struct cr2_name_list *known)
{
	index->numbers = json_object();
	if (!index->numbers)
		return -ENOMEM;
	for (size_t i = 0; known && i < known->n; i++)
		if (add_name(index, known->items[i]) < 0)
			return -ENOMEM;
	return 0;
}

int cr2_reader_create(const struct cr2_names *known, const uint16_t *phases,
		      struct cr2_reader **ret_reader)
{
	struct cr2_reader *reader = calloc(1, sizeof(*reader));
	int r = reader ? cr2_state_create(&reader->state) : -ENOMEM;

	if (r == 0)
		r = index_init(&reader->processes, known ? &known->processes : NULL);
	if (r == 0)
		r = index_init(&reader->mappings, known ? &known->mappings : NULL);
	if (r == 0)
		r = index_init(&reader->objects, known ? &known->objects : NULL);
	if (r == 0 && known && phases) {
		reader->n_phases = known->mappings.n;
		reader->phases = calloc(reader->n_phases + 1, sizeof(*phases));
		r = reader->phases ? 0 : -ENOMEM;
	}
	if (r < 0) {
		cr2_reader_destroy(reader);
		return r;
	}
	if (reader->phases)
		memcpy(reader->phases, phases, reader->n_phases * sizeof(*phases));
	*ret_reader = reader;
	return 0;
}

static void index_finish(struct name_index *index)
{
	for (size_t i = 0; i < index->list.n; i++)
		free(index->list.items[i]);
	free(index->list.items);
	json_decref(index->numbers);
}

void cr2_reader_destroy(struct cr2_reader *reader)
{
	if (!reader)
		return;
	index_finish(&reader->processes);
	index_finish(&reader->mappings);
	index_finish(&reader->objects);
	cr2_state_destroy(reader->state);
	free(reader->phases);
	free(reader);
}

/* "M@K", "M@K+B" or "0x...". */
static int read_ref(struct cr2_reader *reader, const char *text, struct cr2_ref *ref)
{
	const char *at = strchr(text, '@');
	int64_t number;
	char *name, *end;

	*ref = (struct cr2_ref){.mapping = CR2_NO_OBJECT};
	if (!at)
		return cr2_parse_u64(text, &ref->address) < 0 ? -EINVAL : 0;
	name = strndup(text, (size_t)(at - text));
	number = name ? name_number(&reader->mappings, name) : -ENOMEM;
	free(name);
	if (number < 0)
		return (int)number;
	ref->mapping = (uint32_t)number;
	ref->first = ref->last = strtoll(at + 1, &end, 10);
	if (end != at + 1 && *end == '+')
		ref->byte = (uint32_t)strtoul(end + 1, &end, 10);
	return end == at + 1 || *end || ref->byte >= CR2_PAGE_SIZE ? -EINVAL : 0;
}

/* Names are read by the table they come from; what it lacks (a newer cr2 wrote it) is unknown. */
static int read_fault(struct cr2_reader *reader, json_t *json, struct cr2_observed_fault *f)
{
	const char *error, *at, *path = "unknown", *evidence = "unknown";
	int major, id;

	if (json_unpack(json, "{s:s, s:s, s:b, s?s, s?s}", KEY(ERROR), &error, KEY(AT), &at,
			KEY(MAJOR), &major, KEY(PATH), &path, KEY(EVIDENCE), &evidence) < 0 ||
	    cr2_parse_u64(error, &f->error_code) < 0)
		return -EINVAL;
	f->major = major;
	id = cr2_path_parse(path);
	f->path = id < 0 ? CR2_PATH_UNKNOWN : (enum cr2_path)id;
	id = cr2_evidence_parse(evidence);
	f->evidence = id < 0 ? CR2_EVIDENCE_UNKNOWN : (enum cr2_evidence)id;
	return read_ref(reader, at, &f->at);
}

static int read_faults(struct cr2_reader *reader, json_t *json, struct cr2_observation *o)
{
	size_t n = json_array_size(json);

	o->faults = n ? calloc(n, sizeof(*o->faults)) : NULL;
	if (n && !o->faults)
		return -ENOMEM;
	for (; o->n_faults < n; o->n_faults++) {
		int r = read_fault(reader, json_array_get(json, o->n_faults),
				   &o->faults[o->n_faults]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int put_list(struct changes *changes, uint32_t process, uint32_t mapping,
		    const struct cr2_page_list *list)
{
	uint64_t first = 0;
	int r = changes_mapping(changes, process, mapping, list->n_pages, list->first);

	for (size_t i = 0; i < list->n && r == 0; i++) {
		r = changes_pages(changes, process, mapping, first, &list->items[i]);
		first += list->items[i].n;
	}
	return r;
}

static int read_mapping(struct cr2_reader *reader, struct changes *changes, uint32_t process,
			const char *name, json_t *tokens)
{
	int64_t mapping = name_number(&reader->mappings, name);
	struct cr2_page_list list = {0};
	int r;

	if (mapping < 0)
		return (int)mapping;
	if (!json_is_string(tokens))
		return -EINVAL;
	if ((size_t)mapping < reader->n_phases)
		list.first = reader->phases[mapping];
	r = pages_unfold(json_string_value(tokens), object_number, reader, &list);
	if (r == 0)
		r = put_list(changes, process, (uint32_t)mapping, &list);
	cr2_page_list_finish(&list);
	return r;
}

/* Mappings that the state has and the line has not. */
static int drop_mappings(struct cr2_reader *reader, struct changes *changes, uint32_t process,
			 json_t *mappings)
{
	struct cr2_state_mapping m;
	int r = 0;

	for (uint32_t at = 0; r == 0 && cr2_state_mapping(changes->state, process, at, &m);
	     at = m.mapping + 1)
		if (!json_object_get(mappings, reader->mappings.list.items[m.mapping]))
			r = changes_mapping(changes, process, m.mapping, 0, 0);
	return r;
}

static int read_process(struct cr2_reader *reader, struct changes *changes, const char *name,
			json_t *mappings)
{
	int64_t process = name_number(&reader->processes, name);
	const char *mapping;
	json_t *tokens;
	int r;

	if (process < 0)
		return (int)process;
	if (!json_is_object(mappings))
		return -EINVAL;
	r = changes_process(changes, (uint32_t)process, true);
	json_object_foreach(mappings, mapping, tokens) {
		if (r == 0)
			r = read_mapping(reader, changes, (uint32_t)process, mapping, tokens);
	}
	return r == 0 ? drop_mappings(reader, changes, (uint32_t)process, mappings) : r;
}

static int drop_processes(struct cr2_reader *reader, struct changes *changes, json_t *state)
{
	int r = 0;

	for (uint32_t p = cr2_state_process(changes->state, 0); r == 0 && p != CR2_NO_OBJECT;
	     p = cr2_state_process(changes->state, p + 1))
		if (!json_object_get(state, reader->processes.list.items[p]))
			r = changes_process(changes, p, false);
	return r;
}

static int read_state(struct cr2_reader *reader, struct changes *changes, json_t *state)
{
	const char *name;
	json_t *mappings;
	int r = 0;

	json_object_foreach(state, name, mappings) {
		if (r == 0)
			r = read_process(reader, changes, name, mappings);
	}
	return r == 0 ? drop_processes(reader, changes, state) : r;
}

static int read_step(struct cr2_reader *reader, json_t *root, struct cr2_observation *o,
		     struct changes *changes)
{
	const char *process, *op, *at = NULL, *result;
	json_t *faults, *state;
	int step, line, value = -1, either = 0, kind, code, r = 0;
	int64_t number;

	if (json_unpack(root, "{s:i, s:i, s:s, s:s, s?s, s:s, s?i, s?b, s:o, s:o}", KEY(STEP),
			&step, KEY(LINE), &line, KEY(PROC), &process, KEY(OP), &op, KEY(AT), &at,
			KEY(RESULT), &result, KEY(VALUE), &value, KEY(EITHER), &either,
			KEY(FAULTS), &faults, KEY(STATE), &state) < 0 ||
	    !json_is_array(faults) || !json_is_object(state))
		return -EINVAL;
	kind = cr2_op_parse(op);
	code = cr2_result_parse(result);
	if (kind < 0 || step < 0 || line < 0 || (value > (int)CR2_KERNEL_BYTES && kind != CR2_OP_ADVISE))
		return -EINVAL;
	/* First, so that names are numbered in the order in which the state has them. */
	r = read_state(reader, changes, state);
	number = r == 0 ? name_number(&reader->processes, process) : r;
	if (number < 0)
		return (int)number;
	*o = (struct cr2_observation){
		.step = (unsigned)step,
		.line = (unsigned)line,
		.process = (uint32_t)number,
		.op = (enum cr2_op_kind)kind,
		.has_at = at,
		.result = code < 0 ? CR2_RESULT_UNKNOWN : (enum cr2_result)code,
		.has_value = value >= 0,
		.either = either,
		.value = (uint32_t)(value < 0 ? 0 : value),
	};
	if (at)
		r = read_ref(reader, at, &o->at);
	return r == 0 ? read_faults(reader, faults, o) : r;
}

/* The list's names are the reader's first ones. */
static int hand_names(const struct cr2_name_list *from, struct cr2_name_list *to)
{
	char **items;

	if (to->n >= from->n)
		return 0;
	items = realloc(to->items, from->n * sizeof(*items));
	if (!items)
		return -ENOMEM;
	to->items = items;
	for (; to->n < from->n; to->n++) {
		items[to->n] = strdup(from->items[to->n]);
		if (!items[to->n])
			return -ENOMEM;
	}
	return 0;
}

static int hand_all_names(const struct cr2_reader *reader, struct cr2_names *names)
{
	int r = hand_names(&reader->processes.list, &names->processes);

	if (r == 0)
		r = hand_names(&reader->mappings.list, &names->mappings);
	return r == 0 ? hand_names(&reader->objects.list, &names->objects) : r;
}

int cr2_reader_line(struct cr2_reader *reader, const char *line, struct cr2_observations *list)
{
	struct cr2_observation o = {0};
	struct changes changes = {0};
	json_t *root = json_loads(line, 0, NULL);
	int r = root ? cr2_state_copy(reader->state, &changes.state) : -EINVAL;

	if (r == 0)
		r = read_step(reader, root, &o, &changes);
	if (r == 0)
		r = hand_all_names(reader, &list->names);
	json_decref(root);
	if (r < 0) {
		cr2_observation_finish(&o);
		cr2_state_destroy(changes.state);
		free(changes.items);
		return r;
	}
	cr2_state_destroy(reader->state);
	reader->state = changes.state;
	o.changes = changes.items;
	o.n_changes = changes.n;
	return cr2_observations_add(list, &o);
}
