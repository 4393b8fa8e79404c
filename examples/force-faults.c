/* SPDX-License-Identifier: MIT */
/*
 * Makes one page fault of each kind and tells what a process can see of it without any help:
 *
 *     cc -O2 -o force-faults examples/force-faults.c && ./force-faults
 *     ./force-faults cow null
 *
 * Three witnesses are asked about one access to one address:
 *
 *   getrusage(2)        how many minor and major faults the kernel has settled for us. A fault
 *                       that ends in a signal is not among them: nothing was settled.
 *   the signal frame    what the kernel puts on our stack before it calls a handler. In it are
 *                       the CPU's CR2 register (the address), and the error code that the CPU
 *                       pushed: REG_CR2 and REG_ERR. A process that gets no signal never sees them.
 *   /proc/self/pagemap  is there a page at an address, and (for root) in which frame?
 *
 * Read from the bottom: main() goes through the table of kinds; make_fault() is the
 * experiment; above it each kind has a function that sets the stage.
 *
 * `cr2 force` does the same with all of the kernel's own witnesses besides.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for REG_ERR and its like */
#endif
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096UL
#define HUGE (2UL << 20)

enum access { READ, WRITE, EXECUTE };

/* ---- the first witness: getrusage ---- */

struct counts {
	long minor, major;
};

static struct counts count_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (struct counts){usage.ru_minflt, usage.ru_majflt};
}

/* ---- the second: the signal frame ---- */

static sigjmp_buf after_the_access;
static volatile sig_atomic_t caught; /* the signal's number, 0: none */
static volatile int caught_code; /* SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR */
static volatile uint64_t caught_error, caught_cr2;

/*
 * To return from here would make the access again, and again fault: so we jump to where
 * make_fault() goes on. The third argument is the frame with all registers.
 */
static void on_signal(int number, siginfo_t *info, void *context)
{
	const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	caught = number;
	caught_code = info->si_code;
	caught_error = (uint64_t)registers[REG_ERR];
	caught_cr2 = (uint64_t)registers[REG_CR2];
	siglongjmp(after_the_access, 1);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static const char *signal_words(void)
{
	if (!caught)
		return "-";
	if (caught == SIGSEGV)
		return caught_code == SEGV_MAPERR ? "SEGV_MAPERR" :
		       caught_code == SEGV_ACCERR ? "SEGV_ACCERR" : "SIGSEGV";
	return caught_code == BUS_ADRERR ? "BUS_ADRERR" : "SIGBUS";
}

/* ---- the third: pagemap, eight bytes a page of our address space ---- */

#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_FRAME ((1ULL << 55) - 1) /* zero for all but root */

static int pagemap = -1;

static uint64_t pagemap_entry(uintptr_t address)
{
	uint64_t entry = 0; /* stays so where no page can be: beyond user space */

	if (pread(pagemap, &entry, sizeof(entry), (off_t)(address / PAGE * sizeof(entry))) < 0)
		return 0;
	return entry;
}

static const char *page_words(uint64_t entry, char *words, size_t size)
{
	if (!(entry & PAGEMAP_PRESENT))
		return "absent";
	if (!(entry & PAGEMAP_FRAME))
		return "present";
	snprintf(words, size, "0x%llx", (unsigned long long)(entry & PAGEMAP_FRAME));
	return words;
}

/* ---- the experiment ---- */

/* Exactly one access to memory: volatile keeps the compiler from leaving it out. */
static void touch(uintptr_t address, enum access access)
{
	if (access == READ)
		(void)*(volatile unsigned char *)address;
	else if (access == WRITE)
		*(volatile unsigned char *)address = 0x42;
	else
		((void (*)(void))address)();
}

struct sight {
	struct counts before, after;
	uint64_t page_before, page_after;
};

/* noinline: the rehearsal below shall run the very code that the experiment runs. */
__attribute__((noinline))
static void look(uintptr_t address, enum access access, struct sight *sight)
{
	caught = 0;
	sight->page_before = pagemap_entry(address);
	sight->before = count_faults();
	if (sigsetjmp(after_the_access, 1) == 0)
		touch(address, access);
	sight->after = count_faults();
	sight->page_after = pagemap_entry(address);
}

/*
 * The code, the stack and the handler of this program are pages too, and would fault when they
 * are first used. So all of it is used once: on a page that is there, and on one that never is.
 */
static void rehearse(void)
{
	static unsigned char here;
	struct sight sight;

	look((uintptr_t)&here, WRITE, &sight);
	look((uintptr_t)1 << 46, READ, &sight);
}

static void make_fault(const char *name, uintptr_t address, enum access access)
{
	static const char *const verbs[] = {"read", "write", "execute"};
	char error[24] = "-", was[24], is[24];
	struct sight sight;

	rehearse();
	look(address, access, &sight);
	if (caught)
		snprintf(error, sizeof(error), "0x%llx", (unsigned long long)caught_error);
	printf("%-10s  %-7s  0x%-16lx  %5ld  %5ld  %-11s  %-5s  %s -> %s\n", name, verbs[access],
	       (unsigned long)address, sight.after.minor - sight.before.minor,
	       sight.after.major - sight.before.major, signal_words(), error,
	       page_words(sight.page_before, was, sizeof(was)),
	       page_words(sight.page_after, is, sizeof(is)));
	if (caught && caught_cr2 != address)
		printf("%-10s  CR2 is 0x%llx\n", name, (unsigned long long)caught_cr2);
	fflush(stdout);
}

/* ---- setting the stage ---- */

static void die(const char *what)
{
	perror(what);
	exit(3);
}

static unsigned char *map(size_t size, int protection, int flags, int fd)
{
	void *start = mmap(NULL, size, protection, flags, fd, 0);

	if (start == MAP_FAILED)
		die("mmap");
	return start;
}

/* Memory that no file stands behind. Nothing of it exists before it is touched. */
static unsigned char *map_anonymous(size_t size)
{
	unsigned char *start = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(start, size, MADV_NOHUGEPAGE); /* 4 KiB at a time, whatever the system's default */
	return start;
}

/* A file that has lost its name already: it goes when we do. */
static int make_file(size_t pages)
{
	char name[] = "/var/tmp/force-faults-XXXXXX";
	char content[PAGE];
	int fd = mkstemp(name);

	if (fd < 0)
		die("/var/tmp");
	unlink(name);
	memset(content, 'x', sizeof(content));
	for (size_t i = 0; i < pages; i++)
		if (write(fd, content, sizeof(content)) != (ssize_t)sizeof(content))
			die("write");
	return fd;
}

/* The first write to a page: the kernel gives one full of zeros. Error code 0x6, untold. */
static void demand(const char *name)
{
	make_fault(name, (uintptr_t)map_anonymous(PAGE), WRITE);
}

/* The first read: there is one page of zeros, and all who only read share it. 0x4. */
static void zero(const char *name)
{
	make_fault(name, (uintptr_t)map_anonymous(PAGE), READ);
}

/* After fork both have the page, read-only. The child writes, and gets a copy. 0x7. */
static void cow(const char *name)
{
	unsigned char *page = map_anonymous(PAGE);
	pid_t child;

	*page = 1;
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		/* Ours: what we have inherited goes on to show the parent's. */
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		make_fault(name, (uintptr_t)page, WRITE);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

/* The child is gone without a write: the page is read-only still, but nobody shares it. 0x7. */
static void reuse(const char *name)
{
	unsigned char *page = map_anonymous(PAGE);
	pid_t child;

	*page = 1;
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	make_fault(name, (uintptr_t)page, WRITE);
}

/* A file's page that is in the page cache, since it was just written, needs only be mapped. */
static void file(const char *name)
{
	int fd = make_file(16);

	make_fault(name, (uintptr_t)map(16 * PAGE, PROT_READ, MAP_PRIVATE, fd), READ);
	close(fd);
}

/* The same after the page cache let go of it: the fault waits for the disk, and is major. */
static void major(const char *name)
{
	int fd = make_file(16);

	fsync(fd); /* only clean pages can be dropped */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	make_fault(name, (uintptr_t)map(16 * PAGE, PROT_READ, MAP_PRIVATE, fd), READ);
	close(fd);
}

/* The page is there, but the mapping forbids writing: present, write, user: 0x7. */
static void protection(const char *name)
{
	unsigned char *page = map_anonymous(PAGE);

	*page = 1;
	mprotect(page, PAGE, PROT_READ);
	make_fault(name, (uintptr_t)page, WRITE);
}

/* Nothing is mapped at 0: not present, read, user: 0x4. */
static void null(const char *name)
{
	make_fault(name, 0, READ);
}

/* Data may not be executed: present, user, fetch: 0x15. */
static void exec(const char *name)
{
	unsigned char *page = map_anonymous(PAGE);

	*page = 0xc3; /* ret: where this is executed after all, it does no harm */
	make_fault(name, (uintptr_t)page, EXECUTE);
}

/* Far below all that the stack has used yet, but within its limit: it grows. 0x6. */
static void stack(const char *name)
{
	make_fault(name, (uintptr_t)__builtin_frame_address(0) - (1UL << 20), WRITE);
}

/* The mapping has two pages, the file one: no page can ever be there. 0x4. */
static void bus(const char *name)
{
	int fd = make_file(1);

	make_fault(name, (uintptr_t)map(2 * PAGE, PROT_READ, MAP_SHARED, fd) + PAGE, READ);
	close(fd);
}

/* Within 2 MiB, aligned to 2 MiB, that asked for it, one fault maps all 512 pages. 0x6. */
static void huge(const char *name)
{
	unsigned char *room = map(2 * HUGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uintptr_t start = ((uintptr_t)room + HUGE - 1) & ~(HUGE - 1);
	unsigned present = 0;

	madvise((void *)start, HUGE, MADV_HUGEPAGE);
	make_fault(name, start, WRITE);
	for (uintptr_t at = start; at < start + HUGE; at += PAGE)
		present += !!(pagemap_entry(at) & PAGEMAP_PRESENT);
	printf("%-10s  %u of 512 pages are there now\n", name, present);
}

/*
 * The kernel's half. The CPU says 0x4 (or 0x5), the frame always 0x5: the kernel sets the bit
 * "present" so that nobody can find out what it maps where.
 */
static void kernel(const char *name)
{
	make_fault(name, 0xffff800000000000UL, READ);
}

static const struct {
	const char *name;
	void (*make)(const char *name);
} kinds[] = {
	{"demand", demand},
	{"zero", zero},
	{"cow", cow},
	{"reuse", reuse},
	{"file", file},
	{"major", major},
	{"protection", protection},
	{"null", null},
	{"exec", exec},
	{"stack", stack},
	{"bus", bus},
	{"huge", huge},
	{"kernel", kernel},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* 0: there is no such kind. */
static int make(const char *name)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			kinds[i].make(name);
			return 1;
		}
	}
	return 0;
}

/*
 * A CPU puts its new pages on the LRU lists some at a time, and meanwhile holds a reference to each.
 * The kernel empties only the list of the CPU that it runs on, so that on any other our page would
 * seem to be shared, and be copied where it could be reused.
 */
static void stay_on_this_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one); /* without it the rest is right nearly always */
}

int main(int argc, char **argv)
{
	stay_on_this_cpu();
	catch_signals();
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		die("/proc/self/pagemap");
	printf("%-10s  %-7s  %-18s  minor  major  %-11s  error  page\n", "kind", "access",
	       "address", "signal");
	fflush(stdout); /* before a fork, or the child would print it too */
	for (size_t i = 0; argc == 1 && i < KINDS; i++)
		kinds[i].make(kinds[i].name);
	for (int i = 1; i < argc; i++) {
		if (!make(argv[i])) {
			fprintf(stderr, "force-faults: no kind '%s'\n", argv[i]);
			return 2;
		}
	}
	return 0;
}
