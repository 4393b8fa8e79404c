/* SPDX-License-Identifier: MIT */
/* cr2 exporter: the page faults of a machine, by control group and path, for Prometheus. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter.h"

#define DEFAULT_LISTEN "127.0.0.1:9713"
#define LIMIT_MAX 10000

static const char doc[] =
	"Counts the page faults of all processes by control group and path, with histograms of how long they took, "
	"and exports them: as OpenMetrics or Prometheus's text format over HTTP at /metrics, or to a file for "
	"node_exporter's textfile collector.\v"
	"Without options it listens on " DEFAULT_LISTEN ". At most so many control groups as --cgroups says have series "
	"of their own, first come, and the largest first where several come at once; the faults of all others are "
	"counted as cgroup=\"other\". Nothing is left out: series end with their control group, and what they had "
	"is in cr2_page_faults_removed_total.\n\n"
	"Needs root, or CAP_BPF and CAP_PERFMON, and Linux 6.1 or later with BTF. Ends with Ctrl-C or SIGTERM.\n\n"
	"Exit: 0; 2 bad input, 3 the kernel or privileges do not allow it.";

enum {
	OPTION_LISTEN = 0x300,
	OPTION_TEXTFILE,
	OPTION_INTERVAL,
	OPTION_CGROUPS,
};

static const struct argp_option argp_options[] = {
	{"listen", OPTION_LISTEN, "ADDRESS:PORT", 0, "Answer there; port 0: any that is free", 0},
	{"textfile", OPTION_TEXTFILE, "FILE", 0, "Write them to FILE, whole each time, its name ending in .prom", 0},
	{"interval", OPTION_INTERVAL, "SECONDS", 0, "Between two writings of the file; default: 15", 0},
	{"cgroups", OPTION_CGROUPS, "N", 0, "So many control groups have series of their own; default: 100", 0},
	{0},
};

struct arguments {
	const char *listen, *textfile;
	uint64_t interval, limit;
	int exit;
};

static error_t parse_number(struct arguments *a, const char *option, const char *s, uint64_t most, uint64_t *ret)
{
	if (cr2_parse_u64(s, ret) == 0 && *ret && *ret <= most)
		return 0;
	a->exit = cli_error(CLI_USAGE, "exporter: %s: '%s' is no number from 1 to %llu", option, s,
			    (unsigned long long)most);
	return EINVAL;
}

/* Of others node_exporter would not say that it passes them over. */
static error_t parse_textfile(struct arguments *a, const char *path)
{
	const char *end = strrchr(path, '.');

	a->textfile = path;
	if (end && strcmp(end, ".prom") == 0)
		return 0;
	a->exit = cli_error(CLI_USAGE, "exporter: --textfile: '%s' does not end in .prom; node_exporter reads no other", path);
	return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_LISTEN:
		a->listen = arg;
		return 0;
	case OPTION_TEXTFILE:
		return parse_textfile(a, arg);
	case OPTION_INTERVAL:
		return parse_number(a, "--interval", arg, 86400, &a->interval);
	case OPTION_CGROUPS:
		return parse_number(a, "--cgroups", arg, LIMIT_MAX, &a->limit);
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "exporter: '%s' is too much", arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (!a->listen && !a->textfile)
			a->listen = DEFAULT_LISTEN;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Under another name in the same folder, then in its place: whoever reads it finds it whole. */
static int write_whole(const char *path, const struct cr2_text *text)
{
	struct cr2_text other = {0};
	FILE *file = NULL;
	int r = cr2_text_printf(&other, "%s.%ld", path, (long)getpid());

	if (r == 0)
		file = fopen(other.data, "we");
	if (r == 0 && !file)
		r = -errno;
	if (file) {
		if (fwrite(text->data, 1, text->length, file) != text->length)
			r = -errno;
		if (fchmod(fileno(file), 0644) < 0 && r == 0)
			r = -errno;
		if (fclose(file) != 0 && r == 0)
			r = -errno;
		if (r == 0 && rename(other.data, path) < 0)
			r = -errno;
		if (r < 0)
			unlink(other.data);
	}
	cr2_text_finish(&other);
	return r;
}

/* Also where nobody asked: control groups come and go. */
static int write_or_forget(const struct arguments *a, struct exporter *e)
{
	struct cr2_text text = {0};
	int r = exporter_collect(e, false, &text);

	if (r < 0)
		r = cli_error(CLI_UNABLE, "exporter: %s", strerror(-r));
	if (r == 0 && a->textfile) {
		r = write_whole(a->textfile, &text);
		if (r < 0)
			r = cli_error(CLI_UNABLE, "exporter: cannot write %s: %s", a->textfile, strerror(-r));
	}
	cr2_text_finish(&text);
	return r;
}

static int serve(const struct arguments *a, struct exporter *e, struct exporter_server *server)
{
	double next = cli_now();
	int r = 0;

	while (r == 0 && traced_go_on(&e->traced, server ? 0 : 200)) {
		if (cli_now() >= next) {
			r = write_or_forget(a, e);
			next += (double)a->interval;
		}
		if (server)
			exporter_serve(server, 200);
	}
	/* The last of it, too. */
	return r == 0 && a->textfile ? write_or_forget(a, e) : r;
}

static int export(const struct arguments *a)
{
	const struct traced_arguments traced = {.config = {.size = sizeof(traced.config), .source = CR2_TRACE_SOURCE_BPF, .scope = CR2_TRACE_ALL,
							   .by = CR2_TRACE_BY_CGROUP}};
	struct exporter e = {.limit = a->limit, .slots = calloc(a->limit, sizeof(*e.slots))};
	struct exporter_server *server = NULL;
	int r;

	if (!e.slots)
		return cli_error(CLI_UNABLE, "exporter: %s", strerror(ENOMEM));
	r = a->listen ? exporter_listen(&e, a->listen, &server) : 0;
	if (r == 0)
		r = traced_begin("exporter", &traced, &e.traced);
	if (r == 0) {
		exporter_find_root(&e);
		if (!*e.root)
			fprintf(stderr, "cr2: no control groups of version 2 are mounted: all faults are of "
				"cgroup=\"other\"\n");
		if (server)
			exporter_say_where(server);
		r = serve(a, &e, server);
	}
	exporter_close(server);
	exporter_finish(&e);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.interval = 15, .limit = 100};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	return export(&a);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_exporter = {
	.name = "exporter",
	.summary = "export a machine's page faults to Prometheus",
	.argp = &argp,
	.run = run,
};
