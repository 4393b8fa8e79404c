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

#endif
