/* SPDX-License-Identifier: MIT */
/* See soft_dirty.h. */
#include "soft_dirty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cr2/flags.h>

#include "base/reason.h"

#define CLEAR_SOFT_DIRTY "4"

/* A new mapping is soft-dirty all over. */
static int new_page_flags(uint64_t *ret_flags)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), r = 0;

	if (page == MAP_FAILED || fd < 0 ||
	    pread(fd, ret_flags, sizeof(*ret_flags), (off_t)((uintptr_t)page / size * sizeof(*ret_flags))) != (ssize_t)sizeof(*ret_flags))
		r = errno ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
	if (page != MAP_FAILED)
		munmap(page, size);
	return r;
}

int host_soft_dirty_check(const struct cr2_litmus *litmus, struct cr2_text *reason)
{
	uint64_t flags;
	int r;

	if (!cr2_litmus_has(litmus, CR2_OP_CLEAR_REFS))
		return 0;
	r = new_page_flags(&flags);
	if (r < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "/proc/self/pagemap does not tell of soft-dirty bits here");
	return flags & CR2_PAGEMAP(SOFT_DIRTY) ? 0 : reason_refuse(reason, -EOPNOTSUPP,
		"this kernel has no soft-dirty bits to clear (CONFIG_MEM_SOFT_DIRTY)");
}

long host_soft_dirty_clear(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC), error;
	long n = fd < 0 ? -1 : write(fd, CLEAR_SOFT_DIRTY, 1);

	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return n < 0 ? -1 : 0;
}
