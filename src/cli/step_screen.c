/* SPDX-License-Identifier: MIT */
/*
 * cr2 step on a terminal: panes that show parts of the scene, and keys that are commands. Two sessions stand beside
 * each other, or one above the other where it is narrow; one alone has scenario and changes beside it where there is
 * room.
 */
#include "step.h"

#include "screen.h"

#ifndef CR2_NCURSES
int step_screen(struct stepper *stepper)
{
	(void)stepper;
	return cli_error(CLI_UNABLE, "step: this cr2 was built without ncurses, and has no screen; use --batch");
}
#else
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROMPT_MAX 256
#define WIDE 120 /* columns from which on there is a second column of panes */
#define COLUMN 80 /* the first column's then */

struct screen {
	struct stepper *s;
	struct screen_terminal terminal;
	enum cr2_view_part part; /* in the first pane */
	long scroll; /* lines of the part above the first pane's first */
	unsigned page; /* how many lines that has */
	char message[PROMPT_MAX]; /* in the last line, until the next key */
	struct cr2_text overlay; /* shown instead of all, until a key that does not scroll it */
	bool help; /* the overlay is that */
	bool prompting, done;
	const char *verb; /* what the prompt is for: a command's beginning */
	char prompt[PROMPT_MAX];
	int error;
};

static void fail(struct screen *s, int r)
{
	if (r < 0 && s->error == 0)
		s->error = r;
}

/* ---- panes ---- */

struct pane {
	int y, x, height, width;
};

/* The lines of a text from the first on, in a window of its own. Returns how many lines the text has. */
static long draw_text(struct screen *s, const struct pane *pane, const char *text, long first)
{
	WINDOW *window = pane->height > 0 && pane->width > 0 ? newwin(pane->height, pane->width, pane->y, pane->x)
							     : NULL;
	long line = 0;

	if (!window)
		return 0;
	for (const char *at = text ? text : ""; *at; line++) {
		size_t n = strcspn(at, "\n");

		if (line >= first && line - first < pane->height)
			fail(s, screen_put(window, (int)(line - first), s->s->style.ascii, A_NORMAL, at, n));
		at += n + (at[n] == '\n');
	}
	wnoutrefresh(window);
	delwin(window);
	return line;
}

static void draw_bar(struct screen *s, const struct pane *pane, const char *title, attr_t attributes)
{
	const struct pane bar = {pane->y, pane->x, 1, pane->width};
	WINDOW *window = newwin(1, bar.width, bar.y, bar.x);

	if (!window)
		return;
	wbkgdset(window, (chtype)(' ' | attributes));
	werase(window);
	fail(s, screen_put(window, 0, s->s->style.ascii, attributes, title, strlen(title)));
	wnoutrefresh(window);
	delwin(window);
}

/* Makes a part of a side as wide as a pane. */
static void make_part(struct screen *s, const struct step_side *side, enum cr2_view_part part, int width, bool heading,
		      struct cr2_text *text)
{
	const struct cr2_style style = {.width = (unsigned)width - 1, .ascii = s->s->style.ascii};
	struct cr2_places places;
	struct cr2_view_scene view;
	int r = step_view(side, &places, &view);

	if (r == 0) {
		r = heading ? cr2_view_scene_heading(&view, &style, text)
			    : cr2_view_scene_part(&view, part, &style, text);
		free((void *)places.items);
	}
	fail(s, r);
}

/* As far up that the last line is at the bottom, at most. */
static void limit_scroll(struct screen *s, long lines, long height)
{
	if (s->scroll > lines - height)
		s->scroll = lines - height;
	if (s->scroll < 0)
		s->scroll = 0;
}

/* The line of the scenario where it is stands in sight. */
static long first_line(const struct step_side *side, enum cr2_view_part part, int height)
{
	const struct cr2_observation *o = cr2_session_observation(side->session);
	long line = o ? (long)o->line : 1;

	return part == CR2_VIEW_PART_SCENARIO && line > height * 2 / 3 ? line - height * 2 / 3 : 0;
}

/* A bar with the part's heading, and the part below it; scrolls: it is the one that keys scroll. */
static void draw_part(struct screen *s, const struct pane *pane, const struct step_side *side,
		      enum cr2_view_part part, bool scrolls)
{
	const struct pane below = {pane->y + 1, pane->x, pane->height - 1, pane->width};
	struct cr2_text text = {0}, bar = {0};
	long lines = 0;

	if (pane->height < 2 || pane->width < 10)
		return;
	fail(s, cr2_text_printf(&bar, " %s%s%s", s->s->n_sides > 1 ? side->target : "", s->s->n_sides > 1 ? ": " : "",
				cr2_view_part_heading(part)));
	draw_bar(s, pane, bar.data ? bar.data : "", A_REVERSE);
	make_part(s, side, part, pane->width, false, &text);
	for (const char *at = text.data; at && (at = strchr(at, '\n')); at++)
		lines++;
	if (scrolls) {
		s->page = (unsigned)below.height;
		limit_scroll(s, lines, below.height);
	}
	draw_text(s, &below, text.data, scrolls ? s->scroll : first_line(side, part, below.height));
	cr2_text_finish(&text);
	cr2_text_finish(&bar);
}

/* Where they differ, and below it both sides, each with the same part. */
static void draw_two(struct screen *s, const struct pane *whole)
{
	const struct pane below = {whole->y + 1, whole->x, whole->height - 1, whole->width};
	const struct pane *room = &below;
	bool beside = room->width >= WIDE;
	struct pane first = *room, second = *room;
	struct cr2_text text = {0};

	fail(s, step_tell_difference(s->s, &text));
	draw_bar(s, whole, text.data ? text.data : "", A_NORMAL);
	cr2_text_finish(&text);
	if (beside) {
		first.width = room->width / 2;
		second.x = first.width + 1;
		second.width = room->width - second.x;
	} else {
		first.height = room->height / 2;
		second.y = room->y + first.height;
		second.height = room->height - first.height;
	}
	draw_part(s, &first, &s->s->sides[0], s->part, true);
	draw_part(s, &second, &s->s->sides[1], s->part, true);
}

/* One side: the part, and where there is room what changed and the scenario. */
static void draw_one(struct screen *s, const struct pane *room)
{
	const struct step_side *side = &s->s->sides[0];
	struct pane first = *room, second = *room;

	if (room->width >= WIDE) {
		first.width = COLUMN;
		second.x = COLUMN + 1;
		second.width = room->width - second.x;
		second.height = room->height / 2;
		draw_part(s, &second, side, CR2_VIEW_PART_SCENARIO, false);
		second.y += second.height;
		second.height = room->height - second.height;
		draw_part(s, &second, side, CR2_VIEW_PART_CHANGES, false);
	} else if (room->height >= 36) {
		first.height = room->height * 2 / 3;
		second.y += first.height;
		second.height = room->height - first.height;
		draw_part(s, &second, side, CR2_VIEW_PART_CHANGES, false);
	}
	draw_part(s, &first, side, s->part, true);
}

/* Of items with two blanks between them, as many as there is room for. */
static size_t fit(const char *items, size_t room)
{
	size_t n = strlen(items);

	while (n > room) {
		do
			n--;
		while (n && memcmp(&items[n], "  ", 2) != 0);
	}
	return n;
}

static void draw_status(struct screen *s)
{
	static const char keys[] = "? keys  q quit  n p step  s S stage  f F fault  c continue  / g b  1-9 shows";
	const struct pane last = {LINES - 1, 0, 1, COLS};
	struct cr2_text text = {0};

	if (s->prompting)
		fail(s, cr2_text_printf(&text, "%s%s%s_   Enter, or Esc", s->verb, *s->verb ? " " : ":", s->prompt));
	else
		fail(s, *s->message ? cr2_text_append(&text, s->message)
				    : cr2_text_append_n(&text, keys, fit(keys, (size_t)COLS)));
	draw_bar(s, &last, text.data ? text.data : "", s->prompting || *s->message ? A_BOLD : A_DIM);
	cr2_text_finish(&text);
}

static void draw_overlay(struct screen *s, const struct pane *whole)
{
	long lines = 0;

	for (const char *at = s->overlay.data; (at = strchr(at, '\n')); at++)
		lines++;
	s->page = (unsigned)whole->height;
	limit_scroll(s, lines, whole->height);
	draw_text(s, whole, s->overlay.data, s->scroll);
	if (lines > whole->height)
		snprintf(s->message, sizeof(s->message), "lines %ld to %ld of %ld  j k Space scroll  any other key: back",
			 s->scroll + 1, s->scroll + whole->height, lines);
	else
		snprintf(s->message, sizeof(s->message), "any key: back");
}

static void paint(struct screen *s)
{
	const struct pane whole = {0, 0, LINES - 1, COLS};
	struct pane room = {1, 0, LINES - 2, COLS};
	struct cr2_text heading = {0};

	werase(stdscr);
	wnoutrefresh(stdscr);
	if (s->overlay.length) {
		draw_overlay(s, &whole);
	} else {
		make_part(s, &s->s->sides[0], s->part, COLS, true, &heading);
		if (heading.data)
			heading.data[strcspn(heading.data, "\n")] = '\0';
		draw_bar(s, &whole, heading.data ? heading.data : "", A_BOLD);
		if (s->s->n_sides > 1)
			draw_two(s, &room);
		else
			draw_one(s, &room);
	}
	draw_status(s);
	doupdate();
	cr2_text_finish(&heading);
}

/* ---- keys ---- */

/* What a command says in one line stands below, what takes more has the screen. */
static void command(struct screen *s, const char *line)
{
	struct cr2_text text = {0};
	int r = step_command(s->s, line, &text);
	char *end = text.data ? strchr(text.data, '\n') : NULL;

	if (r < 0 && r != -EINVAL)
		fail(s, r);
	s->done = s->s->quit;
	if (end && end[1]) {
		cr2_text_finish(&s->overlay);
		s->overlay = text;
		s->help = false;
		s->scroll = 0;
		return;
	}
	if (end)
		*end = '\0';
	snprintf(s->message, sizeof(s->message), "%s", text.data ? text.data : "");
	cr2_text_finish(&text);
}

static void ask(struct screen *s, const char *verb)
{
	s->prompting = true;
	s->verb = verb;
	s->prompt[0] = '\0';
}

/* The line as it is, to be changed. */
static void ask_for_line(struct screen *s)
{
	const struct cr2_observation *o = cr2_session_observation(s->s->sides[0].session);
	const char *at = cr2_session_litmus(s->s->sides[0].session)->source;
	unsigned line = o ? o->line : 1;

	for (unsigned i = 1; i < line && *at; i++)
		at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
	ask(s, "edit");
	snprintf(s->prompt, sizeof(s->prompt), "%u %.*s", line, (int)strcspn(at, "\n"), at);
}

static void answer(struct screen *s, int key)
{
	struct cr2_text line = {0};
	enum screen_edit edit = screen_edit(s->prompt, sizeof(s->prompt), key);

	if (edit == SCREEN_EDIT_ON)
		return;
	s->prompting = false;
	if (edit == SCREEN_EDIT_DROPPED)
		return;
	fail(s, cr2_text_printf(&line, "%s %s", s->verb, s->prompt));
	if (line.data)
		command(s, line.data);
	cr2_text_finish(&line);
}

/* Keys that are commands as they are. */
static const struct {
	int key;
	const char *command;
} keys[] = {
	{'n', "next"}, {'p', "back"}, {'s', "step"}, {'S', "reverse-step"}, {'f', "fault"}, {'F', "reverse-fault"},
	{'c', "continue"}, {'C', "reverse-continue"}, {'D', "difference"}, {KEY_RIGHT, "step"},
	{KEY_LEFT, "reverse-step"}, {KEY_HOME, "jump start"}, {KEY_END, "jump end"}, {'G', "jump end"},
	{'q', "quit"}, {'Q', "quit"}, {KEY_F(10), "quit"},
};

/* What the keys do, as ? tells it. */
static const struct {
	const char *keys, *what;
} key_help[] = {
	{"n p", "forward and back by a step"},
	{"s S, → ←", "by a stage of a fault"},
	{"f F", "to the next fault, to the one before"},
	{"c C", "forward or back to a breakpoint; to a fault, where there is none"},
	{"/", "to the next fault for which a condition holds: path == wp_copy"},
	{"b d", "breakpoint: a condition, or a line; delete one, or all"},
	{"g", "go to STEP, STEP.FAULT or STEP.FAULT.STAGE"},
	{"G Home End", "to the end; to the beginning; to the end"},
	{"D", "to the next difference (--against)"},
	{"1-9 Tab", "shows a part of the scene; the next part"},
	{"j k, ↓ ↑", "scrolls it by a line"},
	{"Space PgUp", "scrolls it by a page"},
	{"e", "changes the line of the scenario"},
	{":", "any of the commands below"},
	{"^L", "draws the screen anew"},
	{"? h F1", "this"},
	{"q Q F10", "quit"},
};

#define KEY_COLUMN 10

static void show_help(struct screen *s)
{
	char *lists = NULL;
	size_t n;
	FILE *stream = open_memstream(&lists, &n);

	if (!stream) {
		fail(s, -errno);
		return;
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(key_help); i++)
		cli_list_row(stream, 0, KEY_COLUMN, key_help[i].keys, key_help[i].what);
	fputs("\ncommands:\n", stream);
	step_list_commands(stream);
	cr2_text_clear(&s->overlay);
	fail(s, fclose(stream) == 0 ? cr2_text_append(&s->overlay, lists) : -ENOMEM);
	free(lists);
	s->help = true;
}

static bool command_by_key(struct screen *s, int key)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(keys); i++)
		if (keys[i].key == key) {
			s->scroll = 0;
			command(s, keys[i].command);
			return true;
		}
	return false;
}

static bool part_by_key(struct screen *s, int key)
{
	for (int i = 0; i < CR2_VIEW_PARTS; i++)
		if (cr2_view_part_key((enum cr2_view_part)i) == key) {
			s->part = (enum cr2_view_part)i;
			s->scroll = 0;
			return true;
		}
	return false;
}

/* False: it is none of those that scroll. */
static bool scroll_by_key(struct screen *s, int key)
{
	long page = s->page > 1 ? (long)s->page - 1 : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
		s->scroll--;
		break;
	case KEY_DOWN:
	case 'j':
		s->scroll++;
		break;
	case KEY_PPAGE:
		s->scroll -= page;
		break;
	case KEY_NPAGE:
	case ' ':
		s->scroll += page;
		break;
	default:
		return false;
	}
	return true;
}

static void obey(struct screen *s, int key)
{
	switch (key) {
	case 'b':
		ask(s, "break");
		break;
	case 'd':
		ask(s, "delete");
		break;
	case 'g':
		ask(s, "jump");
		break;
	case '/':
		ask(s, "continue");
		break;
	case ':':
		ask(s, "");
		break;
	case 'e':
		ask_for_line(s);
		break;
	case '\t':
		s->part = (enum cr2_view_part)((s->part + 1) % CR2_VIEW_PARTS);
		s->scroll = 0;
		break;
	case '?':
	case 'h':
	case KEY_F(1):
		s->scroll = 0;
		show_help(s);
		break;
	case SCREEN_REDRAW:
		clearok(curscr, TRUE);
		break;
	default:
		if (!command_by_key(s, key) && !part_by_key(s, key))
			scroll_by_key(s, key);
	}
}

static void resize(struct screen *s)
{
	cli_resized();
	s->s->style.width = cli_style().width;
	if (s->overlay.length && s->help)
		show_help(s);
}

static void leave_overlay(struct screen *s)
{
	cr2_text_clear(&s->overlay);
	s->scroll = 0;
}

static void on_key(struct screen *s, int key)
{
	if (key == KEY_RESIZE) {
		resize(s);
		return;
	}
	s->message[0] = '\0';
	if (s->overlay.length && !scroll_by_key(s, key))
		leave_overlay(s);
	else if (s->overlay.length)
		return;
	else if (s->prompting)
		answer(s, key);
	else
		obey(s, key);
}

int step_screen(struct stepper *stepper)
{
	struct screen s = {.s = stepper};
	int r = screen_begin(&s.terminal, "step", &stepper->style);

	stepper->quiet = true;
	while (r == CLI_OK && !s.done && s.error == 0) {
		int key;

		paint(&s);
		wtimeout(stdscr, 1000);
		key = wgetch(stdscr);
		/* The other end of the terminal may be gone. */
		if (key == ERR && !screen_alive(&s.terminal))
			break;
		if (key != ERR)
			on_key(&s, key);
	}
	screen_end(&s.terminal);
	cr2_text_finish(&s.overlay);
	return r ? r : s.error ? cli_error(CLI_UNABLE, "step: %s", strerror(-s.error)) : CLI_OK;
}
#endif
