/* SPDX-License-Identifier: MIT */
/* Why a call fails, in one line. */
#ifndef BASE_REASON_H
#define BASE_REASON_H

#include <cr2/base.h>

/* Replaces what reason holds by one line; returns err. */
int reason_refuse(struct cr2_text *reason, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
