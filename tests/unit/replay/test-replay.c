/* SPDX-License-Identifier: MIT */
/* Recordings for replay, made here record by record: what agrees, what does not, and what is accepted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/perf/encode.h"

#include <cr2/flags.h>
#include <cr2/replay.h>
#include <cr2/run.h>

#include "../test.h"

#define MORE PERF_HAS_REPLAY
#define HEAP 0x100000000ULL
#define FILE_AT 0x200000000ULL
#define DEVICE 0xfe00000
#define INODE 77

static const uint64_t ids[] = {101};

/* What happens, one thing after the other. */
struct story {
	struct cr2_text data;
	uint64_t now;
	bool seen[PERF_EVENTS];
	struct cr2_text file;
};

static int64_t read_text(void *data, uint64_t offset, void *bytes, size_t n)
{
	const struct cr2_text *text = data;
	size_t left = offset < text->length ? text->length - offset : 0;

	n = n < left ? n : left;
	if (n)
		memcpy(bytes, text->data + offset, n);
	return (int64_t)n;
}

static void put_call(struct story *s, struct cr2_traced_call call)
{
	call.time = s->now += 1000;
	if (!call.pid)
		call.pid = call.tid = 10;
	s->seen[PERF_CALL] = true;
	assert_int_equal(perf_encode_call(&call, MORE, &s->data), 0);
}

static void put_system(struct story *s, uint64_t space, uint64_t number, uint64_t a, uint64_t b, uint64_t c, int64_t result)
{
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_SYSTEM, .number = number, .space = space, .args = {a, b, c},
					     .result = result});
}

static void put_mmap(struct story *s, uint64_t at, uint64_t pages, uint64_t flags, uint64_t inode, uint64_t file_size)
{
	put_call(s, (struct cr2_traced_call){
		.kind = CR2_CALL_SYSTEM, .number = 9, .space = 1, .args = {0, pages * 4096, 3, flags, 0, 0},
		.result = (int64_t)at, .device = inode ? DEVICE : 0, .inode = inode, .file_size = file_size,
		.mapping = inode ? CR2_TRACE_MAPPING_FILE : CR2_TRACE_MAPPING_ANON});
}

static void put_begin(struct story *s)
{
	const struct perf_comm comm = {10, 10};
	const size_t at = s->data.length;
	struct perf_trailer trailer = {10, 10, s->now += 1000, 101};
	struct perf_mmap2 stack = {.pid = 10, .tid = 10, .start = 0x7ff000000000, .length = 0x21000, .prot = 3, .flags = 2};

	assert_int_equal(perf_encode_comm(&comm, "prog", &trailer, &s->data), 0);
	((struct perf_record *)(s->data.data + at))->misc |= PERF_MISC_EXEC;
	assert_int_equal(perf_encode_mmap2(&stack, "[stack]", &trailer, &s->data), 0);
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_EXEC, .space = 1,
					     .args = {0x7ff00001f800, 0x50000000, 0x7ff00001f000, 0x50000000}});
}

static struct cr2_traced_fault *fault_at(struct cr2_traced_fault *fault, uint64_t space, enum cr2_path path, uint64_t addr,
					 uint64_t error)
{
	*fault = (struct cr2_traced_fault){
		.addr = addr, .error = error, .path = path, .space = space, .pid = 9 + space, .tid = 9 + space, .ns = 500,
		.mapping = CR2_TRACE_MAPPING_ANON, .before = {.level = CR2_LEVEL_PTE}, .after = {.level = CR2_LEVEL_PTE}};
	return fault;
}

static void put_fault(struct story *s, struct cr2_traced_fault *fault)
{
	fault->time = s->now += 1000;
	s->seen[fault->path] = true;
	assert_int_equal(perf_encode_fault(fault, MORE, &s->data), 0);
}

static void put_simple(struct story *s, uint64_t space, enum cr2_path path, uint64_t addr, uint64_t error)
{
	struct cr2_traced_fault fault;

	put_fault(s, fault_at(&fault, space, path, addr, error));
}

static void put_file_fault(struct story *s, enum cr2_path path, uint64_t page, uint64_t error, bool major, unsigned before,
			   unsigned after)
{
	struct cr2_traced_fault fault;

	fault_at(&fault, 1, path, FILE_AT + page * 4096, error);
	fault.mapping = CR2_TRACE_MAPPING_FILE;
	fault.device = DEVICE;
	fault.inode = INODE;
	fault.offset = page * 4096;
	fault.file_size = 64 * 4096;
	fault.major = major;
	fault.before.near = before;
	fault.after.near = after;
	put_fault(s, &fault);
}

static void finish_file(struct story *s)
{
	char *words[] = {(char[]){"cr2"}, NULL};
	struct perf_head head = {.n_ids = 1, .ids = ids, .host = "host", .release = "6.18.1", .version = "cr2 1", .cpus = 1,
				 .command = words, .more = MORE};
	struct cr2_text data = {0};

	for (int i = 0; i < PERF_EVENTS; i++)
		if (s->seen[i])
			head.paths[head.n_paths++] = (enum cr2_path)i;
	assert_int_equal(perf_encode_table(&head, &data), 0);
	assert_int_equal(cr2_text_append_n(&data, s->data.data, s->data.length), 0);
	head.data_size = data.length;
	head.finished = true;
	assert_int_equal(perf_encode_head(&head, &s->file), 0);
	assert_int_equal(cr2_text_append_n(&s->file, data.data, data.length), 0);
	cr2_text_finish(&data);
	assert_int_equal(perf_encode_table(&head, &s->file), 0);
}

struct seen {
	unsigned n;
	struct cr2_replay_difference last;
	enum cr2_path model;
};

static int on_difference(void *data, const struct cr2_replay_difference *difference)
{
	struct seen *seen = data;

	seen->n++;
	seen->last = *difference;
	seen->model = difference->model ? difference->model->path : CR2_PATH_UNKNOWN;
	return 0;
}

static struct cr2_replay replay_as(struct story *s, const struct cr2_replay_config *config)
{
	struct cr2_recording_input input;
	struct cr2_replay out;
	char *reason;

	if (!s->file.length)
		finish_file(s);
	input = (struct cr2_recording_input){
		.size = sizeof(input), .length = s->file.length, .read = read_text, .data = &s->file};
	assert_int_equal(cr2_replay_run(&input, config, &out, &reason), 0);
	return out;
}

static struct cr2_replay replay(struct story *s, unsigned without, struct seen *seen)
{
	return replay_as(s, &(struct cr2_replay_config){
		.size = sizeof(struct cr2_replay_config), .profile = -1, .without = without,
		.fn = seen ? on_difference : NULL, .data = seen});
}

static void end(struct story *s, struct cr2_replay *out)
{
	cr2_replay_finish(out);
	cr2_text_finish(&s->data);
	cr2_text_finish(&s->file);
}

static uint64_t differ(const struct cr2_replay *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < CR2_REPLAY_KINDS; i++)
		n += out->differ[i];
	return n;
}

/* A parent's page, shared by fork: the child copies it, and when the child is gone the parent keeps its own. */
static void put_family(struct story *s, bool child_ends)
{
	put_begin(s);
	put_mmap(s, HEAP, 4, 0x22, 0, 0);
	put_simple(s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_simple(s, 1, CR2_PATH_ANON_ALLOC, HEAP + 4096, 6);
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_FORK, .space = 1, .child = 11, .child_space = 2});
	put_simple(s, 2, CR2_PATH_WP_COPY, HEAP + 8, 7);
	put_simple(s, 1, CR2_PATH_WP_REUSE, HEAP + 16, 7);
	if (child_ends)
		put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_GONE, .space = 2, .pid = 11, .tid = 11});
	put_simple(s, 1, child_ends ? CR2_PATH_WP_REUSE : CR2_PATH_WP_COPY, HEAP + 4096, 7);
}

static void a_family_agrees(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_family(&s, true);
	out = replay(&s, 0, NULL);
	assert_int_equal(out.profile, CR2_PROFILE_6_18);
	assert_int_equal(out.recorded, 5);
	assert_int_equal(out.compared, 5);
	assert_int_equal(out.same, 5);
	assert_int_equal(out.processes, 2);
	assert_int_equal(out.n_rows, 3);
	assert_int_equal(out.rows[0].recorded, 2);
	end(&s, &out);
}

/* The control: with the child left alive the parent copies. */
static void without_exits_the_parent_copies(void **state)
{
	struct story s = {0};
	struct seen seen = {0};
	struct cr2_replay out;

	(void)state;
	put_family(&s, true);
	out = replay(&s, CR2_REPLAY_WITHOUT_EXITS, &seen);
	assert_int_equal(out.differ[CR2_REPLAY_PATH], 1);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.model, CR2_PATH_WP_COPY);
	end(&s, &out);
}

struct scenario_seen {
	struct cr2_text text;
	char unsaid[120];
};

static int on_scenario(void *data, const struct cr2_replay_difference *difference)
{
	struct scenario_seen *seen = data;

	if (difference->scenario)
		assert_int_equal(cr2_text_append(&seen->text, difference->scenario), 0);
	snprintf(seen->unsaid, sizeof(seen->unsaid), "%s", difference->unsaid ? difference->unsaid : "");
	return 0;
}

static struct cr2_replay replay_scenario(struct story *s, unsigned without, struct scenario_seen *seen)
{
	return replay_as(s, &(struct cr2_replay_config){
		.size = sizeof(struct cr2_replay_config), .profile = -1, .without = without, .fn = on_scenario,
		.data = seen, .scenarios = 1});
}

static int last_path(void *data, const struct cr2_step *step)
{
	if (step->observation)
		*(enum cr2_path *)data = step->observation->n_faults ? step->observation->faults[0].path : CR2_PATH_UNKNOWN;
	return 0;
}

/* The scenario says by itself what the model does: it is run as anybody's. */
static enum cr2_path path_of(const struct cr2_text *scenario)
{
	struct cr2_model_config config;
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	struct cr2_runner *runner;
	struct cr2_run run = {0};
	enum cr2_path path = CR2_PATH_UNKNOWN;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	assert_int_equal(cr2_litmus_parse("", scenario->data, scenario->length, &litmus, &diag), 0);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	assert_int_equal(cr2_litmus_run(&litmus, runner, last_path, &path, &run), 0);
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	return path;
}

static void a_difference_is_a_scenario(void **state)
{
	struct scenario_seen seen = {0};
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_family(&s, true);
	out = replay_scenario(&s, CR2_REPLAY_WITHOUT_EXITS, &seen);
	assert_string_equal(seen.unsaid, "");
	assert_non_null(seen.text.data);
	assert_non_null(strstr(seen.text.data, "fork p"));
	assert_null(strstr(seen.text.data, "exit"));
	assert_int_equal(path_of(&seen.text), CR2_PATH_WP_COPY);
	/* Small: what does not matter is gone. */
	assert_null(strstr(seen.text.data, "+8"));
	cr2_text_finish(&seen.text);
	end(&s, &out);
}

static void what_no_scenario_says_is_said(void **state)
{
	struct scenario_seen seen = {0};
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 4, 0x22, 0, 0);
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_SYSTEM, .number = 25, .space = 1,
					      .args = {HEAP, 4 * 4096, 8 * 4096, 1}, .result = HEAP});
	put_simple(&s, 1, CR2_PATH_WP_COPY, HEAP, 7);
	out = replay_scenario(&s, 0, &seen);
	assert_int_equal(differ(&out), 1);
	assert_null(seen.text.data);
	assert_string_equal(seen.unsaid, "mremap() moved or resized what is mapped there");
	end(&s, &out);
}

static void vfork_shares_and_threads_do_not_count(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 4, 0x22, 0, 0);
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FORK, .space = 1, .child = 11, .child_space = 1});
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	out = replay(&s, 0, NULL);
	assert_int_equal(out.processes, 1);
	assert_int_equal(out.same, 1);
	end(&s, &out);
}

static void what_differs_is_told(void **state)
{
	struct story s = {0};
	struct seen seen = {0};
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 8, 0x22, 0, 0);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP + 8, 6); /* it is there */
	put_simple(&s, 1, CR2_PATH_WP_COPY, HEAP + 4096, 6); /* nothing to copy */
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP + 8192, 7); /* nor present */
	put_simple(&s, 1, CR2_PATH_SEGV_MAPERR, HEAP + 0x100000, 4);
	out = replay(&s, 0, &seen);
	assert_int_equal(out.same, 2);
	assert_int_equal(out.differ[CR2_REPLAY_MISSING], 1);
	assert_int_equal(out.differ[CR2_REPLAY_PATH], 1);
	assert_int_equal(out.differ[CR2_REPLAY_ERROR], 1);
	assert_int_equal(seen.n, 3);
	end(&s, &out);
}

static void what_linux_leaves_open_is_accepted_with_evidence(void **state)
{
	struct story s = {0};
	struct cr2_traced_fault fault;
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 8, 0x22, 0, 0);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_simple(&s, 1, CR2_PATH_RACED, HEAP, 6);
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FORK, .space = 1, .child = 11, .child_space = 2});
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_GONE, .space = 2, .pid = 11, .tid = 11});
	/* Copied though nobody shares it: somebody else holds the page... */
	fault_at(&fault, 1, CR2_PATH_WP_COPY, HEAP, 7);
	fault.before.maps = 1;
	fault.before.refs = 2;
	put_fault(&s, &fault);
	out = replay(&s, 0, NULL);
	assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_RACED], 1);
	assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_EXTRA_REFERENCE], 1);
	assert_int_equal(differ(&out), 0);
	end(&s, &out);
	/* ... and without that it is a difference. */
	s = (struct story){0};
	put_family(&s, true);
	put_simple(&s, 1, CR2_PATH_WP_COPY, HEAP + 4096, 7);
	out = replay(&s, 0, NULL);
	assert_int_equal(differ(&out), 1);
	end(&s, &out);
}

/* Pages 0 to 47 are in memory, 16 to 31 as one folio; page 40 is read by a major fault, page 62 is not there. */
static void put_file(struct story *s)
{
	static const uint64_t runs[][3] = {{0, 16, 0}, {16, 16, 4}, {32, 16, 0}};

	put_begin(s);
	put_mmap(s, FILE_AT, 64, 2, INODE, 64 * 4096);
	put_file_fault(s, CR2_PATH_FILE_READ, 3, 4, false, 0, 16);
	put_file_fault(s, CR2_PATH_FILE_COW, 20, 6, false, 0, 1);
	put_file_fault(s, CR2_PATH_FILE_READ, 40, 4, true, 0, 16);
	put_file_fault(s, CR2_PATH_FILE_READ, 62, 4, true, 0, 16);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(runs); i++)
		put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_CACHED, .device = DEVICE, .inode = INODE,
						     .file_size = 64 * 4096, .args = {runs[i][0], runs[i][1], runs[i][2]}});
}

static void the_page_cache_is_what_it_was(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_file(&s);
	out = replay(&s, 0, NULL);
	assert_int_equal(out.same, 4);
	assert_int_equal(out.majors_differ, 0);
	assert_int_equal(out.near, 4);
	assert_int_equal(out.near_before_differ, 0);
	end(&s, &out);
}

static void without_the_page_cache_no_fault_is_major(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_file(&s);
	out = replay(&s, CR2_REPLAY_WITHOUT_CACHE, NULL);
	assert_true(out.majors_differ >= 1);
	end(&s, &out);
}

static void rights_are_taken_and_given(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 8, 0x22, 0, 0);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_system(&s, 1, 10, HEAP, 4096, 1, 0);
	put_simple(&s, 1, CR2_PATH_SEGV_ACCERR, HEAP, 7);
	put_system(&s, 1, 28, HEAP, 4096, 4, 0); /* MADV_DONTNEED */
	put_system(&s, 1, 10, HEAP, 4096, 3, 0);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_system(&s, 1, 12, 0, 0, 0, 0x50003000);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, 0x50002000, 6);
	put_system(&s, 1, 11, HEAP, 8 * 4096, 0, 0);
	put_simple(&s, 1, CR2_PATH_SEGV_MAPERR, HEAP, 6);
	put_system(&s, 1, 216, HEAP, 4096, 0, 0); /* remap_file_pages: not modelled */
	out = replay(&s, 0, NULL);
	assert_int_equal(out.same, 5);
	assert_int_equal(differ(&out), 0);
	assert_int_equal(out.n_calls, 6);
	assert_int_equal(out.calls[5].number, 216);
	assert_int_equal(out.calls[5].unknown, 1);
	cr2_replay_finish(&out);
	out = replay(&s, CR2_REPLAY_WITHOUT_PROTECT, NULL);
	assert_int_equal(differ(&out), 1);
	end(&s, &out);
}

/* Two threads find nothing at once, and each has its fault; a third, later, has none to take. */
static void threads_that_race_for_a_page(void **state)
{
	struct story s = {0};
	struct cr2_traced_fault fault;
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 4, 0x22, 0, 0);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	for (uint64_t tid = 11; tid <= 12; tid++) {
		fault_at(&fault, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
		fault.tid = tid;
		fault.ns = tid == 11 ? 1500 : 500;
		put_fault(&s, &fault);
	}
	out = replay(&s, 0, NULL);
	assert_int_equal(out.same, 1);
	assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_RACED], 1);
	assert_int_equal(out.differ[CR2_REPLAY_MISSING], 1);
	end(&s, &out);
}

static void put_advice(struct story *s, uint64_t tid, int64_t result)
{
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_SYSTEM, .number = 28, .space = 1, .args = {HEAP, 4 * 4096, 4},
					     .result = result, .pid = 10, .tid = tid});
}

/* A fault while another thread takes pages away, after it, and once more. */
static void pages_taken_away_meanwhile_are_in_doubt(void **state)
{
	for (int other = 0; other <= 1; other++) {
		struct story s = {0};
		struct cr2_replay out;

		(void)state;
		put_begin(&s);
		put_mmap(&s, HEAP, 4, 0x22, 0, 0);
		put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
		put_advice(&s, other ? 11 : 10, 0);
		put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
		put_advice(&s, other ? 11 : 10, 1);
		/* The call took it after that fault, or not at all. */
		put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
		/* Now it is there. */
		put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
		out = replay(&s, 0, NULL);
		assert_int_equal(out.same, 2);
		assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_TAKEN_AWAY], other ? 1 : 0);
		assert_int_equal(differ(&out), other ? 1 : 2);
		/* Its return is no second call. */
		assert_int_equal(out.n_calls, 2);
		assert_int_equal(out.calls[1].replayed, 1);
		end(&s, &out);
	}
}

#define RUN(address, pages, state) CR2_PAGE_RUN((uint64_t)(address) >> 12, (uint64_t)(pages), (uint64_t)(state))
#define ANON_ONCE (CR2_TRACE_PAGE_ANON | CR2_PAGE_RUN_ONCE)
#define ANON_OWN (ANON_ONCE | CR2_PAGE_RUN_WRITABLE)
#define ARGUMENTS RUN(0x7ff00001f000, 2, ANON_OWN) /* what exec() wrote to the stack of put_begin() */

struct pages_seen {
	unsigned n;
	struct cr2_replay_page last;
};

static int on_page(void *data, const struct cr2_replay_page *page)
{
	struct pages_seen *seen = data;

	seen->n++;
	seen->last = *page;
	return 0;
}

static void put_pages(struct story *s, uint64_t space, uint64_t a, uint64_t b, uint64_t c, int64_t pages)
{
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_PAGES, .space = space, .args = {a, b, c}, .result = pages,
					     .pid = 9 + space, .tid = 9 + space});
}

/* Two pages of a heap, of which the first is read-only, one that was only read, and its arguments. */
static void put_life(struct story *s)
{
	put_begin(s);
	put_mmap(s, HEAP, 4, 0x22, 0, 0);
	put_simple(s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_simple(s, 1, CR2_PATH_ANON_ALLOC, HEAP + 4096, 6);
	put_simple(s, 1, CR2_PATH_ANON_ZERO, HEAP + 8192, 4);
	put_system(s, 1, 10, HEAP, 4096, 1, 0);
}

static struct cr2_replay replay_pages(struct story *s, unsigned without, struct pages_seen *seen)
{
	*seen = (struct pages_seen){0};
	return replay_as(s, &(struct cr2_replay_config){
		.size = sizeof(struct cr2_replay_config), .profile = -1, .without = without, .page_fn = on_page, .data = seen});
}

static uint64_t pages_differ(const struct cr2_replay *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < CR2_REPLAY_PAGE_KINDS; i++)
		n += out->pages_differ[i];
	return n;
}

/* mlockall(MCL_FUTURE), then mlockall(MCL_FUTURE | MCL_ONFAULT): what is mapped then is there at once, or not. */
static void what_will_be_mapped_is_locked(void **state)
{
	struct story s = {0};
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_system(&s, 1, 151, 2, 0, 0, 0);
	put_mmap(&s, HEAP, 2, 0x22, 0, 0);
	put_system(&s, 1, 151, 6, 0, 0, 0);
	put_mmap(&s, HEAP + 16 * 4096, 2, 0x22, 0, 0);
	put_system(&s, 1, 152, 0, 0, 0, 0);
	put_mmap(&s, HEAP + 32 * 4096, 2, 0x22, 0, 0);
	/* mlock2(MLOCK_ONFAULT), and all that is there. */
	put_system(&s, 1, 325, HEAP + 32 * 4096, 8192, 1, 0);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP + 32 * 4096, 6);
	put_mmap(&s, HEAP + 48 * 4096, 2, 0x22, 0, 0);
	put_system(&s, 1, 151, 1, 0, 0, 0);
	put_pages(&s, 1, RUN(HEAP, 2, ANON_OWN), RUN(HEAP + 16 * 4096, 2, ANON_OWN), RUN(HEAP + 32 * 4096, 2, ANON_OWN),
		  CR2_PAGES_MORE);
	put_pages(&s, 1, RUN(HEAP + 48 * 4096, 2, ANON_OWN), ARGUMENTS, 0, 10);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.same, 1);
	assert_int_equal(out.pages_same, 10);
	assert_int_equal(out.n_calls, 4);
	for (size_t i = 0; i < out.n_calls; i++)
		assert_int_equal(out.calls[i].unknown + out.calls[i].refused, 0);
	end(&s, &out);
	/* Without the last: those that came on fault alone. */
	s = (struct story){0};
	put_begin(&s);
	put_system(&s, 1, 151, 6, 0, 0, 0);
	put_mmap(&s, HEAP, 2, 0x22, 0, 0);
	put_pages(&s, 1, ARGUMENTS, 0, 0, 2);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.pages_same, 2);
	assert_int_equal(pages_differ(&out), 0);
	end(&s, &out);
}

static void pages_at_the_end_agree_and_mprotect_counts(void **state)
{
	struct story s = {0};
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_life(&s);
	put_pages(&s, 1, RUN(HEAP, 1, ANON_ONCE), RUN(HEAP + 4096, 1, ANON_OWN), RUN(HEAP + 8192, 1, CR2_TRACE_PAGE_ZERO),
		  CR2_PAGES_MORE);
	put_pages(&s, 1, ARGUMENTS, 0, 0, 5);
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_GONE, .space = 1});
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.spaces_compared, 1);
	assert_int_equal(out.pages, 5);
	assert_int_equal(out.pages_same, 5);
	assert_int_equal(seen.n, 0);
	cr2_replay_finish(&out);
	/* No fault shows that mprotect() was left out; the pages do. */
	out = replay_pages(&s, CR2_REPLAY_WITHOUT_PROTECT, &seen);
	assert_int_equal(differ(&out), 0);
	assert_int_equal(out.pages_differ[CR2_REPLAY_PAGE_WRITABLE], 1);
	assert_int_equal(pages_differ(&out), 1);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.address, HEAP);
	assert_int_equal(seen.last.pages, 1);
	assert_int_equal(seen.last.pid, 10);
	assert_true(seen.last.model.writable);
	end(&s, &out);
}

static void pages_that_differ_are_told(void **state)
{
	static const struct {
		uint64_t first, second;
		int64_t pages;
		enum cr2_replay_page_kind kind;
	} cases[] = {
		{RUN(HEAP, 1, ANON_ONCE), RUN(HEAP + 4096, 1, ANON_OWN), 4, CR2_REPLAY_PAGE_ABSENT},
		{RUN(HEAP, 1, ANON_ONCE), RUN(HEAP + 4096, 2, ANON_OWN), 5, CR2_REPLAY_PAGE_KIND},
		{RUN(HEAP, 2, ANON_ONCE), RUN(HEAP + 8192, 1, CR2_TRACE_PAGE_ZERO), 5, CR2_REPLAY_PAGE_WRITABLE},
		{RUN(HEAP, 1, ANON_ONCE), RUN(HEAP + 4096, 1, CR2_TRACE_PAGE_ANON | CR2_PAGE_RUN_WRITABLE), 4,
		 CR2_REPLAY_PAGE_ONCE},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct story s = {0};
		struct pages_seen seen;
		struct cr2_replay out;

		put_life(&s);
		put_pages(&s, 1, cases[i].first, cases[i].second, ARGUMENTS, cases[i].pages);
		out = replay_pages(&s, 0, &seen);
		assert_int_equal(out.pages, 5);
		assert_true(out.pages_differ[cases[i].kind] == 1);
		end(&s, &out);
	}
}

static void a_page_that_the_model_has_not_and_lost_ones(void **state)
{
	struct story s = {0};
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 4, 0x22, 0, 0);
	put_pages(&s, 1, RUN(HEAP, 3, ANON_OWN), ARGUMENTS, 0, 5);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.pages_differ[CR2_REPLAY_PAGE_PRESENT], 3);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.pages, 3);
	end(&s, &out);
	/* Runs that do not come to what was counted, or are out of order: nothing is compared. */
	s = (struct story){0};
	put_begin(&s);
	put_pages(&s, 1, ARGUMENTS, 0, 0, 5);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.spaces_compared, 0);
	assert_int_equal(out.pages, 0);
	end(&s, &out);
	s = (struct story){0};
	put_begin(&s);
	put_pages(&s, 1, ARGUMENTS, RUN(HEAP, 3, ANON_OWN), 0, 5);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.spaces_compared, 0);
	end(&s, &out);
}

/* A relative that comes apart may have let go of the page, or not; one that lives has it. */
static void who_shares_a_page_at_the_end(void **state)
{
	for (int child_ends = 0; child_ends <= 1; child_ends++) {
		struct story s = {0};
		struct pages_seen seen;
		struct cr2_replay out;

		(void)state;
		put_begin(&s);
		put_mmap(&s, HEAP, 4, 0x22, 0, 0);
		put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FORK, .space = 1, .child = 11, .child_space = 2});
		if (child_ends)
			put_pages(&s, 2, RUN(HEAP, 1, CR2_TRACE_PAGE_ANON), RUN(0x7ff00001f000, 2, CR2_TRACE_PAGE_ANON), 0, 3);
		else
			put_simple(&s, 2, CR2_PATH_ANON_ALLOC, HEAP + 4096, 6);
		put_pages(&s, 1, RUN(HEAP, 1, ANON_ONCE), RUN(0x7ff00001f000, 2, ANON_ONCE), 0, 3);
		if (!child_ends)
			put_simple(&s, 2, CR2_PATH_ANON_ALLOC, HEAP + 8192, 6);
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_GONE, .space = 2});
		out = replay_pages(&s, 0, &seen);
		assert_int_equal(out.spaces_compared, 1 + child_ends);
		assert_int_equal(out.pages_allowed[CR2_REPLAY_ALLOWED_ENDING], child_ends ? 3 : 0);
		assert_int_equal(out.pages_differ[CR2_REPLAY_PAGE_ONCE], child_ends ? 0 : 3);
		end(&s, &out);
	}
}

#define VM_OWN (CR2_VM(READ) | CR2_VM(WRITE))

/* An address space that was there before: a mapping of four pages, and runs of what is in it. */
static void put_found(struct story *s, uint64_t mappings, uint64_t a, uint64_t b, uint64_t c, int64_t pages)
{
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = 1});
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_MAPPED, .space = 1, .args = {HEAP, HEAP + 6 * 4096, VM_OWN},
					     .result = 1, .mapping = CR2_TRACE_MAPPING_ANON});
	put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_PAGES, .space = 1, .args = {a, b, c}, .result = pages,
					     .number = mappings, .pid = 10, .tid = 10});
}

/* One of its own, one that was shared and is no more, one that somebody else has, and zeros. */
static void put_found_family(struct story *s)
{
	put_found(s, 1, RUN(HEAP, 1, ANON_OWN | CR2_PAGE_RUN_EXCLUSIVE), RUN(HEAP + 4096, 1, ANON_ONCE),
		  RUN(HEAP + 8192, 2, CR2_TRACE_PAGE_ANON), 4);
	put_simple(s, 1, CR2_PATH_WP_REUSE, HEAP + 4096, 7);
	put_simple(s, 1, CR2_PATH_WP_COPY, HEAP + 8192, 7);
	put_simple(s, 1, CR2_PATH_ANON_ALLOC, HEAP + 16384, 6);
}

static void what_was_there_before_counts(void **state)
{
	struct story s = {0};
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_found_family(&s);
	/* Whoever had the fourth may be gone by now, and then it is neither copied nor shared at the end. */
	put_pages(&s, 1, RUN(HEAP, 3, ANON_OWN), RUN(HEAP + 12288, 1, ANON_ONCE), RUN(HEAP + 16384, 1, ANON_OWN), 5);
	put_simple(&s, 1, CR2_PATH_WP_REUSE, HEAP + 12288, 7);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.found, 1);
	assert_int_equal(out.pages_found, 4);
	assert_int_equal(out.compared, 4);
	assert_int_equal(out.same, 3);
	assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_UNRECORDED], 1);
	assert_int_equal(out.pages_same, 4);
	assert_int_equal(out.pages_allowed[CR2_REPLAY_ALLOWED_UNRECORDED], 1);
	cr2_replay_finish(&out);
	out = replay_pages(&s, CR2_REPLAY_WITHOUT_FOUND, &seen);
	assert_int_equal(out.pages_found, 0);
	assert_int_equal(differ(&out), 3);
	end(&s, &out);
}

/* Memory that was locked, of which a page is there: what it gains, and what is mapped from then on, comes at once, or on fault. */
static void what_was_locked_before_is_locked(void **state)
{
	static const struct {
		uint64_t flags, future;
		unsigned without;
		uint64_t gained, mapped; /* pages that come by themselves */
	} rows[] = {
		{0, 0, 0, 0, 0},
		{CR2_VM(LOCKED), 0, 0, 2, 0},
		{CR2_VM(LOCKED) | CR2_VM(LOCKONFAULT), 0, 0, 0, 0},
		{0, CR2_VM(LOCKED), 0, 0, 3},
		{0, CR2_VM(LOCKED) | CR2_VM(LOCKONFAULT), 0, 0, 0},
		{CR2_VM(LOCKED), CR2_VM(LOCKED), CR2_REPLAY_WITHOUT_LOCKS, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		const uint64_t gained = rows[i].gained, mapped = rows[i].mapped;
		struct story s = {0};
		struct pages_seen seen;
		struct cr2_replay out;

		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = 1, .args = {0, 0, 0, 0, rows[i].future}});
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_MAPPED, .space = 1, .result = 1,
						      .args = {HEAP, HEAP + 6 * 4096, VM_OWN | rows[i].flags},
						      .mapping = CR2_TRACE_MAPPING_ANON});
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_PAGES, .space = 1, .number = 1, .result = 1,
						      .args = {RUN(HEAP, 1, ANON_OWN | CR2_PAGE_RUN_EXCLUSIVE)}});
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_SYSTEM, .number = 25, .space = 1, .result = HEAP,
						      .args = {HEAP, 6 * 4096, 8 * 4096}});
		put_mmap(&s, FILE_AT, 3, 0x22, 0, 0);
		put_pages(&s, 1, RUN(HEAP, 1, ANON_OWN), gained ? RUN(HEAP + 6 * 4096, gained, ANON_OWN) : RUN(FILE_AT, mapped, ANON_OWN),
			  0, 1 + (int64_t)(gained + mapped));
		out = replay_pages(&s, rows[i].without, &seen);
		assert_int_equal(out.pages_found, 1);
		assert_int_equal(out.pages, 1 + gained + mapped);
		assert_int_equal(out.pages_same, 1 + gained + mapped);
		end(&s, &out);
	}
}

/* Markers map nothing, and are there on both sides. */
static void guard_markers_are_no_difference(void **state)
{
	struct story s = {0};
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_mmap(&s, HEAP, 4, 0x22, 0, 0);
	put_system(&s, 1, CR2_SYSTEM_MADVISE, HEAP, 8192, 102, 0);
	put_pages(&s, 1, RUN(HEAP, 2, CR2_TRACE_PAGE_NONE), ARGUMENTS, 0, 4);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.pages_same, 4);
	end(&s, &out);
}

#define IN_SWAP (CR2_TRACE_PAGE_NONE | CR2_PAGE_RUN_SWAPPED)
#define OWN_IN_SWAP (IN_SWAP | CR2_PAGE_RUN_EXCLUSIVE)

/* In swap: one that is written to, one that stays, and two that somebody else may have; elsewhere a page that is under way. */
static void what_was_in_swap_before_is_there(void **state)
{
	struct story s = {0};
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_found(&s, 1, RUN(HEAP, 2, OWN_IN_SWAP), RUN(HEAP + 8192, 2, IN_SWAP), RUN(HEAP + 16384, 1, CR2_TRACE_PAGE_NONE), 5);
	put_simple(&s, 1, CR2_PATH_SWAP_IN, HEAP, 6);
	put_simple(&s, 1, CR2_PATH_SWAP_IN, HEAP + 8192, 6);
	put_simple(&s, 1, CR2_PATH_SWAP_IN, HEAP + 12288, 4);
	put_simple(&s, 1, CR2_PATH_WP_REUSE, HEAP + 12288, 7);
	/* Nobody has told that this one was taken, so whether it was is not known. */
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP + 20480, 6);
	put_simple(&s, 1, CR2_PATH_SWAP_IN, HEAP + 20480, 6);
	put_pages(&s, 1, RUN(HEAP, 1, ANON_OWN), RUN(HEAP + 4096, 1, OWN_IN_SWAP), RUN(HEAP + 8192, 2, ANON_OWN), CR2_PAGES_MORE);
	put_pages(&s, 1, RUN(HEAP + 20480, 1, OWN_IN_SWAP), 0, 0, 5);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.pages_found, 4);
	assert_int_equal(out.pages_swapped, 4);
	assert_int_equal(out.pages_elsewhere, 1);
	assert_int_equal(out.not_modelled, 1);
	assert_int_equal(out.compared, 5);
	assert_int_equal(out.same, 4);
	assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_UNRECORDED], 1);
	assert_int_equal(out.pages, 5);
	assert_int_equal(out.pages_same, 4);
	assert_int_equal(out.pages_allowed[CR2_REPLAY_ALLOWED_RECLAIMED], 1);
	cr2_replay_finish(&out);
	out = replay_pages(&s, CR2_REPLAY_WITHOUT_FOUND, &seen);
	assert_int_equal(out.not_modelled, 4);
	assert_true(pages_differ(&out) >= 3);
	end(&s, &out);
}

/* Two that were there have a page in the same place in swap: who comes first copies it. */
static void relatives_have_the_same_places_in_swap(void **state)
{
	for (int same = 0; same <= 1; same++) {
		struct story s = {0};
		struct pages_seen seen;
		struct cr2_replay out;

		(void)state;
		for (uint64_t space = 1; space <= 2; space++) {
			put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = space});
			put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_MAPPED, .space = space, .result = 1,
							      .args = {HEAP, HEAP + 4 * 4096, VM_OWN},
							      .mapping = CR2_TRACE_MAPPING_ANON});
			put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FRAMES, .space = space,
							      .args = {RUN(HEAP, 1, 2), same ? 9 : 8 + space}});
			put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_PAGES, .space = space, .number = 1, .result = 1,
							      .args = {RUN(HEAP, 1, IN_SWAP)}, .pid = 9 + space, .tid = 9 + space});
		}
		put_simple(&s, 1, CR2_PATH_SWAP_IN, HEAP, 6);
		put_simple(&s, 2, CR2_PATH_SWAP_IN, HEAP, 4);
		put_simple(&s, 2, CR2_PATH_WP_REUSE, HEAP, 7);
		out = replay_pages(&s, 0, &seen);
		assert_int_equal(out.same, 2 + same);
		assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_UNRECORDED], !same);
		end(&s, &out);
	}
}

#define LARGE_AT 0x300000000ULL
#define LARGE_RUN(n, pages, state) RUN(LARGE_AT + (n) * CR2_HUGE_SIZE, (pages) * 512, CR2_PAGE_RUN_HUGE | CR2_PAGE_RUN_LARGE | (state))

static void put_large(struct story *s, enum cr2_path path, uint64_t page, uint64_t error)
{
	struct cr2_traced_fault fault;

	fault_at(&fault, 1, path, LARGE_AT + page * CR2_HUGE_SIZE, error);
	fault.mapping = CR2_TRACE_MAPPING_HUGETLB;
	fault.device = DEVICE;
	fault.inode = INODE;
	fault.before.level = fault.after.level = CR2_LEVEL_PMD;
	put_fault(s, &fault);
}

/* Pages of the pool, one read, one written to, one of the file that is mapped, and more of them; larger ones are left out, by what is counted. */
static void the_pools_pages_go_on(void **state)
{
	for (unsigned shift = 21; shift <= 30; shift += 9) {
		struct story s = {0};
		struct pages_seen seen;
		struct cr2_replay out;

		(void)state;
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = 1});
		put_call(&s, (struct cr2_traced_call){
			.kind = CR2_CALL_MAPPED, .space = 1, .result = 1, .device = DEVICE, .inode = INODE, .page_shift = (uint8_t)shift,
			.args = {LARGE_AT, LARGE_AT + 5 * CR2_HUGE_SIZE, VM_OWN | CR2_VM(HUGETLB)}, .file_size = 5 * CR2_HUGE_SIZE,
			.mapping = CR2_TRACE_MAPPING_HUGETLB});
		put_call(&s, (struct cr2_traced_call){
			.kind = CR2_CALL_PAGES, .space = 1, .number = 1, .result = 3 * 512,
			.args = {LARGE_RUN(0, 1, CR2_TRACE_PAGE_ANON | CR2_PAGE_RUN_WRITABLE | CR2_PAGE_RUN_EXCLUSIVE),
				 LARGE_RUN(1, 1, CR2_TRACE_PAGE_ANON | CR2_PAGE_RUN_EXCLUSIVE),
				 LARGE_RUN(4, 1, CR2_TRACE_PAGE_FILE)}});
		put_large(&s, CR2_PATH_HUGETLB, 1, 7);
		put_large(&s, CR2_PATH_HUGETLB, 2, 6);
		put_large(&s, CR2_PATH_SIGBUS, 3, 6);
		/* Shared ones, which another mmap() of the file has as well. */
		for (unsigned i = 0; i < 2; i++)
			put_call(&s, (struct cr2_traced_call){
				.kind = CR2_CALL_SYSTEM, .number = 9, .space = 1, .device = DEVICE, .inode = INODE + 1,
				.args = {0, CR2_HUGE_SIZE, 3, 1}, .result = (int64_t)(LARGE_AT + (8 + i) * CR2_HUGE_SIZE),
				.file_size = CR2_HUGE_SIZE, .mapping = CR2_TRACE_MAPPING_HUGETLB, .page_shift = (uint8_t)shift});
		put_large(&s, CR2_PATH_HUGETLB, 8, 6);
		put_large(&s, CR2_PATH_HUGETLB, 9, 4);
		put_pages(&s, 1, LARGE_RUN(0, 3, CR2_TRACE_PAGE_ANON | CR2_PAGE_RUN_WRITABLE),
			  LARGE_RUN(4, 1, CR2_TRACE_PAGE_FILE), LARGE_RUN(8, 2, CR2_TRACE_PAGE_FILE | CR2_PAGE_RUN_WRITABLE), 6 * 512);
		out = replay_pages(&s, 0, &seen);
		assert_int_equal(out.found, 1);
		assert_int_equal(out.pages_found, shift == 21 ? 3 * 512 : 0);
		assert_int_equal(out.pages_elsewhere, shift == 21 ? 0 : 3 * 512);
		assert_int_equal(out.compared, shift == 21 ? 4 : 0);
		assert_int_equal(out.same, out.compared);
		assert_int_equal(out.not_modelled, shift == 21 ? 1 : 5);
		assert_int_equal(out.pages_same, shift == 21 ? 6 * 512 : 0);
		assert_int_equal(out.pages_not_modelled, shift == 21 ? 0 : 6 * 512);
		assert_int_equal(out.calls[0].replayed, shift == 21 ? 2 : 0);
		assert_int_equal(out.calls[0].unknown, shift == 21 ? 0 : 2);
		end(&s, &out);
	}
}

/* Two that were there, each with a page in a frame that so many map. */
static void put_relatives(struct story *s, unsigned maps, const uint64_t frames[2])
{
	for (uint64_t space = 1; space <= 2; space++) {
		put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = space});
		put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_MAPPED, .space = space, .result = 1,
						     .args = {HEAP, HEAP + 4 * 4096, VM_OWN}, .mapping = CR2_TRACE_MAPPING_ANON});
		/* The frame of the second of two, of which the first is gone. */
		put_call(s, (struct cr2_traced_call){.kind = CR2_CALL_FRAMES, .space = space,
						     .args = {RUN(HEAP, 2, maps), 5 | frames[space - 1] << 32}});
		put_call(s, (struct cr2_traced_call){
			.kind = CR2_CALL_PAGES, .space = space, .args = {RUN(HEAP + 4096, 1, CR2_TRACE_PAGE_ANON)}, .result = 1,
			.number = 1, .pid = 9 + space, .tid = 9 + space});
	}
}

/* Who has a page is known where all of them were found, by their frame; else somebody may have let go of it unseen. */
static void relatives_have_the_same_frames(void **state)
{
	static const struct {
		uint64_t frames[2];
		unsigned maps, unrecorded;
	} rows[] = {
		{{77, 77}, 2, 0}, {{77, 78}, 2, 1}, {{77, 77}, 3, 1}, {{77, 77}, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct story s = {0};
		struct pages_seen seen;
		struct cr2_replay out;

		put_relatives(&s, rows[i].maps, rows[i].frames);
		put_simple(&s, 2, CR2_PATH_WP_COPY, HEAP + 4096, 7);
		put_simple(&s, 1, CR2_PATH_WP_REUSE, HEAP + 4096, 7);
		put_pages(&s, 2, RUN(HEAP + 4096, 1, ANON_OWN), 0, 0, 1);
		put_pages(&s, 1, RUN(HEAP + 4096, 1, ANON_OWN), 0, 0, 1);
		out = replay_pages(&s, 0, &seen);
		assert_int_equal(out.found, 2);
		assert_int_equal(out.pages_found, 2);
		assert_int_equal(out.same, 2 - rows[i].unrecorded);
		assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_UNRECORDED], rows[i].unrecorded);
		assert_int_equal(out.pages_same, 2);
		end(&s, &out);
	}
}

/* The page of the first was copied before the second was found: what has its frame now is another. */
static void a_frame_may_be_anothers_by_now(void **state)
{
	static const uint64_t frames[2] = {77, 77};
	struct story s = {0};
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_relatives(&s, 2, frames);
	put_simple(&s, 1, CR2_PATH_WP_COPY, HEAP + 4096, 7);
	put_simple(&s, 2, CR2_PATH_WP_REUSE, HEAP + 4096, 7);
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = 3});
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_MAPPED, .space = 3, .result = 1,
					      .args = {HEAP, HEAP + 4 * 4096, VM_OWN}, .mapping = CR2_TRACE_MAPPING_ANON});
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FRAMES, .space = 3, .args = {RUN(HEAP, 1, 2), 77}});
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_PAGES, .space = 3, .args = {RUN(HEAP, 1, CR2_TRACE_PAGE_ANON)},
					      .result = 1, .number = 1, .pid = 12, .tid = 12});
	/* At another place: no relative of what the second has there. */
	put_simple(&s, 2, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_simple(&s, 3, CR2_PATH_WP_COPY, HEAP, 7);
	put_pages(&s, 2, RUN(HEAP, 2, ANON_OWN), 0, 0, 2);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.same, 4);
	assert_int_equal(out.pages_same, 2);
	end(&s, &out);
}

static void put_attach(struct story *s, uint64_t at)
{
	put_call(s, (struct cr2_traced_call){
		.kind = CR2_CALL_SYSTEM, .number = 30, .space = 1, .result = (int64_t)at, .device = DEVICE, .inode = INODE,
		.file_size = 64 * 4096, .mapping = CR2_TRACE_MAPPING_SHMEM});
}

static void put_segment_fault(struct story *s, enum cr2_path path, uint64_t at, uint64_t page, uint64_t error, unsigned before)
{
	struct cr2_traced_fault fault;

	fault_at(&fault, 1, path, at + page * 4096, error);
	fault.mapping = CR2_TRACE_MAPPING_SHMEM;
	fault.device = DEVICE;
	fault.inode = INODE;
	fault.offset = page * 4096;
	fault.file_size = 64 * 4096;
	fault.before.near = before;
	fault.after.near = before + 1;
	put_fault(s, &fault);
}

/* A System V segment has no fault-around: the neighbour is missing, too. */
static void a_segments_pages_come_one_by_one(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_attach(&s, FILE_AT);
	put_segment_fault(&s, CR2_PATH_FILE_SHARED, FILE_AT, 0, 6, 0);
	put_segment_fault(&s, CR2_PATH_FILE_SHARED, FILE_AT, 1, 6, 1);
	put_attach(&s, FILE_AT + (1 << 30));
	put_segment_fault(&s, CR2_PATH_FILE_READ, FILE_AT + (1 << 30), 0, 4, 0);
	put_segment_fault(&s, CR2_PATH_FILE_READ, FILE_AT + (1 << 30), 1, 4, 1);
	out = replay(&s, 0, NULL);
	assert_int_equal(out.compared, 4);
	assert_int_equal(out.same, 4);
	end(&s, &out);
}

/* Where a file is read page by page, the neighbour is missing afterwards, too. */
static void advice_that_was_given_before_holds(void **state)
{
	for (int random = 0; random <= 1; random++) {
		struct story s = {0};
		struct cr2_replay out;

		(void)state;
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = 1});
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_MAPPED, .space = 1, .result = 1, .device = DEVICE,
						      .args = {FILE_AT, FILE_AT + 64 * 4096,
							       CR2_VM(READ) | (random ? CR2_VM(RAND_READ) : 0)},
						      .inode = INODE, .file_size = 64 * 4096, .mapping = CR2_TRACE_MAPPING_FILE});
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_PAGES, .space = 1, .number = 1});
		put_file_fault(&s, CR2_PATH_FILE_READ, 40, 4, true, 0, 1);
		put_file_fault(&s, CR2_PATH_FILE_READ, 41, 4, true, 1, 2);
		put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_CACHED, .device = DEVICE, .inode = INODE,
						      .file_size = 64 * 4096, .args = {0, 1, 0}});
		out = replay(&s, 0, NULL);
		assert_int_equal(out.compared, 2);
		assert_int_equal(out.same, random ? 2 : 1);
		end(&s, &out);
	}
}

/* Runs or mappings that are missing: nothing is known of it. */
static void what_was_found_in_part_is_left_out(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct story s = {0};
		struct cr2_replay out;

		(void)state;
		put_found(&s, i ? 2 : 1, RUN(HEAP, 1, ANON_OWN), 0, 0, i ? 1 : 2);
		put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP + 4096, 6);
		out = replay(&s, 0, NULL);
		assert_int_equal(out.found_in_part, 1);
		assert_int_equal(out.unplaced, 1);
		assert_int_equal(out.compared, 0);
		end(&s, &out);
	}
}

/* Memory of a device, such as what perf reads from: the model has neither its pages nor its faults. */
static void a_device_that_was_found_is_left_out(void **state)
{
	struct story s = {0};
	struct cr2_traced_fault fault;
	struct pages_seen seen;
	struct cr2_replay out;

	(void)state;
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = 1});
	put_call(&s, (struct cr2_traced_call){
		.kind = CR2_CALL_MAPPED, .space = 1, .args = {FILE_AT, FILE_AT + 8192, VM_OWN | CR2_VM(SHARED)}, .result = 1,
		.device = DEVICE, .inode = INODE, .mapping = CR2_TRACE_MAPPING_SPECIAL});
	put_call(&s, (struct cr2_traced_call){
		.kind = CR2_CALL_PAGES, .space = 1, .args = {RUN(FILE_AT, 2, CR2_TRACE_PAGE_OTHER)}, .result = 2, .number = 1});
	fault_at(&fault, 1, CR2_PATH_WP_SHARED, FILE_AT, 7);
	fault.mapping = CR2_TRACE_MAPPING_SPECIAL;
	put_fault(&s, &fault);
	put_pages(&s, 1, RUN(FILE_AT, 2, CR2_TRACE_PAGE_OTHER), 0, 0, 2);
	out = replay_pages(&s, 0, &seen);
	assert_int_equal(out.compared, 0);
	assert_int_equal(out.not_modelled, 1);
	assert_int_equal(out.pages, 0);
	assert_int_equal(out.pages_not_modelled, 2);
	end(&s, &out);
}

/* Another thread's fault while it was looked at: its page may have been seen, or not. */
static void a_fault_while_it_is_looked_at(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_FOUND, .space = 1});
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP + 4096, 6);
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_MAPPED, .space = 1, .args = {HEAP, HEAP + 8192, VM_OWN},
					      .result = 1, .mapping = CR2_TRACE_MAPPING_ANON});
	put_call(&s, (struct cr2_traced_call){.kind = CR2_CALL_PAGES, .space = 1, .args = {RUN(HEAP, 1, ANON_OWN)},
					      .result = 1, .number = 1});
	out = replay(&s, 0, NULL);
	assert_int_equal(out.compared, 2);
	assert_int_equal(out.same, 1);
	assert_int_equal(out.allowed[CR2_REPLAY_ALLOWED_LOOKED_AT], 1);
	end(&s, &out);
}

static void faults_of_unknown_spaces_are_counted(void **state)
{
	struct story s = {0};
	struct cr2_replay out;

	(void)state;
	put_begin(&s);
	put_simple(&s, 5, CR2_PATH_ANON_ALLOC, HEAP, 6);
	out = replay(&s, 0, NULL);
	assert_int_equal(out.recorded, 1);
	assert_int_equal(out.unplaced, 1);
	assert_int_equal(out.compared, 0);
	end(&s, &out);
}

static void refuse(struct story *s, const char *wanted)
{
	const struct cr2_replay_config config = {.size = sizeof(config), .profile = -1};
	struct cr2_recording_input input = {
		.size = sizeof(input), .length = s->file.length, .read = read_text, .data = &s->file};
	struct cr2_replay out;
	char *reason = NULL;

	assert_int_equal(cr2_replay_run(&input, &config, &out, &reason), -EBADMSG);
	assert_non_null(reason);
	assert_non_null(strstr(reason, wanted));
	free(reason);
}

static void what_cannot_be_replayed_is_refused(void **state)
{
	struct story s = {0};

	(void)state;
	put_simple(&s, 1, CR2_PATH_ANON_ALLOC, HEAP, 6);
	finish_file(&s);
	refuse(&s, "it has no system calls; 'cr2 record --ops'");
	cr2_text_finish(&s.data);
	cr2_text_finish(&s.file);
	s = (struct story){0};
	put_family(&s, true);
	finish_file(&s);
	s.file.length -= 1000; /* in the last records */
	refuse(&s, "it is cut off at byte");
	cr2_text_finish(&s.data);
	cr2_text_finish(&s.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_agrees),
		cmocka_unit_test(without_exits_the_parent_copies),
		cmocka_unit_test(a_difference_is_a_scenario),
		cmocka_unit_test(what_no_scenario_says_is_said),
		cmocka_unit_test(vfork_shares_and_threads_do_not_count),
		cmocka_unit_test(what_differs_is_told),
		cmocka_unit_test(what_linux_leaves_open_is_accepted_with_evidence),
		cmocka_unit_test(the_page_cache_is_what_it_was),
		cmocka_unit_test(without_the_page_cache_no_fault_is_major),
		cmocka_unit_test(rights_are_taken_and_given),
		cmocka_unit_test(threads_that_race_for_a_page),
		cmocka_unit_test(pages_taken_away_meanwhile_are_in_doubt),
		cmocka_unit_test(what_will_be_mapped_is_locked),
		cmocka_unit_test(pages_at_the_end_agree_and_mprotect_counts),
		cmocka_unit_test(pages_that_differ_are_told),
		cmocka_unit_test(a_page_that_the_model_has_not_and_lost_ones),
		cmocka_unit_test(who_shares_a_page_at_the_end),
		cmocka_unit_test(what_was_there_before_counts),
		cmocka_unit_test(what_was_locked_before_is_locked),
		cmocka_unit_test(guard_markers_are_no_difference),
		cmocka_unit_test(what_was_in_swap_before_is_there),
		cmocka_unit_test(relatives_have_the_same_places_in_swap),
		cmocka_unit_test(the_pools_pages_go_on),
		cmocka_unit_test(relatives_have_the_same_frames),
		cmocka_unit_test(a_frame_may_be_anothers_by_now),
		cmocka_unit_test(a_segments_pages_come_one_by_one),
		cmocka_unit_test(advice_that_was_given_before_holds),
		cmocka_unit_test(what_was_found_in_part_is_left_out),
		cmocka_unit_test(a_device_that_was_found_is_left_out),
		cmocka_unit_test(a_fault_while_it_is_looked_at),
		cmocka_unit_test(faults_of_unknown_spaces_are_counted),
		cmocka_unit_test(what_cannot_be_replayed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
