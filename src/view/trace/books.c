/* SPDX-License-Identifier: MIT */
/* The books, for people and for programs. */
#include <inttypes.h>

#include "record/json.h"
#include "view/draw/quantity.h"
#include "view/trace/books.h"

void view_books(struct rich *line, const struct cr2_trace_counts *counts)
{
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
	if (counts->unended)
		rich_keep(line, INK_PLAIN, "; %" PRIu64 " exceptions that it does not count",
			  counts->unended);
	if (counts->undetermined)
		rich_keep(line, INK_WARN, "; the path of %" PRIu64 " is not known",
			  counts->undetermined);
	rich_add(line, INK_PLAIN, "; measuring cost ");
	rich_time(line, INK_PLAIN, (double)counts->overhead_ns);
}

static void set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

void view_books_json(json_t *o, const struct cr2_trace_counts *counts)
{
	set(o, KEY(RECORDED), counts->recorded);
	set(o, KEY(KERNEL_COUNTED), counts->kernel_counted);
	set(o, KEY(REFERENCE_ONLY), counts->by_reference);
	set(o, KEY(LOST), counts->lost);
	set(o, KEY(UNDETERMINED), counts->undetermined);
	set(o, KEY(UNENDED), counts->unended);
	set(o, KEY(SIGNALS), counts->signals);
	set(o, KEY(OVERHEAD_NS), counts->overhead_ns);
}
