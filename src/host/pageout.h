/* SPDX-License-Identifier: MIT */
#ifndef HOST_PAGEOUT_H
#define HOST_PAGEOUT_H

#include <cr2/litmus.h>

/* Does it advise pageout? */
bool host_pages_out(const struct cr2_litmus *litmus);
/* And of pages that go to swap: anonymous ones, or tmpfs's. */
bool host_pages_out_memory(const struct cr2_litmus *litmus);

#endif
