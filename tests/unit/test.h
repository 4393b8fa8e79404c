/* SPDX-License-Identifier: MIT */
/* cmocka wants these before itself. */
#ifndef CR2_TEST_H
#define CR2_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A unit test's has a name of its own: see meson.build. */
#ifdef main
int main(void);
#endif

/* Ends the running test as skipped, and says why: one line, a format and its arguments. */
#define test_skip(...) \
	do { \
		print_message("# " __VA_ARGS__); \
		print_message("\n"); \
		skip(); \
	} while (0)

#endif
