/* SPDX-License-Identifier: MIT */
/* What the commands of cr2 step do: each moves the sessions, or shows something. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"

enum command {
#define X(id, name, shorts, arguments, sentence) COMMAND_##id,
#include <cr2/tables/step_command.def>
#undef X
	COMMANDS,
};

static const struct {
	const char *name, *shorts, *arguments, *sentence;
} commands[] = {
#define X(id, name, shorts, arguments, sentence) [COMMAND_##id] = {name, shorts, arguments, sentence},
#include <cr2/tables/step_command.def>
#undef X
};

/* A command line under way. */
struct call {
	struct stepper *s;
	struct cr2_session *session; /* of the first side */
	const char *rest; /* arguments */
	struct cr2_text *text;
};

static int say(struct call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int say(struct call *c, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(c->text, format, args);
	va_end(args);
	return r == 0 ? cr2_text_append(c->text, "\n") : r;
}

/* ---- looking ---- */

static int look_at(struct step_side *side)
{
	struct cr2_scene scene;
	int r = cr2_session_scene(side->session, &scene);

	if (r < 0)
		return r;
	free(side->changes);
	side->changes = NULL;
	side->n_changes = 0;
	if (side->has_scene)
		r = cr2_scene_compare(&side->scene, &scene, &side->changes, &side->n_changes);
	/* None is no list either, but there was something to compare. */
	if (r == 0 && side->has_scene && !side->changes)
		side->changes = calloc(1, sizeof(*side->changes));
	cr2_scene_finish(&side->scene);
	side->scene = scene;
	side->has_scene = true;
	return r;
}

int step_look(struct stepper *s)
{
	int r = 0;

	for (size_t i = 0; i < s->n_sides && r == 0; i++)
		r = look_at(&s->sides[i]);
	return r;
}

int step_view(const struct step_side *side, struct cr2_places *places, struct cr2_view_scene *ret_view)
{
	int r = cr2_view_scene_of(side->session, places, ret_view);

	if (r < 0)
		return r;
	ret_view->target = side->target;
	ret_view->scene = &side->scene;
	ret_view->changes = side->changes;
	ret_view->n_changes = side->n_changes;
	return 0;
}

/* Where they differ, at that difference. */
static void set_divergence(const struct stepper *s, const struct step_side *side, struct cr2_view_scene *view)
{
	view->side = (int)(side - s->sides);
	if (s->divergence.n && cr2_position_compare(&side->scene.at, &s->divergence.at[view->side]) == 0)
		view->divergence = &s->divergence;
}

static int show_side(const struct stepper *s, const struct step_side *side, enum cr2_view_part part, bool heading,
		     struct cr2_text *text)
{
	struct cr2_places places;
	struct cr2_view_scene view;
	int r = step_view(side, &places, &view);

	if (r < 0)
		return r;
	if (s->json) {
		view.rows = s->rows;
		set_divergence(s, side, &view);
		r = cr2_view_scene_json(&view, text);
	} else {
		if (s->n_sides > 1)
			r = cr2_text_printf(text, "%s\n", side->target);
		if (r == 0 && heading)
			r = cr2_view_scene_heading(&view, &s->style, text);
		if (r == 0)
			r = cr2_view_scene_part(&view, part, &s->style, text);
	}
	free((void *)places.items);
	return r;
}

static int show(const struct stepper *s, enum cr2_view_part part, bool heading, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; i < s->n_sides && r == 0; i++)
		r = show_side(s, &s->sides[i], part, heading, text);
	return r;
}

int step_show(struct stepper *s, struct cr2_text *text)
{
	return s->quiet ? 0 : show(s, CR2_VIEW_PART_STAGE, true, text);
}

/* ---- going ---- */

/* The other side goes along: to the same place, if it has that, or to the end of the same step. */
static int follow(struct stepper *s, const struct cr2_position *p)
{
	struct cr2_position at = *p;
	int r;

	if (s->n_sides < 2)
		return 0;
	r = cr2_session_go(s->sides[1].session, &at);
	if (r != -ERANGE)
		return r;
	if (at.step > cr2_session_steps(s->sides[1].session))
		at.step = cr2_session_steps(s->sides[1].session);
	at.fault = at.stage = 0;
	return cr2_session_go(s->sides[1].session, &at);
}

static int go(struct call *c, const struct cr2_position *p)
{
	int r = cr2_session_go(c->session, p);

	if (r == 0)
		r = follow(c->s, p);
	if (r == 0)
		r = step_look(c->s);
	return r == 0 ? step_show(c->s, c->text) : r;
}

/* A number of times, 1 where none is given. */
static int read_times(struct call *c, uint64_t *ret_n)
{
	*ret_n = 1;
	if (!*c->rest)
		return 0;
	if (cr2_parse_u64(c->rest, ret_n) == 0 && *ret_n)
		return 0;
	say(c, "'%s' is no number of times", c->rest);
	return -EINVAL;
}

static int move(struct call *c, enum cr2_unit unit, bool back)
{
	struct cr2_position p;
	uint64_t n, moved = 0;
	int r = read_times(c, &n);

	while (r == 0 && moved < n && cr2_session_next(c->session, unit, back, &p)) {
		r = cr2_session_go(c->session, &p);
		moved++;
	}
	if (r < 0)
		return r;
	if (moved)
		r = go(c, &p);
	if (r == 0 && moved < n && !c->s->json)
		r = say(c, unit == CR2_UNIT_FAULT ? back ? "no fault before this" : "no fault behind this"
				  : back ? "this is the beginning" : "this is the end");
	return r;
}

/* The nearer one of two positions in the direction; where is only set where it has got any. */
static void nearer(bool *has, struct cr2_position *where, const struct cr2_position *p, bool back)
{
	int order = *has ? cr2_position_compare(p, where) : 0;

	if (!*has || (back ? order > 0 : order < 0))
		*where = *p;
	*has = true;
}

static int search_breakpoints(struct call *c, bool back, bool *has, struct cr2_position *where)
{
	struct cr2_position p;
	int r = 0;

	for (size_t i = 0; i < c->s->n_breakpoints && r >= 0; i++) {
		const struct step_breakpoint *b = &c->s->breakpoints[i];

		r = b->line ? cr2_session_line(c->session, b->line, back, &p)
			    : cr2_session_search(c->session, b->condition, back, &p);
		if (r > 0)
			nearer(has, where, &p, back);
	}
	return r < 0 ? r : 0;
}

/* What is wrong with a condition, with the place underlined. */
static int say_diag(struct call *c, struct cr2_diag *diag)
{
	struct cr2_text text = {0};
	int r = cr2_diag_format(diag, &text);

	/* It ends with its line. */
	if (r == 0)
		r = cr2_text_append(c->text, text.data);
	cr2_text_finish(&text);
	cr2_diag_finish(diag);
	return r < 0 ? r : -EINVAL;
}

static int read_condition(struct call *c, struct cr2_condition **ret_condition)
{
	struct cr2_diag diag;
	int r = cr2_condition_parse(c->rest, &cr2_session_litmus(c->session)->names, ret_condition, &diag);

	return r == -EINVAL ? say_diag(c, &diag) : r;
}

/* Where nothing is found it goes to the end, as a program would; on a screen, where one sees that, it stays. */
static int run_on(struct call *c, bool back)
{
	struct cr2_position where = {back ? 0 : cr2_session_steps(c->session), 0, 0}, p;
	struct cr2_condition *condition = NULL;
	bool has = false;
	int r = *c->rest ? read_condition(c, &condition) : 0;

	if (r == 0 && (condition || !c->s->n_breakpoints))
		r = cr2_session_search(c->session, condition, back, &p);
	if (r > 0)
		nearer(&has, &where, &p, back);
	if (r >= 0)
		r = search_breakpoints(c, back, &has, &where);
	cr2_condition_destroy(condition);
	if (r == 0 && !has && c->s->quiet)
		return say(c, back ? "nothing found before this" : "nothing found behind this");
	if (r == 0)
		r = go(c, &where);
	if (r == 0 && !has && !c->s->json)
		r = say(c, back ? "nothing found; this is the beginning" : "nothing found; this is the end");
	return r;
}

static bool read_part(const char **s, unsigned *ret)
{
	char *end;
	unsigned long n = strtoul(*s, &end, 10);

	if (end == *s || **s == '-' || **s == '+' || n > UINT32_MAX)
		return false;
	*s = end;
	*ret = (unsigned)n;
	return true;
}

/* "5", "5.1" (S1 of its fault 1), "5.1.4". */
static bool read_position(const char *s, struct cr2_position *ret)
{
	*ret = (struct cr2_position){0};
	if (!read_part(&s, &ret->step))
		return false;
	if (*s == '.' && (s++, !read_part(&s, &ret->fault)))
		return false;
	ret->stage = ret->fault ? 1 : 0;
	if (*s == '.' && (s++, !read_part(&s, &ret->stage)))
		return false;
	return !*s;
}

/* Why there is no such position: which steps or faults or stages there are. */
static int say_no_place(struct call *c, const struct cr2_position *p)
{
	const struct cr2_step_row *row = cr2_session_step(c->session, p->step);
	size_t n;
	unsigned stages;

	if (p->step > cr2_session_steps(c->session)) {
		say(c, "there is no step %u; the last is %u", p->step, cr2_session_steps(c->session));
	} else if (!row || p->fault > row->n_faults || !p->fault) {
		say(c, "step %u has no such fault; it has %u", p->step, row ? row->n_faults : 0);
	} else {
		stages = cr2_session_faults(c->session, &n)[row->first_fault + p->fault - 1].stages;
		cr2_text_printf(c->text, "fault %u.%u has no stage %u; it has", p->step, p->fault, p->stage);
		for (unsigned k = 1; k <= CR2_STAGES; k++)
			if (stages >> k & 1)
				cr2_text_printf(c->text, " %u", k);
		say(c, "%s", "");
	}
	return -EINVAL;
}

static int jump(struct call *c)
{
	struct cr2_position p = {0};
	int r;

	if (strcmp(c->rest, "end") == 0) {
		p.step = cr2_session_steps(c->session);
	} else if (strcmp(c->rest, "start") != 0 && !read_position(c->rest, &p)) {
		say(c, "'%s' is no position; jump STEP, STEP.FAULT or STEP.FAULT.STAGE, start or end", c->rest);
		return -EINVAL;
	}
	r = go(c, &p);
	return r == -ERANGE ? say_no_place(c, &p) : r;
}

/* ---- breakpoints ---- */

static bool has_line(const struct cr2_session *session, uint64_t line)
{
	unsigned steps = cr2_session_steps(session), i = 1;

	while (i <= steps && cr2_session_step(session, i)->line != line)
		i++;
	return i <= steps;
}

static int add_break(struct call *c)
{
	struct stepper *s = c->s;
	struct step_breakpoint b = {.number = s->last_breakpoint + 1};
	uint64_t line;
	int r = 0;

	if (cr2_parse_u64(c->rest, &line) == 0) {
		if (!has_line(c->session, line)) {
			say(c, "no step is of line %" PRIu64 "; 'list' shows the scenario's lines", line);
			return -EINVAL;
		}
		b.line = (unsigned)line;
	} else {
		r = read_condition(c, &b.condition);
	}
	if (r == 0)
		r = cr2_grow(&s->breakpoints, &s->capacity, s->n_breakpoints + 1, sizeof(b));
	if (r < 0) {
		cr2_condition_destroy(b.condition);
		return r;
	}
	s->last_breakpoint++;
	s->breakpoints[s->n_breakpoints++] = b;
	return s->json ? 0 : say(c, "breakpoint %u: %s%s", b.number, b.line ? "line " : "", c->rest);
}

static int delete_breaks(struct call *c)
{
	struct stepper *s = c->s;
	uint64_t number = 0;
	size_t kept = 0, n = s->n_breakpoints;

	if (*c->rest && cr2_parse_u64(c->rest, &number) < 0) {
		say(c, "'%s' is no breakpoint's number", c->rest);
		return -EINVAL;
	}
	for (size_t i = 0; i < n; i++) {
		if (!*c->rest || s->breakpoints[i].number == number)
			cr2_condition_destroy(s->breakpoints[i].condition);
		else
			s->breakpoints[kept++] = s->breakpoints[i];
	}
	s->n_breakpoints = kept;
	if (*c->rest && kept == n) {
		say(c, "there is no breakpoint %" PRIu64, number);
		return -EINVAL;
	}
	if (c->s->json)
		return 0;
	return *c->rest ? say(c, "breakpoint %" PRIu64 " is gone", number)
			: say(c, n == 1 ? "%zu breakpoint is gone" : "%zu breakpoints are gone", n);
}

static int list_breaks(struct call *c)
{
	int r = 0;

	for (size_t i = 0; i < c->s->n_breakpoints && r == 0; i++) {
		const struct step_breakpoint *b = &c->s->breakpoints[i];

		r = b->line ? say(c, "%u: line %u", b->number, b->line)
			    : say(c, "%u: %s", b->number, cr2_condition_text(b->condition));
	}
	return r == 0 && !c->s->n_breakpoints ? say(c, "no breakpoints") : r;
}

/* Names have other numbers in a scenario that was edited; what has no meaning there any more is gone. */
static int renew_breaks(struct call *c)
{
	struct stepper *s = c->s;
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < s->n_breakpoints; i++) {
		struct step_breakpoint b = s->breakpoints[i];
		struct cr2_condition *renewed = NULL;
		struct cr2_diag diag;
		int status = 0;

		if (!b.line)
			status = cr2_condition_parse(cr2_condition_text(b.condition),
						     &cr2_session_litmus(c->session)->names, &renewed, &diag);
		if (status == -EINVAL) {
			say(c, "breakpoint %u is gone: %s", b.number, diag.message);
			cr2_diag_finish(&diag);
		} else if (status < 0) {
			r = status;
		}
		if (!b.line)
			cr2_condition_destroy(b.condition);
		b.condition = renewed;
		if (status == 0)
			s->breakpoints[kept++] = b;
	}
	s->n_breakpoints = kept;
	return r;
}

/* ---- showing, editing ---- */

static int print(struct call *c)
{
	const char *names[CR2_VIEW_PARTS + 1] = {[CR2_VIEW_PARTS] = "breakpoints"};
	int part = *c->rest ? cr2_view_part_parse(c->rest) : CR2_VIEW_PART_STAGE;
	const char *near;

	if (strcmp(c->rest, "breakpoints") == 0)
		return list_breaks(c);
	if (part >= 0)
		return show(c->s, (enum cr2_view_part)part, !*c->rest, c->text);
	for (int i = 0; i < CR2_VIEW_PARTS; i++)
		names[i] = cr2_view_part_name((enum cr2_view_part)i);
	near = cr2_nearest(c->rest, names, CR2_ARRAY_SIZE(names));
	say(c, "there is no '%s' to show%s%s%s", c->rest, near ? "; did you mean '" : "; help lists the parts",
	    near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

/* A second model of the same scenario gets the same change; one that cannot run it stays as it was, which is said. */
static int edit_sides(struct call *c, unsigned line, const char *text, struct cr2_diag *diag)
{
	struct cr2_session *other = c->s->n_sides > 1 ? c->s->sides[1].session : NULL;
	bool same = other && strcmp(cr2_session_litmus(other)->source, cr2_session_litmus(c->session)->source) == 0;
	int r = cr2_session_edit(c->session, line, text, diag);

	return r == 0 && same ? cr2_session_edit(other, line, text, diag) : r;
}

static int edit(struct call *c)
{
	char *text;
	unsigned long line = strtoul(c->rest, &text, 10);
	struct cr2_diag diag;
	int r;

	if (text == c->rest || line == 0 || line > UINT32_MAX) {
		say(c, "edit LINE TEXT: '%s' does not begin with a line's number", c->rest);
		return -EINVAL;
	}
	text += strspn(text, " ");
	r = edit_sides(c, (unsigned)line, text, &diag);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return say_diag(c, &diag);
	if (r == 0)
		r = renew_breaks(c);
	if (r == 0) {
		struct cr2_position at = cr2_session_at(c->session);

		r = go(c, &at);
	}
	return r;
}

int step_difference(struct stepper *s)
{
	struct cr2_divergence found;
	int r = cr2_session_difference(s->sides[0].session, s->sides[1].session, &found);

	if (r <= 0)
		return r;
	cr2_divergence_finish(&s->divergence);
	s->divergence = found;
	r = 0;
	for (size_t i = 0; i < 2 && r == 0; i++)
		r = cr2_session_go(s->sides[i].session, &found.at[i]);
	if (r == 0)
		r = step_look(s);
	return r < 0 ? r : 1;
}

int step_tell_difference(const struct stepper *s, struct cr2_text *text)
{
	int r;

	if (!s->divergence.n)
		return cr2_text_append(text, "the two do not differ");
	r = cr2_text_append(text, "they differ: ");
	return r == 0 ? cr2_view_divergence(&s->divergence, text) : r;
}

static int difference(struct call *c)
{
	int r;

	if (c->s->n_sides < 2) {
		say(c, "there is nothing to compare with; start with --against");
		return -EINVAL;
	}
	r = step_difference(c->s);
	if (r == 0)
		return c->s->json ? 0 : say(c, "no difference behind this");
	r = r < 0 || c->s->json || c->s->quiet ? r : step_tell_difference(c->s, c->text);
	if (r == 0 && c->text->length)
		r = cr2_text_append(c->text, "\n");
	if (r > 0)
		r = 0;
	return r == 0 ? step_show(c->s, c->text) : r;
}

/* Of both lists, in columns: the widest name with its arguments, reverse-continue. */
#define HELP_COLUMN 28

void step_list_commands(FILE *stream)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		char name[64], text[256];

		snprintf(name, sizeof(name), "%s %s", commands[i].name, commands[i].arguments);
		snprintf(text, sizeof(text), "%s (%s)", commands[i].sentence, commands[i].shorts);
		cli_list_row(stream, 0, HELP_COLUMN, name, text);
	}
	fputs("\nparts:\n", stream);
	for (int i = 0; i < CR2_VIEW_PARTS; i++)
		cli_list_row(stream, 0, HELP_COLUMN, cr2_view_part_name((enum cr2_view_part)i),
			     cr2_view_part_sentence((enum cr2_view_part)i));
}

static int help(struct call *c)
{
	char *lists = NULL;
	size_t n;
	FILE *stream = open_memstream(&lists, &n);
	int r;

	if (!stream)
		return -errno;
	step_list_commands(stream);
	r = fclose(stream) == 0 ? cr2_text_append(c->text, lists) : -ENOMEM;
	free(lists);
	return r;
}

/* ---- words ---- */

static bool is_short(const char *shorts, const char *word, size_t n)
{
	while (*shorts) {
		size_t length = strcspn(shorts, " ");

		if (length == n && memcmp(shorts, word, n) == 0)
			return true;
		shorts += length + strspn(shorts + length, " ");
	}
	return false;
}

/* By its name, a short one, or the beginning of one name alone. */
static int find_command(const char *word, size_t n)
{
	int found = -EINVAL;

	for (int i = 0; i < COMMANDS; i++)
		if ((strlen(commands[i].name) == n && memcmp(commands[i].name, word, n) == 0) ||
		    is_short(commands[i].shorts, word, n))
			return i;
	for (int i = 0; i < COMMANDS; i++) {
		if (strncmp(commands[i].name, word, n) != 0)
			continue;
		if (found >= 0)
			return -EINVAL;
		found = i;
	}
	return found;
}

static int unknown(struct call *c, const char *word, size_t n)
{
	const char *names[COMMANDS], *near;
	char *copy = strndup(word, n);

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	near = cr2_nearest(copy, names, COMMANDS);
	cr2_text_append(c->text, "unknown command '");
	cr2_text_append_safe(c->text, copy, n);
	say(c, near ? "'; did you mean '%s'?" : "'; %s lists them", near ? near : "help");
	free(copy);
	return -EINVAL;
}

static int carry_out(struct call *c, enum command command)
{
	switch (command) {
	case COMMAND_STEP:
		return move(c, CR2_UNIT_STAGE, false);
	case COMMAND_NEXT:
		return move(c, CR2_UNIT_STEP, false);
	case COMMAND_FAULT:
		return move(c, CR2_UNIT_FAULT, false);
	case COMMAND_CONTINUE:
		return run_on(c, false);
	case COMMAND_BACK:
		return move(c, CR2_UNIT_STEP, true);
	case COMMAND_REVERSE_STEP:
		return move(c, CR2_UNIT_STAGE, true);
	case COMMAND_REVERSE_FAULT:
		return move(c, CR2_UNIT_FAULT, true);
	case COMMAND_REVERSE_CONTINUE:
		return run_on(c, true);
	case COMMAND_JUMP:
		return jump(c);
	case COMMAND_BREAK:
		return add_break(c);
	case COMMAND_DELETE:
		return delete_breaks(c);
	case COMMAND_PRINT:
		return print(c);
	case COMMAND_LIST:
		c->rest = "scenario";
		return print(c);
	case COMMAND_EDIT:
		return edit(c);
	case COMMAND_DIFFERENCE:
		return difference(c);
	case COMMAND_HELP:
		return help(c);
	case COMMAND_QUIT:
		c->s->quit = true;
		return 0;
	case COMMANDS:
		break;
	}
	return -EINVAL;
}

int step_command(struct stepper *s, const char *line, struct cr2_text *text)
{
	struct call c = {.s = s, .session = s->sides[0].session, .text = text};
	size_t n, end;
	char *rest;
	int command, r;

	line += strspn(line, " \t");
	n = strcspn(line, " \t");
	if (!n)
		return 0;
	command = find_command(line, n);
	if (command < 0)
		return unknown(&c, line, n);
	rest = strdup(line + n + strspn(line + n, " \t"));
	if (!rest)
		return -ENOMEM;
	for (end = strlen(rest); end && strchr(" \t", rest[end - 1]);)
		rest[--end] = '\0';
	c.rest = rest;
	r = carry_out(&c, (enum command)command);
	free(rest);
	return r;
}

void stepper_finish(struct stepper *s)
{
	for (size_t i = 0; i < s->n_sides; i++) {
		cr2_scene_finish(&s->sides[i].scene);
		free(s->sides[i].changes);
		free(s->sides[i].target);
		cr2_session_destroy(s->sides[i].session);
	}
	for (size_t i = 0; i < s->n_breakpoints; i++)
		cr2_condition_destroy(s->breakpoints[i].condition);
	free(s->breakpoints);
	cr2_divergence_finish(&s->divergence);
}
