/* SPDX-License-Identifier: MIT */
/*
 * Random scenarios, and smaller ones that show the same.
 */
#ifndef CR2_GENERATE_H
#define CR2_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

/*
 * What random scenarios may ask of a target. Scenarios are numbered: number n of a seed is that
 * of cr2_generator_seed(seed, n), so that nearby seeds have nothing in common.
 */
struct cr2_generator {
	size_t size; /* of this struct, as the caller was compiled */
	unsigned statements; /* at the most, besides the settings and objects */
	bool thp, swap, fault_around, keys, hugetlb, numa, soft_dirty, ksm; /* settings besides the defaults */
	bool gigantic; /* pages of 1 GiB, and nothing else: they take seconds each */
	bool five_levels; /* of page tables, in all scenarios, and what is mapped beyond 47 bits */
};
uint64_t cr2_generator_seed(uint64_t seed, uint64_t number);
/* A random valid scenario; the same seed and config give the same text. 0, -ENOMEM or -EINVAL. */
int cr2_litmus_generate(uint64_t seed, const struct cr2_generator *config,
			struct cr2_text *ret_text);

/* Does the scenario still show it? 1 yes, 0 no (also where it is not valid), or an errno. */
typedef int cr2_reduce_fn(void *data, const char *text, size_t length);
/* The smallest scenario found that still shows what text shows. 0 or an errno, fn's included. */
int cr2_litmus_reduce(const char *text, size_t length, cr2_reduce_fn *fn, void *data,
		      struct cr2_text *ret_text);

CR2_END_DECLS

#endif
