/* SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "reason.h"

int reason_refuse(struct cr2_text *reason, int err, const char *format, ...)
{
	va_list args;

	cr2_text_clear(reason);
	va_start(args, format);
	cr2_text_vprintf(reason, format, args);
	va_end(args);
	return err;
}
