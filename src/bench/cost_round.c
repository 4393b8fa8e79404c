/* SPDX-License-Identifier: MIT */
/* What every case says of its round. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "bench/costs.h"

int cost_absent(struct cost_bench *bench, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(bench->note, sizeof(bench->note), format, args);
	va_end(args);
	return -EOPNOTSUPP;
}

void cost_doubt(struct cost_sample *sample, const char *format, ...)
{
	va_list args;

	if (sample->doubt[0])
		return;
	va_start(args, format);
	vsnprintf(sample->doubt, sizeof(sample->doubt), format, args);
	va_end(args);
}

void cost_take(struct cost_bench *bench, uint64_t units, struct cost_sample *sample)
{
	sample->ns = meter_stop(&bench->meter, &sample->seen) / (double)units;
	sample->units = units;
	sample->settled = units;
}
