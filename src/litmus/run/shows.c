/* SPDX-License-Identifier: MIT */
/* What of pages is shown beside what they are. */
#include <cr2/run.h>

unsigned cr2_runner_shows(const struct cr2_runner *runner, const struct cr2_litmus *litmus)
{
	return runner->shows | litmus->shows;
}

uint32_t cr2_marks_shown(unsigned shows)
{
	uint32_t marks = shows & CR2_SHOW_VMAS ? CR2_MARK(BEGINS) : 0;

	return shows & CR2_SHOW_ENTRIES ? marks | (CR2_MARK(BEGINS) - 1) : marks;
}
