/* SPDX-License-Identifier: MIT */
/*
 * The records of a recording, one after the other: those that stand in the file, and those that perf
 * compressed into records of it. The file is read from its beginning to its end, as a pipe has to be.
 */
#ifndef RECORD_PERF_RECORDS_H
#define RECORD_PERF_RECORDS_H

#include <cr2/recording.h>

#include "format.h"

struct records {
	struct cr2_recording_input input;
	uint64_t at, end; /* in the file: what was not handed over yet; where the records end */
	size_t taken; /* bytes from `at` on that were handed over last */
	struct perf_record last; /* what was */
	const uint8_t *last_bytes;
	bool again; /* is to be once more */
	uint8_t *window; /* the file's bytes from window_at on */
	uint64_t window_at;
	size_t in_window, window_size; /* a small file fits in whole */
	uint64_t place; /* in the file, of what was handed over last, or of what it was compressed into */
	const char *wrong; /* with -EBADMSG: what is */
	/* One with others in it: */
	const void *packed; /* in the window, what is left of it */
	size_t n_packed;
	bool unpacks; /* the stream has begun */
	uint64_t unpacked; /* bytes that came out of it */
	uint8_t *plain; /* of these from plain_at to plain_end were not handed over yet */
	size_t plain_at, plain_end;
};

/* From the file's first byte on. 0 or -ENOMEM. */
int records_open(const struct cr2_recording_input *input, struct records *ret_records);
void records_close(struct records *records);
/* Where the records are: in a pipe no further back than what was read. */
void records_seek(struct records *records, uint64_t at, uint64_t end);
/* The next one, valid until the next call: 1; 0 at the end; or a negative errno. */
int records_next(struct records *records, struct perf_record *ret_record, const uint8_t **ret_bytes);
/* The last one is to be handed over once more. */
void records_again(struct records *records);
/* The bytes that follow it and are no records: copied, which they have to be to the last; or passed over. */
int records_take(struct records *records, void *bytes, size_t n);
int records_pass(struct records *records, uint64_t n);

#endif
