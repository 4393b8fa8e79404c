/* SPDX-License-Identifier: MIT */
/* What is wrong with a file that somebody gave, and where. */
#include <errno.h>

#include "sheet.h"

int learn_vrefuse(struct cr2_diag *diag, unsigned line, const char *format, va_list args)
{
	struct cr2_text text = {0};
	int r = cr2_text_vprintf(&text, format, args);

	*diag = (struct cr2_diag){.line = line, .message = text.data};
	return r < 0 ? r : -EINVAL;
}

int learn_refuse(struct cr2_diag *diag, unsigned line, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = learn_vrefuse(diag, line, format, args);
	va_end(args);
	return r;
}
