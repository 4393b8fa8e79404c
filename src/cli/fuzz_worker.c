/* SPDX-License-Identifier: MIT */
/* A worker: scenario after scenario until there are enough. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cr2/host.h>

#include "fuzz.h"

/* So many scenarios in a row of which no step could be compared: the target has stopped working. */
#define IDLE_MAX 1000

/* Reasons that differ in an address only are one. */
static void hide_addresses(const char *text, char *out, size_t size)
{
	size_t n = 0;

	while (*text && n + 6 < size) {
		if (strncmp(text, "0x", 2) == 0) {
			n += (size_t)snprintf(out + n, size - n, "0x...");
			text += 2 + strspn(text + 2, "0123456789abcdef");
		} else {
			out[n++] = *text++;
		}
	}
	out[n] = '\0';
}

static void count_reason(struct fuzz_slot *slot, const char *reason_text, bool failed)
{
	char text[sizeof(slot->reasons[0].text)];
	struct fuzz_reason *reason = slot->reasons;
	struct fuzz_reason *last = &slot->reasons[FUZZ_REASONS - 1];

	hide_addresses(reason_text, text, sizeof(text));
	while (reason < &slot->reasons[slot->n_reasons] &&
	       (reason->failed != failed || strcmp(reason->text, text) != 0))
		reason++;
	if (reason >= last) { /* the last row is for all that have no row of their own */
		reason = last;
		strcpy(text, "other reasons");
	}
	if (reason == &slot->reasons[slot->n_reasons]) {
		strcpy(reason->text, text);
		reason->failed = failed;
		slot->n_reasons++;
	}
	reason->count++;
	slot->skipped++;
}

static size_t compared(const struct fuzz_case *c)
{
	size_t model = c->model.observations.count, target = c->target.observations.count;

	return model < target ? model : target;
}

static void count_case(struct fuzz_worker *worker, const struct fuzz_case *c)
{
	struct fuzz_slot *slot = worker->slot;

	slot->steps += compared(c);
	atomic_fetch_add(&worker->shared->steps, compared(c));
	for (int i = 0; i < CR2_WIDENING_COUNT; i++)
		slot->widened[i] += c->differences.widened[i];
	if (c->verdict == FUZZ_SKIPPED || c->verdict == FUZZ_FAILED)
		count_reason(slot, c->reason, c->verdict == FUZZ_FAILED);
	else
		slot->scenarios++;
}

static bool is_finding(enum fuzz_verdict verdict)
{
	return verdict == FUZZ_DIFFER || verdict == FUZZ_LEAK || verdict == FUZZ_LOST ||
	       verdict == FUZZ_INVALID;
}

/* Returns an exit code. Of several workers the first says why. */
static int unable(const struct fuzz_worker *worker, const char *reason)
{
	if (atomic_exchange(&worker->shared->ending, true))
		return CLI_UNABLE;
	return cli_error(CLI_UNABLE, "%s: %s", worker->options->on, reason);
}

static void show(struct fuzz_worker *worker, unsigned shows)
{
	worker->target.runner->shows = shows;
	worker->model.runner->shows = shows;
}

/*
 * Where the plainest scenario does not run, none would; but without entries it may: of several workers the first says
 * that they are not compared. Returns an exit code.
 */
static int check_target(struct fuzz_worker *worker)
{
	static const char text[] = "map m 1 rw\nwrite m\n";
	struct fuzz_case c;
	int code = CLI_OK, r;

	show(worker, CR2_SHOW_ENTRIES | CR2_SHOW_VMAS);
	r = fuzz_case_run(worker, text, strlen(text), NULL, &c);
	if (r == 0 && c.verdict == FUZZ_SKIPPED) {
		if (!atomic_exchange(&worker->shared->without_entries, true))
			fprintf(stderr, "%s: entries are not compared: %s\n", worker->target.name, c.reason);
		fuzz_case_finish(&c);
		show(worker, CR2_SHOW_VMAS);
		r = fuzz_case_run(worker, text, strlen(text), NULL, &c);
	}
	if (r < 0)
		code = unable(worker, strerror(-r));
	else if (c.verdict != FUZZ_AGREE && c.verdict != FUZZ_DIFFER)
		code = unable(worker, c.reason);
	fuzz_case_finish(&c);
	return code;
}

static int examine(struct fuzz_worker *worker, const struct cr2_text *text)
{
	struct fuzz_case c;
	int code = CLI_OK;
	int r = fuzz_case_run(worker, text->data, text->length, &worker->slot->coverage, &c);

	worker->idle = r == 0 && compared(&c) == 0 ? worker->idle + 1 : 0;
	if (r == 0 && (c.verdict == FUZZ_UNABLE || worker->idle == IDLE_MAX)) {
		code = unable(worker, c.reason);
	} else if (r == 0) {
		count_case(worker, &c);
		if (is_finding(c.verdict))
			code = fuzz_found(worker, text, &c);
	}
	fuzz_case_finish(&c);
	return r < 0 ? unable(worker, strerror(-r)) : code;
}

static bool is_enough(const struct fuzz_worker *worker)
{
	const struct fuzz_options *options = worker->options;
	struct fuzz_shared *shared = worker->shared;

	if (options->steps && atomic_load(&shared->steps) >= options->steps)
		return true;
	if (shared->deadline > 0 && cli_now() >= shared->deadline)
		return true;
	return atomic_load(&shared->ending);
}

static int work(struct fuzz_worker *worker)
{
	int code = CLI_OK;

	while (code == CLI_OK && !is_enough(worker)) {
		uint64_t number = atomic_fetch_add(&worker->shared->next, 1);
		struct cr2_text text = {0};

		worker->seed = cr2_generator_seed(worker->options->seed, number);
		atomic_store(&worker->slot->busy, number + 1);
		if (cr2_litmus_generate(worker->seed, &worker->options->generator, &text) < 0)
			code = unable(worker, strerror(ENOMEM));
		else
			code = examine(worker, &text);
		cr2_text_finish(&text);
		atomic_store(&worker->slot->busy, 0);
	}
	return code;
}

int fuzz_work(const struct fuzz_options *options, struct fuzz_shared *shared, unsigned slot, int out)
{
	struct fuzz_worker worker = {
		.options = options,
		.shared = shared,
		.slot = &shared->slots[slot],
		.out = out,
	};
	int code;

	/* Ctrl-C is for the first process: scenarios' processes must not be hit. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	code = target_create(options->on, FUZZ_TARGET_PROFILE, 0, &worker.target);
	if (code == CLI_OK && options->jobs > 1 && strcmp(options->on, "host") == 0)
		cr2_runner_host_watch(worker.target.runner, &cli_settings_watch_of_jobs);
	if (code == CLI_OK)
		code = target_create("model", options->profile, worker.target.traits, &worker.model);
	if (code == CLI_OK)
		code = check_target(&worker);
	if (code == CLI_OK)
		code = work(&worker);
	target_finish(&worker.target);
	target_finish(&worker.model);
	return code;
}
