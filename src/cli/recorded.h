/* SPDX-License-Identifier: MIT */
/* A recording, read and added up: what `cr2 report` and `cr2 diff` begin with. */
#ifndef CLI_RECORDED_H
#define CLI_RECORDED_H

#include <cr2/report.h>
#include <cr2/symbol.h>

#include "cli.h"
#include "unpack.h"

/* Where the bytes come from: a file, or a pipe. */
struct recorded_file {
	int fd;
	bool piped;
	struct unpacker *unpacker; /* of what is compressed in it */
};
struct recorded {
	const char *command; /* "report", for messages */
	const char *path;
	struct recorded_file file;
	struct cr2_recording *recording;
	struct cr2_symbols *symbols;
	struct cr2_report *report;
	bool resident; /* add up whose pages are there at the end, too */
	uint64_t unowned; /* pages of nobody who is known */
};

/* "path,function" for config->by. 0, or EINVAL with the exit code in *ret_exit, said why. */
int recorded_parse_by(const char *command, const char *list, struct cr2_report_config *config, int *ret_exit);
/* The default, where nothing was asked for. */
void recorded_default_by(struct cr2_report_config *config, size_t n, const enum cr2_report_by *by);

/* The file itself ("-": standard input): its bytes are read through ret_input. An exit code, as below. */
int recorded_input(const char *command, const char *path, struct recorded_file *ret_file,
		   struct cr2_recording_input *ret_input);
void recorded_file_close(struct recorded_file *file);
/* Both return an exit code, having said why not. */
int recorded_open(const char *command, const char *path, struct recorded *ret_recorded);
/*
 * Adds up all faults. Each is handed over too, where fn is not NULL; what that returns, if negative, ends
 * it. CLI_USAGE where the file ends before its time: what stands before is added up.
 */
typedef int recorded_fn(void *data, const struct cr2_recorded_fault *fault);
int recorded_add_up(struct recorded *recorded, const struct cr2_report_config *config, recorded_fn *fn, void *data);
/* Says what rows are by and was not recorded. */
void recorded_say_missing(const struct recorded *recorded, const struct cr2_report_config *config);
void recorded_close(struct recorded *recorded);

#endif
