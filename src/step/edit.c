/* SPDX-License-Identifier: MIT */
/* The scenario changed, and the run gone on with from there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/* The text with one line changed. Returns 0, -ERANGE: it has no such line, or -ENOMEM. */
static int change_line(const char *source, unsigned line, const char *text, struct cr2_text *ret_text)
{
	const char *at = source, *end;
	int r;

	for (unsigned n = 1; n < line; n++) {
		at += strcspn(at, "\n");
		if (!*at && n + 1 < line)
			return -ERANGE;
		at += *at == '\n';
	}
	end = at + strcspn(at, "\n");
	r = cr2_text_append_n(ret_text, source, (size_t)(at - source));
	/* A last line without its end is not joined. */
	if (r == 0 && at > source && at[-1] != '\n')
		r = cr2_text_append(ret_text, "\n");
	if (r == 0)
		r = cr2_text_append(ret_text, text);
	if (r == 0)
		r = cr2_text_append(ret_text, *end ? end : "\n");
	return r;
}

static int no_line(const struct cr2_session *s, unsigned line, struct cr2_diag *ret_diag)
{
	struct cr2_text message = {0};

	cr2_text_printf(&message, "the scenario has no line %u", line);
	*ret_diag = (struct cr2_diag){
		.path = s->litmus.path ? strdup(s->litmus.path) : NULL,
		.message = message.data,
	};
	return message.data ? -EINVAL : -ENOMEM;
}

/* How many steps were taken of the statements above the line. */
static unsigned steps_above(const struct cr2_session *s, unsigned line)
{
	unsigned n = 0;

	while (n < s->steps.n && s->steps.items[n].row.line < line)
		n++;
	return n;
}

static bool same_settings(const struct cr2_settings *a, const struct cr2_settings *b)
{
	return a->thp == b->thp && a->thp_pages == b->thp_pages && a->shmem_thp == b->shmem_thp &&
	       a->fault_around == b->fault_around && a->fault_around_set == b->fault_around_set &&
	       a->swap == b->swap && a->keys == b->keys && a->hugetlb == b->hugetlb && a->gigantic == b->gigantic && a->levels == b->levels && a->kernel == b->kernel;
}

static void forget_steps(struct cr2_session *s, unsigned behind)
{
	s->steps.n = behind;
	while (s->faults.n && s->faults.items[s->faults.n - 1].step > behind)
		s->faults.n--;
}

/* From the state that has taken so many steps on it is the new scenario. */
static int go_on(struct cr2_session *s, struct cr2_litmus *litmus, unsigned kept)
{
	session_leave(s);
	session_forget_marks(s, kept);
	forget_steps(s, kept);
	cr2_litmus_finish(&s->litmus);
	s->litmus = *litmus;
	for (size_t i = 0; i < s->n_marks; i++)
		cr2_execution_adopt(s->marks[i].x, &s->litmus);
	return session_run(s);
}

/* Another model from the start; the one that was is left alone until that has begun. */
static int start_again(struct cr2_session *s, struct cr2_litmus *litmus, struct cr2_diag *ret_diag)
{
	struct cr2_litmus old = s->litmus;
	int r;

	s->litmus = *litmus;
	r = session_begin(s, ret_diag);
	if (r < 0) {
		*litmus = s->litmus;
		s->litmus = old;
		return r;
	}
	cr2_litmus_finish(&old);
	return session_run(s);
}

/* line: the first that is another one. */
static int change_to(struct cr2_session *s, const char *text, size_t n, unsigned line, struct cr2_diag *ret_diag)
{
	struct cr2_litmus litmus = {0};
	struct cr2_position at = s->at;
	unsigned kept = steps_above(s, line);
	int r = cr2_litmus_parse(s->litmus.path, text, n, &litmus, ret_diag);

	if (r < 0)
		return r;
	if (same_settings(&litmus.settings, &s->litmus.settings))
		r = go_on(s, &litmus, kept);
	else
		r = start_again(s, &litmus, ret_diag);
	if (r == -EOPNOTSUPP)
		cr2_litmus_finish(&litmus);
	if (r < 0)
		return r;
	if (at.step > kept)
		at = (struct cr2_position){kept + 1 < s->steps.n ? kept + 1 : (unsigned)s->steps.n, 0, 0};
	return cr2_session_go(s, &at);
}

int cr2_session_edit(struct cr2_session *s, unsigned line, const char *text, struct cr2_diag *ret_diag)
{
	struct cr2_text source = {0};
	int r = line ? change_line(s->litmus.source, line, text, &source) : -ERANGE;

	*ret_diag = (struct cr2_diag){0};
	if (r == 0)
		r = change_to(s, source.data, source.length, line, ret_diag);
	else if (r == -ERANGE)
		r = no_line(s, line, ret_diag);
	cr2_text_finish(&source);
	return r;
}

int cr2_session_replace(struct cr2_session *s, const char *text, struct cr2_diag *ret_diag)
{
	const char *was = s->litmus.source;
	unsigned line = 1;

	*ret_diag = (struct cr2_diag){0};
	for (size_t i = 0; was[i] && was[i] == text[i]; i++)
		line += was[i] == '\n';
	return change_to(s, text, strlen(text), line, ret_diag);
}

/* The line of text that begins with this word; 0: none does. */
static unsigned line_of_word(const char *text, const char *word, size_t n)
{
	for (unsigned line = 1; *text; line++) {
		text += strspn(text, " \t");
		if (strncmp(text, word, n) == 0 && strchr(" \t\n", text[n]))
			return line;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

/* Settings are no step, so that the setting alone is a scenario without statements. */
static int check_setting(const char *setting, struct cr2_diag *ret_diag)
{
	struct cr2_litmus litmus = {0};
	int r = cr2_litmus_parse("setting", setting, strlen(setting), &litmus, ret_diag);

	if (r == 0 && litmus.n_statements) {
		*ret_diag = (struct cr2_diag){.message = strdup("no setting: it is an operation")};
		r = ret_diag->message ? -EINVAL : -ENOMEM;
	}
	cr2_litmus_finish(&litmus);
	return r;
}

int cr2_session_set(struct cr2_session *s, const char *setting, struct cr2_diag *ret_diag)
{
	const char *source = s->litmus.source, *word = setting + strspn(setting, " \t");
	unsigned line = line_of_word(source, word, strcspn(word, " \t"));
	struct cr2_text text = {0};
	int r;

	*ret_diag = (struct cr2_diag){0};
	r = check_setting(setting, ret_diag);
	if (r == 0)
		r = cr2_text_append(&text, setting);
	/* The other lines keep their numbers where the first is a comment: it stands behind the setting then. */
	if (r == 0 && !line) {
		size_t n = strcspn(source, "\n");

		r = cr2_text_append(&text, n && *source != '#' ? "\n" : " ");
		if (r == 0)
			r = cr2_text_append_n(&text, source, n);
	}
	if (r == 0)
		r = cr2_session_edit(s, line ? line : 1, text.data, ret_diag);
	cr2_text_finish(&text);
	return r;
}
