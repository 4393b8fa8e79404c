/* SPDX-License-Identifier: MIT */
/*
 * Another kernel as a target: scenarios go whole to serve.c in a guest, one boot for any
 * number of them. A guest that a scenario brought down is booted again for the next.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cr2/guest_runner.h>

#include "guest/guest.h"

#define DISK_MIB 1024
#define SWAP_MIB 512

struct guest_runner {
	struct cr2_runner runner;
	struct cr2_guest_kernel kernel;
	struct cr2_guest_watch watch;
	struct cr2_guest *guest; /* NULL after one died */
	bool five_levels; /* of page tables, which the last scenario wanted */
	bool roomy; /* its guests have room for pages of 1 GiB, since a scenario wanted it */
	bool traits_known;
	unsigned traits; /* bits of CR2_TRAIT() */
};

/* One run under way. */
struct talk {
	struct guest_runner *g;
	struct cr2_run *run;
	struct cr2_reader *reader;
	size_t failures_capacity;
	int code; /* what the guest's cr2_litmus_run() gave */
};

static int boot(struct guest_runner *g, struct cr2_text *reason)
{
	static const char *const command[] = {GUEST_PROGRAM, "guest-serve", NULL};
	const struct cr2_guest_config config = {
		.kernel = &g->kernel,
		.command = command,
		.disk = DISK_MIB,
		.gigantic = g->roomy,
		.five_levels = g->five_levels,
		.swap = SWAP_MIB,
		.nodes = 2,
		/* It balances when a scenario says so. */
		.kernel_arguments = "numa_balancing=disable",
		.watch = &g->watch,
	};

	return g->guest ? 0 : cr2_guest_boot(&config, &g->guest, reason);
}

static int send_scenario(struct guest_runner *g, const struct cr2_litmus *litmus,
			 struct cr2_text *reason)
{
	struct cr2_text message = {0};
	int r = cr2_text_printf(&message, "%zu %u\n%s", strlen(litmus->source), g->runner.shows, litmus->source);

	if (r == 0)
		r = cr2_guest_write(g->guest, message.data, message.length, reason);
	cr2_text_finish(&message);
	return r;
}

static int take_observation(struct talk *t, const char *line)
{
	return cr2_reader_line(t->reader, line, &t->run->observations);
}

static int take_failure(struct talk *t, json_t *object)
{
	struct cr2_run *run = t->run;
	struct cr2_failure *f;
	const char *expected, *seen;
	json_int_t observation;
	int line, r;

	if (json_unpack(object, "{s:i,s:I,s:s,s:s}", "line", &line, "observation", &observation,
			"expected", &expected, "seen", &seen) < 0)
		return -EPROTO;
	r = cr2_grow(&run->failures, &t->failures_capacity, run->n_failures + 1,
		     sizeof(*run->failures));
	if (r < 0)
		return r;
	f = &run->failures[run->n_failures++];
	*f = (struct cr2_failure){(unsigned)line, (size_t)observation, strdup(expected), strdup(seen)};
	return f->expected && f->seen ? 0 : -ENOMEM;
}

static int take_done(struct talk *t, json_t *object)
{
	const char *reason;
	int line;

	if (json_unpack(object, "{s:i,s:i}", "done", &t->code, "line", &line) < 0)
		return -EPROTO;
	reason = json_string_value(json_object_get(object, "reason"));
	t->run->reason_line = (unsigned)line;
	t->run->reason = reason ? strdup(reason) : NULL;
	return reason && !t->run->reason ? -ENOMEM : 0;
}

/* Returns 1 after the last line of a run. */
static int take_answer(struct talk *t, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	json_t *failure = json_object_get(object, "failure");
	int r;

	if (failure)
		r = take_failure(t, failure);
	else if (json_object_get(object, "done"))
		r = take_done(t, object) == 0 ? 1 : -EPROTO;
	else
		r = take_observation(t, line);
	json_decref(object);
	return r;
}

/* Lets it power off; one that does not is ended. */
static void power_off(struct guest_runner *g)
{
	struct cr2_text reason = {0};
	int status;

	if (g->guest)
		cr2_guest_wait(g->guest, &status, &reason);
	cr2_text_finish(&reason);
	cr2_guest_destroy(g->guest);
	g->guest = NULL;
}

static bool wants_room(const struct cr2_litmus *litmus)
{
	bool wants = litmus->settings.gigantic;

	for (size_t i = 0; i < litmus->n_statements && !wants; i++)
		wants = cr2_map_unit(litmus->statements[i].map_flags) == CR2_GIGANTIC_SIZE;
	return wants;
}

/* Others are not to pay for room: a guest gets it with the first scenario that wants it. */
static int boot_for(struct guest_runner *g, const struct cr2_litmus *litmus, struct cr2_text *reason)
{
	const bool roomy = g->roomy || wants_room(litmus), five_levels = litmus->settings.levels == 5;

	if (g->roomy != roomy || g->five_levels != five_levels)
		power_off(g);
	g->roomy = roomy;
	g->five_levels = five_levels;
	return boot(g, reason);
}

static int converse(struct talk *t, const struct cr2_litmus *litmus, struct cr2_text *reason)
{
	struct cr2_text line = {0};
	int r = boot_for(t->g, litmus, reason);

	if (r == 0)
		r = send_scenario(t->g, litmus, reason);
	while (r == 0) {
		r = cr2_guest_read_line(t->g->guest, &line, reason);
		if (r == 0)
			r = guest_fail(reason, -EIO, "cr2 ended in the guest");
		else if (r > 0)
			r = take_answer(t, line.data);
	}
	cr2_text_finish(&line);
	return r < 0 ? r : 0;
}

/* Of a guest that was lost while it booted, they stand in the reason, below its first line. */
static int take_console(struct talk *t, struct cr2_text *reason)
{
	char *newline = strchr(reason->data, '\n');
	struct cr2_text lines = {0};
	int r = 0;

	if (newline)
		*newline++ = '\0';
	if (t->g->guest)
		r = guest_last_lines(t->g->guest, &lines);
	else if (newline)
		r = cr2_text_append(&lines, newline);
	t->run->console = lines.data;
	return r;
}

/* Whatever it was, this guest is not trusted with another scenario. */
static int lost(struct talk *t, int r, struct cr2_text *reason)
{
	struct cr2_observations *list = &t->run->observations;

	if (!reason->length)
		guest_fail(reason, r, "the guest cannot be understood: %s", strerror(-r));
	if (!reason->length || take_console(t, reason) < 0)
		r = -ENOMEM;
	free(t->run->reason);
	t->run->reason = reason->data;
	t->run->reason_line = list->count ? list->items[list->count - 1].line : 0;
	*reason = (struct cr2_text){0};
	cr2_guest_destroy(t->g->guest);
	t->g->guest = NULL;
	return r;
}

/* Lines have names and no phases: both are the scenario's. */
static int make_reader(struct talk *t, const struct cr2_litmus *litmus)
{
	uint16_t *phases = calloc(litmus->names.mappings.n + 1, sizeof(*phases));
	int r;

	if (!phases)
		return -ENOMEM;
	cr2_litmus_phases(litmus, phases);
	r = cr2_reader_create(&litmus->names, phases, &t->reader);
	if (r == 0)
		r = cr2_names_copy(&litmus->names, &t->run->observations.names);
	free(phases);
	return r;
}

/* Which of a mapping's pages can be one of 2 MiB is said by where it was mapped: not where it went. */
static bool moves_huge(const struct cr2_litmus *litmus)
{
	const bool huge = litmus->settings.thp != CR2_THP_NEVER && litmus->settings.thp_pages == 512;

	for (size_t i = 0; huge && i < litmus->n_statements; i++) {
		const struct cr2_statement *s = &litmus->statements[i];

		if (s->kind == CR2_OP_REMAP && s->at && cr2_remap_renames(s))
			return true;
	}
	return false;
}

static int guest_run(struct cr2_runner *runner, const struct cr2_litmus *litmus,
		     struct cr2_run *ret_run)
{
	struct talk t = {.g = (struct guest_runner *)runner, .run = ret_run};
	struct cr2_text reason = {0};
	int r;

	if (moves_huge(litmus)) {
		ret_run->reason = strdup("'remap M N at ...' with thp on: a guest's lines do not say where M's 2 MiB pages begin then");
		return ret_run->reason ? -EOPNOTSUPP : -ENOMEM;
	}
	r = make_reader(&t, litmus);
	if (r < 0)
		return r;
	r = converse(&t, litmus, &reason);
	if (r < 0)
		r = lost(&t, r, &reason);
	cr2_reader_destroy(t.reader);
	cr2_text_finish(&reason);
	return r < 0 ? r : t.code;
}

static int read_traits(struct guest_runner *g, struct cr2_text *reason)
{
	struct cr2_text line = {0};
	json_int_t traits = 0;
	json_t *object;
	int r = cr2_guest_write(g->guest, "?\n", 2, reason);

	if (r == 0)
		r = cr2_guest_read_line(g->guest, &line, reason);
	object = r > 0 ? json_loads(line.data, 0, NULL) : NULL;
	if (r >= 0)
		r = json_unpack(object, "{s:I}", "traits", &traits) < 0 ? -EPROTO : 0;
	if (r == 0)
		g->traits = (unsigned)traits;
	json_decref(object);
	cr2_text_finish(&line);
	return r;
}

/* The same in every boot. A guest that does not answer is not trusted with a scenario. */
static int guest_traits(struct cr2_runner *runner, unsigned *ret_traits)
{
	struct guest_runner *g = (struct guest_runner *)runner;
	struct cr2_text reason = {0};
	int r = g->traits_known ? 0 : boot(g, &reason);

	if (r == 0 && !g->traits_known) {
		r = read_traits(g, &reason);
		if (r < 0) {
			cr2_guest_destroy(g->guest);
			g->guest = NULL;
		}
	}
	cr2_text_finish(&reason);
	g->traits_known = g->traits_known || r == 0;
	if (r == 0)
		*ret_traits = g->traits;
	return r;
}

static void guest_destroy(struct cr2_runner *runner)
{
	struct guest_runner *g = (struct guest_runner *)runner;

	power_off(g);
	cr2_guest_kernel_finish(&g->kernel);
	free(g);
}

int cr2_runner_guest_create(struct cr2_guest_kernel *kernel, const struct cr2_guest_watch *watch,
			    struct cr2_runner **ret_runner, struct cr2_text *reason)
{
	static const struct cr2_runner_ops ops = {
		.name = "guest",
		.run = guest_run,
		.destroy = guest_destroy,
		.traits = guest_traits,
	};
	struct guest_runner *g = calloc(1, sizeof(*g));
	int r;

	if (!g) {
		cr2_guest_kernel_finish(kernel);
		return -ENOMEM;
	}
	g->runner.ops = &ops;
	g->kernel = *kernel;
	*kernel = (struct cr2_guest_kernel){0};
	if (watch)
		g->watch = *watch;
	r = boot(g, reason);
	if (r < 0)
		guest_destroy(&g->runner);
	else
		*ret_runner = &g->runner;
	return r;
}
