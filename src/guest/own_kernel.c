/* SPDX-License-Identifier: MIT */
/*
 * A kernel image of the user's own. A bzImage says itself what uname -r will say in it: behind
 * its signature, at 0x20e, is where its version text starts, counted from 0x200.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define VERSION_AT 0x20e
#define VERSION_BASE 0x200

/* "6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP ...": the first word. */
static char *release_of(const unsigned char *head, size_t n)
{
	size_t at, length = 0;

	if (n < VERSION_AT + 2 || memcmp(head + GUEST_SIGNATURE_AT, "HdrS", 4) != 0)
		return NULL;
	at = VERSION_BASE + head[VERSION_AT] + 256u * head[VERSION_AT + 1];
	while (at + length < n && head[at + length] > ' ' && head[at + length] < 0x7f)
		length++;
	return at > VERSION_BASE && length ? strndup((const char *)head + at, length) : NULL;
}

static int read_image(const char *image, char **ret_release, struct cr2_text *reason)
{
	unsigned char head[0x8000 + 0x200]; /* the longest setup code; the text is in it */
	FILE *file = fopen(image, "re");
	size_t n;
	char *release;

	if (!file)
		return guest_fail(reason, -errno, "%s: %s", image, strerror(errno));
	n = fread(head, 1, sizeof(head), file);
	if (n < sizeof(head) && ferror(file)) {
		fclose(file);
		return guest_fail(reason, -EIO, "%s cannot be read", image);
	}
	fclose(file);
	release = release_of(head, n);
	if (!release)
		return guest_fail(reason, -EINVAL, "%s is no kernel image; a build makes "
				  "arch/x86/boot/bzImage, which Debian calls vmlinuz", image);
	*ret_release = release;
	return 0;
}

int cr2_guest_kernel_open(const char *image, const char *modules,
			  struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason)
{
	struct cr2_guest_kernel kernel = {0};
	int r = read_image(image, &kernel.release, reason);

	if (r == 0 && modules)
		r = guest_modules_find(modules, true, &kernel, reason);
	if (r == 0 && !(kernel.image = strdup(image)))
		r = -ENOMEM;
	if (r < 0)
		cr2_guest_kernel_finish(&kernel);
	else
		*ret_kernel = kernel;
	return r;
}
