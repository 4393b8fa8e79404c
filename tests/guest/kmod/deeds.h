/* SPDX-License-Identifier: MIT */
/*
 * What faulter.c can do. A deed takes n faults of its kind, beside those of any process, and
 * ends. Company stays until it is sent away.
 */
#ifndef KMOD_DEEDS_H
#define KMOD_DEEDS_H

#include <stdbool.h>
#include <stddef.h>

#define PAGE 4096

typedef void deed_fn(size_t n);
/* NULL: there is none of that name. */
deed_fn *find_deed(const char *name);

/* Says what is wrong and ends the process if it is not true. */
void must(bool is_true, const char *what);
/* At a place that kmod.h knows, if it is free; in small pages. */
char *map_pages(size_t n);
void touch_pages(char *p, size_t n);
/* 8 times: maps n pages, touches, unmaps. */
void come_and_go(size_t n);
/* n processes, one after the other. */
void deed_row(size_t n);

/* A process that has touched n pages sleeps until leave(). */
void stay(size_t n);
void leave(void);
/* A process of which n threads wait, each in the middle of a fault, until release(). */
void hold(size_t n);
void release(void);
/* Processes that fault, fork, and read the modules' files, until calm(). */
void storm(void);
void calm(void);

/* "PID MINOR MAJOR", as the kernel counted them, when it has ended. */
void answer_usage(int pid);

#endif
