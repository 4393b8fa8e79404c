/* SPDX-License-Identifier: MIT */
/* Round trips of userfaultfd: fault, wake the handler, copy, wake the waiter. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/costs.h"
#include "bench/touch.h"

/* Each takes some wake-ups' time. */
#define ROUND_TRIPS 256

static uint64_t how_many(const struct cost_bench *bench)
{
	return bench->plan->pages < ROUND_TRIPS ? bench->plan->pages : ROUND_TRIPS;
}

struct answerer {
	int uffd;
	uint64_t n; /* faults to answer */
	struct uffdio_range range;
	uint8_t *page; /* what every page gets */
	int error;
};

/* Who waits goes on with whatever the kernel gives it. */
static void give_up(struct answerer *a, int error)
{
	a->error = error;
	ioctl(a->uffd, UFFDIO_UNREGISTER, &a->range);
}

static void *answer(void *argument)
{
	struct answerer *a = argument;

	for (uint64_t i = 0; i < a->n; i++) {
		struct uffd_msg message;
		struct uffdio_copy copy = {.src = (uintptr_t)a->page, .len = CR2_PAGE_SIZE};
		ssize_t size = read(a->uffd, &message, sizeof(message));

		if (size != sizeof(message) || message.event != UFFD_EVENT_PAGEFAULT) {
			give_up(a, -EIO);
			break;
		}
		copy.dst = message.arg.pagefault.address & ~(uint64_t)(CR2_PAGE_SIZE - 1);
		if (ioctl(a->uffd, UFFDIO_COPY, &copy) < 0) {
			give_up(a, -errno);
			break;
		}
	}
	return NULL;
}

static int start(struct answerer *a, const cpu_set_t *cpus, pthread_t *ret_thread)
{
	pthread_attr_t attr;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(*cpus), cpus);
	r = pthread_create(ret_thread, &attr, answer, a);
	pthread_attr_destroy(&attr);
	return -r;
}

static int watch(struct cost_bench *bench, struct answerer *a)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register watched = {.range = a->range, .mode = UFFDIO_REGISTER_MODE_MISSING};

	if (a->uffd < 0)
		return cost_absent(bench, "no userfaultfd: %s", strerror(errno));
	if (ioctl(a->uffd, UFFDIO_API, &api) < 0 || ioctl(a->uffd, UFFDIO_REGISTER, &watched) < 0)
		return cost_absent(bench, "userfaultfd does not take the memory: %s", strerror(errno));
	return 0;
}

static int go_round(struct cost_bench *bench, uint8_t *base, const cpu_set_t *cpus,
		    struct cost_sample *sample)
{
	uint64_t pages = how_many(bench);
	uint8_t page[CR2_PAGE_SIZE] = {0};
	struct answerer a = {
		.uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY),
		.n = pages,
		.range = {(uintptr_t)base, pages * CR2_PAGE_SIZE},
		.page = page,
	};
	pthread_t thread;
	int r = watch(bench, &a);

	if (r == 0)
		r = start(&a, cpus, &thread);
	if (r == 0) {
		meter_start(&bench->meter);
		bench_read(base, pages, CR2_PAGE_SIZE, NULL);
		cost_take(bench, pages, sample);
		sample->major = UINT64_MAX;
		pthread_join(thread, NULL);
		r = a.error;
	}
	if (a.uffd >= 0)
		close(a.uffd);
	return r;
}

static int round_trips(struct cost_bench *bench, const cpu_set_t *cpus, struct cost_sample *sample)
{
	uint64_t bytes = how_many(bench) * CR2_PAGE_SIZE;
	uint8_t *base;
	int r = bench_map(bytes, &base);

	if (r < 0)
		return r;
	r = go_round(bench, base, cpus, sample);
	munmap(base, bytes);
	return r;
}

int cost_uffd_same_cpu(struct cost_bench *bench, struct cost_sample *sample)
{
	cpu_set_t own;

	if (sched_getaffinity(0, sizeof(own), &own) < 0)
		return -errno;
	return round_trips(bench, &own, sample);
}

int cost_uffd_other_cpu(struct cost_bench *bench, struct cost_sample *sample)
{
	cpu_set_t own, others;

	if (sched_getaffinity(0, sizeof(own), &own) < 0)
		return -errno;
	CPU_XOR(&others, &bench->cpus, &own);
	if (CPU_COUNT(&others) == 0)
		return cost_absent(bench, "this program may use one CPU only");
	return round_trips(bench, &others, sample);
}
