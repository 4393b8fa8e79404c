/* SPDX-License-Identifier: MIT */
/* Memory that is locked: at once, on fault, all that is there, all that will be; what moves and grows, and a child. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

static void must(int result)
{
	if (result < 0) {
		perror("locks");
		exit(1);
	}
}

int main(void)
{
	char *late = map(-1, 32, MAP_PRIVATE), *once = map(-1, 32, MAP_PRIVATE), *all, *after;

	put(late, 0, 4);
	must(mlock2(late, 32 * PAGE, MLOCK_ONFAULT));
	put(late, 0, 16);
	late = mremap(late, 32 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	put(late, 0, 40);
	must(mlock(once, 16 * PAGE));
	put(once, 0, 24);
	once = mremap(once, 16 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	put(once, 0, 64);
	must(mlockall(MCL_CURRENT | MCL_FUTURE));
	all = map(-1, 64, MAP_PRIVATE);
	put(all, 0, 64);
	put(late, 0, 64);
	if (fork() == 0) {
		put(all, 0, 32);
		put(map(-1, 16, MAP_PRIVATE), 0, 16);
		_exit(0);
	}
	wait(NULL);
	put(all, 0, 64);
	must(munlockall());
	after = map(-1, 16, MAP_PRIVATE);
	put(after, 0, 16);
	must(mlockall(MCL_FUTURE | MCL_ONFAULT));
	put(map(-1, 16, MAP_PRIVATE), 0, 8);
	must(munlockall());
	return 0;
}
