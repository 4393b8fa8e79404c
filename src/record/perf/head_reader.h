/* SPDX-License-Identifier: MIT */
/* What the two ways to read a head have in common: from the parts of a file, or from records. */
#ifndef RECORD_PERF_HEAD_READER_H
#define RECORD_PERF_HEAD_READER_H

#include "recording.h"

#define HEAD_IDS_MOST (1 << 20)
#define HEAD_TRACING_MOST (64 << 20)

struct head_reader {
	const struct cr2_recording_input *input;
	struct recording_head *head;
	struct cr2_text *reason;
	struct perf_header header; /* of a file */
	size_t capacity, ids_capacity;
	bool has_times; /* as all recorders write in the end */
};

/* -EBADMSG, with the reason. */
__attribute__((format(printf, 2, 3)))
int head_refuse(struct head_reader *r, const char *format, ...);
/* All return 0 or a negative errno. What a part that matters holds, behind which there is a 0. */
bool head_wants(unsigned feature);
int head_take_part(struct head_reader *r, unsigned feature, const uint8_t *bytes, size_t n);
/* An event, when the formats of all are known. */
int head_take_attr(struct head_reader *r, const struct perf_attr *attr, size_t *ret_event);
int head_add_id(struct head_reader *r, uint64_t id, size_t event);
/* When all events are known. */
int head_complete(struct head_reader *r);
/* All of it from records, up to the first one that is none of it. */
int head_read_stream(struct head_reader *r, struct records *records);

#endif
