/* SPDX-License-Identifier: MIT */
/* What the head of a recording says: its events, and where what is in their records. */
#ifndef RECORD_PERF_RECORDING_H
#define RECORD_PERF_RECORDING_H

#include <cr2/recording.h>

#include "records.h"
#include "sample.h"

enum recorded_field {
#define X(id, name, bytes, type, printed, meaning) RECORDED_##id,
#include <cr2/tables/recorded_field.def>
#undef X
	RECORDED_FIELDS,
};

enum recorded_replay {
#define X(id, name, bytes, type, printed, meaning) RECORDED_REPLAY_##id,
#include <cr2/tables/recorded_replay.def>
#undef X
	RECORDED_REPLAYS,
};
enum recorded_call {
#define X(id, name, bytes, type, printed, meaning) RECORDED_CALL_##id,
#include <cr2/tables/recorded_call.def>
#undef X
	RECORDED_CALLS,
};

/* In the raw data of an event's records; size 0: not there. At most 8 bytes. */
struct recording_field {
	uint32_t offset, size;
};
/* Whose the event is. */
enum recorded_by {
	RECORDED_OTHER, /* no fault's */
	RECORDED_CR2,
	/* perf's: exceptions:page_fault_user and page_fault_kernel, software events. Of these the first that are there count. */
	RECORDED_EXCEPTION,
	RECORDED_FAULT,
	RECORDED_MINOR_MAJOR,
};
struct recording_event {
	uint64_t type; /* the number that its format has */
	enum recorded_by by;
	bool is_fault; /* the file has records of it, and they count */
	enum cr2_path path;
	bool kernel, major; /* all of them; of exceptions, of RECORDED_MINOR_MAJOR */
	uint64_t period; /* how many of them a sample stands for; 0: the sample says it */
	struct sample_layout layout;
	struct recording_field fields[RECORDED_FIELDS], ip; /* ip: of an exception */
	struct recording_field replay[RECORDED_REPLAYS]; /* of a recording for replay */
	struct recording_field call[RECORDED_CALLS]; /* of PERF_CALL alone */
	struct recording_field access; /* of a recording of perf events, which has no error code and no pages */
};
struct recording_head {
	size_t n_events;
	struct recording_event *events;
	size_t n_ids;
	struct recording_id {
		uint64_t id;
		size_t event;
	} *ids; /* sorted */
	size_t first; /* the event of the first attribute */
	size_t n_attrs;
	bool perf; /* it was recorded by perf */
	bool has_trailers; /* every record has its time */
	bool build_ids; /* they were asked for */
	bool counted_twice; /* it has other events of the same faults, which do not count */
	bool finished;
	bool cut_off; /* what stands behind the data is */
	char host[64], release[64], version[64];
};

/* 0, and the records are to be read; or a negative errno, -EBADMSG with what is wrong in reason. */
int recording_head_read(struct records *records, struct recording_head *ret_head, struct cr2_text *reason);
void recording_head_finish(struct recording_head *head);
/* The event of a record of n bytes, without its header; NULL: the file describes none. */
const struct recording_event *recording_event(const struct recording_head *head, const uint8_t *bytes, size_t n);

#endif
