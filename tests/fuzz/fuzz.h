/* SPDX-License-Identifier: MIT */
/* What a fuzz target defines: it must survive every input, and returns 0. */
#ifndef CR2_FUZZ_H
#define CR2_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
