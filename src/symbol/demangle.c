/* SPDX-License-Identifier: MIT */
/* Names as C++, Rust and their like write them; the linker's are made of letters and numbers. */
#include "symbol.h"

#ifdef CR2_DEMANGLE
#include <libiberty/demangle.h>

/* Without arguments: reports have a column for a function, and templates' fill it. */
char *symbol_demangled(const char *name)
{
	return cplus_demangle(name, DMGL_AUTO);
}
#else
char *symbol_demangled(const char *name)
{
	(void)name;
	return NULL;
}
#endif
