/* SPDX-License-Identifier: MIT */
/*
 * Fetches: is what may stand at an address harmless to execute?
 */
#ifndef HOST_FETCH_H
#define HOST_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>

/* Every byte value that the scenario stored at an offset in a page, anywhere; or filled pages with. */
struct host_written {
	struct host_byte {
		uint16_t offset;
		uint8_t value;
	} *items;
	size_t count, capacity;
	bool filled[256]; /* whole pages with the value */
};
int host_written_add(struct host_written *written, uint64_t address, uint8_t value);
/*
 * Is whatever may stand at address harmless to execute? zeros, returns: may the page hold
 * 0x00 or 0xC3 where nothing was stored; emulated: by a CPU that QEMU emulates. Returns 0 or
 * -EOPNOTSUPP.
 */
int host_fetch_check(const struct host_written *written, uint64_t address, bool zeros,
		     bool returns, bool emulated, struct cr2_text *reason);
bool host_is_emulated(void);

#endif
