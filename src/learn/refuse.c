/* SPDX-License-Identifier: MIT */
/* What is wrong with a file that somebody gave, and where. */
#include <errno.h>

#include "sheet.h"

int learn_refuse(struct cr2_diag *diag, unsigned line, const char *format, ...)
{
	struct cr2_text text = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&text, format, args);
	va_end(args);
	*diag = (struct cr2_diag){.line = line, .message = text.data};
	return r < 0 ? r : -EINVAL;
}
