/* SPDX-License-Identifier: MIT */
/* Structs of callers that were compiled with an older or a newer header. */
#include <errno.h>
#include <string.h>

#include "option.h"

int option_take(void *own, size_t own_size, const void *given)
{
	const char *bytes = given;
	size_t size;

	memcpy(&size, given, sizeof(size));
	if (size <= sizeof(size))
		return -EINVAL;
	for (size_t i = own_size; i < size; i++)
		if (bytes[i])
			return -EINVAL;
	memcpy(own, given, size < own_size ? size : own_size);
	memcpy(own, &own_size, sizeof(own_size));
	return 0;
}

int option_give(void *given, const void *own, size_t own_size)
{
	size_t size, n;

	memcpy(&size, given, sizeof(size));
	if (size <= sizeof(size))
		return -EINVAL;
	n = size < own_size ? size : own_size;
	memcpy((char *)given + sizeof(size), (const char *)own + sizeof(size), n - sizeof(size));
	memset((char *)given + n, 0, size - n);
	return 0;
}
