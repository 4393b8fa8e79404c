/* SPDX-License-Identifier: MIT */
/* What the JSON views share. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

json_t *view_json_hex(uint64_t value)
{
	static const char digits[] = "0123456789abcdef";
	char hex[sizeof("0x") + 16], *p = hex + sizeof(hex);

	do {
		*--p = digits[value & 0xf];
	} while (value >>= 4);
	*--p = 'x';
	*--p = '0';
	return json_stringn_nocheck(p, (size_t)(hex + sizeof(hex) - p));
}

void view_json_set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

void view_json_set_known(json_t *o, const char *key, uint64_t n, bool known)
{
	if (known)
		view_json_set(o, key, n);
	else
		json_object_set_new(o, key, json_null());
}

json_t *view_json_safe(const char *s)
{
	struct cr2_text safe = {0};
	json_t *o = cr2_text_append_safe(&safe, s, strlen(s)) == 0 ? json_string(safe.data ? safe.data : "") : NULL;

	cr2_text_finish(&safe);
	return o;
}

json_t *view_json_seconds(uint64_t ns)
{
	return json_real((double)ns / 1e9);
}

json_t *view_json_flags(const struct cr2_flags *flags)
{
	json_t *names = json_array();

	for (size_t i = 0; i < flags->n; i++) {
		const struct cr2_flag *flag = flags->items[i];
		json_int_t field = (json_int_t)cr2_flag_field(flag, flags->value);

		json_array_append_new(names, flag->width == 1
				      ? json_string(flag->name)
				      : json_sprintf("%s=%lld", flag->name, field));
	}
	return names;
}

/* Fifteen digits: what a double holds of a decimal number, and nanoseconds of 11 days. */
int view_json_line(json_t *root, struct cr2_text *text)
{
	char *dump = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	int r = dump ? cr2_text_append(text, dump) : -ENOMEM;

	if (r == 0)
		r = cr2_text_append(text, "\n");
	free(dump);
	json_decref(root);
	return r;
}
