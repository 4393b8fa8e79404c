/* SPDX-License-Identifier: MIT */
/* Guests as targets: the words that name them, and what lasts while they are fetched and booted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"
#include "target_guest.h"

#define GUEST "guest:"

char *target_next(char **words)
{
	char *word = strsep(words, ",");
	size_t n;

	if (!word || !target_is_own_kernel(word) || !*words)
		return word;
	n = strcspn(*words, ",");
	if (!memchr(*words, '/', n) || strncmp(*words, GUEST, strlen(GUEST)) == 0)
		return word;
	(*words)[-1] = ',';
	strsep(words, ",");
	return word;
}

bool target_is_guest(const char *word)
{
	return strncmp(word, GUEST, strlen(GUEST)) == 0;
}

bool target_is_own_kernel(const char *word)
{
	return target_is_guest(word) && strchr(word, '/');
}

const char *target_guest_version(const char *word)
{
	for (size_t i = 0; target_is_guest(word) && cr2_guest_version(i); i++)
		if (strcmp(word + strlen(GUEST), cr2_guest_version(i)) == 0)
			return cr2_guest_version(i);
	return NULL;
}

/* IMAGE or IMAGE,MODULES */
static int open_own(const char *word, struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason)
{
	char *image = strdup(word + strlen(GUEST)), *modules = image;
	int r;

	if (!image)
		return -ENOMEM;
	strsep(&modules, ",");
	r = cr2_guest_kernel_open(image, modules, ret_kernel, reason);
	free(image);
	return r;
}

int target_guest_release(const char *word, struct cr2_text *release)
{
	struct cr2_guest_kernel kernel;
	struct cr2_text reason = {0};
	int r;

	if (target_guest_version(word))
		return cr2_text_append(release, target_guest_version(word));
	r = open_own(word, &kernel, &reason);
	cr2_text_finish(&reason);
	if (r < 0)
		return r;
	r = cr2_text_append(release, kernel.release);
	cr2_guest_kernel_finish(&kernel);
	return r;
}

static double mib(uint64_t bytes)
{
	return (double)bytes / (1 << 20);
}

/* Begin and end of a fetch stay to be read; the rest is for a terminal, and passes. */
static void show_progress(void *data, const struct cr2_guest_progress *p)
{
	(void)data;
	switch (p->work) {
	case CR2_GUEST_WAITING:
		cli_progress("waiting for another cr2, which has the cache of kernels");
		break;
	case CR2_GUEST_DAMAGED:
		cli_error(CLI_OK, "%s is not what was fetched: fetching it again", p->name);
		break;
	case CR2_GUEST_FETCHING:
		cli_error(CLI_OK, "fetching %s", p->name);
		break;
	case CR2_GUEST_LISTS:
		cli_progress("package lists, %.1f MiB", mib(p->bytes));
		break;
	case CR2_GUEST_PACKAGE:
		cli_progress("%s, %.1f of %.1f MiB", p->name, mib(p->bytes), mib(p->total));
		break;
	case CR2_GUEST_UNPACKING:
		cli_progress("unpacking %s", p->name);
		break;
	case CR2_GUEST_FETCHED:
		cli_error(CLI_OK, "fetched %s, %.1f MiB", p->name, mib(p->total));
		break;
	case CR2_GUEST_BOOTING:
		cli_progress("booting %s in QEMU, %u s", p->name, p->seconds);
		break;
	case CR2_GUEST_IDLE:
		cli_progress_end();
		break;
	}
}

const struct cr2_guest_watch target_guest_watch = {.progress = show_progress};

int target_guest_kernel(const char *word, struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason)
{
	const char *version = target_guest_version(word);

	return version ? cr2_guest_kernel_find(version, &target_guest_watch, ret_kernel, reason) :
			 open_own(word, ret_kernel, reason);
}

int target_guest_create(const char *word, struct cr2_runner **ret_runner, struct cr2_text *name,
			struct cr2_text *reason)
{
	const char *version = target_guest_version(word);
	struct cr2_guest_kernel kernel;
	int r = target_guest_kernel(word, &kernel, reason);

	if (r < 0)
		return r;
	r = cr2_text_printf(name, "guest %s", version ? version : kernel.release);
	if (r < 0) {
		cr2_guest_kernel_finish(&kernel);
		return r;
	}
	return cr2_runner_guest_create(&kernel, &target_guest_watch, ret_runner, reason);
}
