/* SPDX-License-Identifier: MIT */
/*
 * Remembers that KVM did not bring a guest up here. The note in the cache holds this boot's id,
 * so that it counts until the machine is booted again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"

#include "guest.h"

static char *note_path(void)
{
	struct cr2_text reason = {0};
	char *cache, *path;
	int r = guest_cache(&cache, &reason);

	cr2_text_finish(&reason);
	if (r < 0)
		return NULL;
	if (asprintf(&path, "%s/kvm-failed", cache) < 0)
		path = NULL;
	free(cache);
	return path;
}

static bool note_is_current(const char *path)
{
	struct cr2_text boot = {0}, note = {0};
	bool current = stream_read_file("/proc/sys/kernel/random/boot_id", SIZE_MAX, &boot) == 0 &&
		       stream_read_file(path, SIZE_MAX, &note) == 0 && boot.data && note.data &&
		       strcmp(boot.data, note.data) == 0;

	cr2_text_finish(&boot);
	cr2_text_finish(&note);
	return current;
}

bool guest_kvm_may_work(void)
{
	char *path;
	bool may;

	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return false;
	path = note_path();
	may = !path || !note_is_current(path);
	free(path);
	return may;
}

void guest_kvm_failed(void)
{
	struct cr2_text boot = {0};
	char *path = note_path();

	/* Without the note the next guest tries again, which costs time only. */
	if (path && stream_read_file("/proc/sys/kernel/random/boot_id", SIZE_MAX, &boot) == 0) {
		unlink(path);
		guest_write_file(path, boot.data, boot.length);
	}
	cr2_text_finish(&boot);
	free(path);
}
