/* SPDX-License-Identifier: MIT */
/* The page of web/, where it was built. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <cr2/base.h>
#include <cr2/tables.h>

/* Reads it. Returns an exit code, having said what is wrong; command: whose words that are. */
int page_load(const char *command, struct cr2_text *ret_page);
/* Writes it with a scenario inside to a file, or "-"; against: another kernel's name, a setting, or "". The same. */
int page_write(const char *command, const char *path, const char *scenario, enum cr2_profile profile,
	       const char *against);

#endif
