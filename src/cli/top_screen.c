/* SPDX-License-Identifier: MIT */
/*
 * cr2 top on a terminal: paints the rows, and does what keys say.
 */
#include "top.h"

#include "screen.h"

#ifndef CR2_NCURSES
int top_screen(struct top *top)
{
	(void)top;
	return cli_error(CLI_UNABLE, "top: this cr2 was built without ncurses, and has no screen; use --batch");
}
#else
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PAIR_NAME = 1,
	PAIR_WARN,
	PAIR_BAD,
};

struct screen {
	struct top *top;
	struct cr2_style style;
	struct screen_terminal terminal;
	size_t first; /* row at the top */
	unsigned page; /* how many rows there is room for */
	bool paused, help, editing, done;
	char before[TOP_FILTER]; /* the filter before it was edited */
	int error;
};

static int begin(struct screen *s)
{
	int r;

	s->style = cli_style();
	r = screen_begin(&s->terminal, "top", &s->style);
	if (r == CLI_OK && s->style.colour) {
		init_pair(PAIR_NAME, COLOR_CYAN, -1);
		init_pair(PAIR_WARN, COLOR_YELLOW, -1);
		init_pair(PAIR_BAD, COLOR_RED, -1);
	}
	return r;
}

/* ---- painting ---- */

static void fail(struct screen *s, int r)
{
	if (r < 0 && s->error == 0)
		s->error = r;
}

static attr_t colour(const struct screen *s, short pair)
{
	return s->style.colour ? (attr_t)COLOR_PAIR(pair) : A_NORMAL;
}

/* A line of plain text, cut at the edge. */
static void put_line(struct screen *s, int y, attr_t attributes, const char *text, size_t n)
{
	fail(s, screen_put(stdscr, y, s->style.ascii, attributes, text, n));
}

/* Returns how many lines it took; at most the half of the screen. */
static int paint_head(struct screen *s)
{
	struct cr2_style style = {.width = (unsigned)COLS, .ascii = s->style.ascii};
	const struct cr2_trace_counts *books = s->top->view.books;
	struct cr2_text text = {0};
	const char *at;
	int y = 0;

	fail(s, cr2_view_top_head(&s->top->view, &style, &text));
	for (at = text.data; at && *at && y < LINES / 2; y++) {
		size_t n = strcspn(at, "\n");

		put_line(s, y, y == 0 ? A_BOLD : y > 1 && books->lost ? colour(s, PAIR_BAD) : A_NORMAL, at, n);
		at += n + (at[n] == '\n');
	}
	cr2_text_finish(&text);
	return y;
}

/* Where the columns of one line are told apart by more than their place. */
static void mark(struct screen *s, int y, const struct cr2_top_row *row, const struct cr2_top_place *places,
		 size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum cr2_top_column column = places[i].column;
		attr_t attributes = A_NORMAL;
		short pair = 0;

		if (!row && column == s->top->view.sort)
			attributes = A_BOLD | A_UNDERLINE;
		else if (row && column == CR2_TOP_PATH)
			pair = PAIR_NAME;
		else if (row && column == CR2_TOP_MAJOR && row->major)
			pair = PAIR_WARN;
		else
			continue;
		mvwchgat(stdscr, y, (int)places[i].at, (int)places[i].width, attributes,
			 s->style.colour ? pair : 0, NULL);
	}
}

static void paint_row(struct screen *s, int y, const struct cr2_top_row *row,
		      const struct cr2_top_place *places, size_t n)
{
	const struct cr2_style style = {.ascii = s->style.ascii};
	struct cr2_text text = {0};

	fail(s, cr2_view_top_line(&s->top->view, row, places, n, &style, &text));
	if (text.data)
		put_line(s, y, A_NORMAL, text.data, text.length);
	if (!row)
		mvwchgat(stdscr, y, 0, -1, A_REVERSE, 0, NULL);
	mark(s, y, row, places, n);
	cr2_text_finish(&text);
}

static void scroll_to(struct screen *s, long first)
{
	long last = (long)s->top->n_rows - (long)s->page;

	if (first > last)
		first = last;
	s->first = first > 0 ? (size_t)first : 0;
}

static void paint_status(struct screen *s)
{
	struct cr2_text text = {0};
	const struct top *top = s->top;
	size_t last = s->first + s->page < top->n_rows ? s->first + s->page : top->n_rows;
	int r;

	if (s->editing) {
		r = cr2_text_printf(&text, "filter: %s_   Enter keeps it, Esc drops it", top->filter);
	} else {
		r = cr2_text_printf(&text, "%s%zu-%zu of %zu  ", s->paused ? "paused  " : top->ended ? "ended  " : "",
				    top->n_rows ? s->first + 1 : 0, last, top->n_rows);
		if (r == 0)
			r = cr2_text_append(&text, "q quit  ? keys  / filter  <> r sort  b by  w window  p pause");
	}
	fail(s, r);
	if (text.data)
		put_line(s, LINES - 1, s->editing ? A_BOLD : A_DIM, text.data, text.length);
	cr2_text_finish(&text);
}

static const struct {
	const char *keys, *what;
} keys[] = {
	{"q", "quit; so does Ctrl-C"},
	{"up down", "scroll by a row; also j and k, PgUp and PgDn, Home and End"},
	{"< >", "sort by the column before or behind; also left and right"},
	{"r", "the other way round"},
	{"/", "filter: words that a row must have, !word: must not; Esc: none"},
	{"b", "rows by process and path, process, path, path and mapping, all three"},
	{"w", "window: since the beginning, or the last interval"},
	{"p", "pause; counting goes on, and is shown together after it"},
	{"+ -", "longer or shorter intervals"},
	{"space", "read now"},
};

static void paint_help(struct screen *s)
{
	int y = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(keys) && y < LINES - 1; i++, y++) {
		mvwaddnstr(stdscr, y, 0, keys[i].keys, COLS);
		if (COLS > 10)
			mvwaddnstr(stdscr, y, 10, keys[i].what, COLS - 10);
	}
	for (int i = 0; i < CR2_TOP_COLUMNS && y < LINES - 1; i++, y++) {
		char line[200];

		snprintf(line, sizeof(line), "%c         %-9s %s", cr2_top_column_key((enum cr2_top_column)i),
			 cr2_top_column_heading((enum cr2_top_column)i),
			 cr2_top_column_sentence((enum cr2_top_column)i));
		mvwaddnstr(stdscr, y, 0, line, COLS);
	}
	put_line(s, LINES - 1, A_DIM, "any key: back", strlen("any key: back"));
}

static void paint_rows(struct screen *s)
{
	struct cr2_top_place places[CR2_TOP_COLUMNS];
	size_t n = cr2_view_top_layout(&s->top->view, (unsigned)COLS, places);
	int y = paint_head(s);

	if (y < LINES - 1)
		paint_row(s, y++, NULL, places, n);
	s->page = y < LINES - 1 ? (unsigned)(LINES - 1 - y) : 0;
	scroll_to(s, (long)s->first);
	for (size_t i = s->first; i < s->top->n_rows && y < LINES - 1; i++)
		paint_row(s, y++, &s->top->rows[i], places, n);
	paint_status(s);
}

static void paint(struct screen *s)
{
	werase(stdscr);
	if (s->help)
		paint_help(s);
	else
		paint_rows(s);
	wrefresh(stdscr);
}

/* ---- keys ---- */

static void sort_beside(struct screen *s, int step)
{
	struct cr2_top_place places[CR2_TOP_COLUMNS];
	size_t n = cr2_view_top_layout(&s->top->view, (unsigned)COLS, places), at = 0;

	while (at < n && places[at].column != s->top->view.sort)
		at++;
	if (step < 0 ? at > 0 : at + 1 < n)
		s->top->view.sort = places[at + (size_t)step].column;
}

static bool sort_by_letter(struct screen *s, int key)
{
	for (int i = 0; i < CR2_TOP_COLUMNS; i++)
		if (cr2_top_column_key((enum cr2_top_column)i) == key) {
			s->top->view.sort = (enum cr2_top_column)i;
			return true;
		}
	return false;
}

static void tell_apart_otherwise(struct top *top)
{
	static const unsigned ways[] = {
		CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH, CR2_VIEW_BY_PROCESS, CR2_VIEW_BY_PATH,
		CR2_VIEW_BY_PATH | CR2_VIEW_BY_MAPPING,
		CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH | CR2_VIEW_BY_MAPPING,
	};
	size_t at = 0;

	while (at < CR2_ARRAY_SIZE(ways) && ways[at] != top->view.by)
		at++;
	top->view.by = ways[(at + 1) % CR2_ARRAY_SIZE(ways)];
}

static void change_seconds(struct top *top, double factor)
{
	top->seconds *= factor;
	if (top->seconds < TOP_SECONDS_MIN)
		top->seconds = TOP_SECONDS_MIN;
	if (top->seconds > TOP_SECONDS_MAX)
		top->seconds = TOP_SECONDS_MAX;
}

static void edit(struct screen *s, int key)
{
	enum screen_edit done = screen_edit(s->top->filter, sizeof(s->top->filter), key);

	s->editing = done == SCREEN_EDIT_ON;
	if (done == SCREEN_EDIT_DROPPED)
		memcpy(s->top->filter, s->before, sizeof(s->before));
}

/* Keys that change what rows there are. */
static bool arrange(struct screen *s, int key)
{
	struct top *top = s->top;

	switch (key) {
	case '<':
	case KEY_LEFT:
		sort_beside(s, -1);
		return true;
	case '>':
	case KEY_RIGHT:
		sort_beside(s, 1);
		return true;
	case 'r':
		top->view.reverse = !top->view.reverse;
		return true;
	case 'b':
		tell_apart_otherwise(top);
		return true;
	case 'w':
		top->view.whole = !top->view.whole;
		return true;
	case SCREEN_ESCAPE:
		top->filter[0] = '\0';
		return true;
	default:
		return sort_by_letter(s, key);
	}
}

static bool scroll_by_key(struct screen *s, int key)
{
	long first = (long)s->first, page = s->page ? (long)s->page : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
		first--;
		break;
	case KEY_DOWN:
	case 'j':
		first++;
		break;
	case KEY_PPAGE:
		first -= page;
		break;
	case KEY_NPAGE:
		first += page;
		break;
	case KEY_HOME:
		first = 0;
		break;
	case KEY_END:
	case 'G':
		first = (long)s->top->n_rows;
		break;
	default:
		return false;
	}
	scroll_to(s, first);
	return true;
}

static void obey(struct screen *s, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
	case KEY_F(10):
		s->done = true;
		break;
	case '?':
	case 'h':
	case KEY_F(1):
		s->help = true;
		break;
	case '/':
		memcpy(s->before, s->top->filter, sizeof(s->before));
		s->editing = true;
		break;
	case 'p':
		s->paused = !s->paused;
		break;
	case '+':
		change_seconds(s->top, 2);
		break;
	case '-':
		change_seconds(s->top, 0.5);
		break;
	case ' ':
		if (!s->top->ended)
			fail(s, top_read(s->top));
		break;
	case SCREEN_REDRAW:
		clearok(stdscr, TRUE);
		break;
	default:
		if (!scroll_by_key(s, key) && arrange(s, key))
			fail(s, top_arrange(s->top));
	}
}

static void on_key(struct screen *s, int key)
{
	if (key == KEY_RESIZE) {
		return;
	} else if (s->help) {
		s->help = false;
	} else if (s->editing) {
		edit(s, key);
		fail(s, top_arrange(s->top));
	} else {
		obey(s, key);
	}
}

/* ---- */

/* Whether it goes on: a key was waited for, no longer than until the next reading. */
static void wait_for_key(struct screen *s)
{
	int rest = s->paused || s->top->ended ? 250 : top_rest(s->top), key;

	wtimeout(stdscr, rest < 250 ? rest : 250);
	key = wgetch(stdscr);
	/* The other end of the terminal may be gone, and then it is always time. */
	if (key == ERR && !screen_alive(&s->terminal))
		s->done = true;
	else if (key != ERR)
		on_key(s, key);
}

static void watch(struct screen *s)
{
	struct top *top = s->top;

	while (!s->done && s->error == 0) {
		bool was = top->ended;

		if (!top->ended)
			top_wait(top, 0);
		if (traced_was_interrupted())
			break;
		/* The end, too, is read once. */
		if (!was && (top->ended || (!s->paused && top_rest(top) == 0)))
			fail(s, top_read(top));
		if (top->readings && top->n_readings > top->readings)
			break;
		paint(s);
		wait_for_key(s);
	}
}

int top_screen(struct top *top)
{
	struct screen s = {.top = top};
	int r = begin(&s);

	if (r == 0) {
		fail(&s, top_read(top));
		watch(&s);
	}
	screen_end(&s.terminal);
	return r ? r : s.error ? cli_error(CLI_UNABLE, "top: %s", strerror(-s.error)) : CLI_OK;
}
#endif
