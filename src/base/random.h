/* SPDX-License-Identifier: MIT */
/* Random numbers that are the same on every machine: for scenarios and exercises. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state[4];
};
void random_init(struct random *random, uint64_t seed);
/* The seed of number n of a seed: those of nearby numbers and seeds have nothing in common. */
uint64_t random_seed(uint64_t seed, uint64_t number);
uint64_t random_draw(struct random *random);
uint64_t random_below(struct random *random, uint64_t n); /* 0 to n - 1 */
bool random_chance(struct random *random, unsigned percent);
/* The index of a weight, as often as it weighs; n if all are 0. */
size_t random_weighted(struct random *random, const uint8_t *weights, size_t n);
/* The number of a set bit; n if none below n is set. */
unsigned random_bit(struct random *random, unsigned bits, unsigned n);

#endif
