/* SPDX-License-Identifier: MIT */
/* The state after a step: every living process, each of its mappings, one token a page. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static int token_init(struct interpreter *it, const struct cr2_page_state *state,
		      struct token *token)
{
	*token = (struct token){.kind = state->kind};
	switch (state->kind) {
	case CR2_PAGE_ANON:
		token->count = state->mapcount;
		return numbering_add(&it->anon, state->id, &token->number);
	case CR2_PAGE_HUGE:
		token->count = state->mapcount;
		return numbering_add(&it->huge, state->id, &token->number);
	case CR2_PAGE_FILE:
		token->count = state->mapcount;
		token->number = state->index;
		token->object = state->object < it->litmus->n_objects
					? it->litmus->objects[state->object] : "?";
		token->object_length = strlen(token->object);
		return 0;
	default:
		return 0;
	}
}

static int write_pages(struct interpreter *it, uint64_t page, size_t n, struct token_writer *writer)
{
	struct token token;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		r = token_init(it, &it->states[i], &token);
		if (r == 0)
			r = token_writer_add(writer, page + i, &token);
	}
	return r;
}

static int write_place(struct interpreter *it, uint32_t process, const struct cr2_place *place)
{
	const struct cr2_runner_ops *ops = it->runner->ops;
	struct token_writer writer = {.text = &it->text};
	int r = 0;

	cr2_text_clear(&it->text);
	for (uint64_t done = 0, n; done < place->pages && r == 0; done += n) {
		uint64_t address = place->address + done * CR2_PAGE_SIZE;

		n = place->pages - done < SNAPSHOT_PAGES ? place->pages - done : SNAPSHOT_PAGES;
		r = ops->snapshot(it->runner, process, address, n, it->states);
		if (r == 0)
			r = write_pages(it, address / CR2_PAGE_SIZE, n, &writer);
	}
	return r == 0 ? token_writer_end(&writer) : r;
}

static int observe_process(struct interpreter *it, uint32_t process,
			   struct cr2_observed_process *observed)
{
	const struct process *p = &it->processes[process];

	observed->name = strdup(it->litmus->processes[process]);
	if (p->n_places)
		observed->mappings = calloc(p->n_places, sizeof(*observed->mappings));
	if (!observed->name || (p->n_places && !observed->mappings))
		return -ENOMEM;
	for (size_t i = 0; i < p->n_places; i++) {
		struct cr2_observed_mapping *m = &observed->mappings[observed->n_mappings++];
		int r = write_place(it, process, &p->places[i]);

		if (r < 0)
			return r;
		m->name = strdup(it->litmus->mappings[p->places[i].mapping]);
		m->tokens = strdup(it->text.data);
		if (!m->name || !m->tokens)
			return -ENOMEM;
	}
	return 0;
}

int observe_state(struct interpreter *it, struct cr2_observation *o)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < it->litmus->n_processes; i++)
		n += it->processes[i].alive;
	if (n == 0)
		return 0;
	o->state = calloc(n, sizeof(*o->state));
	if (!o->state)
		return -ENOMEM;
	for (uint32_t i = 0; i < it->litmus->n_processes && r == 0; i++)
		if (it->processes[i].alive)
			r = observe_process(it, i, &o->state[o->n_processes++]);
	return r;
}

/* Numbers nothing: what no mapping of the scenario shows is no part of its state. */
int page_append(struct interpreter *it, const struct cr2_page_state *state, struct cr2_text *text)
{
	struct token token = {.kind = state->kind, .count = state->mapcount};
	int r = 0;

	if (state->kind == CR2_PAGE_ANON)
		token.number = numbering_find(&it->anon, state->id);
	else if (state->kind == CR2_PAGE_HUGE)
		token.number = numbering_find(&it->huge, state->id);
	else
		r = token_init(it, state, &token);
	return r == 0 ? token_append(&token, text) : r;
}
