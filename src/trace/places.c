/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "clock.h"
#include "places.h"
#include "present.h"

int places_open(bool all, struct places *ret_places, struct cr2_text *reason)
{
	struct places places = {0};
	struct cr2_text present = {0};
	int r = told_open(all, false, &places.told, reason);

	if (r < 0)
		return r;
	programs_init(&places.programs);
	if (all)
		r = present_append_all(trace_now(), 0, &present);
	if (r == 0)
		r = told_add(&places.told, present.data, present.length);
	cr2_text_finish(&present);
	if (r < 0)
		places_close(&places);
	else
		*ret_places = places;
	return r;
}

void places_close(struct places *places)
{
	told_close(&places->told);
	programs_finish(&places->programs);
	build_ids_finish(&places->build_ids);
	kernel_names_finish(&places->kernel);
	cr2_text_finish(&places->bytes);
}

int places_follow(struct places *places, uint64_t pid, bool from_exec)
{
	struct cr2_text present = {0};
	int r = told_follow(&places->told, pid);

	/* One that has ended meanwhile has nothing to tell. */
	if (r == 0 && !from_exec && present_append((uint32_t)pid, trace_now(), 0, &present) == -ENOMEM)
		r = -ENOMEM;
	if (r == 0)
		r = told_add(&places->told, present.data, present.length);
	cr2_text_finish(&present);
	return r;
}

static int apply(void *data, const struct perf_record *record)
{
	struct places *places = data;
	const char *wrong;
	int r;

	cr2_text_clear(&places->bytes);
	r = cr2_text_append_n(&places->bytes, (const char *)record, record->size);
	if (r == 0)
		r = build_ids_fill(&places->build_ids, places->bytes.data, places->bytes.length);
	if (r == 0)
		r = programs_apply(&places->programs, places->bytes.data, true, &wrong);
	return r == -EBADMSG ? 0 : r;
}

int places_at(struct places *places, uint64_t time)
{
	return told_until(&places->told, time, apply, places);
}

int places_read(struct places *places)
{
	return told_read(&places->told, UINT64_MAX, apply, places);
}
