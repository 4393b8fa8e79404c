/* SPDX-License-Identifier: MIT */
/*
 * Eight threads that wait, whose stacks fork() has made read-only, and that end with their process: as each goes, the kernel
 * writes to where its number stands, with a fault, but for the last one's, which nobody would read.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8

static pthread_barrier_t all;

static void *sleep_on(void *data)
{
	pthread_barrier_wait(&all);
	for (;;)
		pause();
	return data;
}

int main(void)
{
	pthread_t thread;

	pthread_barrier_init(&all, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, sleep_on, NULL))
			exit(1);
	pthread_barrier_wait(&all);
	/* Until they sleep. */
	usleep(100000);
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	_exit(0);
}
