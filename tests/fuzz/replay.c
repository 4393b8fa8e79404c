/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer, as a TAP test.
 *
 *   fuzz-NAME CORPUS KEEP   every seed in CORPUS, each followed by mutations of it. A seed
 *                           runs in a process of its own; an input that ends it is written
 *                           to the folder KEEP
 *   fuzz-NAME FILE          this input alone, in this process: for a debugger
 *
 * A mutation is a function of its seed's bytes and its number, so a failure repeats.
 */
#include <dirent.h>
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

/* Mutations of all seeds together, at least so many of each, and CPU seconds for one input. */
#define MUTATIONS 4000
#define MUTATIONS_MIN 100
#define SECONDS 10
#define EDITS_MAX 4

struct input {
	char *name;
	uint8_t *data;
	size_t size;
};

struct corpus {
	struct input *seeds;
	size_t n;
};

static void *must(void *p)
{
	if (!p)
		err(99, "memory");
	return p;
}

/* splitmix64: small, and good enough to choose edits. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static size_t random_below(uint64_t *state, size_t n)
{
	return n ? random_next(state) % n : 0;
}

/* FNV-1a, so that a mutation does not depend on where a seed stands in the corpus. */
static uint64_t hash(const struct input *input)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < input->size; i++)
		h = (h ^ input->data[i]) * 0x100000001b3;
	return h;
}

/* Replaces length bytes at offset by n bytes of with. */
static void splice(struct input *input, size_t offset, size_t length, const void *with, size_t n)
{
	size_t tail = input->size - offset - length;
	uint8_t *data = must(malloc(offset + n + tail + 1));

	memcpy(data, input->data, offset);
	memcpy(data + offset, with, n);
	memcpy(data + offset + n, input->data + offset + length, tail);
	free(input->data);
	input->data = data;
	input->size = offset + n + tail;
}

/* Words on which parsers of numbers, lines and names stumble. */
static const char *const words[] = {
	"0", "-1", "0x", "18446744073709551615", "18446744073709551616", "4294967296", "2147483648",
	"0xffffffffffffffff", "7fffffffffffffff", "\n", "\r\n", "\t", " ", "#", "@", "..", "=>", ":",
	"[", "]", "{", "}", "\"", "\\u0000", "%s%n", "\xff\xfe", "\xc3\xa9", "\xf0\x9f\x90\x82",
};

static void edit(struct input *input, const struct corpus *corpus, uint64_t *rng)
{
	size_t at = random_below(rng, input->size);
	size_t length = random_below(rng, input->size - at + 1);
	const struct input *other = &corpus->seeds[random_below(rng, corpus->n)];
	size_t from = random_below(rng, other->size);
	const char *word = words[random_below(rng, sizeof(words) / sizeof(words[0]))];
	uint8_t byte = (uint8_t)random_next(rng);

	switch (random_below(rng, 8)) {
	case 0: /* a bit flips */
		if (input->size)
			input->data[at] ^= (uint8_t)(1 << random_below(rng, 8));
		break;
	case 1: /* a byte changes */
		if (input->size)
			input->data[at] = byte;
		break;
	case 2: /* a byte comes in */
		splice(input, at, 0, &byte, 1);
		break;
	case 3: /* a range goes */
		splice(input, at, length, "", 0);
		break;
	case 4: /* the end goes */
		splice(input, at, input->size - at, "", 0);
		break;
	case 5: /* a range stands twice */
		splice(input, at, 0, input->data + at, length);
		break;
	case 6: /* a word comes in, for a few bytes */
		splice(input, at, length < 8 ? length : 0, word, strlen(word));
		break;
	default: /* a piece of another seed */
		splice(input, at, length, other->data + from,
		       random_below(rng, other->size - from + 1));
	}
}

/* Number 0 is the seed itself. The caller frees its data. */
static struct input mutate(const struct input *seed, const struct corpus *corpus, size_t number)
{
	struct input input = {.data = must(malloc(seed->size + 1)), .size = seed->size};
	uint64_t rng = hash(seed) ^ number;

	memcpy(input.data, seed->data, seed->size);
	for (size_t n = number ? 1 + random_below(&rng, EDITS_MAX) : 0; n > 0; n--)
		edit(&input, corpus, &rng);
	return input;
}

/* The target gets memory of exactly its size, so that a sanitizer sees the byte behind it. */
static void run_exactly(const struct input *input)
{
	uint8_t *data = must(malloc(input->size ? input->size : 1));

	memcpy(data, input->data, input->size);
	LLVMFuzzerTestOneInput(data, input->size);
	free(data);
}

/* The child: tells in *progress which mutation runs. An endless loop ends in SIGPROF. */
static void run_mutations(const struct input *seed, const struct corpus *corpus, size_t count,
			  volatile size_t *progress)
{
	const struct itimerval limit = {.it_value.tv_sec = SECONDS};

	for (size_t i = 0; i <= count; i++) {
		struct input input = mutate(seed, corpus, i);

		*progress = i;
		setitimer(ITIMER_PROF, &limit, NULL);
		run_exactly(&input);
		free(input.data);
	}
}

static void keep(const char *folder, const struct input *input, const char *name, size_t number)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/crash-%s-%zu", folder, name, number);
	file = fopen(path, "wb");
	if (!file || fwrite(input->data, 1, input->size, file) != input->size || fclose(file) != 0)
		warn("%s", path);
	printf("# the input: %s\n", path);
}

static void report(const struct corpus *corpus, size_t which, size_t number, int status,
		   const char *folder)
{
	const struct input *seed = &corpus->seeds[which];
	struct input input = mutate(seed, corpus, number);

	printf("not ok %zu - %s, mutation %zu: ", which + 1, seed->name, number);
	if (WIFSIGNALED(status))
		printf("%s\n", strsignal(WTERMSIG(status)));
	else
		printf("exit status %d\n", WEXITSTATUS(status));
	keep(folder, &input, seed->name, number);
	free(input.data);
}

static bool run_seed(const struct corpus *corpus, size_t which, size_t count, const char *folder,
		     volatile size_t *progress)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run_mutations(&corpus->seeds[which], corpus, count, progress);
		exit(0); /* not _exit: a leak checker reports at exit */
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		err(99, "fork");
	if (status != 0) {
		report(corpus, which, *progress, status, folder);
		return false;
	}
	printf("ok %zu - %s and %zu mutations of it\n", which + 1, corpus->seeds[which].name, count);
	return true;
}

static struct input read_input(const char *path, const char *name)
{
	struct input input = {.name = must(strdup(name)), .data = must(malloc(1))};
	uint8_t block[4096];
	size_t n;
	FILE *file = fopen(path, "rb");

	if (!file)
		err(99, "%s", path);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		splice(&input, input.size, 0, block, n);
	fclose(file);
	return input;
}

static int is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* By name, and the empty input first, which every target must bear. */
static struct corpus read_corpus(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_seed, alphasort);
	struct corpus corpus = {0};
	char path[4096];

	if (n < 0)
		err(99, "%s", folder);
	corpus.seeds = must(calloc((size_t)n + 1, sizeof(*corpus.seeds)));
	corpus.seeds[corpus.n++] = (struct input){.name = must(strdup("empty")), .data = must(malloc(1))};
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		corpus.seeds[corpus.n++] = read_input(path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return corpus;
}

static void free_input(struct input *input)
{
	free(input->name);
	free(input->data);
}

static int run_corpus(const char *corpus_folder, const char *keep_folder)
{
	struct corpus corpus = read_corpus(corpus_folder);
	size_t *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t count = MUTATIONS / corpus.n;
	bool ok = true;

	if (progress == MAP_FAILED)
		err(99, "mmap");
	if (count < MUTATIONS_MIN)
		count = MUTATIONS_MIN;
	printf("1..%zu\n", corpus.n);
	for (size_t i = 0; i < corpus.n; i++)
		ok &= run_seed(&corpus, i, count, keep_folder, progress);
	for (size_t i = 0; i < corpus.n; i++)
		free_input(&corpus.seeds[i]);
	free(corpus.seeds);
	return ok ? 0 : 1;
}

static int run_file(const char *path)
{
	struct input input = read_input(path, path);

	run_exactly(&input);
	free_input(&input);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return run_file(argv[1]);
	if (argc == 3)
		return run_corpus(argv[1], argv[2]);
	fprintf(stderr, "usage: %s CORPUS KEEP | FILE\n", argv[0]);
	return 2;
}
