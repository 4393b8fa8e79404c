/* SPDX-License-Identifier: MIT */
/*
 * Tests of kmod/ in a guest: asking faulter.c, which runs there. Each of these fails the running
 * test if the guest is lost or answers otherwise, and skips it where there is no guest.
 */
#ifndef KMOD_TEST_H
#define KMOD_TEST_H

#include <inttypes.h>
#include <stdbool.h>

#include <cr2/base.h>

#include "unit/test.h"

/* Where deeds.c maps what it touches. */
#define MAPPED 0x10000000000ull
#define PAGE 4096ull

#define COUNT "/proc/fault_count"
#define TRACE "/proc/fault_trace"

/* What the kernel says that a process took. */
struct usage {
	int pid;
	uint64_t minor, major;
};

/* A question: a format and its arguments. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
long answer(void);
struct usage answer_usage(void);
#define ask(...) (tell(__VA_ARGS__), answer())
#define ask_usage(...) (tell(__VA_ARGS__), answer_usage())
/* To be finished by the caller. */
struct cr2_text ask_text(const char *question);
/* What the kernel logged since the last time; the test fails if it complained. */
struct cr2_text ask_log(void);
void forget_log(void);

/* Calls see with each line, which ends with a newline. */
void each_line(const char *text, void (*see)(const char *line, void *data), void *data);
/* The number behind a name that stands in the text. */
uint64_t value_of(const char *text, const char *name);

/* test-kmod.c: boots. A guest lost is lost for all. */
struct cr2_guest *the_guest(void);
/* The folder of the modules' files here. */
const char *the_modules(void);

void test_count_kinds(void **state);
void test_count_major(void **state);
void test_count_threads(void **state);
void test_count_lives(void **state);
void test_count_held(void **state);
void test_count_orders(void **state);
void test_count_reset(void **state);
void test_count_limits(void **state);
void test_count_bomb(void **state);
void test_count_missed(void **state);

void test_trace_lines(void **state);
void test_trace_returns(void **state);
void test_trace_storm(void **state);
void test_trace_overrun(void **state);
void test_trace_filters(void **state);
void test_trace_missed(void **state);

void test_unload_busy(void **state);
void test_unload_held(void **state);
void test_refused(void **state);

void test_mistakes(void **state);

#endif
