/* SPDX-License-Identifier: MIT */
/*
 * Any text is a line of VmFlags or is refused, and any text is a kernel's version or is
 * refused; what the line says has names in that kernel.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/flags.h>

#include "fuzz.h"

/* The version stands in the first line, the flags behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char *line = text ? strchr(text, '\n') : NULL;
	uint64_t vm_flags;
	int kernel = 0;

	if (line) {
		*line++ = '\0';
		if (cr2_kernel_parse(text, &kernel) == 0)
			assert(kernel >= 0);
		if (cr2_vm_flags_parse(line, kernel, &vm_flags) == 0) {
			struct cr2_flags flags;

			cr2_flags_decode(CR2_FLAGS_VM, vm_flags, kernel, &flags);
			assert(flags.unknown == 0);
		}
	}
	free(text);
	return 0;
}
