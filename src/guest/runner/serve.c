/* SPDX-License-Identifier: MIT */
/*
 * In the guest: scenarios come on standard input, each as a line with its length in bytes and what is to be shown
 * (CR2_SHOW_), then its text, run on the kernel that is here, and what came of each goes to standard output,
 * a line each: its observations, {"failure"} for each expectation that failed, {"done"} with
 * the errno. A line "?" asks what sets the machine apart: {"traits"}.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>

#include <jansson.h>

#include <cr2/guest_runner.h>
#include <cr2/host.h>

#include "guest/guest.h"

struct server {
	struct cr2_runner *runner;
	const struct cr2_litmus *litmus; /* the one under way */
	FILE *out;
	bool swapping;
};

static int reply(struct server *server, json_t *object)
{
	int r = object && json_dumpf(object, server->out, JSON_COMPACT) == 0 ? 0 : -ENOMEM;

	json_decref(object);
	if (r == 0)
		fputc('\n', server->out);
	return r;
}

/* The device comes and goes with the scenarios that want it: others are to find no swap. */
static int set_swap(struct server *server, bool wanted)
{
	int r = 0;

	if (wanted != server->swapping)
		r = wanted ? swapon(GUEST_SWAP, 0) : swapoff(GUEST_SWAP);
	if (r < 0)
		return -errno;
	server->swapping = wanted;
	return 0;
}

/* At once, so that the other side knows how far a scenario came that brings the kernel down. */
static int send_observation(void *data, const struct cr2_step *step)
{
	struct server *server = data;
	struct cr2_text text = {0};
	int r = 0;

	if (!step->observation)
		return 0;
	r = cr2_observation_to_json(&server->litmus->names, cr2_execution_state(step->execution),
				    step->observation, &text);
	if (r == 0 && (fputs(text.data, server->out) < 0 || fflush(server->out) != 0))
		r = -EIO;
	cr2_text_finish(&text);
	return r;
}

static int send_failures(struct server *server, const struct cr2_run *run)
{
	int r = 0;

	for (size_t i = 0; i < run->n_failures && r == 0; i++) {
		const struct cr2_failure *f = &run->failures[i];

		r = reply(server, json_pack("{s:{s:i,s:I,s:s,s:s}}", "failure", "line", (int)f->line,
					  "observation", (json_int_t)f->observation,
					  "expected", f->expected, "seen", f->seen));
	}
	return r;
}

static int send_done(struct server *server, int r, const char *reason, unsigned line)
{
	r = reply(server, json_pack("{s:i,s:s?,s:i}", "done", r, "reason", reason, "line", (int)line));
	return r == 0 && fflush(server->out) != 0 ? -EIO : r;
}

static int serve_litmus(struct server *server, const struct cr2_litmus *litmus)
{
	struct cr2_run run = {0};
	int r = set_swap(server, litmus->settings.swap), sent;

	if (r < 0)
		return send_done(server, r, "the guest's swap cannot be switched", 0);
	server->litmus = litmus;
	r = cr2_litmus_run(litmus, server->runner, send_observation, server, &run);
	sent = send_failures(server, &run);
	if (sent == 0)
		sent = send_done(server, r, run.reason, run.reason_line);
	cr2_run_finish(&run);
	return sent;
}

static int serve_text(struct server *server, const char *text, size_t length)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r = cr2_litmus_parse("scenario", text, length, &litmus, &diag);

	if (r < 0) {
		r = send_done(server, r, diag.message, diag.line);
		cr2_diag_finish(&diag);
		return r;
	}
	r = serve_litmus(server, &litmus);
	cr2_litmus_finish(&litmus);
	return r;
}

/* Why they cannot be found out is said when a scenario is run. */
static int serve_traits(struct server *server)
{
	unsigned traits = 0;

	if (cr2_runner_traits(server->runner, &traits) < 0)
		traits = 0;
	if (reply(server, json_pack("{s:I}", "traits", (json_int_t)traits)) < 0)
		return -ENOMEM;
	return fflush(server->out) == 0 ? 0 : -EIO;
}

/* Reads the line if it is one. */
static bool is_question(FILE *in)
{
	int c = fgetc(in);

	if (c == '?')
		return fgetc(in) == '\n';
	ungetc(c, in);
	return false;
}

/* Returns 1, or 0 at the end of in. */
static int serve_next(struct server *server, FILE *in)
{
	size_t length;
	char *text;
	int r;

	if (is_question(in)) {
		r = serve_traits(server);
		return r < 0 ? r : 1;
	}
	if (fscanf(in, "%zu %u", &length, &server->runner->shows) != 2 || fgetc(in) != '\n')
		return 0;
	text = malloc(length + 1);
	if (!text)
		return -ENOMEM;
	r = fread(text, 1, length, in) == length ? serve_text(server, text, length) : -EPROTO;
	free(text);
	return r < 0 ? r : 1;
}

int cr2_guest_serve(FILE *in, FILE *out)
{
	struct server server = {.out = out};
	int r = cr2_runner_host_create(&server.runner);

	if (r < 0)
		return r;
	while ((r = serve_next(&server, in)) > 0)
		;
	cr2_runner_destroy(server.runner);
	return r;
}
