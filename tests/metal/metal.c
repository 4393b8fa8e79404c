/* SPDX-License-Identifier: MIT */
/*
 * metal IMAGE: boots the bare-metal image, has it run every case of every space, compares
 * each result with the model's hardware half, and reports in TAP, one test a space.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "driver.h"
#include "judge.h"
#include "spaces.h"

#define SHOWN 5 /* differences of a space that are printed */

struct metal {
	struct driver_options options;
	const char *only; /* name of the one space to run */
	bool full;
	uint64_t seed, draws;
	struct driver *driver;
	struct judge *judge;
	/* Of the space that runs. */
	uint64_t compared, different;
	uint64_t excused[EXCUSE_COUNT];
};

static void on_result(void *data, const struct metal_case *c, const struct metal_result *result)
{
	struct metal *m = data;
	unsigned excuses = 0;

	m->compared++;
	switch (judge_case(m->judge, c, result, &excuses)) {
	case VERDICT_SAME:
		return;
	case VERDICT_EXCUSED:
		for (unsigned i = 0; i < EXCUSE_COUNT; i++)
			m->excused[i] += excuses >> i & 1;
		return;
	case VERDICT_DIFFERENT:
		if (m->different++ < SHOWN)
			judge_print(m->judge, stdout, "# ");
	}
}

static int on_case(void *data, const struct metal_case *c)
{
	return driver_submit(((struct metal *)data)->driver, c);
}

static int run_space(struct metal *m, const struct space *space, struct generator *g)
{
	int r;

	*g = (struct generator){
		.info = driver_info(m->driver),
		.full = m->full,
		.seed = m->seed,
		.draws = m->draws,
		.emit = on_case,
		.data = m,
	};
	m->compared = 0;
	m->different = 0;
	memset(m->excused, 0, sizeof(m->excused));
	r = space->generate(g);
	return r == 0 ? driver_drain(m->driver) : r;
}

static void report_space(const struct metal *m, const struct space *space,
			 const struct generator *g, unsigned number)
{
	bool ok = m->different == 0 && m->compared == g->n && g->n > 0;

	printf("%s %u - %s: %s, %llu cases\n", ok ? "ok" : "not ok", number, space->name,
	       space->sentence, (unsigned long long)m->compared);
	if (m->different)
		printf("# %llu differ\n", (unsigned long long)m->different);
	if (g->refused)
		printf("# %llu cases left out: the CPU lacks SMEP, SMAP, NX, keys or 5 levels\n",
		       (unsigned long long)g->refused);
	for (unsigned i = 0; i < EXCUSE_COUNT; i++) {
		if (m->excused[i])
			printf("# %llu excused, %s: %s\n", (unsigned long long)m->excused[i],
			       excuse_is_freedom(i) ? "the architecture allows both"
						    : "the emulator is wrong",
			       excuse_sentence(i));
	}
	fflush(stdout);
}

static void print_words(const char *words)
{
	for (const char *line = words; *line;) {
		size_t n = strcspn(line, "\n");

		printf("# %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

static int bail_out(const struct metal *m, int r)
{
	print_words(driver_last_words(m->driver));
	printf("Bail out! the machine is gone: %s\n", strerror(-r));
	return 1;
}

static bool wanted(const struct metal *m, const struct space *space)
{
	return !m->only || strcmp(m->only, space->name) == 0;
}

static int run_spaces(struct metal *m)
{
	unsigned number = 0;
	bool good = true;

	for (unsigned i = 0; i < n_spaces; i++) {
		struct generator g;
		int r;

		if (!wanted(m, &spaces[i]))
			continue;
		r = run_space(m, &spaces[i], &g);
		if (r < 0)
			return bail_out(m, r);
		report_space(m, &spaces[i], &g, ++number);
		good &= m->different == 0 && g.n > 0;
	}
	printf("1..%u\n", number);
	return good ? 0 : 1;
}

static int run(struct metal *m)
{
	int r;

	m->driver = driver_create(&m->options, on_result, m);
	if (!m->driver)
		return 1;
	r = driver_boot(m->driver);
	if (r == -ENOENT) {
		printf("1..0 # SKIP %s is not there\n", m->options.qemu);
		return 0;
	}
	if (r < 0)
		return bail_out(m, r);
	m->judge = judge_create(driver_info(m->driver), driver_memory(m->driver),
				strcmp(m->options.accelerator, "tcg") == 0);
	return m->judge ? run_spaces(m) : 1;
}

enum option_key {
	KEY_ACCEL = 256,
	KEY_CPU,
	KEY_DRAWS,
	KEY_FULL,
	KEY_QEMU,
	KEY_SEED,
	KEY_SPACE,
};

static const struct argp_option argp_options[] = {
	{"accel", KEY_ACCEL, "NAME", 0, "QEMU accelerator: tcg (default) or kvm", 0},
	{"cpu", KEY_CPU, "MODEL", 0, "QEMU CPU model (default max)", 0},
	{"full", KEY_FULL, NULL, 0, "the whole enumeration: tens of millions of cases", 0},
	{"qemu", KEY_QEMU, "PROGRAM", 0, "the emulator (default qemu-system-x86_64)", 0},
	{"space", KEY_SPACE, "NAME", 0, "only this space", 0},
	{"seed", KEY_SEED, "N", 0, "of the random space (default 1)", 0},
	{"draws", KEY_DRAWS, "N", 0, "cases of the random space (default 100000)", 0},
	{0},
};

static bool is_space(const char *name)
{
	for (unsigned i = 0; i < n_spaces; i++) {
		if (strcmp(spaces[i].name, name) == 0)
			return true;
	}
	return false;
}

static void parse_number(struct argp_state *state, const char *arg, uint64_t *ret_value)
{
	if (cr2_parse_u64(arg, ret_value) < 0)
		argp_error(state, "'%s' is not a number", arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct metal *m = state->input;

	switch (key) {
	case KEY_ACCEL:
		m->options.accelerator = arg;
		return 0;
	case KEY_CPU:
		m->options.cpu = arg;
		return 0;
	case KEY_DRAWS:
		parse_number(state, arg, &m->draws);
		return 0;
	case KEY_FULL:
		m->full = true;
		return 0;
	case KEY_QEMU:
		m->options.qemu = arg;
		return 0;
	case KEY_SEED:
		parse_number(state, arg, &m->seed);
		return 0;
	case KEY_SPACE:
		if (!is_space(arg))
			argp_error(state, "there is no space '%s'", arg);
		m->only = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (m->options.image)
			argp_usage(state);
		m->options.image = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.args_doc = "IMAGE",
		.doc = "Compares the hardware half of cr2's model with a CPU.",
	};
	struct metal m = {
		.options = {.qemu = "qemu-system-x86_64",
			    .accelerator = "tcg",
			    .cpu = "max",
			    .seconds = 60},
		.seed = 1,
		.draws = 100000,
	};
	int code;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &m);
	code = run(&m);
	judge_destroy(m.judge);
	driver_destroy(m.driver);
	return code;
}
