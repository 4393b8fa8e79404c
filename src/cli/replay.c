/* SPDX-License-Identifier: MIT */
/* cr2 replay: a recording taken through the model, fault by fault. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_replay.h>

#include "recorded.h"

static const char doc[] =
	"Takes a recording of 'cr2 record --ops' through the model: the same programs, mappings, forks and accesses in the "
	"same order; then compares each fault that was read on the kernel with the one that the model takes: its path, "
	"its error code, that it is one, and how many entries are present around it; and the pages that each address space has "
	"at its end with those that it has in the model.\v"
	"Where Linux leaves the outcome open, the recording says which it was, and a difference is accepted and counted: "
	"a page that was locked, a thread that was faster. With -v each difference is a line.\n\n"
	"A fault whose accesses come from the recording is not hard to predict by itself. --without shows how much the "
	"score tells: what is left out must make it fall.\n\n"
	"Exit: 0 all agree, 1 there are differences, 2 bad input, 3 no memory or the file cannot be read.";

enum {
	OPTION_JSON = 0x300,
	OPTION_PROFILE,
	OPTION_AROUND,
	OPTION_WITHOUT,
	OPTION_SCENARIO,
};

static const struct argp_option argp_options[] = {
	{"input", 'i', "FILE", 0, "Read FILE; default: perf.data", 0},
	{"verbose", 'v', NULL, 0, "Show each difference, those that are accepted too", 0},
	{"profile", OPTION_PROFILE, "KERNEL", 0, "Take the model of that kernel: 6.1, 6.12, 6.18; default: the recorded one's", 0},
	{"fault-around", OPTION_AROUND, "PAGES", 0, "Map so many pages around a fault of a file: a power of two up to 512; "
	 "default: 16", 0},
	{"without", OPTION_WITHOUT, "PART", 0, "Leave something out of the recording: protect, exits, cache, found, locks", 0},
	{"scenario", OPTION_SCENARIO, "N", 0, "Show differences, the first N of faults with a scenario that shows the model's", 0},
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a line", 0},
	{0},
};

struct arguments {
	struct cr2_replay_config config;
	const char *input;
	bool verbose, json;
	int exit;
	/* While differences are shown: */
	struct cr2_style style;
	struct cr2_text text;
};

static error_t bad(struct arguments *a, const char *option, const char *value, const char *wanted)
{
	a->exit = cli_error(CLI_USAGE, "replay: %s: '%s' is not %s", option, value, wanted);
	return EINVAL;
}

static error_t parse_around(struct arguments *a, const char *arg)
{
	uint64_t pages;

	if (cr2_parse_u64(arg, &pages) < 0 || !pages || pages & (pages - 1) || pages > 512)
		return bad(a, "--fault-around", arg, "a power of two up to 512");
	a->config.fault_around = (uint32_t)pages;
	return 0;
}

static error_t parse_without(struct arguments *a, const char *arg)
{
	static const char *const parts[] = {"protect", "exits", "cache", "found", "locks"};

	for (unsigned i = 0; i < CR2_ARRAY_SIZE(parts); i++)
		if (strcmp(arg, parts[i]) == 0) {
			a->config.without |= 1U << i;
			return 0;
		}
	return bad(a, "--without", arg, "one of protect, exits, cache, found, locks");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'i':
		a->input = arg;
		return 0;
	case 'v':
		a->verbose = true;
		return 0;
	case OPTION_JSON:
		a->json = true;
		return 0;
	case OPTION_PROFILE:
		a->config.profile = cr2_profile_parse(arg);
		return a->config.profile < 0 ? bad(a, "--profile", arg, "one of 6.1, 6.12, 6.18") : 0;
	case OPTION_AROUND:
		return parse_around(a, arg);
	case OPTION_WITHOUT:
		return parse_without(a, arg);
	case OPTION_SCENARIO:
		a->verbose = true;
		return cr2_parse_u64(arg, &a->config.scenarios) < 0 || !a->config.scenarios ?
			       bad(a, "--scenario", arg, "how many, from 1") : 0;
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "replay: '%s' is too much; a file is named with -i", arg);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int put_text(struct arguments *a)
{
	const size_t n = a->text.length;
	int r = n && fwrite(a->text.data, 1, n, stdout) != n ? -errno : 0;

	cr2_text_clear(&a->text);
	return r;
}

static int on_difference(void *data, const struct cr2_replay_difference *difference)
{
	struct arguments *a = data;
	int r;

	r = a->json ? cr2_view_replay_difference_json(difference, difference->began, &a->text) :
		      cr2_view_replay_difference(difference, difference->began, &a->style, &a->text);
	return r == 0 && a->text.length > 1 << 16 ? put_text(a) : r;
}

static int on_page(void *data, const struct cr2_replay_page *page)
{
	const uint64_t began = page->began ? page->began : page->time;
	struct arguments *a = data;
	int r;

	r = a->json ? cr2_view_replay_page_json(page, began, &a->text) :
		      cr2_view_replay_page(page, began, &a->style, &a->text);
	return r == 0 && a->text.length > 1 << 16 ? put_text(a) : r;
}

static int failed(const struct arguments *a, int error, const char *reason)
{
	return cli_error(error == -EBADMSG ? CLI_USAGE : CLI_UNABLE, "replay: %s: %s", a->input,
			 reason ? reason : strerror(-error));
}

static int show(struct arguments *a, const struct cr2_replay *replay)
{
	uint64_t differ = 0;
	int r = a->verbose && a->text.length && !a->json ? cr2_text_append(&a->text, "\n") : 0;

	for (size_t i = 0; i < CR2_REPLAY_KINDS; i++)
		differ += replay->differ[i];
	for (size_t i = 0; i < CR2_REPLAY_PAGE_KINDS; i++)
		differ += replay->pages_differ[i];
	if (r == 0)
		r = a->json ? cr2_view_replay_json(replay, &a->text) :
			      cr2_view_replay(a->input, replay, &a->style, &a->text);
	if (r == 0)
		r = put_text(a);
	return r < 0 ? failed(a, r, NULL) : differ ? CLI_DIFFERENT : 0;
}

static int replay(struct arguments *a, const struct cr2_recording_input *input)
{
	struct cr2_replay replay;
	char *reason = NULL;
	int r;

	a->style = cli_style();
	if (a->verbose) {
		a->config.fn = on_difference;
		a->config.page_fn = on_page;
		a->config.data = a;
	}
	r = cr2_replay_run(input, &a->config, &replay, &reason);
	if (r < 0) {
		put_text(a);
		r = failed(a, r, reason);
	} else {
		r = show(a, &replay);
		cr2_replay_finish(&replay);
	}
	free(reason);
	cr2_text_finish(&a->text);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.input = "perf.data", .config = {.size = sizeof(a.config), .profile = -1}};
	struct cr2_recording_input input;
	struct recorded_file file;
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	r = recorded_input("replay", a.input, &file, &input);
	if (r)
		return r;
	r = replay(&a, &input);
	recorded_file_close(&file);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_replay = {
	.name = "replay",
	.summary = "take a recording through the model, and compare each fault",
	.argp = &argp,
	.paged = true,
	.run = run,
};
