/* SPDX-License-Identifier: MIT */
/* Families of metrics, one after the other: OpenMetrics 1.0.0, or the text format that was there before it. */
#include <inttypes.h>
#include <string.h>

#include <cr2/view_metrics.h>

enum metric {
#define X(id, name, unit, type, sentence) METRIC_##id,
#include <cr2/tables/metric.def>
#undef X
	METRICS,
};
static const struct {
	const char *name, *unit, *type, *sentence;
} table[METRICS] = {
#define X(id, name, unit, type, sentence) [METRIC_##id] = {name, unit, type, sentence},
#include <cr2/tables/metric.def>
#undef X
};

/* Where buckets end: each octave where most faults are, every other one above. */
static const uint8_t ends[] = {5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 21, 23, 25, 27};

struct writer {
	const struct cr2_view_metrics *metrics;
	struct cr2_text *text;
	int error;
};

#define PUT(w, ...) \
	do { \
		if ((w)->error == 0) \
			(w)->error = cr2_text_printf((w)->text, __VA_ARGS__); \
	} while (0)

static bool is_type(enum metric metric, const char *type)
{
	return strcmp(table[metric].type, type) == 0;
}

/* What its samples are called behind the family's name. */
static const char *suffix(enum metric metric)
{
	return is_type(metric, "counter") ? "_total" : is_type(metric, "info") ? "_info" : "";
}

/* The older format knows no families: its comments name the samples, and nothing is an info. */
static void put_head(struct writer *w, enum metric metric)
{
	const char *more = w->metrics->openmetrics ? "" : suffix(metric), *type = table[metric].type;

	if (!w->metrics->openmetrics && is_type(metric, "info"))
		type = "gauge";
	PUT(w, "# HELP %s%s %s\n# TYPE %s%s %s\n", table[metric].name, more, table[metric].sentence,
	    table[metric].name, more, type);
	if (w->metrics->openmetrics && *table[metric].unit)
		PUT(w, "# UNIT %s %s\n", table[metric].name, table[metric].unit);
}

static void put_quoted(struct writer *w, const char *s)
{
	struct cr2_text safe = {0};

	/* What is no UTF-8 would make all of it unreadable. */
	if (w->error == 0)
		w->error = cr2_text_append_safe(&safe, s, strlen(s));
	PUT(w, "\"");
	for (const char *c = safe.data; c && *c && w->error == 0; c++)
		PUT(w, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	PUT(w, "\"");
	cr2_text_finish(&safe);
}

static void put_labels(struct writer *w, const struct cr2_metrics_row *row)
{
	PUT(w, "{cgroup=");
	put_quoted(w, row->cgroup);
	PUT(w, ",path=\"%s\"", cr2_path_name(row->path));
}

static void put_seconds(struct writer *w, uint64_t ns)
{
	PUT(w, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

static void put_histogram(struct writer *w, const struct cr2_metrics_row *row)
{
	const char *name = table[METRIC_DURATION].name;
	uint64_t n = 0;
	size_t octave = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(ends); i++) {
		while (octave <= ends[i])
			n += row->octaves[octave++];
		PUT(w, "%s_bucket", name);
		put_labels(w, row);
		PUT(w, ",le=\"");
		put_seconds(w, 1ULL << (ends[i] + 3));
		PUT(w, "\"} %" PRIu64 "\n", n);
	}
	while (octave < CR2_TRACE_OCTAVES)
		n += row->octaves[octave++];
	PUT(w, "%s_bucket", name);
	put_labels(w, row);
	PUT(w, ",le=\"+Inf\"} %" PRIu64 "\n%s_sum", n, name);
	put_labels(w, row);
	PUT(w, "} ");
	put_seconds(w, row->ns);
	PUT(w, "\n%s_count", name);
	put_labels(w, row);
	PUT(w, "} %" PRIu64 "\n", n);
}

static uint64_t value_of(enum metric metric, const struct cr2_metrics_row *row)
{
	switch (metric) {
	case METRIC_MAJOR:
		return row->major;
	case METRIC_ZEROED:
		return row->zeroed;
	case METRIC_COPIED:
		return row->copied;
	default:
		return row->n;
	}
}

static void put_rows(struct writer *w, enum metric metric)
{
	for (size_t i = 0; i < w->metrics->n; i++) {
		const struct cr2_metrics_row *row = &w->metrics->rows[i];

		if (metric == METRIC_DURATION) {
			put_histogram(w, row);
			continue;
		}
		PUT(w, "%s%s", table[metric].name, suffix(metric));
		put_labels(w, row);
		PUT(w, "} %" PRIu64 "\n", value_of(metric, row));
	}
}

static void put_number(struct writer *w, enum metric metric, uint64_t n)
{
	PUT(w, "%s%s %" PRIu64 "\n", table[metric].name, suffix(metric), n);
}

static void put_samples(struct writer *w, enum metric metric)
{
	const struct cr2_view_metrics *m = w->metrics;

	switch (metric) {
	case METRIC_FAULTS:
	case METRIC_MAJOR:
	case METRIC_DURATION:
	case METRIC_ZEROED:
	case METRIC_COPIED:
		put_rows(w, metric);
		break;
	case METRIC_REMOVED:
		for (int path = 0; path < CR2_PATH_COUNT; path++)
			if (m->removed[path])
				PUT(w, "%s_total{path=\"%s\"} %" PRIu64 "\n", table[metric].name,
				    cr2_path_name((enum cr2_path)path), m->removed[path]);
		break;
	case METRIC_RECORDED:
		put_number(w, metric, m->books->recorded);
		break;
	case METRIC_BY_REFERENCE:
		put_number(w, metric, m->books->by_reference);
		break;
	case METRIC_KERNEL_COUNTED:
		put_number(w, metric, m->books->kernel_counted);
		break;
	case METRIC_LOST:
		put_number(w, metric, m->books->lost);
		break;
	case METRIC_UNDETERMINED:
		put_number(w, metric, m->books->undetermined);
		break;
	case METRIC_SIGNALS:
		put_number(w, metric, m->books->signals);
		break;
	case METRIC_OVERHEAD:
		PUT(w, "%s_total ", table[metric].name);
		put_seconds(w, m->books->overhead_ns);
		PUT(w, "\n");
		break;
	case METRIC_CGROUPS:
		PUT(w, "%s{series=\"own\"} %" PRIu64 "\n%s{series=\"other\"} %" PRIu64 "\n", table[metric].name, m->own,
		    table[metric].name, m->other);
		break;
	case METRIC_LIMIT:
		put_number(w, metric, m->limit);
		break;
	case METRIC_BUILD:
		PUT(w, "%s_info{version=", table[metric].name);
		put_quoted(w, m->version);
		PUT(w, "} 1\n");
		break;
	case METRICS:
		break;
	}
}

int cr2_view_metrics(const struct cr2_view_metrics *metrics, struct cr2_text *text)
{
	struct writer w = {.metrics = metrics, .text = text};

	for (int metric = 0; metric < METRICS; metric++) {
		put_head(&w, (enum metric)metric);
		put_samples(&w, (enum metric)metric);
	}
	if (metrics->openmetrics)
		PUT(&w, "# EOF\n");
	return w.error;
}
