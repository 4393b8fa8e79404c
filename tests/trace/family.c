/* SPDX-License-Identifier: MIT */
/*
 * A parent and three children that share what it wrote before, each waiting in a read. It prints their numbers and waits for
 * SIGUSR1; then one after the other writes to a part, so that whether a page is copied or reused depends on who else still
 * has it, and children end before the others do.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

#define CHILDREN 3
#define PAGES 64

static char *small, *large;
static int orders[CHILDREN][2], done[2];

struct order {
	unsigned from, to; /* of both; none: it ends */
};

static void write_to(struct order order)
{
	put(small, order.from, order.to);
	put(large, order.from, order.to);
}

static void obey(int fd)
{
	struct order order;

	while (read(fd, &order, sizeof(order)) == sizeof(order) && order.to) {
		write_to(order);
		if (write(done[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

static void tell(int child, struct order order)
{
	char byte;

	if (write(orders[child][1], &order, sizeof(order)) != sizeof(order) || (order.to && read(done[0], &byte, 1) != 1))
		exit(1);
	if (!order.to)
		wait(NULL);
}

int main(void)
{
	pid_t children[CHILDREN];
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	small = map(-1, PAGES, MAP_PRIVATE);
	large = map(-1, 2 * HUGE / PAGE, MAP_PRIVATE);
	large += HUGE - (unsigned long)large % HUGE;
	madvise(large, HUGE, MADV_HUGEPAGE);
	write_to((struct order){0, PAGES});
	if (pipe(done) < 0)
		exit(1);
	for (int i = 0; i < CHILDREN; i++) {
		if (pipe(orders[i]) < 0)
			exit(1);
		children[i] = fork();
		if (children[i] == 0)
			obey(orders[i][0]);
	}
	printf("%d,%d,%d,%d\n", (int)getpid(), (int)children[0], (int)children[1], (int)children[2]);
	fflush(stdout);
	sigwait(&set, &number);

	tell(0, (struct order){0, 32}); /* all others have them */
	tell(1, (struct order){16, 48});
	write_to((struct order){0, PAGES});
	tell(2, (struct order){0, PAGES}); /* in the middle of it nobody else does */
	tell(0, (struct order){0, 0});
	tell(1, (struct order){0, PAGES}); /* nor at its end, with that child gone */
	if (fork() == 0) {
		write_to((struct order){0, 8});
		_exit(0);
	}
	wait(NULL);
	write_to((struct order){0, 16});
	tell(1, (struct order){0, 0});
	tell(2, (struct order){0, 0});
	return 0;
}
