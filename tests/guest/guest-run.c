/* SPDX-License-Identifier: MIT */
/*
 * Runs one command in a guest, for tests of what needs a kernel of its own:
 *
 *   guest-run [-m MODULE]... [-f THERE=HERE]... [-o] [-M MEMORY] VERSION COMMAND [ARGUMENT...]
 *
 * loads the modules, puts the files, and runs COMMAND, a path in the guest of MEMORY MiB; /cr2 is
 * always there. What it writes to its standard output comes out here, on its standard input nothing
 * ever comes. -o shows the console on standard error at the end. Exits as the command did; 125
 * where there is no guest, with the reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cr2/guest.h>

#define NO_GUEST 125
#ifndef PROGRAM
#error "the build says where cr2-static is"
#endif

struct options {
	const char **modules;
	struct cr2_guest_file *files;
	size_t n_modules, n_files, modules_capacity, files_capacity;
	unsigned memory;
	bool console;
};

static int misused(void)
{
	fputs("usage: guest-run [-m MODULE]... [-f THERE=HERE]... [-o] [-M MEMORY] VERSION "
	      "COMMAND [ARGUMENT...]\n",
	      stderr);
	return -1;
}

static int add_file(struct options *options, char *word)
{
	char *here = strchr(word, '=');

	if (!here)
		return misused();
	if (cr2_grow(&options->files, &options->files_capacity, options->n_files + 1,
		     sizeof(*options->files)) < 0)
		return -1;
	*here++ = '\0';
	options->files[options->n_files++] = (struct cr2_guest_file){word, here};
	return 0;
}

static int add_module(struct options *options, const char *path)
{
	if (cr2_grow(&options->modules, &options->modules_capacity, options->n_modules + 1,
		     sizeof(*options->modules)) < 0)
		return -1;
	options->modules[options->n_modules++] = path;
	return 0;
}

static int parse(int argc, char **argv, struct options *options)
{
	int option, r = 0;

	while (r == 0 && (option = getopt(argc, argv, "+f:m:oM:")) >= 0) {
		if (option == 'f')
			r = add_file(options, optarg);
		else if (option == 'm')
			r = add_module(options, optarg);
		else if (option == 'o')
			options->console = true;
		else if (option == 'M')
			options->memory = (unsigned)strtoul(optarg, NULL, 10);
		else
			r = misused();
	}
	return r == 0 && argc - optind < 2 ? misused() : r;
}

static int copy_output(struct cr2_guest *guest, int *ret_status, struct cr2_text *reason)
{
	struct cr2_text line = {0};
	int r;

	while ((r = cr2_guest_read_line(guest, &line, reason)) > 0)
		puts(line.data);
	cr2_text_finish(&line);
	return r == 0 ? cr2_guest_wait(guest, ret_status, reason) : r;
}

static int run(const struct options *options, const struct cr2_guest_kernel *kernel,
	       char *const *command, struct cr2_text *reason)
{
	const struct cr2_guest_config config = {
		.kernel = kernel,
		.program = PROGRAM,
		.command = (const char *const *)command,
		.n_files = options->n_files,
		.files = options->files,
		.n_modules = options->n_modules,
		.modules = options->modules,
		.memory = options->memory,
		.disk = 256,
		.swap = 256,
		.idle_seconds = 300, /* what runs may be silent, and the machine busy */
	};
	struct cr2_guest *guest;
	int status = NO_GUEST, r = cr2_guest_boot(&config, &guest, reason);

	if (r < 0)
		return NO_GUEST;
	copy_output(guest, &status, reason);
	if (options->console)
		fputs(cr2_guest_console(guest), stderr);
	cr2_guest_destroy(guest);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};
	int status = NO_GUEST;

	if (parse(argc, argv, &options) < 0)
		return NO_GUEST;
	if (cr2_guest_kernel_find(argv[optind], NULL, &kernel, &reason) == 0) {
		status = run(&options, &kernel, argv + optind + 1, &reason);
		cr2_guest_kernel_finish(&kernel);
	}
	if (reason.length)
		fprintf(stderr, "guest-run: %s\n", reason.data);
	cr2_text_finish(&reason);
	return status;
}
