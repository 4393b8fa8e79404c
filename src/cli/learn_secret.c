/* SPDX-License-Identifier: MIT */
/* The seed of a student's sheet, which nobody can tell who does not know the secret. */
#include <nettle/hmac.h>
#include <string.h>

#include "learn.h"

uint64_t learn_student_seed(const char *secret, const char *student)
{
	struct hmac_sha256_ctx context;
	uint8_t digest[8];
	uint64_t seed = 0;

	hmac_sha256_set_key(&context, strlen(secret), (const uint8_t *)secret);
	hmac_sha256_update(&context, strlen(student), (const uint8_t *)student);
	hmac_sha256_digest(&context, sizeof(digest), digest);
	/* The same on every machine, and one that --seed takes. */
	for (size_t i = 0; i < sizeof(digest); i++)
		seed = seed << 8 | digest[i];
	return seed & INT64_MAX;
}
