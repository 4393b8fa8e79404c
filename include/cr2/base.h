/* SPDX-License-Identifier: MIT */
/*
 * Growing text, growing arrays, numbers, and the place of a mistake in an input.
 * Knows nothing of faults. All functions return 0 or a negative errno.
 */
#ifndef CR2_BASE_H
#define CR2_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Around what a header declares, so that C++ finds it under its name. */
#ifdef __cplusplus
#define CR2_BEGIN_DECLS extern "C" {
#define CR2_END_DECLS }
#else
#define CR2_BEGIN_DECLS
#define CR2_END_DECLS
#endif

CR2_BEGIN_DECLS

#define CR2_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A growing string; data is NUL-terminated, NULL when nothing was ever added. */
struct cr2_text {
	char *data;
	size_t length;
	size_t capacity;
};

/* Text: grows as needed; after -ENOMEM what it held is still whole. */
int cr2_text_append(struct cr2_text *text, const char *s);
int cr2_text_append_n(struct cr2_text *text, const char *s, size_t n);
int cr2_text_printf(struct cr2_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int cr2_text_vprintf(struct cr2_text *text, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
void cr2_text_clear(struct cr2_text *text); /* keeps the memory */
void cr2_text_finish(struct cr2_text *text);

/*
 * Appends what others wrote so that it can be shown: control characters, also '\n', those that
 * hide or reorder text, such as U+202E, and bytes that are not UTF-8 are spelled: \x1b, \u202e.
 */
int cr2_text_append_safe(struct cr2_text *text, const char *s, size_t n);
/* The same for a message; one longer than this is cut in its middle, and says so. */
#define CR2_MESSAGE_MAX 2000
int cr2_text_append_message(struct cr2_text *text, const char *s);
/* Appends UTF-8 as ASCII: "->" for an arrow; what has no stand-in is spelled: \u00e9. */
int cr2_text_append_ascii(struct cr2_text *text, const char *s, size_t n);

/* Makes *items (of size bytes each) hold at least wanted; grows by doubling. */
int cr2_grow(void *items, size_t *capacity, size_t wanted, size_t size);

/*
 * A whole number: decimal or 0x, the whole string, no sign, no blanks.
 * Returns 0, -EINVAL (not a number) or -ERANGE (over UINT64_MAX).
 */
int cr2_parse_u64(const char *s, uint64_t *ret_value);
/* The same with hexadecimal digits only; a leading 0x may stand there. */
int cr2_parse_hex(const char *s, uint64_t *ret_value);
/*
 * A number as people write down what they decode: hexadecimal with or without 0x, binary as
 * 0b111 or 111b; single underscores may part its digits. Where 11b would be hexadecimal, 0x
 * has to say so. Returns 0, or -EINVAL with what is wrong in *ret_reason.
 */
int cr2_parse_number(const char *s, uint64_t *ret_value, const char **ret_reason);

/*
 * The candidate nearest to word by edit distance, or NULL when none is near: more than a third of
 * the longer one's letters are other ones. A letter's case counts next to nothing. For "did you
 * mean" hints.
 */
const char *cr2_nearest(const char *word, const char *const *candidates, size_t n);

/* Where an input is wrong, and what would be right. Strings are owned. */
struct cr2_diag {
	char *path; /* the file, "<stdin>", or NULL */
	unsigned line; /* from 1; 0: the whole file */
	unsigned column; /* from 1, in bytes; 0: the whole line */
	unsigned width; /* how many bytes the caret underlines */
	char *message; /* what is wrong: "unknown operation 'wirte'" */
	char *hint; /* what would be right, or NULL: "did you mean 'write'?" */
	char *excerpt; /* the source line, or NULL */
	struct cr2_diag *next; /* a further mistake of the same input, or NULL; owned */
};
/* Both take all that hang on diag. */
void cr2_diag_finish(struct cr2_diag *diag);
/*
 * file:line:column: message
 *     the line
 *       ^~~~
 *     hint
 */
int cr2_diag_format(const struct cr2_diag *diag, struct cr2_text *text);

CR2_END_DECLS

#endif
