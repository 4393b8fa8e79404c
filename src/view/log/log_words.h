/* SPDX-License-Identifier: MIT */
/* What the text and the JSON of a crash report have in common. */
#ifndef VIEW_LOG_LOG_WORDS_H
#define VIEW_LOG_LOG_WORDS_H

#include <cr2/log.h>

static inline bool log_has(const struct cr2_log_report *report, uint32_t what)
{
	return (report->has & what) == what;
}

/* Kernels before 6.0 name the next mapping above ip where ip is in none. */
bool log_in_object(const struct cr2_log_report *report);
const char *log_access_name(const struct cr2_log_report *report); /* "read", "write", "fetch", or NULL */
/* The pointer that went wrong: the operand's base register where it is known, else the address. */
bool log_pointer(const struct cr2_log_report *report, uint64_t *ret_pointer);
/* "AAAAAAAA" when all bytes of the pointer are printable; lowest byte first. */
bool log_spells(uint64_t pointer, char ret_text[9]);
/* The poison that the pointer or the address comes from, or NULL. */
const struct cr2_poison *log_poison(const struct cr2_log_report *report, uint64_t *ret_offset);
/* Is exactly one bit set in a pointer that is wild? */
bool log_one_bit(const struct cr2_log_report *report);
/* "ENOMEM" of a pointer that is an error code, or NULL. */
const char *log_error_name(uint64_t pointer);

#endif
