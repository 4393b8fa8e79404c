/* SPDX-License-Identifier: MIT */
/* The pools that `map ... hugetlb` (2 MiB pages) and `map ... gigantic` (1 GiB) take from. */
#ifndef HOST_POOL_H
#define HOST_POOL_H

#include <cr2/litmus.h>

/* Does the scenario say how large it is, or map any of it? */
bool host_pool_is_used(const struct cr2_litmus *litmus, uint64_t size); /* that of pages of so many bytes */
/* With its size set: 0, or -EOPNOTSUPP where it has fewer pages, or others take from it. */
int host_pool_check(const struct cr2_litmus *litmus, struct cr2_text *reason);

#endif
