/* SPDX-License-Identifier: MIT */
/* What the head of a recording says: its events, and where what is in their records. */
#ifndef RECORD_PERF_RECORDING_H
#define RECORD_PERF_RECORDING_H

#include <cr2/recording.h>

#include "format.h"

enum recorded_field {
#define X(id, name, bytes, type, printed, meaning) RECORDED_##id,
#include <cr2/tables/recorded_field.def>
#undef X
	RECORDED_FIELDS,
};

/* In the raw data of an event's records; size 0: not there. At most 8 bytes. */
struct recording_field {
	uint32_t offset, size;
};
struct recording_event {
	uint64_t type; /* the number that its format has */
	bool is_fault; /* the file has records of it */
	enum cr2_path path;
	uint64_t more; /* of PERF_FAULT_MORE, what its records have */
	struct recording_field fields[RECORDED_FIELDS];
};
struct recording_head {
	size_t n_events;
	struct recording_event *events;
	size_t n_ids;
	struct recording_id {
		uint64_t id;
		size_t event;
	} *ids; /* sorted */
	struct perf_section data;
	bool finished;
	char host[64], release[64], version[64];
};

/* 0, or a negative errno, -EBADMSG with what is wrong in reason. */
int recording_head_read(const struct cr2_recording_input *input, struct recording_head *ret_head,
			struct cr2_text *reason);
void recording_head_finish(struct recording_head *head);
/* The event of that id, or NULL. */
const struct recording_event *recording_event(const struct recording_head *head, uint64_t id);

#endif
