/* SPDX-License-Identifier: MIT */
/*
 * Any recording is read to its end or refused with a message. An input is a whole file; or where it
 * begins with an 'r', records behind a good head, which mutations would hardly get past; with an 's',
 * records of faults with stacks and control groups; with an 'o', of perf events; with a 'p', what comes through a pipe. What is
 * compressed is plain here: so mutations get into it.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/report.h>

#include "record/perf/encode.h"

#include "fuzz.h"

struct file {
	struct cr2_text bytes;
	bool piped;
	uint64_t at; /* in a pipe */
};

static int64_t read_file(void *data, uint64_t offset, void *bytes, size_t n)
{
	struct file *file = data;
	const size_t left = offset < file->bytes.length ? file->bytes.length - offset : 0;

	assert(!file->piped || offset == file->at);
	n = n < left ? n : left;
	if (n)
		memcpy(bytes, file->bytes.data + offset, n);
	file->at = offset + n;
	return (int64_t)n;
}

static int64_t unpack(void *data, const void **bytes, size_t *n, void *into, size_t room)
{
	(void)data;
	if (!bytes)
		return 0;
	room = room < *n ? room : *n;
	if (room)
		memcpy(into, *bytes, room);
	*bytes = (const char *)*bytes + room;
	*n -= room;
	return (int64_t)room;
}

static int calls_of(void *data, const struct cr2_recorded_fault *fault, bool all, struct cr2_calls *ret_calls)
{
	static const struct cr2_frame frames[] = {{.function = "f"}, {.function = "g"}};
	static const struct cr2_frame *list[64];
	const struct cr2_trace_calls *calls = &fault->fault.calls;
	struct cr2_recorded_map map;
	size_t n = 1;

	list[0] = &frames[0];
	for (size_t i = 0; i < calls->n_kernel + calls->n_user; i++) {
		cr2_recording_map(data, fault->fault.pid, calls->ips[i], &map);
		if (n < CR2_ARRAY_SIZE(list))
			list[n++] = &frames[calls->ips[i] & 1];
	}
	for (size_t i = 0; i < calls->stack_bytes; i++)
		list[0] = &frames[calls->stack[i] & 1];
	*ret_calls = (struct cr2_calls){all ? n : 1, list};
	return 0;
}

static int on_resident(void *data, uint64_t pid, uint64_t address, uint64_t pages, uint64_t owner)
{
	(void)pid;
	(void)address;
	(void)pages;
	assert(owner <= *(const uint64_t *)data);
	return 0;
}

static void read_all(struct cr2_recording *recording)
{
	const struct cr2_report_config config = {
		.size = sizeof(config), .n_by = CR2_REPORT_BYS,
		.by = {CR2_REPORT_BY_PATH, CR2_REPORT_BY_MAPPING, CR2_REPORT_BY_FUNCTION, CR2_REPORT_BY_LINE,
		       CR2_REPORT_BY_STACK, CR2_REPORT_BY_CGROUP, CR2_REPORT_BY_PROCESS, CR2_REPORT_BY_PAGE,
		       CR2_REPORT_BY_TIME},
		.calls = calls_of, .data = recording};
	struct cr2_recorded_fault fault;
	struct cr2_report_row *rows;
	struct cr2_report *report;
	size_t n = 0, sum = 0, faults = 0;
	uint64_t owners = 0;
	int r;

	cr2_recording_on_resident(recording, on_resident, &owners);
	assert(cr2_report_create(&config, &report) == 0);
	while ((r = cr2_recording_next(recording, &fault)) > 0) {
		assert(cr2_report_add(report, &fault) == 0);
		owners++;
		assert(cr2_recording_own(recording, &fault, owners) == 0);
		faults += 1 + fault.unseen;
	}
	assert(r == 0 || (r == -EBADMSG && cr2_recording_reason(recording)[0]));
	assert(cr2_report_rows(report, &rows, &n) == 0);
	for (size_t i = 0; i < n; i++)
		sum += rows[i].depth ? 0 : rows[i].n;
	assert(sum == faults);
	free(rows);
	cr2_report_destroy(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t ids[] = {7};
	struct perf_head head = {
		.n_ids = 1, .ids = ids, .host = "", .release = "", .version = "", .n_paths = PERF_EVENTS};
	struct file file = {.piped = size && data[0] == 'p'};
	struct cr2_recording_input input = {.size = sizeof(input), .read = read_file, .data = &file, .unpack = unpack};
	struct cr2_recording *recording;
	char *reason;

	if (size && (data[0] == 'r' || data[0] == 's' || data[0] == 'o')) {
		head.more = data[0] == 's' ? PERF_FAULT_MORE : data[0] == 'o' ? PERF_HAS_ACCESS : 0;
		for (int i = 0; i < PERF_EVENTS; i++)
			head.paths[i] = (enum cr2_path)i;
		head.data_size = size - 1;
		assert(perf_encode_head(&head, &file.bytes) == 0);
		assert(cr2_text_append_n(&file.bytes, (const char *)data + 1, size - 1) == 0);
		assert(perf_encode_table(&head, &file.bytes) == 0);
	} else {
		assert(cr2_text_append_n(&file.bytes, (const char *)data + file.piped, size - file.piped) == 0);
	}
	input.length = file.piped ? UINT64_MAX : file.bytes.length;
	if (cr2_recording_open(&input, &recording, &reason) == 0) {
		read_all(recording);
		cr2_recording_close(recording);
	} else {
		assert(reason && reason[0]);
		free(reason);
	}
	cr2_text_finish(&file.bytes);
	return 0;
}
