/* SPDX-License-Identifier: MIT */
/* What the subcommands share: how they are described, exit codes, where output goes. */
#ifndef CR2_CLI_H
#define CR2_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include <cr2/base.h>
#include <cr2/settings.h>
#include <cr2/view.h>

enum {
	CLI_OK = 0,
	CLI_DIFFERENT = 1, /* a difference or a failed expectation */
	CLI_USAGE = 2, /* usage or bad input */
	CLI_UNABLE = 3, /* the kernel or privileges do not allow it */
	CLI_UNTESTED = 125, /* a kernel image that does not boot: git bisect skips its commit */
};

/*
 * A command, or a kind of one ("decode error"). What is said of it here and in its argp is its
 * --help, its manual page and its completion.
 */
struct cli_command {
	const char *name;
	const char *summary; /* one line; NULL: not for people, in no list */
	/* Options, arguments and text; NULL where there are kinds and nothing else. */
	const struct argp *argp;
	const struct cli_command *(*kind)(size_t i); /* its kinds, NULL after the last; or NULL */
	/* Its output may be longer than a screen, and is there all at once. */
	bool paged;
	/* Its arguments end with a command line: options behind its first word are that command's. */
	bool takes_command;
	/* Gets its own argv: argv[0] is "cr2 NAME". Returns an exit code. */
	int (*run)(const struct cli_command *self, int argc, char **argv);
};

extern const struct cli_command cli_bench, cli_decode, cli_diff, cli_exporter, cli_features, cli_force, cli_fuzz,
	cli_guest_counter, cli_guest_init, cli_guest_serve, cli_help, cli_learn, cli_record, cli_replay, cli_report, cli_run, cli_stat, cli_step,
	cli_top, cli_trace, cli_web;

/* command.c */
extern const struct cli_command cli_root; /* its kinds are the commands */
/* The kind of that name, or NULL. */
const struct cli_command *cli_find(const struct cli_command *command, const char *name);
/* "unknown WHAT 'WORD'", with the nearest kind; returns CLI_USAGE. */
int cli_unknown(const struct cli_command *command, const char *what, const char *word);
/*
 * Reads argv as command->argp says; input is for its parser. Returns 0, or an error of the parser;
 * does not return where argv asks for help, or is wrong in a way that argp itself sees.
 */
int cli_parse(const struct cli_command *command, int argc, char **argv, void *input);
/* A number from least to most, for an option. Returns an exit code, having said what is wrong. */
int cli_number(const char *option, const char *word, uint64_t least, uint64_t most, uint64_t *ret_value);
/* The options that every command has besides its own. */
extern const struct argp_option cli_common_options[];

/* help.c: what a command is for and what it takes; the full name is "cr2 decode". */
void cli_usage(const struct cli_command *command, const char *full_name, FILE *stream);
int cli_show_help(const struct cli_command *command, const char *full_name);
/* A name from column at on, the widest of its list so wide, and what it means beside it. */
void cli_list_row(FILE *stream, size_t at, size_t widest, const char *name, const char *text);

/* output.c: where everything that is printed passes. */
void cli_output_begin(void);
/* The output may go through a pager, if it is for a terminal; not after cli_no_pager(). */
void cli_page(void);
void cli_no_pager(void);
/* Ends the output; a full disk makes of a good exit code CLI_UNABLE, and is said. */
int cli_output_end(int code);
/* The terminal on stdout: its width (100 where there is none), colours, characters. */
struct cr2_style cli_style(void);
void cli_resized(void); /* the terminal has another width now */
/* Is what is printed for a terminal, through a pager or not? */
bool cli_to_terminal(void);

/* "cr2: message" on stderr; returns code, so that a caller can return cli_error(...). */
int cli_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The last lines of a guest's console, on stderr, indented. */
void cli_tell_console(const char *name, const char *lines);
/* A mistake with its place, on stderr; returns CLI_USAGE. Frees what diag holds. */
int cli_diag(struct cr2_diag *diag);
/* A line on stderr that the next one replaces; nothing, and false, where nobody watches. */
bool cli_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_progress_end(void);

/* settings.c: says what becomes of the machine's settings. */
extern const struct cr2_settings_watch cli_settings_watch;
/* The same for one of several jobs, which often wait for each other. */
extern const struct cr2_settings_watch cli_settings_watch_of_jobs;
/* Puts back what a killed program left changed. Returns an exit code, having said why not. */
int cli_settle_settings(void);

/* heap.c: to be called before BPF programs are loaded; before many models are run, one after another. */
void cli_heap_for_bpf(void);
void cli_heap_for_models(void);

/* clock.c: seconds of the monotonic clock. */
double cli_now(void);

/* No file or line that is read whole is longer: -EFBIG, where one never ends, such as /dev/zero. */
#define CLI_INPUT_MAX (256U << 20)

/* input.c: appends all of a file; "-": standard input. Returns 0 or a negative errno. */
int cli_read_file(const char *path, struct cr2_text *text);
/* The next line, without its end, in the place of what was there. Returns 1, 0 where no more comes, or a negative errno. */
int cli_read_line(FILE *file, struct cr2_text *line);
/* Makes it anew of n bytes; mode 0: as the umask has it; "-": standard output. The same. */
int cli_write_file(const char *path, mode_t mode, const char *data, size_t n);

/* Text that others wrote, such as a path, on stdout: what would steer the terminal is spelled. */
void cli_print_safe(const char *s);

#endif
