/* SPDX-License-Identifier: MIT */
/* Reads a recording, with names of its code from the files at hand. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "recorded.h"

/* ---- --by ---- */

static int unknown_by(const char *command, const char *word)
{
	const char *names[CR2_REPORT_BYS], *near;
	char all[256] = "";

	for (size_t i = 0; i < CR2_REPORT_BYS; i++) {
		names[i] = cr2_report_by_name((enum cr2_report_by)i);
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", names[i]);
	}
	near = cr2_nearest(word, names, CR2_ARRAY_SIZE(names));
	return near ? cli_error(CLI_USAGE, "%s: --by: '%s' is not known; did you mean '%s'?", command, word, near) :
		      cli_error(CLI_USAGE, "%s: --by: '%s' is none of %s", command, word, all);
}

static int add_by(const char *command, const char *word, struct cr2_report_config *config)
{
	int by = cr2_report_by_parse(word);

	if (by < 0)
		return unknown_by(command, word);
	for (size_t i = 0; i < config->n_by; i++)
		if (config->by[i] == (enum cr2_report_by)by)
			return cli_error(CLI_USAGE, "%s: --by: '%s' stands there twice", command, word);
	config->by[config->n_by++] = (enum cr2_report_by)by;
	return 0;
}

int recorded_parse_by(const char *command, const char *list, struct cr2_report_config *config, int *ret_exit)
{
	char *copy = strdup(list), *rest = copy, *word;
	int code = 0;

	if (!copy)
		return ENOMEM;
	while (code == 0 && (word = strsep(&rest, ",")))
		code = add_by(command, word, config);
	free(copy);
	*ret_exit = code;
	return code ? EINVAL : 0;
}

void recorded_default_by(struct cr2_report_config *config, size_t n, const enum cr2_report_by *by)
{
	if (config->n_by)
		return;
	memcpy(config->by, by, n * sizeof(*by));
	config->n_by = n;
}

/* ---- the file ---- */

static int64_t read_bytes(void *data, uint64_t offset, void *bytes, size_t n)
{
	const struct recorded_file *file = data;
	ssize_t r;

	do
		r = file->piped ? read(file->fd, bytes, n) : pread(file->fd, bytes, n, (off_t)offset);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static int64_t unpack_bytes(void *data, const void **bytes, size_t *n, void *into, size_t room)
{
	return unpack(&((struct recorded_file *)data)->unpacker, bytes, n, into, room);
}

static bool is_input(const char *path)
{
	return strcmp(path, "-") == 0;
}

static const char *name_of(const char *path)
{
	return is_input(path) ? "standard input" : path;
}

static int refuse(const char *command, const char *path, int code, const char *why)
{
	return cli_error(code, "%s: %s: %s", command, name_of(path), why);
}

static int failed(const struct recorded *r, int code, const char *why)
{
	return refuse(r->command, r->path, code, why);
}

int recorded_input(const char *command, const char *path, struct recorded_file *ret_file,
		   struct cr2_recording_input *ret_input)
{
	int fd = is_input(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return refuse(command, path, errno == ENOENT ? CLI_USAGE : CLI_UNABLE, strerror(errno));
	if (fstat(fd, &status) < 0 || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
		close(fd);
		return refuse(command, path, CLI_USAGE, "it is no regular file and no pipe");
	}
	*ret_file = (struct recorded_file){.fd = fd, .piped = !S_ISREG(status.st_mode)};
	*ret_input = (struct cr2_recording_input){
		.size = sizeof(*ret_input), .length = ret_file->piped ? UINT64_MAX : (uint64_t)status.st_size,
		.read = read_bytes, .data = ret_file, .unpack = unpack_is_there ? unpack_bytes : NULL};
	return 0;
}

void recorded_file_close(struct recorded_file *file)
{
	unpack_end(&file->unpacker);
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

static bool map_at(void *data, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map)
{
	return cr2_recording_map(((struct recorded *)data)->recording, pid, address, ret_map);
}

static const char *kernel_at(void *data, uint64_t address)
{
	return cr2_recording_kernel(((struct recorded *)data)->recording, address);
}

/* Files of programs that ran on another machine are not here, nor is what another kernel maps. */
static void find_here(const struct cr2_recording *recording, struct cr2_symbols_places *places)
{
	struct cr2_recording_facts facts;
	struct utsname machine;

	cr2_recording_facts(recording, &facts);
	if (uname(&machine) < 0 || strcmp(facts.host, machine.nodename) != 0)
		return;
	places->made = CR2_SYMBOLS_MADE_BEFORE;
	places->same_kernel = strcmp(facts.release, machine.release) == 0;
}

static int open_recording(struct recorded *recorded, const struct cr2_recording_input *input)
{
	struct cr2_symbols_places places = {.map = map_at, .kernel = kernel_at, .data = recorded};
	char *reason = NULL;
	int r = cr2_recording_open(input, &recorded->recording, &reason);

	if (r == 0) {
		find_here(recorded->recording, &places);
		r = cr2_symbols_create(&places, &recorded->symbols);
	}
	if (r < 0)
		r = failed(recorded, r == -EBADMSG ? CLI_USAGE : CLI_UNABLE, reason ? reason : strerror(-r));
	free(reason);
	return r;
}

int recorded_open(const char *command, const char *path, struct recorded *ret_recorded)
{
	struct recorded *recorded = ret_recorded;
	struct cr2_recording_input input;
	int code;

	*recorded = (struct recorded){.command = command, .path = name_of(path), .file.fd = -1};
	code = recorded_input(command, path, &recorded->file, &input);
	if (code)
		return code;
	code = open_recording(recorded, &input);
	if (code)
		recorded_close(recorded);
	return code;
}

void recorded_close(struct recorded *recorded)
{
	cr2_report_destroy(recorded->report);
	cr2_symbols_destroy(recorded->symbols);
	cr2_recording_close(recorded->recording);
	recorded_file_close(&recorded->file);
	*recorded = (struct recorded){.file.fd = -1};
}

/* ---- all its faults ---- */

static int calls_of(void *data, const struct cr2_recorded_fault *fault, bool all, struct cr2_calls *ret_calls)
{
	return cr2_symbols_calls(((struct recorded *)data)->symbols, fault, all, ret_calls);
}

static int on_resident(void *data, uint64_t pid, uint64_t address, uint64_t pages, uint64_t owner)
{
	struct recorded *recorded = data;

	(void)pid;
	(void)address;
	if (owner)
		cr2_report_hold(recorded->report, owner, pages);
	else
		recorded->unowned += pages;
	return 0;
}

static int add_fault(struct recorded *recorded, const struct cr2_recorded_fault *fault)
{
	int r = cr2_report_add(recorded->report, fault);

	return r == 0 && recorded->resident ?
		cr2_recording_own(recorded->recording, fault, cr2_report_last(recorded->report)) : r;
}

int recorded_add_up(struct recorded *recorded, const struct cr2_report_config *config, recorded_fn *fn, void *data)
{
	struct cr2_report_config with_calls = *config;
	struct cr2_recorded_fault fault;
	int r;

	with_calls.calls = calls_of;
	with_calls.data = recorded;
	if (recorded->resident)
		cr2_recording_on_resident(recorded->recording, on_resident, recorded);
	r = cr2_report_create(&with_calls, &recorded->report);
	while (r == 0 && (r = cr2_recording_next(recorded->recording, &fault)) > 0) {
		r = fn ? fn(data, &fault) : 0;
		if (r == 0)
			r = add_fault(recorded, &fault);
	}
	if (r == -EBADMSG)
		return cli_error(CLI_USAGE, "%s: %s: %s; what stands before is reported", recorded->command,
				 recorded->path, cr2_recording_reason(recorded->recording));
	return r < 0 ? failed(recorded, CLI_UNABLE, strerror(-r)) : 0;
}

static bool is_by(const struct cr2_report_config *config, enum cr2_report_by by)
{
	for (size_t i = 0; i < config->n_by; i++)
		if (config->by[i] == by)
			return true;
	return false;
}

/* Each where it is asked for. */
void recorded_say_missing(const struct recorded *recorded, const struct cr2_report_config *config)
{
	struct cr2_recording_facts facts;

	cr2_recording_facts(recorded->recording, &facts);
	const struct {
		bool missing;
		const char *what;
	} list[] = {
		{is_by(config, CR2_REPORT_BY_STACK) && !facts.calls,
		 "recorded without call stacks: only the code that faulted is known; 'cr2 record -g' has them"},
		{recorded->resident && !facts.resident,
		 "recorded without the pages that were there at the end; 'cr2 record --resident' has them"},
		{is_by(config, CR2_REPORT_BY_CGROUP) && !facts.cgroups,
		 "recorded without control groups; 'cr2 record --all-cgroups' has them"},
		{(is_by(config, CR2_REPORT_BY_PAGE) || is_by(config, CR2_REPORT_BY_MAPPING)) && !facts.addresses,
		 "recorded without addresses: mappings and pages are not known; 'perf record -d' has them"},
		{facts.counted_twice, "it has the same faults as several events: those of one kind are counted"},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(list); i++)
		if (list[i].missing)
			fprintf(stderr, "cr2: %s: %s: %s\n", recorded->command, recorded->path, list[i].what);
	if (cr2_symbols_refused(recorded->symbols))
		fprintf(stderr, "cr2: %s: %s\n", recorded->command, cr2_symbols_refused(recorded->symbols));
}
