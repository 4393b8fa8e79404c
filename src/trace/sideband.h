/* SPDX-License-Identifier: MIT */
/* What the kernel tells of processes and mappings as they come: perf events of every CPU. */
#ifndef TRACE_SIDEBAND_H
#define TRACE_SIDEBAND_H

#include <cr2/base.h>

#include "ring.h"

struct sideband { /* all zero: none */
	size_t n;
	uint64_t *ids; /* the kernel's, one an event */
	struct ring *rings;
};

/* cgroups: also of control groups that are made. Returns 0 or a negative errno, with what failed in reason. */
int sideband_open(bool cgroups, struct sideband *ret_sideband, struct cr2_text *reason);
void sideband_close(struct sideband *sideband);
/* Hands over every record that is there. What fn returns, if not 0, ends it. */
int sideband_read(struct sideband *sideband, ring_fn *fn, void *data);

#endif
