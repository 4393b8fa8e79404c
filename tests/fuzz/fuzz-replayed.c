/* SPDX-License-Identifier: MIT */
/*
 * Any recording for replay is taken through the model, or refused with a message. An input is a list of things that
 * happen, each a byte for its kind and some for its values: whatever order they come in, and whatever numbers they have.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/replay.h>

#include "record/perf/encode.h"

#include "fuzz.h"

#define THINGS_MOST 200

struct story {
	const uint8_t *at;
	size_t left;
	uint64_t now;
	struct cr2_text data;
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

static uint8_t byte(struct story *s)
{
	if (!s->left)
		return 0;
	s->left--;
	return *s->at++;
}

/* Mostly small pages, so that things meet; else what no kernel says. */
static uint64_t number(struct story *s)
{
	static const uint64_t odd[] = {0,	   1,	      UINT64_MAX, 1ULL << 63, 1ULL << 51,    0x7ffffffff000,
				       1ULL << 47, 0xfffULL, 0x1001,	   1ULL << 52, 1ULL << 31, ~0xfffULL,
				       INT64_MAX,  0x800000000000, 0x7fffffffe000, 0x200000};
	const uint8_t b = byte(s);

	return b >= 0xf0 ? odd[b & 15] : (uint64_t)b << CR2_PAGE_SHIFT;
}

static void put_program(struct story *s, const struct perf_trailer *trailer)
{
	static const char *const names[] = {"[stack]", "[vdso]", "//anon", "/bin/x", "/memfd:y (deleted)", ""};
	const size_t at = s->data.length;
	const struct perf_comm comm = {byte(s) & 3, trailer->pid};
	struct perf_mmap2 map = {.pid = trailer->pid, .tid = trailer->pid};
	struct perf_place place = {.major = 8, .inode = byte(s) & 3};

	if (byte(s) & 1) {
		assert(perf_encode_comm(&comm, "x", trailer, &s->data) == 0);
		((struct perf_record *)(void *)(s->data.data + at))->misc |= PERF_MISC_EXEC;
		return;
	}
	map.start = number(s);
	map.length = number(s);
	map.offset = number(s);
	map.prot = byte(s) & 7;
	memcpy(&map.build_id_size, &place, sizeof(place));
	assert(perf_encode_mmap2(&map, names[byte(s) % CR2_ARRAY_SIZE(names)], trailer, &s->data) == 0);
}

/* Pages that may be there: few, in order, and as many as are said. */
static void set_runs(struct story *s, struct cr2_traced_call *call)
{
	uint64_t page = 0;

	call->result = 0;
	for (size_t i = 0; i < CR2_CALL_ARGS; i++) {
		const uint64_t pages = byte(s) & 7;

		page += byte(s);
		call->args[i] = CR2_PAGE_RUN(page, pages, (uint64_t)byte(s) & CR2_PAGE_RUN_STATE);
		page += pages;
		call->result += (int64_t)pages;
		if (!pages)
			break;
	}
}

static void put_call(struct story *s, const struct perf_trailer *trailer)
{
	static const uint16_t calls[] = {9, 9, 10, 11, 12, 25, 26, 28, 28, 77, 149, 150, 325, 329, 0, 1, 17, 216, 999,
					 30, 67, 151, 152, 285};
	struct cr2_traced_call call = {
		.kind = (enum cr2_call_kind)(byte(s) % CR2_CALL_KINDS), .time = trailer->time, .pid = trailer->pid,
		.tid = trailer->tid, .space = byte(s) & 3, .child = byte(s) & 3, .child_space = byte(s) & 3,
		.number = calls[byte(s) % CR2_ARRAY_SIZE(calls)], .device = 8ULL << 20, .inode = byte(s) & 3,
		.by_reference = byte(s) & 7, .mapping = (enum cr2_trace_mapping)(byte(s) % CR2_TRACE_MAPPINGS)};

	for (size_t i = 0; i < CR2_CALL_ARGS; i++)
		call.args[i] = i == 2 || i == 3 ? byte(s) : number(s);
	call.result = (int64_t)number(s);
	call.file_size = number(s);
	call.page_shift = call.inode == 3 ? 30 : 21;
	if (call.kind == CR2_CALL_PAGES || call.kind == CR2_CALL_FRAMES)
		set_runs(s, &call);
	assert(perf_encode_call(&call, PERF_HAS_REPLAY, &s->data) == 0);
}

static void put_fault(struct story *s, const struct perf_trailer *trailer)
{
	struct cr2_traced_fault fault = {
		.time = trailer->time, .pid = trailer->pid, .tid = trailer->tid, .ns = byte(s),
		.path = (enum cr2_path)(byte(s) % CR2_PATH_COUNT), .space = byte(s) & 3, .error = byte(s) & 0x37,
		.mapping = (enum cr2_trace_mapping)(byte(s) % CR2_TRACE_MAPPINGS), .major = byte(s) & 1,
		.device = 8ULL << 20, .inode = byte(s) & 3, .before.level = byte(s) & 7, .after.level = byte(s) & 7};

	fault.addr = number(s);
	fault.file_size = number(s);
	fault.offset = number(s);
	fault.before.maps = byte(s);
	fault.before.refs = byte(s);
	assert(perf_encode_fault(&fault, PERF_HAS_REPLAY, &s->data) == 0);
}

static int on_difference(void *data, const struct cr2_replay_difference *difference)
{
	(void)data;
	assert((size_t)difference->kind < CR2_REPLAY_KINDS);
	assert(!difference->scenario || !difference->unsaid);
	return 0;
}

static int on_page(void *data, const struct cr2_replay_page *page)
{
	(void)data;
	assert((size_t)page->kind < CR2_REPLAY_PAGE_KINDS && page->pages);
	return 0;
}

static void check(const struct cr2_replay *replay)
{
	uint64_t recorded = 0, same = 0, differ = 0, pages = replay->pages_same;

	for (size_t i = 0; i < replay->n_rows; i++) {
		recorded += replay->rows[i].recorded;
		same += replay->rows[i].same;
	}
	for (size_t i = 0; i < CR2_REPLAY_KINDS; i++)
		differ += replay->differ[i];
	for (size_t i = 0; i < CR2_REPLAY_PAGE_KINDS; i++)
		pages += replay->pages_differ[i];
	for (size_t i = 0; i < CR2_REPLAY_ALLOWANCES; i++) {
		differ += replay->allowed[i];
		pages += replay->pages_allowed[i];
	}
	assert(pages == replay->pages && replay->spaces_compared <= replay->processes);
	assert(recorded == replay->compared && same == replay->same && same + differ == recorded);
	assert(replay->compared <= replay->recorded);
}

/* What stands around the records is the same for all. */
static void make_ends(struct cr2_text *front, struct cr2_text *table)
{
	static const uint64_t ids[] = {7};
	struct perf_head head = {.n_ids = 1, .ids = ids, .host = "", .release = "6.18.1", .version = "",
				 .n_paths = PERF_EVENTS, .more = PERF_HAS_REPLAY};

	for (int i = 0; i < PERF_EVENTS; i++)
		head.paths[i] = (enum cr2_path)i;
	assert(perf_encode_head(&head, front) == 0);
	assert(perf_encode_table(&head, table) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cr2_text front, table;
	struct story s = {data, size, 1, {0}};
	struct cr2_replay_config config = {.size = sizeof(config), .profile = -1, .fn = on_difference,
					   .page_fn = on_page};
	struct cr2_recording_input input = {.size = sizeof(input), .read = read_text};
	struct cr2_replay replay;
	struct cr2_text file = {0};
	uint8_t first;
	char *reason;
	int r;

	if (!front.length)
		make_ends(&front, &table);
	first = byte(&s);
	config.without = first & 15;
	config.scenarios = first >> 7;
	for (int i = 0; i < THINGS_MOST && s.left; i++) {
		const uint8_t kind = byte(&s);
		const struct perf_trailer trailer = {kind >> 2 & 3, kind >> 2 & 3, s.now += 100, 7};

		if (kind % 4 == 0)
			put_program(&s, &trailer);
		else if (kind % 4 == 1)
			put_call(&s, &trailer);
		else
			put_fault(&s, &trailer);
	}
	assert(cr2_text_append_n(&file, front.data, front.length) == 0);
	((struct perf_header *)(void *)file.data)->data.size = s.data.length;
	assert(cr2_text_append_n(&file, s.data.data ? s.data.data : "", s.data.length) == 0);
	assert(cr2_text_append_n(&file, table.data, table.length) == 0);
	input.length = file.length;
	input.data = &file;
	r = cr2_replay_run(&input, &config, &replay, &reason);
	assert(r == 0 || r == -ENOMEM || (r == -EBADMSG && reason && reason[0]));
	if (r == 0) {
		check(&replay);
		cr2_replay_finish(&replay);
	} else {
		free(reason);
	}
	cr2_text_finish(&s.data);
	cr2_text_finish(&file);
	return 0;
}
