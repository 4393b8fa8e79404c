/* SPDX-License-Identifier: MIT */
/* The machine that runs cases: QEMU with the image, its memory shared with this process. */
#ifndef METAL_DRIVER_H
#define METAL_DRIVER_H

#include "machine.h"

struct driver;

struct driver_options {
	const char *qemu, *image;
	const char *accelerator; /* "tcg", "kvm" */
	const char *cpu; /* "max" */
	unsigned seconds; /* how long a batch may take */
};

typedef void driver_result_fn(void *data, const struct metal_case *c,
			      const struct metal_result *result);

/* Returns NULL without memory. */
struct driver *driver_create(const struct driver_options *options, driver_result_fn *fn,
			     void *data);
/* Returns 0 or a negative errno: -ENOENT where there is no such program. */
int driver_boot(struct driver *driver);
void driver_destroy(struct driver *driver); /* ends the machine */

const struct metal_info *driver_info(const struct driver *driver);
/* The machine's memory, METAL_MEMORY bytes, at physical address 0. */
const uint8_t *driver_memory(const struct driver *driver);

/*
 * Cases run in order, and fn gets each with its result, in order, at some later submit or at
 * the drain. Both return 0 or a negative errno once the machine is gone.
 */
int driver_submit(struct driver *driver, const struct metal_case *c);
int driver_drain(struct driver *driver);
/* What the machine said before it gave up: text, perhaps of several lines, or "". */
const char *driver_last_words(const struct driver *driver);

#endif
