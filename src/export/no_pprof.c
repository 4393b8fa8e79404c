/* SPDX-License-Identifier: MIT */
/* In the place of pprof.c where protobuf-c was not there when this was built. */
#include <errno.h>

#include <cr2/export.h>

int cr2_export_pprof(const struct cr2_view_report *report, struct cr2_text *bytes)
{
	(void)report;
	(void)bytes;
	return -ENOSYS;
}
