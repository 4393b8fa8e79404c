/* SPDX-License-Identifier: MIT */
/*
 * The path of a fault seen from outside: what the error code, the mapping and the page before
 * and after it leave as the only explanation.
 */
#ifndef OBSERVE_DERIVE_H
#define OBSERVE_DERIVE_H

#include <cr2/record.h>

struct derive_facts {
	uint64_t error_code;
	enum cr2_result result; /* OK, or what the fault ended in: a signal, EFAULT */
	bool mapped; /* there is a mapping at the address */
	bool permitted; /* and it allows the access */
	bool keys; /* but for a protection key that it may have */
	bool shared, file, hugetlb; /* its kind */
	struct cr2_page_state before, after;
	bool allowed; /* the entry before is known to have allowed the access */
};

/* CR2_PATH_UNKNOWN where more than one explanation is left, or none. */
enum cr2_path derive_path(const struct derive_facts *facts);

#endif
