/* SPDX-License-Identifier: MIT */
/* The cases that a counter of page faults is judged by, and what a report comes to. */
#include <cr2/counter.h>

static const struct {
	const char *name, *deed, *hint;
} rows[] = {
#define X(id, name, deed, hint) {name, deed, hint},
#include <cr2/tables/counter_case.def>
#undef X
};

const char *cr2_counter_case_name(enum cr2_counter_case c)
{
	return rows[c].name;
}

const char *cr2_counter_case_deed(enum cr2_counter_case c)
{
	return rows[c].deed;
}

const char *cr2_counter_case_hint(enum cr2_counter_case c)
{
	return rows[c].hint;
}

bool cr2_counter_report_ok(const struct cr2_counter_report *report)
{
	for (int c = 0; c < CR2_COUNTER_CASES; c++)
		if (!report->cases[c].done || !report->cases[c].listed ||
		    report->cases[c].seen != report->cases[c].expected)
			return false;
	return report->end == CR2_COUNTER_DONE;
}

void cr2_counter_report_finish(struct cr2_counter_report *report)
{
	cr2_text_finish(&report->console);
	*report = (struct cr2_counter_report){0};
}
