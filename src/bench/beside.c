/* SPDX-License-Identifier: MIT */
/*
 * What stands beside the model runs in a process of its own, started before there is a model. Some
 * of its cases fork, and a fork write-protects what the process has: the model would pay for that
 * with a fault of the real kernel for each page of its own memory that it writes next.
 */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "side.h"

struct request {
	uint32_t item;
	bool counting;
};

struct answer {
	int r;
	double ns;
	const char *absent; /* a constant, which lies at the same address in both processes */
};

static void serve(struct bench_sides *sides, struct bench_item *list, int from, int to)
{
	struct request request;

	while (read(from, &request, sizeof(request)) == (ssize_t)sizeof(request)) {
		struct bench_item *item = &list[request.item];
		struct answer answer = {0};

		sides->counting = request.counting;
		answer.r = item->beside(sides, item, &answer.ns);
		answer.absent = item->absent;
		if (write(to, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
			break;
	}
	_exit(0);
}

int bench_beside_start(struct bench_sides *sides, struct bench_item *list)
{
	int there[2], back[2], r = 0;

	if (pipe(there) < 0)
		return -errno;
	if (pipe(back) < 0) {
		r = -errno;
		close(there[0]);
		close(there[1]);
		return r;
	}
	sides->child = fork();
	if (sides->child < 0)
		r = -errno;
	if (sides->child == 0) {
		close(there[1]);
		close(back[0]);
		serve(sides, list, there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	sides->to_child = there[1];
	sides->from_child = back[0];
	return r;
}

int bench_beside_run(struct bench_sides *sides, const struct bench_item *list,
		     struct bench_item *item, double *ret_ns)
{
	struct request request = {.item = (uint32_t)(item - list), .counting = sides->counting};
	struct answer answer;

	if (write(sides->to_child, &request, sizeof(request)) != (ssize_t)sizeof(request) ||
	    read(sides->from_child, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
		return -EIO;
	item->absent = answer.absent;
	*ret_ns = answer.ns;
	return answer.r;
}

/* It sees the end of its requests. */
void bench_beside_finish(struct bench_sides *sides)
{
	if (sides->to_child >= 0)
		close(sides->to_child);
	if (sides->from_child >= 0)
		close(sides->from_child);
	if (sides->child > 0)
		waitpid(sides->child, NULL, 0);
}
