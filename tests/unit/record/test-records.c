/* SPDX-License-Identifier: MIT */
/* Recordings as perf writes them to a pipe and compresses them: src/record/perf/records.c and head_stream.c. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/recording.h>

#include "record/perf/format.h"

#include "../test.h"

struct pipe {
	struct cr2_text bytes;
	uint64_t at;
	size_t most; /* bytes that one reading gives */
	size_t times; /* that each byte comes to when it is unpacked */
};

static int64_t read_pipe(void *data, uint64_t offset, void *bytes, size_t n)
{
	struct pipe *pipe = data;
	const size_t left = pipe->bytes.length - pipe->at;

	assert_int_equal(offset, pipe->at);
	n = n < left ? n : left;
	n = n < pipe->most ? n : pipe->most;
	memcpy(bytes, pipe->bytes.data + offset, n);
	pipe->at += n;
	return (int64_t)n;
}

/* Packed are bytes whose bits are turned round; a few come out at a time. */
static int64_t unpack(void *data, const void **bytes, size_t *n, void *into, size_t room)
{
	const struct pipe *pipe = data;
	size_t done = 0;

	if (!bytes)
		return 0;
	if (pipe->times > 1) {
		memset(into, 0xff, room);
		return (int64_t)room;
	}
	for (const uint8_t *from = *bytes; done < 100 && done < *n && done < room; done++)
		((uint8_t *)into)[done] = (uint8_t)~from[done];
	*bytes = (const uint8_t *)*bytes + done;
	*n -= done;
	return (int64_t)done;
}

static void put(struct cr2_text *text, const void *bytes, size_t n)
{
	assert_int_equal(cr2_text_append_n(text, bytes, n), 0);
}

static void put_record(struct cr2_text *text, uint32_t type, const void *body, size_t n)
{
	const struct perf_record record = {.type = type, .misc = PERF_MISC_USER, .size = (uint16_t)(sizeof(record) + n)};

	put(text, &record, sizeof(record));
	put(text, body, n);
}

static void put_head(struct cr2_text *text)
{
	const struct perf_start start = {.magic = "PERFILE2", .size = sizeof(start)};
	const struct {
		struct perf_attr attr;
		uint64_t id;
	} event = {{.type = PERF_TYPE_OF_SOFTWARE, .size = sizeof(struct perf_attr), .config = PERF_SOFTWARE_FAULTS, .period = 1,
		    .sample_type = PERF_HAS_IP | PERF_HAS_TID | PERF_HAS_TIME | PERF_HAS_ADDR}, 7};
	const struct {
		uint64_t number;
		uint32_t length;
		char name[12];
	} host = {PERF_FEATURE_HOSTNAME, sizeof(host.name), "host"};

	put(text, &start, sizeof(start));
	put_record(text, PERF_IS_ATTR, &event, sizeof(event));
	put_record(text, PERF_IS_FEATURE, &host, sizeof(host));
}

static void put_fault(struct cr2_text *text, uint64_t number)
{
	const struct {
		uint64_t ip;
		uint32_t pid, tid;
		uint64_t time, addr;
	} sample = {0x1000 + number, 10, 11, 100 + number, number << 12};

	put_record(text, PERF_IS_SAMPLE, &sample, sizeof(sample));
}

static void put_faults(struct cr2_text *text, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		put_fault(text, i);
}

/* Some bytes of a stream of records in each: records go on in the next one. */
static void put_packed(struct cr2_text *text, const struct cr2_text *plain, size_t each, bool padded)
{
	for (size_t at = 0; at < plain->length; at += each) {
		const size_t n = plain->length - at < each ? plain->length - at : each;
		struct cr2_text body = {0};
		const uint64_t length = n;

		if (padded)
			put(&body, &length, sizeof(length));
		for (size_t i = 0; i < n; i++)
			put(&body, &(char){(char)~plain->data[at + i]}, 1);
		while (padded && body.length % 8)
			put(&body, "", 1);
		put_record(text, padded ? PERF_IS_PACKED_AND_PADDED : PERF_IS_PACKED, body.data, body.length);
		cr2_text_finish(&body);
	}
}

/* Faults that were read, each checked; what ended it. */
static uint64_t read_all(struct pipe *pipe, int *ret_end, char **ret_reason)
{
	const struct cr2_recording_input input = {
		.size = sizeof(input), .length = UINT64_MAX, .read = read_pipe, .data = pipe, .unpack = unpack};
	struct cr2_recording *recording;
	struct cr2_recording_facts facts;
	struct cr2_recorded_fault out;
	uint64_t n = 0;

	pipe->at = 0;
	*ret_end = cr2_recording_open(&input, &recording, ret_reason);
	if (*ret_end < 0)
		return 0;
	for (; (*ret_end = cr2_recording_next(recording, &out)) == 1; n++) {
		assert_int_equal(out.fault.addr, n << 12);
		assert_int_equal(out.fault.time, 100 + n);
		assert_int_equal(out.fault.tid, 11);
	}
	if (*ret_end < 0)
		*ret_reason = strdup(cr2_recording_reason(recording));
	cr2_recording_facts(recording, &facts);
	assert_string_equal(facts.host, n ? "host" : facts.host);
	cr2_recording_close(recording);
	return n;
}

static void expect(struct pipe *pipe, uint64_t faults)
{
	char *reason = NULL;
	int end;

	assert_int_equal(read_all(pipe, &end, &reason), faults);
	assert_int_equal(end, 0);
	assert_null(reason);
}

static void expect_wrong(struct pipe *pipe, const char *wanted)
{
	char *reason = NULL;
	int end;

	read_all(pipe, &end, &reason);
	assert_int_equal(end, -EBADMSG);
	assert_non_null(strstr(reason, wanted));
	free(reason);
}

static void a_pipe_gives_what_it_has(void **state)
{
	const size_t mosts[] = {1, 7, 4096, 1 << 20};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(mosts); i++) {
		struct pipe pipe = {.most = mosts[i]};

		put_head(&pipe.bytes);
		put_faults(&pipe.bytes, 50);
		expect(&pipe, 50);
		cr2_text_finish(&pipe.bytes);
	}
}

static void records_are_compressed_in_pieces(void **state)
{
	const size_t eaches[] = {1, 5, 8, 47, 48, 1000, 60000};

	(void)state;
	for (size_t i = 0; i < 2 * CR2_ARRAY_SIZE(eaches); i++) {
		struct pipe pipe = {.most = 4096};
		struct cr2_text plain = {0};

		put_head(&pipe.bytes);
		put_faults(&plain, 50);
		put_packed(&pipe.bytes, &plain, eaches[i / 2], i % 2);
		put_fault(&pipe.bytes, 50);
		expect(&pipe, 51);
		cr2_text_finish(&pipe.bytes);
		cr2_text_finish(&plain);
	}
}

/* What comes is read; where it ends within a record, that is said. */
static void it_may_end_anywhere(void **state)
{
	struct pipe pipe = {.most = 1 << 20};
	struct cr2_text plain = {0};
	size_t length, refused = 0, ended = 0;
	uint64_t before = 0;

	(void)state;
	put_head(&pipe.bytes);
	put_faults(&plain, 20);
	put_packed(&pipe.bytes, &plain, 64, false);
	length = pipe.bytes.length;
	for (pipe.bytes.length = 0; pipe.bytes.length <= length; pipe.bytes.length++) {
		char *reason = NULL;
		int end;
		const uint64_t n = read_all(&pipe, &end, &reason);

		assert_true(n >= before);
		assert_true(end == 0 || (end == -EBADMSG && reason[0]));
		refused += end < 0;
		ended += end == 0;
		before = n;
		free(reason);
	}
	assert_int_equal(before, 20);
	assert_true(refused > length / 2 && ended > 1);
	pipe.bytes.length = length;
	cr2_text_finish(&pipe.bytes);
	cr2_text_finish(&plain);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *bytes, *wanted;
		size_t n;
	} cases[] = {
		{"\x51\0\0\0\0\0\x08\0", "a compressed record makes no sense", 8}, /* itself compressed */
		{"\x47\0\0\0\0\0\x08\0", "a compressed record makes no sense", 8}, /* followed by a trace */
		{"\x09\0\0\0\0\0\x07\0", "a compressed record makes no sense", 8}, /* of 7 bytes */
		{"\x09\0\0\0\0\0\x10\0", "it is cut off", 8},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct pipe pipe = {.most = 4096};
		struct cr2_text plain = {0};

		put_head(&pipe.bytes);
		put_fault(&pipe.bytes, 0);
		put(&plain, cases[i].bytes, cases[i].n);
		put_packed(&pipe.bytes, &plain, 64, false);
		expect_wrong(&pipe, cases[i].wanted);
		cr2_text_finish(&pipe.bytes);
		cr2_text_finish(&plain);
	}
}

static void what_never_ends_is_refused(void **state)
{
	struct pipe pipe = {.most = 4096, .times = 1000};
	struct cr2_text plain = {0};
	const struct perf_record none = {.type = 1000, .size = UINT16_MAX};

	(void)state;
	put_head(&pipe.bytes);
	put(&plain, &none, sizeof(none));
	put_packed(&pipe.bytes, &plain, 64, false);
	expect_wrong(&pipe, "unpacks to more than 64 MiB");
	/* And what says that it has more than it has. */
	pipe.times = 0;
	pipe.bytes.length = 0;
	put_head(&pipe.bytes);
	put_record(&pipe.bytes, PERF_IS_PACKED_AND_PADDED, "\x09\0\0\0\0\0\0\0", 8);
	expect_wrong(&pipe, "a compressed record is too short");
	cr2_text_finish(&pipe.bytes);
	cr2_text_finish(&plain);
}

static void a_head_has_events(void **state)
{
	struct pipe pipe = {.most = 4096};
	struct perf_start start = {.magic = "PERFILE2", .size = sizeof(start)};

	(void)state;
	put(&pipe.bytes, &start, sizeof(start));
	put_fault(&pipe.bytes, 0);
	expect_wrong(&pipe, "its head has no events");
	pipe.bytes.length = 0;
	start.size = sizeof(struct perf_header);
	put(&pipe.bytes, &start, sizeof(start));
	expect_wrong(&pipe, "a file's recording");
	cr2_text_finish(&pipe.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_gives_what_it_has),
		cmocka_unit_test(records_are_compressed_in_pieces),
		cmocka_unit_test(it_may_end_anywhere),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(what_never_ends_is_refused),
		cmocka_unit_test(a_head_has_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
