/* SPDX-License-Identifier: MIT */
/*
 * A terminal taken for a screen (ncurses), and put back however the program ends, but by SIGKILL; and a line that
 * is edited on it. Without ncurses there is none: CR2_NCURSES.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "cli.h"

/* Is there a terminal to draw on, and one that keys come from? */
bool screen_is_there(void);

#ifdef CR2_NCURSES
/* Mice have no use here; the macros would hide functions of other headers. */
#define NCURSES_NOMACROS
#include <curses.h>

enum {
	SCREEN_ESCAPE = 27,
	SCREEN_KILL_LINE = 'U' & 0x1f,
	SCREEN_REDRAW = 'L' & 0x1f,
};

struct screen_terminal {
	SCREEN *curses;
	FILE *out;
	FILE *in; /* keys: standard input, or the terminal itself where that is something else */
};

/* command: for what is said where it fails. style->colour is cleared where the terminal has none. Exit code. */
int screen_begin(struct screen_terminal *t, const char *command, struct cr2_style *style);
void screen_end(struct screen_terminal *t); /* also of one that did not begin */
/* Is the other end of the terminal still there? Without it, no key comes ever. */
bool screen_alive(const struct screen_terminal *t);

/* Text of the program's own in a window's line, cut at its edge. 0 or -ENOMEM. */
int screen_put(WINDOW *window, int y, bool ascii, attr_t attributes, const char *text, size_t n);

enum screen_edit {
	SCREEN_EDIT_ON,
	SCREEN_EDIT_DONE, /* Enter */
	SCREEN_EDIT_DROPPED, /* Escape */
};
/* What a key does to a line of size bytes. */
enum screen_edit screen_edit(char *line, size_t size, int key);
#endif

#endif
