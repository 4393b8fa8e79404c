/* SPDX-License-Identifier: MIT */
/* A dummy event on every CPU, and the ring that the kernel writes its records to. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cr2/tables.h>

#include "discover.h"
#include "sideband.h"

#define RING_PAGES 256 /* a power of two */

/* Without build ids: build_ids.h says why. */
static int open_event(int cpu, bool cgroups)
{
	struct perf_event_attr attr = ring_attr(PERF_COUNT_SW_DUMMY, RING_PAGES * CR2_PAGE_SIZE / 2, true);

	attr.sample_type = PERF_SIDEBAND_SAMPLE;
	attr.cgroup = cgroups;
	return ring_open_event(&attr, -1, cpu);
}

static int add_ring(struct sideband *sideband, int cpu, bool cgroups)
{
	struct ring *ring = &sideband->rings[sideband->n];
	int fd = open_event(cpu, cgroups), r;

	if (fd == -EINVAL && cgroups) /* a kernel without CONFIG_CGROUP_PERF */
		fd = open_event(cpu, false);
	if (fd < 0)
		return fd == -ENODEV ? 0 : fd; /* that CPU is offline */
	r = ring_map(fd, RING_PAGES, ring);
	if (r == 0 && ioctl(fd, PERF_EVENT_IOC_ID, &sideband->ids[sideband->n]) < 0) {
		r = -errno;
		ring_unmap(ring);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	sideband->n++;
	return 0;
}

int sideband_open(bool cgroups, struct sideband *ret_sideband, struct cr2_text *reason)
{
	size_t cpus = (size_t)sysconf(_SC_NPROCESSORS_CONF);
	struct sideband sideband = {
		.ids = calloc(cpus, sizeof(*sideband.ids)),
		.rings = calloc(cpus, sizeof(*sideband.rings)),
	};
	int r = sideband.ids && sideband.rings ? 0 : -ENOMEM;

	for (size_t cpu = 0; cpu < cpus && r == 0; cpu++)
		r = add_ring(&sideband, (int)cpu, cgroups);
	if (r < 0) {
		sideband_close(&sideband);
		return trace_refuse(reason, r, "perf events that tell of mappings and processes");
	}
	*ret_sideband = sideband;
	return 0;
}

void sideband_close(struct sideband *sideband)
{
	for (size_t i = 0; i < sideband->n; i++) {
		close(sideband->rings[i].fd);
		ring_unmap(&sideband->rings[i]);
	}
	free(sideband->ids);
	free(sideband->rings);
	*sideband = (struct sideband){0};
}

int sideband_read(struct sideband *sideband, ring_fn *fn, void *data)
{
	int r = 0;

	for (size_t i = 0; i < sideband->n && r == 0; i++)
		r = ring_read(&sideband->rings[i], fn, data);
	return r;
}
