/* SPDX-License-Identifier: MIT */
/* The BPF programs' other end: loads and attaches them, takes what they hand over, adds up. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cr2/trace.h>

#include "counts.h"
#include "discover.h"
#include "ends.h"
#include "lanes.h"
#include "own.h"
#include "places.h"
#include "settle.h"
#include "source.h"
#include "sums.h"

#include "trace/fault.skel.h"

struct cr2_trace {
	struct own *own; /* perf events in BPF's place, or NULL: then the rest */
	struct fault_bpf *skeleton;
	struct ring_buffer *ring;
	struct lanes lanes; /* of brief faults */
	struct ends ends;
	bool ends_taken; /* the kernel took a thread's: from now on those of every CPU are wanted */
	int cpus;
	bool brief, names, cgroups;
	enum cr2_trace_by by;
	struct sums sums;
	struct places *places; /* NULL: nobody asks for them */
	/* While the ring is read: */
	cr2_trace_fn *fn;
	void *data;
	uint64_t time; /* of the fault that is handed over */
	int error; /* the first of looking for places */
	cr2_trace_call_fn *on_call; /* NULL: nobody asks */
	void *call_data;
	uint64_t undetermined;
	uint64_t registers[CR2_STACK_REGISTERS]; /* of the fault that is handed over */
};

static int set_cgroup(struct fault_bpf *s, int cgroup, struct cr2_text *reason)
{
	uint32_t key = 0;

	if (bpf_map_update_elem(bpf_map__fd(s->maps.cgroup), &key, &cgroup, BPF_ANY) == 0)
		return 0;
	return trace_refuse(reason, -errno, "that folder is no control group of version 2");
}

static bool has_more(const struct cr2_trace_config *config)
{
	return config->stack || config->cgroups;
}

static bool is_brief(const struct cr2_trace_config *config)
{
	return config->stream && config->brief && !has_more(config) && !config->calls;
}

/* Whatever is lost a replay misses; where all are followed, each that is there already is looked at in the beginning. */
static uint32_t ring_wanted(const struct cr2_trace_config *config)
{
	if (config->calls && config->scope != CR2_TRACE_PROCESSES)
		return 256u << 20;
	return config->stack || config->calls ? 64u << 20 : 16u << 20;
}

/* No more than a small part of memory, where it is more than what always fits. */
static uint32_t ring_bytes(const struct cr2_trace_config *config)
{
	const uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * CR2_PAGE_SIZE;
	uint32_t bytes = ring_wanted(config);

	if (!config->stream)
		return CR2_PAGE_SIZE;
	if (config->ring)
		return config->ring;
	while (bytes > 16u << 20 && bytes > memory / 64)
		bytes /= 2;
	return bytes;
}

/* What only a recording for replay asks of the kernel. */
static const char *const call_programs[] = {
	"call_entered", "call_returned", "call_made_process", "call_begins_program", "call_space_gone",
	"call_space_ends"};

/* can_cast: with what is there since 6.2; a kernel without refuses it. */
static int load(struct cr2_trace *trace, const struct cr2_trace_config *config,
		const struct discovered *found, bool can_cast)
{
	struct fault_bpf *s = trace->skeleton = fault_bpf__open();

	if (!s)
		return -errno;
	s->rodata->trace_kernel = found->kernel;
	s->rodata->trace_direct_map = found->direct_map;
	s->rodata->trace_vmemmap = found->vmemmap;
	s->rodata->trace_pid_level = (uint32_t)found->pid_level;
	s->rodata->trace_pid_space = found->pid_space;
	s->rodata->trace_scope = (uint8_t)config->scope;
	s->rodata->trace_stream = config->stream;
	s->rodata->trace_names = config->names;
	/* With a stack, too: what no recording keeps is not looked for. */
	s->rodata->trace_brief = config->brief && !config->calls;
	s->rodata->trace_by = (uint8_t)config->by;
	s->rodata->trace_more = has_more(config);
	s->rodata->trace_chain = config->stack == CR2_TRACE_FRAMES;
	s->rodata->trace_stack_bytes = config->stack == CR2_TRACE_STACK_COPY ? config->stack_bytes : 0;
	s->rodata->trace_self = (uint32_t)getpid();
	s->rodata->trace_began = trace_now();
	s->rodata->trace_can_cast = can_cast;
	s->rodata->trace_calls = config->calls;
	for (size_t i = 0; !config->calls && i < CR2_ARRAY_SIZE(call_programs); i++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(s->obj, call_programs[i]), false);
	bpf_program__set_autoattach(s->progs.call_space_ends, false);
	bpf_program__set_autoload(s->progs.exiting_let_go, config->scope == CR2_TRACE_PROCESSES && found->functions);
	bpf_program__set_autoload(s->progs.exiting_takes_lock, config->scope == CR2_TRACE_PROCESSES && !found->functions);
	bpf_program__set_autoattach(s->progs.exiting_let_go, false);
	bpf_program__set_autoattach(s->progs.exiting_takes_lock, false);
	if (!config->calls)
		bpf_map__set_max_entries(s->maps.spaces, 1);
	bpf_map__set_max_entries(s->maps.ring, ring_bytes(config));
	if (is_brief(config)) {
		bpf_map__set_max_entries(s->maps.lanes, (uint32_t)libbpf_num_possible_cpus());
		if (config->ring && config->ring / sizeof(struct trace_brief) < TRACE_LANE)
			s->rodata->trace_lane = config->ring / (uint32_t)sizeof(struct trace_brief);
	}
	if (config->by == CR2_TRACE_BY_NOBODY)
		bpf_map__set_max_entries(s->maps.sums_of_each, 1);
	if (has_more(config))
		bpf_map__set_max_entries(s->maps.more_rooms, (uint32_t)libbpf_num_possible_cpus());
	if (config->by != CR2_TRACE_BY_PROCESS)
		bpf_map__set_max_entries(s->maps.process_names, 1);
	if (config->by != CR2_TRACE_BY_CGROUP)
		bpf_map__set_max_entries(s->maps.durations_of_each, 1);
	return fault_bpf__load(s);
}

static int set_up(struct cr2_trace *trace, const struct cr2_trace_config *config,
		  const struct discovered *found, struct cr2_text *reason)
{
	int r = load(trace, config, found, true);

	if (r < 0) {
		fault_bpf__destroy(trace->skeleton);
		r = load(trace, config, found, false);
	}
	trace->brief = is_brief(config);
	trace->names = config->names;
	trace->cgroups = config->cgroups;
	trace->by = config->by;
	if (r < 0)
		return trace_refuse(reason, r, "the kernel refuses the BPF programs");
	return config->scope == CR2_TRACE_CGROUP ?
		       set_cgroup(trace->skeleton, config->cgroup, reason) : 0;
}

/*
 * What a thread that exits does: a program at the function that only such threads come to costs others nothing; else it
 * stands at the lock of everybody's address space. Where neither can be (before 5.11) each CPU has to tell of its faults.
 */
static int attach_exiting(struct cr2_trace *trace)
{
	struct fault_bpf *s = trace->skeleton;

	if (bpf_program__autoload(s->progs.exiting_let_go))
		s->links.exiting_let_go = bpf_program__attach(s->progs.exiting_let_go);
	else
		s->links.exiting_takes_lock = bpf_program__attach(s->progs.exiting_takes_lock);
	return s->links.exiting_let_go || s->links.exiting_takes_lock ? 0 : ends_open_everywhere(&trace->ends, trace->cpus);
}

static int attach(struct cr2_trace *trace, enum cr2_trace_scope scope, struct cr2_text *reason)
{
	int r = 0;

	trace->cpus = libbpf_num_possible_cpus();
	if (trace->cpus < 0)
		return trace_refuse(reason, trace->cpus, "the number of CPUs");
	trace->sums.cpus = trace->cpus;
	trace->sums.all = bpf_map__fd(trace->skeleton->maps.sums);
	trace->sums.each = trace->by == CR2_TRACE_BY_NOBODY ? -1 : bpf_map__fd(trace->skeleton->maps.sums_of_each);
	trace->ends.minor = trace->skeleton->progs.fault_minor;
	trace->ends.major = trace->skeleton->progs.fault_major;
	/* Ends first: what begins is then seen to end. Of threads they come with these. */
	if (scope != CR2_TRACE_PROCESSES)
		r = ends_open_everywhere(&trace->ends, trace->cpus);
	else
		r = attach_exiting(trace);
	if (r < 0)
		return trace_refuse(reason, r, "page-fault events of every CPU");
	r = fault_bpf__attach(trace->skeleton);
	/* A kernel without this tracepoint shows nothing of address spaces at their ends. */
	if (r == 0 && bpf_program__autoload(trace->skeleton->progs.call_space_ends))
		trace->skeleton->links.call_space_ends = bpf_program__attach(trace->skeleton->progs.call_space_ends);
	return r < 0 ? trace_refuse(reason, r, "the page-fault tracepoints") : 0;
}

/* ---- the stream ---- */

static struct cr2_trace_page page_of(const struct trace_entry *e)
{
	return (struct cr2_trace_page){
		.entry = e->value, .level = e->level, .near = e->near,
		.kind = e->kind,
		.order = e->order, .refs = e->refs, .maps = e->maps, .exclusive = e->exclusive,
	};
}

static struct cr2_traced_fault fault_of_brief(const struct trace_brief *b)
{
	return (struct cr2_traced_fault){
		.source = CR2_TRACE_SOURCE_BPF, .time = b->time, .ns = b->ns, .addr = b->addr, .ip = b->ip, .error = b->error,
		.pid = b->tgid, .tid = b->tid, .comm = "", .path = b->path,
		.mapping = b->mapping, .major = b->major, .kernel = b->kernel, .name = "",
		.before = {.kind = b->before, .level = b->before_level, .maps = b->maps},
		.after = {.kind = b->after, .level = b->after_level, .order = b->order},
		.zeroed = b->zeroed, .copied = b->copied,
	};
}

/* In perf's order, of the places that they have in struct pt_regs. */
static const uint64_t *order_registers(struct cr2_trace *trace, const uint64_t *registers)
{
	static const uint8_t places[CR2_STACK_REGISTERS] = {
		10, 5, 11, 12, 13, 14, 4, TRACE_REGISTER_SP, 16, 18, 17, 20, 9, 8, 7, 6, 3, 2, 1, 0};

	for (size_t i = 0; i < CR2_STACK_REGISTERS; i++)
		trace->registers[i] = registers[places[i]];
	return trace->registers;
}

/* Programs of 32 bits have other registers and stacks: none of them is unwound. */
static bool is_64_bit(const struct trace_more *more)
{
	return more->registers[TRACE_REGISTER_CS] == 0x33;
}

static void add_more(struct cr2_trace *trace, const struct trace_more *more, size_t size,
		     struct cr2_traced_fault *fault)
{
	const uint8_t *tail = (const void *)(more + 1);
	struct cr2_trace_calls *calls = &fault->calls;

	if (size < sizeof(*more) ||
	    size - sizeof(*more) < (size_t)more->kernel_bytes + more->user_bytes + more->stack_bytes)
		return;
	fault->cgroup = trace->cgroups ? more->cgroup : 0;
	calls->ips = (const void *)tail;
	calls->n_kernel = more->kernel_bytes / sizeof(uint64_t);
	calls->n_user = more->user_bytes / sizeof(uint64_t);
	if (more->stack_bytes && is_64_bit(more)) {
		calls->registers = order_registers(trace, more->registers);
		calls->stack = tail + more->kernel_bytes + more->user_bytes;
		calls->stack_bytes = more->stack_bytes;
	}
}

static struct cr2_traced_fault fault_of(const struct trace_sample *s, bool names)
{
	const uint64_t page = (s->addr - s->vma.start) & CR2_PAGE_MASK;

	return (struct cr2_traced_fault){
		.source = CR2_TRACE_SOURCE_BPF, .time = s->time, .ns = s->ns, .addr = s->addr, .ip = s->ip, .error = s->error,
		.pid = s->tgid, .tid = s->tid, .comm = names ? s->comm : "", .path = s->path,
		.mapping = s->vma.kind, .major = s->major, .kernel = s->kernel,
		.signal = s->signal, .code = s->code, .start = s->vma.start, .end = s->vma.end,
		.flags = s->vma.flags, .name = names ? s->name : "",
		.offset = s->vma.end ? (s->vma.offset << CR2_PAGE_SHIFT) + page : 0,
		.before = page_of(&s->before), .after = page_of(&s->after),
		.zeroed = trace_zeroed(s), .copied = trace_copied(s),
		.space = s->mm, .device = s->vma.device, .inode = s->vma.inode, .file_size = s->vma.size,
		.by_reference = s->by_reference, .late = s->vma.late,
	};
}

static void hand_over_call(struct cr2_trace *trace, const struct trace_call *c)
{
	struct cr2_traced_call call = {
		.kind = c->kind, .time = c->time, .pid = c->tgid, .tid = c->tid, .space = c->mm,
		.child = c->child, .child_space = c->child_mm, .number = c->number, .result = c->result,
		.device = c->device, .inode = c->inode, .file_size = c->size, .mapping = c->mapping,
		.by_reference = c->by_reference, .page_shift = c->page_shift,
	};

	memcpy(call.args, c->args, sizeof(call.args));
	if (trace->on_call)
		trace->on_call(trace->call_data, &call);
}

void cr2_trace_on_call(struct cr2_trace *trace, cr2_trace_call_fn *fn, void *data)
{
	trace->on_call = fn;
	trace->call_data = data;
}

_Static_assert(sizeof(struct trace_call) < offsetof(struct trace_sample, comm) &&
	       sizeof(struct trace_call) != sizeof(struct trace_brief), "a call is told from a fault by its size");

static void hand_over_fault(struct cr2_trace *trace, const struct cr2_traced_fault *fault)
{
	if (fault->path == CR2_PATH_UNKNOWN)
		trace->undetermined++;
	trace->time = fault->time;
	trace->fn(trace->data, fault);
}

static void hand_over_brief(void *context, const struct trace_brief *brief)
{
	const struct cr2_traced_fault fault = fault_of_brief(brief);

	hand_over_fault(context, &fault);
}

static int hand_over(void *context, void *record, size_t size)
{
	struct cr2_trace *trace = context;
	struct cr2_traced_fault fault;

	if (size == sizeof(struct trace_ends_taken)) {
		trace->ends_taken = true;
		return 0;
	}
	if (size == sizeof(struct trace_call)) {
		hand_over_call(trace, record);
		return 0;
	}
	if (trace->brief)
		return lanes_add(&trace->lanes, record);
	fault = fault_of(record, trace->names && size >= sizeof(struct trace_sample));
	if (size > sizeof(struct trace_sample))
		add_more(trace, (const void *)((const struct trace_sample *)record + 1),
			 size - sizeof(struct trace_sample), &fault);
	hand_over_fault(trace, &fault);
	return 0;
}

int cr2_trace_take(struct cr2_trace *trace, int milliseconds, cr2_trace_fn *fn, void *data)
{
	int r;

	if (trace->own)
		return own_take(trace->own, milliseconds, fn, data);
	trace->fn = fn;
	trace->data = data;
	/* Woken or not: it is only when the ring fills up. */
	__atomic_store_n(&trace->skeleton->bss->trace_reader_sleeps, milliseconds != 0, __ATOMIC_RELAXED);
	r = milliseconds ? ring_buffer__poll(trace->ring, milliseconds) : 0;
	__atomic_store_n(&trace->skeleton->bss->trace_reader_sleeps, 0, __ATOMIC_RELAXED);
	if (r >= 0)
		r = ring_buffer__consume(trace->ring);
	if (r >= 0 && trace->brief)
		r = lanes_read(&trace->lanes, milliseconds == 0, hand_over_brief, trace);
	/* Where that fails it is tried again. */
	if (r >= 0 && trace->ends_taken && ends_open_everywhere(&trace->ends, trace->cpus) == 0) {
		__atomic_store_n(&trace->skeleton->bss->trace_ends_everywhere, 1, __ATOMIC_RELEASE);
		trace->ends_taken = false;
	}
	if (r >= 0)
		r = trace->error;
	/* Rings that nobody reads run full. */
	if (r == 0 && trace->places)
		r = places_read(trace->places);
	return r < 0 ? r : 0;
}

int cr2_trace_fd(const struct cr2_trace *trace)
{
	return trace->ring ? ring_buffer__epoll_fd(trace->ring) : -1;
}

/* ---- what is mapped ---- */

static int open_places(struct cr2_trace *trace, const struct cr2_trace_config *config, struct cr2_text *reason)
{
	struct places *places = calloc(1, sizeof(*places));
	int r = places ? places_open(config->scope != CR2_TRACE_PROCESSES, places, reason) : -ENOMEM;

	if (r < 0)
		free(places);
	else
		trace->places = places;
	return r;
}

bool cr2_trace_map(struct cr2_trace *trace, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map)
{
	int r;

	if (trace->own)
		return own_map(trace->own, pid, address, ret_map);
	if (!trace->places)
		return false;
	r = places_at(trace->places, trace->time);
	if (r < 0 && trace->error == 0)
		trace->error = r;
	return programs_at(&trace->places->programs, pid, address, ret_map);
}

const char *cr2_trace_kernel(struct cr2_trace *trace, uint64_t address)
{
	struct kernel_name name;

	return trace->places && kernel_names_find(&trace->places->kernel, address, &name) ?
		       trace->places->kernel.text.data + name.name : NULL;
}

/* ---- what was counted ---- */

/* A slot's middle, in ns. */
static uint64_t slot_ns(size_t slot)
{
	uint64_t octave = slot >> TRACE_SLOT_BITS, low;

	if (octave == 0)
		return slot;
	low = ((slot & 7) | 8) << (octave - 1);
	return low + (1ULL << (octave - 1)) / 2;
}

static uint64_t quantile(const struct trace_times *times, uint64_t n, unsigned percent)
{
	uint64_t wanted = (n * percent + 99) / 100, seen = 0;

	for (size_t i = 0; i < TRACE_SLOTS; i++) {
		seen += times->slots[i];
		if (seen >= wanted && seen)
			return slot_ns(i);
	}
	return 0;
}

static struct cr2_trace_quantiles quantiles(const struct trace_times *times, uint64_t longest)
{
	struct cr2_trace_quantiles q = {.longest = longest};

	for (size_t i = 0; i < TRACE_SLOTS; i++)
		q.n += times->slots[i];
	q.p50 = quantile(times, q.n, 50);
	q.p99 = quantile(times, q.n, 99);
	/* The longest is known exactly: no slot's middle may exceed it. */
	if (q.p99 > longest)
		q.p99 = longest;
	if (q.p50 > longest)
		q.p50 = longest;
	return q;
}

static uint64_t longest_of(const struct cr2_trace_counts *counts, int path)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < counts->n; i++)
		if ((path < 0 || counts->items[i].path == (enum cr2_path)path) &&
		    counts->items[i].longest_ns > longest)
			longest = counts->items[i].longest_ns;
	return longest;
}

static int read_times(struct cr2_trace *trace, struct cr2_trace_counts *counts)
{
	int fd = bpf_map__fd(trace->skeleton->maps.times);
	struct trace_times *cpus = calloc((size_t)trace->cpus, sizeof(*cpus)), all = {0};

	if (!cpus)
		return -ENOMEM;
	for (uint32_t path = 0; path < CR2_PATH_COUNT; path++) {
		struct trace_times sum = {0};

		if (bpf_map_lookup_elem(fd, &path, cpus) < 0)
			continue;
		for (int cpu = 0; cpu < trace->cpus; cpu++)
			for (size_t i = 0; i < TRACE_SLOTS; i++)
				sum.slots[i] += cpus[cpu].slots[i];
		for (size_t i = 0; i < TRACE_SLOTS; i++)
			all.slots[i] += sum.slots[i];
		counts->paths[path] = quantiles(&sum, longest_of(counts, (int)path));
	}
	counts->all = quantiles(&all, longest_of(counts, -1));
	free(cpus);
	return 0;
}

struct books {
	uint64_t n[TRACE_BOOKS];
};

static int add_books(struct cr2_trace *trace, struct books *ret_books)
{
	const size_t size = bpf_map__value_size(trace->skeleton->maps.desks) / sizeof(uint64_t);
	uint64_t *cpus = calloc((size_t)trace->cpus * size, sizeof(*cpus));
	struct books books = {0};
	int r = cpus ? 0 : -ENOMEM;

	for (uint32_t desk = 0; desk < TRACE_DESKS && r == 0; desk++) {
		if (bpf_map_lookup_elem(bpf_map__fd(trace->skeleton->maps.desks), &desk, cpus) < 0)
			r = -errno;
		for (size_t cpu = 0; cpu < (size_t)trace->cpus && r == 0; cpu++)
			for (size_t i = 0; i < TRACE_BOOKS; i++)
				books.n[i] += cpus[cpu * size + i];
	}
	free(cpus);
	if (r == 0)
		*ret_books = books;
	return r;
}

uint64_t trace_lost(struct cr2_trace *trace)
{
	struct books books;

	if (trace->own)
		return own_lost(trace->own);
	return add_books(trace, &books) == 0 ? books.n[TRACE_LOST] + books.n[TRACE_LOST_UNENDED] +
					      books.n[TRACE_LOST_CALLS] : 0;
}

uint64_t trace_lost_calls(struct cr2_trace *trace)
{
	struct books books;

	return !trace->own && add_books(trace, &books) == 0 ? books.n[TRACE_LOST_CALLS] : 0;
}

uint64_t trace_handed_over(const struct cr2_trace *trace)
{
	return trace->brief ? trace->lanes.handed_over : UINT64_MAX;
}

void trace_begin_calls(struct cr2_trace *trace)
{
	__atomic_store_n(&trace->skeleton->bss->trace_calls_begun, 1, __ATOMIC_RELEASE);
}

struct own *trace_own(const struct cr2_trace *trace)
{
	return trace->own;
}

const struct trace_kernel *trace_kernel_facts(const struct cr2_trace *trace)
{
	return &trace->skeleton->rodata->trace_kernel;
}

static int read_books(struct cr2_trace *trace, struct cr2_trace_counts *counts)
{
	struct books books;
	uint64_t ends, unrecorded;
	int r = add_books(trace, &books);

	if (r < 0)
		return r;
	ends = books.n[TRACE_ENDS];
	/* What had no room was seen to end, and is in no row and no line. */
	unrecorded = books.n[TRACE_LOST] + books.n[TRACE_NO_KEY];
	counts->recorded = ends > unrecorded ? ends - unrecorded : 0;
	counts->lost = unrecorded + books.n[TRACE_UNSEEN_ENDS] + books.n[TRACE_NO_STATE];
	counts->kernel_counted = books.n[TRACE_KERNEL_COUNTED];
	counts->by_reference = books.n[TRACE_BY_REFERENCE];
	counts->unended = books.n[TRACE_UNENDED];
	counts->signals = books.n[TRACE_SIGNALS];
	counts->under_way = books.n[TRACE_UNSEEN_STARTS];
	if (books.n[TRACE_COST_N])
		counts->overhead_ns = (uint64_t)((double)books.n[TRACE_COST_NS] * (double)ends /
						 (double)books.n[TRACE_COST_N]);
	return 0;
}

int cr2_trace_read(struct cr2_trace *trace, struct cr2_trace_counts *ret_counts)
{
	struct cr2_trace_counts counts = {.source = CR2_TRACE_SOURCE_BPF};
	int r;

	if (trace->own)
		return own_read(trace->own, ret_counts);
	r = sums_read(&trace->sums, &counts);
	if (r == 0)
		r = read_times(trace, &counts);
	if (r == 0)
		r = read_books(trace, &counts);
	if (r < 0) {
		cr2_trace_counts_finish(&counts);
		return r;
	}
	counts.undetermined = trace->undetermined;
	counts.lost_records = trace->places ? trace->places->told.lost : 0;
	for (size_t i = 0; i < counts.n; i++)
		if (counts.items[i].path == CR2_PATH_UNKNOWN)
			counts.undetermined += counts.items[i].n;
	*ret_counts = counts;
	return 0;
}

int cr2_trace_fold(struct cr2_trace *trace, const struct cr2_trace_counts *seen, cr2_trace_gone_fn *gone,
		   void *data)
{
	if (trace->own)
		return 0;
	sums_forget_durations(bpf_map__fd(trace->skeleton->maps.durations_of_each), gone, data);
	return sums_fold(&trace->sums, seen, gone, data);
}

int cr2_trace_durations(struct cr2_trace *trace, struct cr2_trace_durations **ret_items, size_t *ret_n)
{
	if (trace->own)
		return -EOPNOTSUPP;
	return sums_durations(bpf_map__fd(trace->skeleton->maps.durations_of_each), trace->cpus, ret_items, ret_n);
}

/* Its name of now, while there is one; else the last one that was seen. */
int cr2_trace_comm(struct cr2_trace *trace, uint64_t pid, char ret_comm[CR2_COMM_SIZE])
{
	uint32_t key = (uint32_t)pid;
	char path[48];
	FILE *file;
	bool read;

	if (trace->own)
		return own_comm(trace->own, pid, ret_comm);
	snprintf(path, sizeof(path), "/proc/%llu/comm", (unsigned long long)pid);
	file = fopen(path, "re");
	read = file && fgets(ret_comm, CR2_COMM_SIZE, file);
	if (file)
		fclose(file);
	if (read) {
		ret_comm[strcspn(ret_comm, "\n")] = '\0';
		return 0;
	}
	return bpf_map_lookup_elem(bpf_map__fd(trace->skeleton->maps.process_names), &key, ret_comm) < 0 ?
	       -ENOENT : 0;
}

/* ---- */

int cr2_trace_follow(struct cr2_trace *trace, uint64_t pid, bool from_exec)
{
	const struct trace_named name = {.waits = from_exec};
	uint32_t key = (uint32_t)pid;
	int r;

	if (trace->own)
		return own_follow(trace->own, pid, from_exec);
	if (pid == 0 || pid >= TRACE_PIDS)
		return -ESRCH;
	r = ends_follow(&trace->ends, pid, trace->cpus);
	if (r < 0)
		return r;
	if (bpf_map_update_elem(bpf_map__fd(trace->skeleton->maps.named), &key, &name, BPF_ANY) < 0)
		return -errno;
	if (!from_exec)
		__atomic_fetch_or(&trace->skeleton->bss->trace_followed[pid / 64], 1ULL << (pid % 64),
				  __ATOMIC_RELAXED);
	return trace->places ? places_follow(trace->places, pid, from_exec) : 0;
}

enum cr2_trace_source cr2_trace_source(const struct cr2_trace *trace)
{
	return trace->own ? CR2_TRACE_SOURCE_PERF : CR2_TRACE_SOURCE_BPF;
}

void cr2_trace_close(struct cr2_trace *trace)
{
	if (!trace)
		return;
	own_close(trace->own);
	ends_close(&trace->ends);
	if (trace->places)
		places_close(trace->places);
	free(trace->places);
	sums_finish(&trace->sums);
	ring_buffer__free(trace->ring);
	lanes_close(&trace->lanes);
	fault_bpf__destroy(trace->skeleton);
	free(trace);
}

static int open_lanes(struct cr2_trace *trace, struct cr2_text *reason)
{
	const struct bpf_map *map = trace->skeleton->maps.lanes;
	int r = lanes_open(bpf_map__fd(map), bpf_map__max_entries(map), &trace->lanes);

	return r < 0 ? trace_refuse(reason, r, "the faults that wait") : 0;
}

static int open_bpf(const struct cr2_trace_config *config, struct cr2_trace **ret_trace, struct cr2_text *reason)
{
	struct cr2_trace *trace = calloc(1, sizeof(*trace));
	struct discovered found;
	int r = trace ? 0 : -ENOMEM;

	if (r == 0)
		r = discover(&found, reason);
	if (r == 0)
		r = set_up(trace, config, &found, reason);
	if (r == 0) {
		trace->ring = ring_buffer__new(bpf_map__fd(trace->skeleton->maps.ring), hand_over,
					       trace, NULL);
		if (!trace->ring)
			r = trace_refuse(reason, -errno, "the ring");
	}
	if (r == 0 && trace->brief)
		r = open_lanes(trace, reason);
	if (r == 0 && config->places)
		r = open_places(trace, config, reason);
	if (r == 0)
		r = attach(trace, config->scope, reason);
	if (r < 0) {
		cr2_trace_close(trace);
		trace_explain(reason);
		return r;
	}
	*ret_trace = trace;
	return 0;
}

static int open_own(const struct cr2_trace_config *config, struct cr2_trace **ret_trace, struct cr2_text *reason)
{
	struct cr2_trace *trace = calloc(1, sizeof(*trace));
	int r = trace ? own_open(config, &trace->own, reason) : -ENOMEM;

	if (r < 0) {
		free(trace);
		return r;
	}
	*ret_trace = trace;
	return 0;
}

int cr2_trace_open(const struct cr2_trace_config *config, struct cr2_trace **ret_trace,
		   char **ret_reason)
{
	struct cr2_text reason = {0}, other = {0};
	int r;

	if (config->source == CR2_TRACE_SOURCE_PERF) {
		r = open_own(config, ret_trace, &reason);
	} else {
		r = open_bpf(config, ret_trace, &reason);
		/* Whoever gets less is told why; whoever gets nothing, what the better source lacks. */
		if (r < 0 && config->source == CR2_TRACE_SOURCE_ANY && open_own(config, ret_trace, &other) == 0)
			r = 0;
	}
	cr2_text_finish(&other);
	*ret_reason = reason.data;
	return r;
}
