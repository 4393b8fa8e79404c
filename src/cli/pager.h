/* SPDX-License-Identifier: MIT */
/* A pager for what is longer than a screen: CR2_PAGER, PAGER, or less -FRX. */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

#include <stdbool.h>

/* Is there one, and did nobody refuse it? "cat" and an empty word are none. */
bool pager_wanted(void);
void pager_refuse(void);
/* From here on descriptor 1 leads to it, and 2 if that is a terminal. False: it could not start. */
bool pager_start(void);
bool pager_runs(void);
/* Closes its input, and waits until the user has seen enough. */
void pager_end(void);

#endif
