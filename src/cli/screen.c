/* SPDX-License-Identifier: MIT */
/* The terminal as a screen: taken, put back, and a line edited on it. */
#include "screen.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where standard input is something else, such as the scenario, keys come from the terminal itself, as less has it. */
static int open_keys(void)
{
	return isatty(STDIN_FILENO) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open("/dev/tty", O_RDWR | O_CLOEXEC);
}

bool screen_is_there(void)
{
	const char *term = getenv("TERM");
	int fd = term && *term && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO) ? open_keys() : -1;

	return fd >= 0 && close(fd) == 0;
}

#ifdef CR2_NCURSES
#include <locale.h>
#include <signal.h>
#include <term.h>
#include <termios.h>

/* All that a handler of a signal may need, made ready before. */
static struct {
	int keys; /* descriptor */
	struct termios modes;
	char bytes[256];
	size_t n;
} restore;

static void put_back(int number)
{
	ssize_t ignored = write(STDOUT_FILENO, restore.bytes, restore.n);

	(void)ignored;
	tcsetattr(restore.keys, TCSANOW, &restore.modes);
	/* Its handler was for once: now it ends as it would have. */
	raise(number);
}

/* Those that the program has a handler of its own for are left to it. */
static const int ends[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGHUP, SIGINT, SIGTERM};
static bool watched[CR2_ARRAY_SIZE(ends)];

static void add_bytes(const char *name)
{
	const char *bytes = tigetstr(name);
	size_t n;

	if (!bytes || bytes == (char *)-1)
		return;
	n = strcspn(bytes, "$"); /* where padding would begin, which no terminal needs any more */
	if (restore.n + n <= sizeof(restore.bytes))
		memcpy(restore.bytes + restore.n, bytes, n);
	restore.n += n;
}

static void prepare_to_put_back(void)
{
	static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
	struct sigaction action = {.sa_handler = put_back, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		add_bytes(names[i]);
	if (restore.n > sizeof(restore.bytes))
		restore.n = 0;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(ends); i++)
		if (watched[i])
			sigaction(ends[i], &action, NULL);
}

/* ncurses would end the program with another exit code than the signal's. */
static void choose_signals(void)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(ends); i++) {
		struct sigaction old;

		watched[i] = sigaction(ends[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL;
	}
}

int screen_begin(struct screen_terminal *t, const char *command, struct cr2_style *style)
{
	restore.keys = open_keys();
	tcgetattr(restore.keys, &restore.modes);
	choose_signals();
	if (!style->ascii)
		setlocale(LC_CTYPE, "");
	/* Not stdout, which may change what passes. */
	t->out = fdopen(dup(STDOUT_FILENO), "w");
	t->in = fdopen(restore.keys, "r");
	t->curses = t->out && t->in ? newterm(NULL, t->out, t->in) : NULL;
	if (!t->curses)
		return cli_error(CLI_UNABLE, "%s: this terminal (TERM=%s) is not known to ncurses; use --batch", command,
				 getenv("TERM"));
	prepare_to_put_back();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	style->colour = style->colour && has_colors() && start_color() == OK;
	if (style->colour)
		use_default_colors();
	return CLI_OK;
}

void screen_end(struct screen_terminal *t)
{
	for (size_t i = 0; t->curses && i < CR2_ARRAY_SIZE(ends); i++)
		if (watched[i])
			signal(ends[i], SIG_DFL);
	if (t->curses) {
		endwin();
		delscreen(t->curses);
	}
	if (t->out)
		fclose(t->out);
	if (t->in)
		fclose(t->in);
	setlocale(LC_CTYPE, "C");
}

bool screen_alive(const struct screen_terminal *t)
{
	return isatty(fileno(t->in));
}

int screen_put(WINDOW *window, int y, bool ascii, attr_t attributes, const char *text, size_t n)
{
	struct cr2_text copy = {0};
	int r = 0;

	if (ascii) {
		r = cr2_text_append_ascii(&copy, text, n);
		text = copy.data ? copy.data : "";
		n = copy.length;
	}
	wmove(window, y, 0);
	wclrtoeol(window);
	wattrset(window, (int)attributes);
	waddnstr(window, text, (int)n);
	wattrset(window, A_NORMAL);
	cr2_text_finish(&copy);
	return r;
}

/* Away with the last character. */
static void rub_out(char *text)
{
	size_t n = strlen(text);

	while (n && ((unsigned char)text[--n] & 0xc0) == 0x80)
		;
	text[n] = '\0';
}

enum screen_edit screen_edit(char *line, size_t size, int key)
{
	size_t n = strlen(line);

	switch (key) {
	case '\r':
	case '\n':
	case KEY_ENTER:
		return SCREEN_EDIT_DONE;
	case SCREEN_ESCAPE:
		return SCREEN_EDIT_DROPPED;
	case KEY_BACKSPACE:
	case '\b':
	case 0x7f:
		rub_out(line);
		break;
	case SCREEN_KILL_LINE:
		line[0] = '\0';
		break;
	default:
		if (key >= ' ' && key < 0x100 && n + 1 < size) {
			line[n] = (char)key;
			line[n + 1] = '\0';
		}
	}
	return SCREEN_EDIT_ON;
}
#endif
