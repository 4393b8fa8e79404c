/* SPDX-License-Identifier: MIT */
/* Reads what faults alike were counted, and folds those that are gone. */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "counts.h"
#include "sums.h"

static void add_up(struct cr2_trace_count *count, const struct trace_sum *cpus, int n)
{
	for (int i = 0; i < n; i++) {
		count->n += cpus[i].n;
		count->ns += cpus[i].ns;
		if (cpus[i].longest_ns > count->longest_ns)
			count->longest_ns = cpus[i].longest_ns;
		count->zeroed += cpus[i].zeroed;
		count->copied += cpus[i].copied;
		count->huge += cpus[i].huge;
		count->large += cpus[i].large;
	}
}

static struct cr2_trace_count count_of(const struct trace_key *key)
{
	return (struct cr2_trace_count){.who = key->who, .path = key->path, .mapping = key->mapping,
					.kernel = key->kernel, .major = key->major};
}

/* A row at the end. */
static int append(struct cr2_trace_counts *counts, size_t *capacity, const struct cr2_trace_count *count)
{
	int r = cr2_grow(&counts->items, capacity, counts->n + 1, sizeof(*counts->items));

	if (r == 0)
		counts->items[counts->n++] = *count;
	return r;
}

/* What the CPUs have of one key. */
static int append_sum(struct sums *sums, struct cr2_trace_counts *counts, size_t *capacity,
		      const struct trace_key *key, const struct trace_sum *cpus)
{
	struct cr2_trace_count count = count_of(key);

	add_up(&count, cpus, sums->cpus);
	return count.n ? append(counts, capacity, &count) : 0;
}

static int read_all(struct sums *sums, struct cr2_trace_counts *counts, struct trace_sum *cpus)
{
	size_t capacity = 0;
	int r = 0;

	for (uint32_t kind = 0; kind < TRACE_KINDS && r == 0; kind++) {
		const struct trace_key key = trace_key_of(kind);

		if (bpf_map_lookup_elem(sums->all, &kind, cpus) == 0)
			r = append_sum(sums, counts, &capacity, &key, cpus);
	}
	return r;
}

static int read_each(struct sums *sums, struct cr2_trace_counts *counts, struct trace_sum *cpus)
{
	struct trace_key key, *last = NULL;
	size_t capacity = 0;
	int r = 0;

	for (; r == 0 && bpf_map_get_next_key(sums->each, last, &key) == 0; last = &key)
		if (bpf_map_lookup_elem(sums->each, &key, cpus) == 0)
			r = append_sum(sums, counts, &capacity, &key, cpus);
	for (size_t i = 0; i < sums->folded.n && r == 0; i++)
		r = append(counts, &capacity, &sums->folded.items[i]);
	return r;
}

int sums_read(struct sums *sums, struct cr2_trace_counts *counts)
{
	struct trace_sum *cpus = calloc((size_t)sums->cpus, sizeof(*cpus));
	int r;

	if (!cpus)
		return -ENOMEM;
	r = sums->each < 0 ? read_all(sums, counts, cpus) : read_each(sums, counts, cpus);
	free(cpus);
	return r;
}

/* ---- those that are gone ---- */

static int keep(struct sums *sums, struct cr2_trace_count count)
{
	struct cr2_trace_count *there;
	size_t capacity = sums->folded.n;
	int r;

	count.who = 0;
	there = (struct cr2_trace_count *)cr2_trace_counts_find(&sums->folded, &count);
	if (there) {
		cr2_trace_count_add(there, &count);
		return 0;
	}
	r = append(&sums->folded, &capacity, &count);
	cr2_trace_counts_sort(&sums->folded);
	return r;
}

/* Whether all that is counted now was seen; then it is taken out. */
static int fold(struct sums *sums, struct trace_key key, const struct cr2_trace_count *seen, struct trace_sum *cpus)
{
	struct cr2_trace_count count = count_of(&key);

	if (bpf_map_lookup_elem(sums->each, &key, cpus) < 0)
		return 0;
	add_up(&count, cpus, sums->cpus);
	if (count.n != seen->n || bpf_map_delete_elem(sums->each, &key) < 0)
		return 0;
	return keep(sums, count);
}

int sums_fold(struct sums *sums, const struct cr2_trace_counts *seen, cr2_trace_gone_fn *gone, void *data)
{
	struct trace_sum *cpus = calloc((size_t)sums->cpus, sizeof(*cpus));
	uint64_t last = 0;
	bool is_gone = false;
	int r = cpus ? 0 : -ENOMEM;

	/* Rows of one stand together: each is asked for once. */
	for (size_t i = 0; i < seen->n && r == 0; i++) {
		const struct cr2_trace_count *s = &seen->items[i];

		if (s->who != last)
			is_gone = gone(data, s->who);
		last = s->who;
		if (s->who && is_gone)
			r = fold(sums, (struct trace_key){.who = s->who, .path = (uint8_t)s->path,
				 .mapping = (uint8_t)s->mapping, .kernel = s->kernel, .major = s->major}, s, cpus);
	}
	free(cpus);
	return r;
}

/* ---- durations ---- */

int sums_durations(int fd, int cpus, struct cr2_trace_durations **ret_items, size_t *ret_n)
{
	struct trace_durations *values = calloc((size_t)cpus, sizeof(*values));
	struct trace_duration_key key, *last = NULL;
	struct cr2_trace_durations *items = NULL;
	size_t n = 0, capacity = 0;
	int r = values ? 0 : -ENOMEM;

	_Static_assert(TRACE_OCTAVES == CR2_TRACE_OCTAVES, "as many as the header says");
	for (; r == 0 && bpf_map_get_next_key(fd, last, &key) == 0; last = &key) {
		if (bpf_map_lookup_elem(fd, &key, values) < 0)
			continue;
		r = cr2_grow(&items, &capacity, n + 1, sizeof(*items));
		if (r < 0)
			break;
		items[n] = (struct cr2_trace_durations){.who = key.who, .path = (enum cr2_path)key.path};
		for (int cpu = 0; cpu < cpus; cpu++)
			for (size_t i = 0; i < TRACE_OCTAVES; i++)
				items[n].octaves[i] += values[cpu].octaves[i];
		n++;
	}
	free(values);
	if (r < 0) {
		free(items);
		return r;
	}
	*ret_items = items;
	*ret_n = n;
	return 0;
}

void sums_forget_durations(int fd, cr2_trace_gone_fn *gone, void *data)
{
	struct trace_duration_key key, next;

	/* The one before goes when the one behind it is known. */
	for (bool more = bpf_map_get_next_key(fd, NULL, &key) == 0; more; key = next) {
		more = bpf_map_get_next_key(fd, &key, &next) == 0;
		if (gone(data, key.who))
			bpf_map_delete_elem(fd, &key);
	}
}

void sums_finish(struct sums *sums)
{
	cr2_trace_counts_finish(&sums->folded);
}
