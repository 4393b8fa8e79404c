/* SPDX-License-Identifier: MIT */
/* A forced fault: do its witnesses agree? */
#include <stdlib.h>

#include <cr2/force.h>

void cr2_force_report_finish(struct cr2_force_report *report)
{
	free(report->expected);
	free(report->seen);
	free(report->reason);
	*report = (struct cr2_force_report){0};
}

/*
 * "Pretend that user-mode accesses to kernel addresses are always protection faults": since
 * 4.20 (e49d3cbef0176), so that nobody can probe what the kernel maps.
 */
static bool is_hidden(uint64_t address, uint64_t traced, uint64_t signalled)
{
	return address >= CR2_TASK_SIZE_MAX(4) && !(traced & CR2_PF(P)) && signalled == (traced | CR2_PF(P));
}

enum cr2_force_agreement cr2_force_agreement(const struct cr2_force_report *report)
{
	uint64_t traced = report->fault.error_code, signalled = report->signal.error_code;

	if (!report->traced || report->n_faults == 0 || !report->signal.number)
		return CR2_FORCE_ONE_CODE;
	if (traced == signalled)
		return CR2_FORCE_SAME;
	return is_hidden(report->fault.address, traced, signalled) ? CR2_FORCE_HIDDEN
								   : CR2_FORCE_DIFFERENT;
}

bool cr2_force_holds(const struct cr2_force_report *report)
{
	return report->traced && report->exceptions == 1 && report->n_faults == 1 &&
	       !report->expected && cr2_force_agreement(report) != CR2_FORCE_DIFFERENT;
}
