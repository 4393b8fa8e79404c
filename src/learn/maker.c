/* SPDX-License-Identifier: MIT */
/* What an exercise is put together with, and what owns it. */
#include "maker.h"

#include <stdlib.h>

const char *maker_take(struct maker *m, struct cr2_text *text, int error)
{
	struct cr2_exercise_memory *memory = m->exercise->memory;

	if (error == 0 && !text->data)
		error = cr2_text_append(text, "");
	if (error == 0)
		error = cr2_grow(&memory->texts, &memory->capacity, memory->n + 1, sizeof(*memory->texts));
	if (error < 0) {
		m->error = error;
		cr2_text_finish(text);
		return "";
	}
	memory->texts[memory->n++] = text->data;
	return text->data;
}

static const char *print(struct maker *m, const char *format, va_list args)
{
	struct cr2_text text = {0};

	return maker_take(m, &text, cr2_text_vprintf(&text, format, args));
}

const char *maker_printf(struct maker *m, const char *format, ...)
{
	const char *s;
	va_list args;

	va_start(args, format);
	s = print(m, format, args);
	va_end(args);
	return s;
}

void maker_question(struct maker *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	m->exercise->question = print(m, format, args);
	va_end(args);
}

/* Room for one more of what a list holds; NULL: no memory. */
static void *grow(struct maker *m, void *items, size_t *capacity, size_t n, size_t size)
{
	int r = cr2_grow(items, capacity, n + 1, size);

	if (r < 0)
		m->error = r;
	return r < 0 ? NULL : *(char **)items + n * size;
}
#define GROW(m, list, n) grow(m, &(m)->exercise->list, &(m)->exercise->memory->list##_capacity, \
			      (m)->exercise->n, sizeof(*(m)->exercise->list))

void maker_give(struct maker *m, enum cr2_key key, const struct cr2_given *given)
{
	struct cr2_given *room = GROW(m, given, n_given);

	if (!room)
		return;
	*room = *given;
	if (!room->key)
		room->key = cr2_key_name(key);
	m->exercise->n_given++;
}

static void add_text(const char **room, size_t *n, const char *text)
{
	if (!room)
		return;
	*room = text;
	++*n;
}

void maker_hints(struct maker *m, const char *const *hints, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_text(GROW(m, hints, n_hints), &m->exercise->n_hints, hints[i]);
}

void maker_step(struct maker *m, const char *format, ...)
{
	const char *s;
	va_list args;

	va_start(args, format);
	s = print(m, format, args);
	va_end(args);
	add_text(GROW(m, steps, n_steps), &m->exercise->n_steps, s);
}

struct cr2_exercise_part *maker_part(struct maker *m, enum learn_subject subject, const char *key,
				     const char *ask, const struct cr2_answer *answer)
{
	struct cr2_exercise_part *room = GROW(m, parts, n_parts);

	if (!room)
		return &m->exercise->memory->no_part;
	*room = (struct cr2_exercise_part){
		.key = key,
		.ask = ask,
		.answer = *answer,
		.step = m->exercise->n_steps ? m->exercise->n_steps - 1 : 0,
		.subject = subject,
	};
	if (answer->type == CR2_ANSWER_FUNCTION || answer->type == CR2_ANSWER_FLAGS)
		room->answer.kernel = m->kernel;
	m->exercise->n_parts++;
	return room;
}

void maker_also(struct maker *m, struct cr2_exercise_part *part, const struct cr2_answer *answer)
{
	struct cr2_answer *also = calloc(part->n_also + 1, sizeof(*also));
	struct cr2_text owned = {.data = (char *)also};

	if (!also) {
		m->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < part->n_also; i++)
		also[i] = part->also[i];
	also[part->n_also] = *answer;
	maker_take(m, &owned, 0);
	if (m->error == 0) {
		part->also = also;
		part->n_also++;
	}
}

enum cr2_exercise_kind learn_kind_of(const struct cr2_exercise *exercise)
{
	return exercise->memory->kind;
}

const union learn_facts *learn_facts(const struct cr2_exercise *exercise)
{
	return &exercise->memory->facts;
}
