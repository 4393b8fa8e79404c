/* SPDX-License-Identifier: MIT */
/*
 * Random numbers: xoshiro256** seeded by splitmix64 (Blackman and Vigna, public domain
 * algorithms). Integer arithmetic only, so that a seed means the same on every machine.
 */
#include "random.h"

#define GOLDEN 0x9e3779b97f4a7c15ULL

static uint64_t scramble(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint64_t random_seed(uint64_t seed, uint64_t number)
{
	return scramble(scramble(seed + GOLDEN) + number);
}

void random_init(struct random *random, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		random->state[i] = scramble(seed += GOLDEN);
}

static uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t random_draw(struct random *random)
{
	uint64_t *s = random->state, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t n)
{
	return random_draw(random) % n;
}

bool random_chance(struct random *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}

size_t random_weighted(struct random *random, const uint8_t *weights, size_t n)
{
	uint64_t sum = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < n; k++)
		sum += weights[k];
	if (!sum)
		return n;
	for (at = random_below(random, sum); at >= weights[i]; i++)
		at -= weights[i];
	return i;
}

unsigned random_bit(struct random *random, unsigned bits, unsigned n)
{
	unsigned count = (unsigned)__builtin_popcount(bits), k;

	if (!count)
		return n;
	k = (unsigned)random_below(random, count);
	for (unsigned i = 0; i < n; i++)
		if (bits >> i & 1 && k-- == 0)
			return i;
	return n;
}
