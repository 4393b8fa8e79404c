/* SPDX-License-Identifier: MIT */
/* The pool of 2 MiB pages that `map ... hugetlb` takes from. */
#ifndef HOST_POOL_H
#define HOST_POOL_H

#include <cr2/litmus.h>

/* Does the scenario say how large it is, or map any of it? */
bool host_pool_is_used(const struct cr2_litmus *litmus);
/* With its size set: 0, or -EOPNOTSUPP where it has fewer pages, or others take from it. */
int host_pool_check(const struct cr2_litmus *litmus, struct cr2_text *reason);

#endif
