/* SPDX-License-Identifier: MIT */
/*
 * What the JSON views share. jansson takes NULL for what an earlier call could not make, so
 * that only view_json_line() has to be asked whether all went well: it refuses a root of NULL.
 */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include <jansson.h>

#include <cr2/flags.h>

/* A key of key.def: KEY(ADDR) is "addr". */
#define KEY(id) cr2_key_name(CR2_KEY_##id)

/* "0x1f": numbers that people write in hexadecimal. */
json_t *view_json_hex(uint64_t value);
/* A member that is a count, of bytes, pages or nanoseconds too. */
void view_json_set(json_t *o, const char *key, uint64_t n);
/* Or null, where it is not known. */
void view_json_set_known(json_t *o, const char *key, uint64_t n, bool known);
/* A string that others wrote, spelled as cr2_text_append_safe() does. */
json_t *view_json_safe(const char *s);
/* Seconds, with nine decimals or fewer. */
json_t *view_json_seconds(uint64_t ns);
/* ["READ", "WRITE", "PKEY=2"] */
json_t *view_json_flags(const struct cr2_flags *flags);
/* Appends root on a line of its own, and ends it. Returns 0 or -ENOMEM. */
int view_json_line(json_t *root, struct cr2_text *text);

#endif
