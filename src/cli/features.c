/* SPDX-License-Identifier: MIT */
/* cr2 features: what this machine offers for tracing real programs. */
#include <errno.h>
#include <string.h>

#include <cr2/view_trace.h>

#include "cli.h"

static const char doc[] =
	"Tries what 'cr2 stat', 'cr2 top', 'cr2 trace' and 'cr2 record' stand on, and what else this machine offers "
	"to those who look at page faults: what is there, what is missing, and what would bring it.\v"
	"Needs no rights; what is there for root may be missing for others.\n\n"
	"Exit: 0; 2 usage.";

enum {
	OPTION_JSON = 0x200,
};

static const struct argp_option argp_options[] = {
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a line", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	if (key != OPTION_JSON)
		return ARGP_ERR_UNKNOWN;
	*json = true;
	return 0;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct cr2_feature_state states[CR2_FEATURES];
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	bool json = false;
	int r = cli_parse(self, argc, argv, &json);

	if (r)
		return cli_error(CLI_UNABLE, "%s", strerror(r));
	cli_heap_for_bpf();
	cr2_features_probe(states);
	r = json ? cr2_view_features_json(states, &text) : cr2_view_features(states, &style, &text);
	if (r == 0)
		fputs(text.data, stdout);
	cr2_text_finish(&text);
	return r < 0 ? cli_error(CLI_UNABLE, "features: %s", strerror(-r)) : CLI_OK;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_features = {
	.name = "features",
	.summary = "what this machine offers for tracing, and what would bring the rest",
	.argp = &argp,
	.paged = true,
	.run = run,
};
