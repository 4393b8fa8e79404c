/* SPDX-License-Identifier: MIT */
/* The books, for people and for programs. */
#include <inttypes.h>

#include "record/json.h"
#include "view/draw/quantity.h"
#include "view/trace/books.h"

/* Of perf events: what they do not show is as much a part of it. */
static void say_user_mode(struct rich *line, const struct cr2_trace_counts *counts)
{
	uint64_t seen = counts->recorded + counts->lost;

	rich_keep(line, INK_PLAIN, "%" PRIu64 " recorded, of user mode alone; ", counts->recorded);
	if (counts->lost)
		rich_keep(line, INK_BAD, "%" PRIu64 " lost; ", counts->lost);
	else
		rich_add(line, INK_GOOD, "none of these lost; ");
	if (counts->kernel_counted > seen)
		rich_printf(line, INK_WARN, "the kernel counted %" PRIu64 " more, in kernel mode, by reference or before "
			    "the program began, which cannot be seen without BPF; ", counts->kernel_counted - seen);
	else
		rich_add(line, INK_WARN, "those of kernel mode cannot be seen without BPF; ");
	rich_add(line, INK_PLAIN, "nor what settled them, nor how long they took");
}

void view_books(struct rich *line, const struct cr2_trace_counts *counts)
{
	if (counts->source == CR2_TRACE_SOURCE_PERF) {
		say_user_mode(line, counts);
		return;
	}
	rich_keep(line, INK_PLAIN, "%" PRIu64 " recorded + %" PRIu64 " by reference only ",
		  counts->recorded, counts->by_reference);
	if (counts->lost)
		rich_keep(line, INK_BAD, "+ %" PRIu64 " lost ", counts->lost);
	rich_keep(line, INK_PLAIN, "= %" PRIu64 " that the kernel counted",
		  counts->recorded + counts->by_reference + counts->lost);
	if (counts->kernel_counted != counts->recorded + counts->by_reference + counts->lost)
		rich_keep(line, INK_BAD, " less %" PRId64 " that it did not count",
			  (int64_t)(counts->recorded + counts->by_reference + counts->lost -
				    counts->kernel_counted));
	if (!counts->lost)
		rich_add(line, INK_GOOD, "; nothing lost");
	if (counts->unended) {
		rich_add(line, INK_PLAIN, "; ");
		rich_keep(line, INK_PLAIN, "%" PRIu64 " exception%s that it does not count", counts->unended,
			  counts->unended == 1 ? "" : "s");
	}
	if (counts->undetermined) {
		rich_add(line, INK_PLAIN, "; ");
		rich_keep(line, INK_WARN, "the path of %" PRIu64 " is not known", counts->undetermined);
	}
	rich_add(line, INK_PLAIN, "; measuring cost ");
	rich_time(line, INK_PLAIN, (double)counts->overhead_ns);
}

/* What is not known is null. */
static void user_mode_json(json_t *o, const struct cr2_trace_counts *counts)
{
	static const enum cr2_key unknown[] = {CR2_KEY_REFERENCE_ONLY, CR2_KEY_UNENDED, CR2_KEY_SIGNALS,
					       CR2_KEY_OVERHEAD_NS};

	view_json_set(o, KEY(RECORDED), counts->recorded);
	json_object_set_new(o, KEY(KERNEL_COUNTED), counts->kernel_counted ?
			    json_integer((json_int_t)counts->kernel_counted) : json_null());
	view_json_set(o, KEY(LOST), counts->lost);
	view_json_set(o, KEY(UNDETERMINED), counts->undetermined);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(unknown); i++)
		json_object_set_new(o, cr2_key_name(unknown[i]), json_null());
}

void view_books_json(json_t *o, const struct cr2_trace_counts *counts)
{
	if (counts->source == CR2_TRACE_SOURCE_PERF) {
		user_mode_json(o, counts);
		return;
	}
	view_json_set(o, KEY(RECORDED), counts->recorded);
	view_json_set(o, KEY(KERNEL_COUNTED), counts->kernel_counted);
	view_json_set(o, KEY(REFERENCE_ONLY), counts->by_reference);
	view_json_set(o, KEY(LOST), counts->lost);
	view_json_set(o, KEY(UNDETERMINED), counts->undetermined);
	view_json_set(o, KEY(UNENDED), counts->unended);
	view_json_set(o, KEY(SIGNALS), counts->signals);
	view_json_set(o, KEY(OVERHEAD_NS), counts->overhead_ns);
}
