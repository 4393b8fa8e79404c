/* SPDX-License-Identifier: MIT */
/* Guests as targets: guest:VERSION, guest:IMAGE, guest:IMAGE,MODULES. */
#ifndef CLI_TARGET_GUEST_H
#define CLI_TARGET_GUEST_H

#include <stdbool.h>

#include <cr2/guest_runner.h>

bool target_is_guest(const char *word);
/* IMAGE: it has a slash, which no version has. */
bool target_is_own_kernel(const char *word);
/* The version of a guest:VERSION that can be fetched; NULL for others. */
const char *target_guest_version(const char *word);
/* Appends the version, or what uname -r will say in an IMAGE; else a negative errno. */
int target_guest_release(const char *word, struct cr2_text *release);
/* Shows how the making of a guest gets on. */
extern const struct cr2_guest_watch target_guest_watch;
/* Its kernel, fetched or opened. Returns 0, or a negative errno with the reason. */
int target_guest_kernel(const char *word, struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason);
/* Finds, fetches, boots; appends "guest RELEASE" to name, or what is wrong to reason. */
int target_guest_create(const char *word, struct cr2_runner **ret_runner, struct cr2_text *name,
			struct cr2_text *reason);

#endif
