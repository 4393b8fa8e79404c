/* SPDX-License-Identifier: MIT */
/* Recordings: what is written reads back; what is cut off or wrong is said, and never believed. */
#include <errno.h>
#include <stdlib.h>

#include "record/perf/encode.h"

#include <cr2/recording.h>
#include <cr2/report.h>

#include "../test.h"

static const uint64_t ids[] = {101, 102};
static const struct perf_trailer trailer = {10, 10, 500, 101};

static int64_t read_text(void *data, uint64_t offset, void *bytes, size_t n)
{
	const struct cr2_text *text = data;
	size_t left = offset < text->length ? text->length - offset : 0;

	n = n < left ? n : left;
	if (n)
		memcpy(bytes, text->data + offset, n);
	return (int64_t)n;
}

static int open_text(struct cr2_text *file, struct cr2_recording **ret, char **ret_reason)
{
	const struct cr2_recording_input input = {
		.size = sizeof(input), .length = file->length, .read = read_text, .data = file};

	return cr2_recording_open(&input, ret, ret_reason);
}

static struct cr2_traced_fault fault_of(enum cr2_path path, uint64_t addr, uint64_t time)
{
	return (struct cr2_traced_fault){
		.time = time, .ns = 700, .addr = addr, .ip = 0x401234, .error = 7, .pid = 10, .tid = 11,
		.path = path, .mapping = CR2_TRACE_MAPPING_HEAP, .major = true, .kernel = true,
		.before = {.level = 1, .kind = CR2_TRACE_PAGE_FILE, .maps = 300},
		.after = {.level = 2, .kind = CR2_TRACE_PAGE_ANON, .order = 9},
		.zeroed = 2 << 20, .copied = 4096,
	};
}

static void put_map(struct cr2_text *data, uint64_t start, uint64_t length, uint64_t offset, uint32_t prot,
		    const char *name)
{
	struct perf_mmap2 map = {.pid = 10, .tid = 10, .start = start, .length = length,
				 .offset = offset, .prot = prot, .build_id_size = 3, .build_id = {1, 2, 3}};
	const size_t at = data->length;

	assert_int_equal(perf_encode_mmap2(&map, name, &trailer, data), 0);
	((struct perf_record *)(data->data + at))->misc |= PERF_MISC_BUILD_ID;
}

/* A process, a file that it has mapped, two faults and a loss. */
static void put_records(struct cr2_text *data)
{
	const struct perf_comm comm = {10, 10};
	struct cr2_traced_fault fault = fault_of(CR2_PATH_WP_COPY, 0x7000, 1000);

	assert_int_equal(perf_encode_comm(&comm, "prog", &trailer, data), 0);
	put_map(data, 0x400000, 0x10000, 0x2000, 5, "/usr/bin/prog");
	put_map(data, 0x7000, 0x1000, 0, 3, "/tmp/data");
	assert_int_equal(perf_encode_fault(&fault, 0, data), 0);
	fault = fault_of(CR2_PATH_ANON_ALLOC, 0x9000, 200001000);
	assert_int_equal(perf_encode_fault(&fault, 0, data), 0);
	assert_int_equal(perf_encode_lost(5, &trailer, data), 0);
}

/* As the recorder leaves it. Returns where the data begins. */
static size_t make_file(struct cr2_text *file, bool finished)
{
	char *words[] = {(char[]){"cr2"}, (char[]){"record"}, NULL};
	struct perf_head head = {
		.n_ids = 2, .ids = ids, .host = "host", .release = "6.18", .version = "cr2 1", .cpus = 2, .command = words,
		.n_paths = 2, .paths = {CR2_PATH_WP_COPY, CR2_PATH_ANON_ALLOC}, .finished = finished,
	};
	struct cr2_text data = {0};
	size_t length;

	head.finished = false;
	assert_int_equal(perf_encode_table(&head, &data), 0);
	put_records(&data);
	head.finished = finished;
	head.data_size = data.length;
	assert_int_equal(perf_encode_head(&head, file), 0);
	length = file->length;
	assert_int_equal(cr2_text_append_n(file, data.data, data.length), 0);
	assert_int_equal(perf_encode_table(&head, file), 0);
	cr2_text_finish(&data);
	return length;
}

static void what_is_written_reads_back(void **state)
{
	struct cr2_text file = {0};
	struct cr2_recording *recording;
	struct cr2_recorded_fault out;
	struct cr2_recording_facts facts;
	const struct cr2_traced_fault *fault = &out.fault;
	struct cr2_recorded_map map;
	char *reason;

	(void)state;
	make_file(&file, true);
	assert_int_equal(open_text(&file, &recording, &reason), 0);
	assert_int_equal(cr2_recording_next(recording, &out), 1);
	assert_int_equal(fault->source, CR2_TRACE_SOURCE_BPF);
	assert_int_equal(fault->path, CR2_PATH_WP_COPY);
	assert_int_equal(fault->time, 1000);
	assert_int_equal(fault->ns, 700);
	assert_int_equal(fault->addr, 0x7000);
	assert_int_equal(fault->ip, 0x401234);
	assert_int_equal(fault->error, 7);
	assert_int_equal(fault->pid, 10);
	assert_int_equal(fault->tid, 11);
	assert_string_equal(fault->comm, "prog");
	assert_string_equal(fault->name, "data");
	assert_int_equal(fault->mapping, CR2_TRACE_MAPPING_HEAP);
	assert_true(fault->major && fault->kernel);
	assert_int_equal(fault->before.kind, CR2_TRACE_PAGE_FILE);
	assert_int_equal(fault->before.maps, 255);
	assert_int_equal(fault->after.kind, CR2_TRACE_PAGE_ANON);
	assert_int_equal(fault->after.level, 2);
	assert_int_equal(fault->after.order, 9);
	assert_int_equal(fault->zeroed, 2 << 20);
	assert_int_equal(fault->copied, 4096);
	assert_string_equal(out.code->path, "/usr/bin/prog");
	assert_int_equal(out.code->n_build_id, 3);
	assert_int_equal(out.code_offset, 0x3234);
	assert_true(cr2_recording_map(recording, 10, 0x401000, &map));
	assert_true(map.executable);
	assert_true(cr2_recording_map(recording, 10, 0x7000, &map));
	assert_false(map.executable);
	assert_int_equal(cr2_recording_next(recording, &out), 1);
	assert_int_equal(fault->path, CR2_PATH_ANON_ALLOC);
	assert_null(out.data);
	assert_int_equal(cr2_recording_next(recording, &out), 0);
	cr2_recording_facts(recording, &facts);
	assert_string_equal(facts.release, "6.18");
	assert_string_equal(facts.host, "host");
	assert_string_equal(facts.version, "cr2 1");
	assert_int_equal(facts.faults, 2);
	assert_int_equal(facts.lost, 5);
	assert_true(facts.finished);
	cr2_recording_close(recording);
	cr2_text_finish(&file);
}

/* A stack of addresses, a copied one, a control group: each alone and together. */
static void stacks_read_back(void **state)
{
	static const uint64_t ips[] = {0xffffffff81000001, 0xffffffff81000002, 0x401000, 0x401100};
	static const uint64_t mores[] = {
		PERF_HAS_CHAIN, PERF_HAS_CHAIN | PERF_HAS_REGISTERS | PERF_HAS_STACK, PERF_HAS_CGROUP, PERF_FAULT_MORE};
	uint64_t registers[CR2_STACK_REGISTERS];
	uint8_t stack[16];

	(void)state;
	for (size_t i = 0; i < CR2_STACK_REGISTERS; i++)
		registers[i] = 100 + i;
	memset(stack, 0x5a, sizeof(stack));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(mores); i++) {
		struct perf_head head = {
			.n_ids = 2, .ids = ids, .host = "", .release = "", .version = "",
			.n_paths = 1, .paths = {CR2_PATH_WP_COPY}, .more = mores[i], .stack_bytes = 16};
		struct cr2_traced_fault fault = fault_of(CR2_PATH_WP_COPY, 0x7000, 1000);
		struct cr2_text data = {0}, file = {0};
		struct cr2_recording *recording;
		struct cr2_recording_facts facts;
		struct cr2_recorded_fault out;
		const struct cr2_trace_calls *calls = &out.fault.calls;
		char *reason;

		fault.cgroup = 77;
		fault.calls = (struct cr2_trace_calls){ips, 2, 2, registers, stack, sizeof(stack)};
		assert_int_equal(perf_encode_fault(&fault, mores[i], &data), 0);
		fault.calls = (struct cr2_trace_calls){0};
		assert_int_equal(perf_encode_fault(&fault, mores[i], &data), 0);
		head.data_size = data.length;
		assert_int_equal(perf_encode_head(&head, &file), 0);
		assert_int_equal(cr2_text_append_n(&file, data.data, data.length), 0);
		assert_int_equal(perf_encode_table(&head, &file), 0);
		assert_int_equal(open_text(&file, &recording, &reason), 0);
		assert_int_equal(cr2_recording_next(recording, &out), 1);
		assert_int_equal(out.fault.ns, 700);
		assert_int_equal(out.fault.error, 7);
		assert_int_equal(out.fault.cgroup, mores[i] & PERF_HAS_CGROUP ? 77 : 0);
		assert_int_equal(calls->n_kernel, mores[i] & PERF_HAS_CHAIN ? 2 : 0);
		assert_int_equal(calls->n_user, mores[i] & PERF_HAS_CHAIN ? 2 : 0);
		if (mores[i] & PERF_HAS_CHAIN)
			assert_memory_equal(calls->ips, ips, sizeof(ips));
		assert_int_equal(calls->stack_bytes, mores[i] & PERF_HAS_STACK ? 16 : 0);
		if (mores[i] & PERF_HAS_STACK) {
			assert_memory_equal(calls->stack, stack, sizeof(stack));
			assert_memory_equal(calls->registers, registers, sizeof(registers));
		}
		/* One that has none of it. */
		assert_int_equal(cr2_recording_next(recording, &out), 1);
		assert_int_equal(out.fault.ns, 700);
		assert_int_equal(calls->n_kernel + calls->n_user + calls->stack_bytes, 0);
		assert_int_equal(cr2_recording_next(recording, &out), 0);
		cr2_recording_facts(recording, &facts);
		assert_int_equal(facts.calls, mores[i] != PERF_HAS_CGROUP);
		assert_int_equal(facts.cgroups, !!(mores[i] & PERF_HAS_CGROUP));
		cr2_recording_close(recording);
		cr2_text_finish(&data);
		cr2_text_finish(&file);
	}
}

/* A recording made without BPF: what it has, and nothing of what nobody saw. */
static void perf_events_read_back(void **state)
{
	static const uint64_t ips[] = {0x401000, 0x401100};
	struct perf_head head = {
		.n_ids = 2, .ids = ids, .host = "", .release = "", .version = "", .n_paths = 1, .paths = {CR2_PATH_UNKNOWN},
		.more = PERF_HAS_ACCESS | PERF_HAS_CHAIN};
	struct cr2_traced_fault fault = {
		.source = CR2_TRACE_SOURCE_PERF, .time = 1000, .addr = 0x7000, .ip = 0x401234, .pid = 10, .tid = 11,
		.path = CR2_PATH_UNKNOWN, .mapping = CR2_TRACE_MAPPING_HEAP, .major = true, .access = CR2_TRACE_ACCESS_WRITE,
		.calls = {ips, 0, 2, NULL, NULL, 0}};
	struct cr2_text data = {0}, file = {0};
	struct cr2_recording *recording;
	struct cr2_recording_facts facts;
	struct cr2_recorded_fault out;
	char *reason;

	(void)state;
	assert_int_equal(perf_encode_fault(&fault, head.more, &data), 0);
	head.data_size = data.length;
	assert_int_equal(perf_encode_head(&head, &file), 0);
	assert_int_equal(cr2_text_append_n(&file, data.data, data.length), 0);
	assert_int_equal(perf_encode_table(&head, &file), 0);
	assert_int_equal(open_text(&file, &recording, &reason), 0);
	cr2_recording_facts(recording, &facts);
	assert_false(facts.read || facts.perf);
	assert_true(facts.majors && facts.addresses && facts.calls);
	assert_int_equal(cr2_recording_next(recording, &out), 1);
	assert_int_equal(out.fault.source, CR2_TRACE_SOURCE_PERF);
	assert_int_equal(out.fault.path, CR2_PATH_UNKNOWN);
	assert_int_equal(out.fault.access, CR2_TRACE_ACCESS_WRITE);
	assert_int_equal(out.fault.mapping, CR2_TRACE_MAPPING_HEAP);
	assert_int_equal(out.fault.addr, 0x7000);
	assert_true(out.fault.major && !out.fault.kernel);
	assert_int_equal(out.fault.calls.n_user, 2);
	assert_memory_equal(out.fault.calls.ips, ips, sizeof(ips));
	assert_int_equal(cr2_recording_next(recording, &out), 0);
	cr2_recording_close(recording);
	cr2_text_finish(&data);
	cr2_text_finish(&file);
}

/* Kernel functions and control groups are told before the faults that have them. */
static void names_read_back(void **state)
{
	const struct perf_ksymbol symbols[] = {{.start = 0x1000, .length = 0x100}, {.start = 0x1100, .length = 0x10}};
	struct perf_head head = {
		.n_ids = 2, .ids = ids, .host = "", .release = "", .version = "",
		.n_paths = 1, .paths = {CR2_PATH_WP_COPY}, .more = PERF_HAS_CGROUP};
	struct cr2_traced_fault fault = fault_of(CR2_PATH_WP_COPY, 0x7000, 1000);
	struct cr2_text data = {0}, file = {0};
	struct cr2_recording *recording;
	struct cr2_recorded_fault out;
	char *reason;

	(void)state;
	assert_int_equal(perf_encode_ksymbol(&symbols[0], "old", &trailer, &data), 0);
	assert_int_equal(perf_encode_ksymbol(&symbols[0], "vfs_read", &trailer, &data), 0);
	assert_int_equal(perf_encode_ksymbol(&symbols[1], "vfs_write", &trailer, &data), 0);
	assert_int_equal(perf_encode_cgroup(77, "/user.slice", &trailer, &data), 0);
	fault.cgroup = 77;
	assert_int_equal(perf_encode_fault(&fault, head.more, &data), 0);
	fault.cgroup = 78;
	assert_int_equal(perf_encode_fault(&fault, head.more, &data), 0);
	head.data_size = data.length;
	assert_int_equal(perf_encode_head(&head, &file), 0);
	assert_int_equal(cr2_text_append_n(&file, data.data, data.length), 0);
	assert_int_equal(perf_encode_table(&head, &file), 0);
	assert_int_equal(open_text(&file, &recording, &reason), 0);
	assert_int_equal(cr2_recording_next(recording, &out), 1);
	assert_string_equal(out.cgroup, "/user.slice");
	assert_string_equal(cr2_recording_kernel(recording, 0x10ff), "vfs_read");
	assert_string_equal(cr2_recording_kernel(recording, 0x1100), "vfs_write");
	assert_null(cr2_recording_kernel(recording, 0x1110));
	assert_null(cr2_recording_kernel(recording, 0xfff));
	assert_int_equal(cr2_recording_next(recording, &out), 1);
	assert_null(out.cgroup);
	cr2_recording_close(recording);
	cr2_text_finish(&data);
	cr2_text_finish(&file);
}

static int count_owner(void *data, uint64_t pid, uint64_t address, uint64_t pages, uint64_t owner)
{
	uint64_t *counts = data;

	assert_int_equal(pid, 10);
	assert_true(address >= 0x100000);
	counts[owner] += pages;
	return 0;
}

/* What is there at the end belongs to the faults that brought it; the records of it are no faults. */
static void resident_pages_have_owners(void **state)
{
	struct perf_head head = {
		.n_ids = 2, .ids = ids, .host = "", .release = "", .version = "",
		.n_paths = 2, .paths = {CR2_PATH_WP_COPY, PERF_RESIDENT}};
	struct cr2_traced_fault fault = fault_of(CR2_PATH_WP_COPY, 0x100123, 1000);
	struct cr2_text data = {0}, file = {0};
	struct cr2_recording *recording;
	struct cr2_recording_facts facts;
	struct cr2_recorded_fault out;
	uint64_t counts[3] = {0}, n = 0;
	char *reason;

	(void)state;
	fault.after.level = 1;
	fault.after.order = 0;
	assert_int_equal(perf_encode_fault(&fault, 0, &data), 0); /* one page */
	fault.addr = 0x208000;
	fault.after.kind = CR2_TRACE_PAGE_FILE;
	assert_int_equal(perf_encode_fault(&fault, 0, &data), 0); /* and those around it */
	fault = (struct cr2_traced_fault){.path = PERF_RESIDENT, .pid = 10, .addr = 0x100000, .ns = 2};
	assert_int_equal(perf_encode_fault(&fault, 0, &data), 0);
	fault.addr = 0x1ff000;
	fault.ns = 18;
	assert_int_equal(perf_encode_fault(&fault, 0, &data), 0);
	head.data_size = data.length;
	assert_int_equal(perf_encode_head(&head, &file), 0);
	assert_int_equal(cr2_text_append_n(&file, data.data, data.length), 0);
	assert_int_equal(perf_encode_table(&head, &file), 0);
	assert_int_equal(open_text(&file, &recording, &reason), 0);
	cr2_recording_on_resident(recording, count_owner, counts);
	while (cr2_recording_next(recording, &out) > 0)
		assert_int_equal(cr2_recording_own(recording, &out, ++n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(counts[0], 1 + 2);
	assert_int_equal(counts[1], 1);
	assert_int_equal(counts[2], 16);
	cr2_recording_facts(recording, &facts);
	assert_int_equal(facts.faults, 2);
	assert_true(facts.resident);
	cr2_recording_close(recording);
	cr2_text_finish(&data);
	cr2_text_finish(&file);
}

/* How many faults are read; -1: it is refused, which has to be said. */
static int read_faults(struct cr2_text *file, int *ret_end)
{
	struct cr2_recording *recording;
	struct cr2_recorded_fault fault;
	char *reason;
	int n = 0, r = open_text(file, &recording, &reason);

	if (r < 0) {
		assert_int_equal(r, -EBADMSG);
		assert_non_null(reason);
		assert_true(reason[0]);
		free(reason);
		*ret_end = r;
		return -1;
	}
	while ((r = cr2_recording_next(recording, &fault)) > 0)
		n++;
	assert_true(r == 0 || cr2_recording_reason(recording)[0]);
	*ret_end = r;
	cr2_recording_close(recording);
	return n;
}

/* At whatever byte it ends: what stands before is read, and that more is missing is said. */
static void a_file_may_end_anywhere(void **state)
{
	struct cr2_text file = {0};
	size_t whole, data;
	int last = -1, end, n;

	(void)state;
	data = make_file(&file, true);
	whole = file.length;
	for (size_t length = 0; length < whole; length += length < data - 400 ? 97 : 1) {
		file.length = length;
		n = read_faults(&file, &end);
		assert_true(n >= last);
		if (n >= 0)
			last = n;
		/* Only the table may be missing from a file whose records are there. */
		assert_true(end == -EBADMSG || n == 2);
	}
	assert_int_equal(last, 2);
	file.length = whole;
	cr2_text_finish(&file);
}

/* A recorder that was killed behind a write: the file is whole, and says that it was not finished. */
static void a_recorder_may_be_killed(void **state)
{
	struct cr2_text file = {0};
	struct cr2_recording *recording;
	struct cr2_recorded_fault fault;
	struct cr2_recording_facts facts;
	char *reason;

	(void)state;
	make_file(&file, false);
	/* What was being written when it was killed. */
	assert_int_equal(cr2_text_append_n(&file, "\1\2\3\4\5", 5), 0);
	assert_int_equal(open_text(&file, &recording, &reason), 0);
	while (cr2_recording_next(recording, &fault) > 0)
		;
	cr2_recording_facts(recording, &facts);
	assert_int_equal(facts.faults, 2);
	assert_false(facts.finished);
	cr2_recording_close(recording);
	cr2_text_finish(&file);
}

static void refuses(struct cr2_text *file, const char *words)
{
	struct cr2_recording *recording;
	char *reason;

	assert_int_equal(open_text(file, &recording, &reason), -EBADMSG);
	if (!strstr(reason, words))
		fail_msg("\"%s\" says nothing of \"%s\"", reason, words);
	free(reason);
}

static void other_files_are_refused(void **state)
{
	struct cr2_text file = {0};
	struct perf_header *header;

	(void)state;
	refuses(&file, "empty");
	cr2_text_append(&file, "#!/bin/sh\nexit 0\n");
	refuses(&file, "no perf.data");
	cr2_text_clear(&file);
	make_file(&file, true);
	header = (struct perf_header *)file.data;
	memcpy(header->magic, PERF_MAGIC_SWAPPED, sizeof(header->magic));
	refuses(&file, "byte order");
	memcpy(header->magic, PERF_MAGIC, sizeof(header->magic));
	header->size = 16;
	refuses(&file, "its head ends early");
	header->size = 200;
	refuses(&file, "version");
	header->size = sizeof(*header);
	header->features[0] = 0;
	refuses(&file, "no page faults");
	cr2_text_finish(&file);
}

/* The kernel sets the bit for everybody where one asks for build ids. */
static void build_ids_that_nobody_asked_for(void **state)
{
	struct cr2_text file = {0};
	struct cr2_recording *recording;
	struct cr2_recorded_fault fault;
	struct perf_attr_entry *entry;
	char *reason;

	(void)state;
	make_file(&file, true);
	entry = (void *)(file.data + ((struct perf_header *)file.data)->attrs.offset);
	entry->attr.flags &= ~PERF_FLAG_BUILD_ID;
	assert_int_equal(open_text(&file, &recording, &reason), 0);
	assert_int_equal(cr2_recording_next(recording, &fault), 1);
	assert_string_equal(fault.code->path, "/usr/bin/prog");
	assert_int_equal(fault.code->n_build_id, 0);
	cr2_recording_close(recording);
	cr2_text_finish(&file);
}

/* A path and a kind of record that came later. */
static void newer_recordings_are_refused(void **state)
{
	struct cr2_text file = {0};
	char *at;

	(void)state;
	make_file(&file, true);
	at = memmem(file.data, file.length, "name: wp_copy\n", 14);
	assert_non_null(at);
	memcpy(at, "name: wp_xxxx\n", 14);
	refuses(&file, "does not know");
	cr2_text_clear(&file);
	make_file(&file, true);
	at = file.data + ((struct perf_header *)file.data)->attrs.offset;
	((struct perf_attr_entry *)at)[1].attr.sample_type |= 1 << 11;
	refuses(&file, "other parts");
	cr2_text_finish(&file);
}

/* Any byte may be wrong: nothing is read beyond what is there. */
static void any_byte_may_be_wrong(void **state)
{
	struct cr2_text file = {0};
	size_t data;
	int end;

	(void)state;
	data = make_file(&file, true);
	for (size_t i = 0; i < file.length; i += i > 700 && i < data - 200 ? 61 : 1)
		for (int bit = 0; bit < 8; bit += 7) {
			file.data[i] = (char)(file.data[i] ^ 1 << bit);
			read_faults(&file, &end);
			file.data[i] = (char)(file.data[i] ^ 1 << bit);
		}
	assert_int_equal(read_faults(&file, &end), 2);
	cr2_text_finish(&file);
}

/* ---- reports ---- */

/* At ip 1 main(), called from _start(); else code without a name. */
static int calls_of(void *data, const struct cr2_recorded_fault *fault, bool all, struct cr2_calls *ret_calls)
{
	static const struct cr2_frame frames[] = {
		{.function = "main", .file = "main.c", .line = 7, .named = true}, {.function = "_start"},
		{.function = "0x0"}};
	static const struct cr2_frame *const named[] = {&frames[0], &frames[1]}, *const unnamed[] = {&frames[2]};

	(void)data;
	if (fault->fault.ip == 1)
		*ret_calls = (struct cr2_calls){all ? 2 : 1, named};
	else
		*ret_calls = (struct cr2_calls){1, unnamed};
	return 0;
}

static void rows_nest_and_add_up(void **state)
{
	const struct cr2_report_config config = {
		.size = sizeof(config), .n_by = 2, .by = {CR2_REPORT_BY_PATH, CR2_REPORT_BY_FUNCTION},
		.calls = calls_of};
	struct cr2_report *report;
	struct cr2_report_row *rows;
	size_t n;

	(void)state;
	assert_int_equal(cr2_report_create(&config, &report), 0);
	for (uint64_t i = 0; i < 100; i++) {
		struct cr2_recorded_fault fault = {
			.fault = fault_of(i % 4 ? CR2_PATH_WP_COPY : CR2_PATH_ANON_ALLOC, 0x1000 * i, i)};

		fault.fault.ip = i % 2;
		assert_int_equal(cr2_report_add(report, &fault), 0);
	}
	assert_int_equal(cr2_report_rows(report, &rows, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(rows[0].path, CR2_PATH_WP_COPY);
	assert_int_equal(rows[0].n, 75);
	assert_int_equal(rows[0].ns, 75 * 700);
	assert_int_equal(rows[0].major, 75);
	assert_int_equal(rows[1].depth, 1);
	assert_string_equal(rows[1].label, "main");
	assert_int_equal(rows[1].n, 50);
	assert_string_equal(rows[2].label, "0x0");
	assert_int_equal(rows[2].n, 25);
	assert_int_equal(rows[3].path, CR2_PATH_ANON_ALLOC);
	assert_int_equal(rows[3].depth, 0);
	assert_int_equal(rows[4].n, 25);
	free(rows);
	cr2_report_destroy(report);
}

/* Each kind of row tells apart what it should: pages, tenths of a second, processes. */
static size_t count_rows(enum cr2_report_by by)
{
	const struct cr2_report_config config = {.size = sizeof(config), .n_by = 1, .by = {by}, .calls = calls_of};
	struct cr2_report *report;
	struct cr2_report_row *rows;
	size_t n;

	assert_int_equal(cr2_report_create(&config, &report), 0);
	for (uint64_t i = 0; i < 60; i++) {
		struct cr2_recorded_fault fault = {.fault = fault_of(CR2_PATH_WP_COPY, 0x800 * i, i * 10000000)};

		fault.fault.pid = i % 3;
		fault.fault.comm = "x";
		assert_int_equal(cr2_report_add(report, &fault), 0);
	}
	assert_int_equal(cr2_report_rows(report, &rows, &n), 0);
	free(rows);
	cr2_report_destroy(report);
	return n;
}

/* A stack's row has all its calls, and equal ones are one. */
static void rows_have_stacks(void **state)
{
	const struct cr2_report_config config = {
		.size = sizeof(config), .n_by = 2, .by = {CR2_REPORT_BY_STACK, CR2_REPORT_BY_LINE}, .calls = calls_of};
	struct cr2_report *report;
	struct cr2_report_row *rows;
	size_t n;

	(void)state;
	assert_int_equal(cr2_report_create(&config, &report), 0);
	for (uint64_t i = 0; i < 9; i++) {
		struct cr2_recorded_fault fault = {.fault = fault_of(CR2_PATH_WP_COPY, 0x1000, i)};

		fault.fault.ip = i % 3 != 0;
		assert_int_equal(cr2_report_add(report, &fault), 0);
	}
	assert_int_equal(cr2_report_rows(report, &rows, &n), 0);
	assert_int_equal(n, 4);
	assert_string_equal(rows[0].stack->frame->function, "main");
	assert_string_equal(rows[0].stack->caller->frame->function, "_start");
	assert_null(rows[0].stack->caller->caller);
	assert_int_equal(rows[0].n, 6);
	assert_int_equal(rows[1].line->line, 7);
	assert_string_equal(rows[2].label, "0x0");
	assert_null(rows[2].stack->caller);
	free(rows);
	cr2_report_destroy(report);
}

static void rows_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(count_rows(CR2_REPORT_BY_CGROUP), 1);
	assert_int_equal(count_rows(CR2_REPORT_BY_PATH), 1);
	assert_int_equal(count_rows(CR2_REPORT_BY_MAPPING), 1);
	assert_int_equal(count_rows(CR2_REPORT_BY_PAGE), 30);
	assert_int_equal(count_rows(CR2_REPORT_BY_TIME), 6);
	assert_int_equal(count_rows(CR2_REPORT_BY_PROCESS), 3);
	for (int by = 0; by < CR2_REPORT_BYS; by++)
		assert_int_equal(cr2_report_by_parse(cr2_report_by_name((enum cr2_report_by)by)), by);
	assert_int_equal(cr2_report_by_parse("stack?"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(stacks_read_back),
		cmocka_unit_test(perf_events_read_back),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(resident_pages_have_owners),
		cmocka_unit_test(a_file_may_end_anywhere),
		cmocka_unit_test(a_recorder_may_be_killed),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(newer_recordings_are_refused),
		cmocka_unit_test(build_ids_that_nobody_asked_for),
		cmocka_unit_test(any_byte_may_be_wrong),
		cmocka_unit_test(rows_nest_and_add_up),
		cmocka_unit_test(rows_have_stacks),
		cmocka_unit_test(rows_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
