/* SPDX-License-Identifier: MIT */
/*
 * An actor: a process of the scenario. It waits for requests and does each with one system
 * call or one access; nothing else it does touches the scenario's mappings.
 *
 * Actors are made with clone(2) directly: CLONE_PARENT makes each a child of the runner, so
 * that PR_SET_PDEATHSIG ties its life to the runner's and not to its parent's in the
 * scenario; CLONE_FILES lets files that the runner opens later be used by number. No exit
 * signal is sent, so that a program's SIGCHLD handling never sees them. What clone does to
 * the memory is what fork does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "heap.h"
#include "host.h"
#include "image.h"
#include "soft_dirty.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef PR_SET_THP_DISABLE
#define PR_SET_THP_DISABLE 41
#endif
#ifndef PR_GET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1UL
#define PR_GET_MDWE 66
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

/* move_pages(2): what this process alone maps, or whatever it is. */
#define MOVE_OWN 2L
#define MOVE_ANY 4L

#define STACK_LIMIT (8UL << 20)

#define THREAD_STACK (256UL << 10)

/* What there is once in a memory, whoever acts in it. */
struct space {
	unsigned forks; /* so many, and each makes all that is private fault again */
	int uffd; /* its userfaultfd, or -1 */
	unsigned keys; /* bit per protection key that was allocated */
	uint64_t heap; /* where it begins; 0: where the program's own does */
};

struct actor {
	struct host_actor_config config;
	struct host_slot *slot;
	pid_t runner;
	struct space *space;
	unsigned rehearsed; /* after so many forks, plus 1; 0: not yet */
	struct host_slot *maker; /* of who borrows memory: that of the one that waits until it exits */
	uint32_t ready; /* of a thread: it waits for requests */
	bool apart; /* since execve it has descriptors of its own, and not the runner's */
};

static void go_on(struct actor *actor);

static void leave(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

/* Dies with the runner; its death before this call is seen by the new parent. */
static void tie_to_runner(const struct actor *actor)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != actor->runner)
		leave(1);
}

static int error_of(long result)
{
	return result == -1 ? errno : 0;
}

/* Has the process the privilege? drop: it has no longer. */
static bool may(unsigned privilege, bool drop)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	uint32_t *effective = &data[CAP_TO_INDEX(privilege)].effective;

	if (syscall(SYS_capget, &header, data) < 0 || !(*effective & CAP_TO_MASK(privilege)))
		return false;
	*effective &= ~CAP_TO_MASK(privilege);
	return !drop || syscall(SYS_capset, &header, data) < 0;
}

static long do_map(const struct cr2_op *op, int fd)
{
	const bool hints = op->flags & CR2_MAP_HINT;
	unsigned long flags = op->flags & ~(unsigned)CR2_MAP_HINT;
	long at;

	if (!(flags & CR2_MAP_FIXED) && !hints)
		flags |= MAP_FIXED_NOREPLACE;
	/* Who may do that, could map page 0. */
	if (op->address == 0)
		may(CAP_SYS_RAWIO, true);
	at = syscall(SYS_mmap, op->address, op->length, (long)op->prot, flags, fd, op->offset);
	if (!hints || at == -1 || (uint64_t)at == op->address)
		return at;
	syscall(SYS_munmap, at, op->length);
	errno = EEXIST;
	return -1;
}

/* Without a new address it stays in place: where the kernel may choose, nobody would know. */
static long do_remap(const struct cr2_op *op)
{
	unsigned long flags = op->flags & CR2_MREMAP_FIXED ? op->flags : 0;

	return syscall(SYS_mremap, op->address, op->length, op->new_length, flags, op->new_address);
}

static uint32_t read_pkru(void)
{
	uint32_t pkru;

	__asm__ volatile("rdpkru" : "=a"(pkru) : "c"(0) : "rdx");
	return pkru;
}

static void write_pkru(uint32_t pkru)
{
	__asm__ volatile("wrpkru" : : "a"(pkru), "c"(0), "d"(0) : "memory");
}

/* The kernel picks; what it picks before the one that is wanted goes back, and may be as it is in PKRU. */
static long allocate_key(long wanted)
{
	const uint32_t pkru = read_pkru();
	unsigned others = 0;
	int error;
	long key;

	while ((key = syscall(SYS_pkey_alloc, 0, 0)) > 0 && key != wanted)
		others |= 1U << key;
	error = errno;
	for (long other = 1; other < CR2_PKEYS; other++)
		if (others & 1U << other)
			syscall(SYS_pkey_free, other);
	write_pkru(pkru);
	errno = error;
	return key == wanted ? 0 : -1;
}

static long do_key(const struct actor *actor, const struct cr2_op *op)
{
	const unsigned bit = 1U << op->key;
	long r = 0;

	if (op->flags == CR2_PKEY_FREE) {
		actor->space->keys &= ~bit;
		return syscall(SYS_pkey_free, (long)op->key);
	}
	if (!(actor->space->keys & bit))
		r = allocate_key(op->key);
	if (r < 0)
		return r;
	actor->space->keys |= bit;
	write_pkru((read_pkru() & ~(3U << 2 * op->key)) | op->flags << 2 * op->key);
	return 0;
}

static long change_rights(const struct cr2_op *op)
{
	if (op->flags & CR2_PROTECT_KEY)
		return syscall(SYS_pkey_mprotect, op->address, op->length, (long)op->prot, (long)op->key);
	return syscall(SYS_mprotect, op->address, op->length, (long)op->prot);
}

/* A byte of a file; behind its end there is nothing to read. */
static long do_file(const struct host_request *request, struct host_reply *reply)
{
	const struct cr2_op *op = &request->op;
	long n;

	reply->value = op->value;
	if (op->kind == CR2_OP_FWRITE)
		return syscall(SYS_pwrite64, request->fd, &reply->value, 1, op->offset);
	n = syscall(SYS_pread64, request->fd, &reply->value, 1, op->offset);
	reply->nothing = n == 0;
	return n;
}

static long do_evict(int fd)
{
	int error;

	if (fsync(fd) < 0)
		return -1;
	error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	errno = error;
	return error ? -1 : 0;
}

/* The child goes on in the same loop, with its own slot. */
static long do_fork(struct actor *actor, const struct cr2_op *op, pid_t *ret_child)
{
	long pid;

	actor->space->forks++; /* both share their pages now, and a write to those faults */
	pid = syscall(SYS_clone, CLONE_PARENT | CLONE_FILES, 0, NULL, NULL, 0);
	if (pid == 0) {
		tie_to_runner(actor);
		actor->space->uffd = -1; /* the one that there is acts on the parent's memory; requests say the child's */
		actor->slot = &actor->config.slots[op->child];
		return 0;
	}
	if (pid > 0)
		*ret_child = (pid_t)pid;
	return pid;
}

static int wait_as_thread(void *data)
{
	struct actor *actor = data;

	tie_to_runner(actor);
	if (host_probe_arm(actor->config.probe) < 0)
		leave(1);
	__atomic_store_n(&actor->ready, 1, __ATOMIC_RELEASE);
	go_on(actor);
	return 0;
}

/* Its maker, which made the call, is not back from it before this one ends: this one answers. */
static int wait_as_borrower(void *data)
{
	struct actor *actor = data;
	const struct host_reply made = {.child = (pid_t)syscall(SYS_getpid), .uffd = -1};

	tie_to_runner(actor);
	host_channel_answer(actor->maker, &made);
	go_on(actor);
	return 0;
}

/* Another actor in the same memory, on a stack of its own. vfork is back when that one has ended, and been answered for. */
static long do_share(struct actor *actor, const struct cr2_op *op, pid_t *ret_child)
{
	bool borrows = op->kind == CR2_OP_VFORK;
	int flags = CLONE_PARENT | CLONE_FILES | CLONE_VM | (borrows ? CLONE_VFORK : 0);
	char *stack = mmap(NULL, THREAD_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct actor *made = (struct actor *)stack;
	int pid;

	if (stack == MAP_FAILED)
		return -1;
	*made = *actor;
	made->slot = &actor->config.slots[op->child];
	made->maker = actor->slot;
	made->rehearsed = made->ready = 0;
	pid = clone(borrows ? wait_as_borrower : wait_as_thread, stack + THREAD_STACK, flags, made);
	if (pid < 0) {
		munmap(stack, THREAD_STACK);
		return -1;
	}
	while (!borrows && !__atomic_load_n(&made->ready, __ATOMIC_ACQUIRE))
		sched_yield();
	*ret_child = pid;
	return pid;
}

/* One of the runner's, to be closed. */
static int take_descriptor(const struct actor *actor, int fd)
{
	long runner = syscall(SYS_pidfd_open, (long)actor->runner, 0L);
	long own = runner < 0 ? -1 : syscall(SYS_pidfd_getfd, runner, (long)fd, 0L);

	if (runner >= 0)
		close((int)runner);
	return (int)own;
}

/* The first that registers something makes it; what comes before acts by one that is gone again. */
static long do_userfault(struct actor *actor, const struct host_request *request, int *ret_opened)
{
	const struct cr2_op *op = &request->op;
	int uffd = actor->space->uffd, error;
	long r;

	/* That came with fork. */
	if (uffd < 0 && request->uffd >= 0)
		uffd = actor->space->uffd = actor->apart ? take_descriptor(actor, request->uffd) : request->uffd;
	if (uffd < 0)
		uffd = host_userfault_open(op->flags & CR2_UFFD_FEATURES);
	r = uffd < 0 ? -1 : host_userfault_do(uffd, op);
	if (uffd < 0 || uffd == actor->space->uffd)
		return r;
	if (op->kind == CR2_OP_UFFD && op->flags) {
		*ret_opened = actor->space->uffd = uffd;
		return r;
	}
	error = errno;
	close(uffd);
	errno = error;
	return r;
}

/* What the kernel copies from and to, at the other end. */
static uint8_t copied[CR2_KERNEL_BYTES];

static void rehearse(struct actor *actor);

/* The runner sets it before each step: bounds.c, ward.c. What the process touches itself, it then has. */
static long take_limit(struct actor *actor, enum cr2_limit limit)
{
	rehearse(actor);
	memset(copied, 0, sizeof(copied)); /* which accesses write */
	errno = 0; /* which calls that fail write */
	/* The limit on locked memory is not for those who have this. */
	if (limit == CR2_LIMIT_MEMLOCK && may(CAP_IPC_LOCK, true))
		return -1;
	return 0;
}

/* The call tells no errno but the end that there is. */
static long do_brk(const struct actor *actor, const struct cr2_op *op)
{
	struct space *space = actor->space;
	uint64_t end;
	int r = space->heap ? 0 : host_heap_place(op->address);

	if (r == 0) {
		space->heap = space->heap ? space->heap : op->address;
		end = space->heap + op->new_length;
		r = (uint64_t)syscall(SYS_brk, end) == end ? 0 : -ENOMEM;
	}
	errno = -r;
	return r < 0 ? -1 : 0;
}

/* Of one range or two, by whoever this is; the value is how many bytes the call says. */
static long do_advise_by(const struct host_request *request, struct host_reply *reply)
{
	const struct cr2_op *op = &request->op;
	const struct iovec ranges[] = {{(void *)(uintptr_t)op->address, op->length},
				       {(void *)(uintptr_t)op->new_address, op->new_length}};
	long fd = syscall(SYS_pidfd_open, (long)request->pid, 0L), n;
	int error;

	if (fd < 0)
		return fd;
	n = syscall(SYS_process_madvise, fd, ranges, op->new_length ? 2L : 1L, (long)cr2_advice_sys(op->advice), 0L);
	error = errno;
	close((int)fd);
	errno = error;
	reply->value = (uint32_t)n;
	return n;
}

/* The kernel may tell by a signal that what it was asked for has been done. */
static long lose(const struct actor *actor, const struct cr2_op *op, struct host_reply *reply)
{
	struct host_probe *probe = actor->config.probe;
	long r;

	probe->signal = 0;
	probe->calls = true;
	r = syscall(SYS_madvise, op->address, op->length, cr2_advice_sys(op->advice));
	probe->calls = false;
	if (probe->signal)
		reply->result = cr2_result_from_signal(probe->signal, probe->code);
	return r;
}

/* Page by page: where one cannot go, the kernel does not try those behind it. */
static long do_migrate(const struct actor *actor, const struct cr2_op *op)
{
	const int node = actor->config.nodes[!!(op->flags & CR2_MIGRATE_REMOTE)];
	const long flags = op->flags & CR2_MIGRATE_ALL ? MOVE_ANY : MOVE_OWN;
	int error = 0;

	for (uint64_t at = op->address; at < op->address + op->length; at += CR2_PAGE_SIZE) {
		int status = 0;
		long r = syscall(SYS_move_pages, 0, 1UL, &at, &node, &status, flags);

		if (r != 0)
			status = r < 0 ? -errno : -EAGAIN;
		if (status < 0 && !error)
			error = -status;
	}
	errno = error;
	return error ? -1 : 0;
}

/* The scanner comes when a tick of the clock finds the process running; the runner says when it is through. */
static long be_scanned(const struct actor *actor)
{
	while (!__atomic_load_n(&actor->slot->scanned, __ATOMIC_ACQUIRE))
		;
	actor->space->forks++; /* the process's own memory may have hints, too, and faults again */
	return 0;
}

static long do_call(struct actor *actor, const struct host_request *request,
		    struct host_reply *reply)
{
	const struct cr2_op *op = &request->op;

	switch (op->kind) {
	case CR2_OP_MAP:
		return do_map(op, request->fd);
	case CR2_OP_UNMAP:
		return syscall(SYS_munmap, op->address, op->length);
	case CR2_OP_BRK:
		return do_brk(actor, op);
	case CR2_OP_SHMAT:
		return syscall(SYS_shmat, request->fd, op->address, op->prot & CR2_PROT_WRITE ? 0L : (long)SHM_RDONLY);
	case CR2_OP_SHMDT:
		return syscall(SYS_shmdt, op->address);
	case CR2_OP_PROTECT:
		return change_rights(op);
	case CR2_OP_KEY:
		return do_key(actor, op);
	case CR2_OP_MSEAL:
		return syscall(SYS_mseal, op->address, op->length, 0L);
	case CR2_OP_MDWE:
		return prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0L, 0L, 0L);
	case CR2_OP_ADVISE:
		if (op->flags & CR2_ADVISE_BY)
			return do_advise_by(request, reply);
		if (op->advice == CR2_ADVICE_HWPOISON)
			return lose(actor, op, reply);
		return syscall(SYS_madvise, op->address, op->length, cr2_advice_sys(op->advice));
	case CR2_OP_LOCK:
		if (op->flags)
			return syscall(SYS_mlock2, op->address, op->length, (long)op->flags);
		return syscall(SYS_mlock, op->address, op->length);
	case CR2_OP_LOCKALL:
		return syscall(SYS_mlockall, (long)op->flags);
	case CR2_OP_UNLOCKALL:
		return syscall(SYS_munlockall);
	case CR2_OP_UNLOCK:
		return syscall(SYS_munlock, op->address, op->length);
	case CR2_OP_HOLD:
	case CR2_OP_PIN:
		return host_reference_take(request->fd, op);
	case CR2_OP_MIGRATE:
		return do_migrate(actor, op);
	case CR2_OP_CLEAR_REFS:
		actor->space->forks++; /* its own memory is protected, too, and faults again */
		return host_soft_dirty_clear();
	case CR2_OP_NUMA_SCAN:
		return be_scanned(actor);
	case CR2_OP_SCAN:
		return host_userfault_scan(op, &reply->value);
	case CR2_OP_SYNC:
		return syscall(SYS_msync, op->address, op->length, op->flags ? (long)op->flags : MS_SYNC);
	case CR2_OP_LIMIT:
		return take_limit(actor, (enum cr2_limit)op->flags);
	case CR2_OP_REMAP:
		return do_remap(op);
	case CR2_OP_EVICT:
		return do_evict(request->fd);
	case CR2_OP_TRUNCATE:
		return syscall(SYS_ftruncate, request->fd, op->length);
	case CR2_OP_ALLOCATE:
		return syscall(SYS_fallocate, request->fd, 0L, op->offset, op->length);
	case CR2_OP_FWRITE:
	case CR2_OP_FREAD:
		return do_file(request, reply);
	case CR2_OP_SEAL:
		return syscall(SYS_fcntl, request->fd, F_ADD_SEALS, (long)op->flags);
	case CR2_OP_FORK:
		return do_fork(actor, op, &reply->child);
	case CR2_OP_THREAD:
	case CR2_OP_VFORK:
		return do_share(actor, op, &reply->child);
	case CR2_OP_UFFD:
	case CR2_OP_UFFD_COPY:
	case CR2_OP_UFFD_ZERO:
	case CR2_OP_UFFD_WP:
	case CR2_OP_UFFD_CONTINUE:
	case CR2_OP_UFFD_POISON:
	case CR2_OP_UFFD_MOVE:
		return do_userfault(actor, request, &reply->uffd);
	default:
		errno = ENOSYS;
		return -1;
	}
}

/* AddressSanitizer may move variables to memory that was not touched yet: that would fault. */
#define PLAIN __attribute__((no_sanitize("address")))

/* The kernel copies the bytes through a pipe. What a failed copy left there is taken out. */
PLAIN static void kernel_access(const struct actor *actor, const struct cr2_op *op,
			  struct host_reply *reply)
{
	const unsigned long bytes = cr2_op_bytes(op);
	const int *ends = actor->config.pipe;
	long n;

	if (op->kind == CR2_OP_KREAD) {
		n = syscall(SYS_write, ends[1], op->address, bytes);
	} else {
		n = syscall(SYS_write, ends[1], copied, bytes);
		if (n == (long)bytes)
			n = syscall(SYS_read, ends[0], op->address, bytes);
	}
	reply->error = error_of(n);
	if (syscall(SYS_read, ends[0], copied, bytes) > 0)
		reply->value = copied[0];
	if (op->length && n > 0)
		reply->value = (uint32_t)n;
	reply->result = cr2_result_from_errno(reply->error);
}

/* Another process's memory, by /proc/PID/mem or process_vm_readv and writev. */
PLAIN static void remote_access(const struct host_request *request, struct host_reply *reply)
{
	const struct cr2_op *op = &request->op;
	uint8_t byte = op->value;
	const struct iovec own = {&byte, 1}, theirs = {(void *)(uintptr_t)op->address, 1};
	long n;

	if (op->kind == CR2_OP_VMREAD || op->kind == CR2_OP_VMWRITE)
		n = syscall(op->kind == CR2_OP_VMREAD ? SYS_process_vm_readv : SYS_process_vm_writev, (long)request->pid,
			    &own, 1L, &theirs, 1L, 0L);
	else
		n = syscall(op->kind == CR2_OP_PEEK ? SYS_pread64 : SYS_pwrite64, request->fd, &byte, 1, op->address);

	reply->error = error_of(n);
	reply->value = byte;
	reply->result = cr2_result_from_errno(reply->error);
}

/* The kernel refuses an address inside a page. */
PLAIN static void look_for_page(const struct cr2_op *op, struct host_reply *reply)
{
	unsigned char page = 0;

	reply->error = error_of(syscall(SYS_mincore, op->address & CR2_PAGE_MASK, CR2_PAGE_SIZE, &page));
	reply->value = page & 1;
	reply->result = cr2_result_from_errno(reply->error);
}

static void user_access(const struct actor *actor, const struct cr2_op *op,
			struct host_reply *reply)
{
	struct host_probe *probe = actor->config.probe;

	host_probe_access(probe, op->kind, op->address, op->value);
	reply->result = host_probe_result(probe, op->kind, op->address);
	reply->value = (uint8_t)probe->value;
}

PLAIN static uint64_t now(void)
{
	struct timespec time;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC_RAW, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

PLAIN static void count_faults(struct host_seen *seen, uint64_t sign)
{
	struct rusage usage;

	syscall(SYS_getrusage, RUSAGE_SELF, &usage);
	seen->minor += sign * (uint64_t)usage.ru_minflt;
	seen->major += sign * (uint64_t)usage.ru_majflt;
}

static void seen_begin(struct host_seen *seen)
{
	count_faults(seen, (uint64_t)-1);
	seen->from = now();
}

static void seen_end(struct host_seen *seen)
{
	seen->to = now();
	count_faults(seen, 1);
}

static void see_signal(const struct host_probe *probe, struct host_seen *seen)
{
	if (!probe->signal)
		return;
	seen->signal = probe->signal;
	seen->code = probe->code;
	seen->signal_address = probe->signal_address;
	seen->address = probe->address;
	seen->error_code = probe->error_code;
	seen->trap = probe->trap;
	seen->ip = probe->ip;
}

/* Before the first access that counts, so that nothing of the process itself faults in it. */
static void rehearse(struct actor *actor)
{
	struct host_seen seen = {0};

	if (actor->rehearsed == actor->space->forks + 1)
		return;
	seen_begin(&seen);
	host_probe_rehearse(actor->config.probe);
	see_signal(actor->config.probe, &seen);
	seen_end(&seen);
	actor->rehearsed = actor->space->forks + 1;
}

static void access_memory(struct actor *actor, const struct host_request *request, struct host_reply *reply)
{
	const struct cr2_op *op = &request->op;
	struct host_seen *seen = &reply->seen;
	bool by_user = false;

	rehearse(actor);
	/* In memory, and its own, before it counts. Who was killed while it copied has left bytes in the pipe. */
	if (op->kind == CR2_OP_KREAD || op->kind == CR2_OP_KWRITE) {
		while (syscall(SYS_read, actor->config.pipe[0], copied, sizeof(copied)) > 0)
			;
		memset(copied, op->value, cr2_op_bytes(op));
	}
	seen_begin(seen);
	if (cr2_op_is_remote(op->kind))
		remote_access(request, reply);
	else if (op->kind == CR2_OP_MINCORE)
		look_for_page(op, reply);
	else if (op->kind == CR2_OP_KREAD || op->kind == CR2_OP_KWRITE)
		kernel_access(actor, op, reply);
	else
		by_user = true;
	if (by_user)
		user_access(actor, op, reply);
	seen_end(seen);
	if (by_user)
		see_signal(actor->config.probe, seen);
}

/* It answers while it can: the runner sees by itself that it has become another. */
static void replace_self(const struct actor *actor, int fd)
{
	const struct host_reply reply = {.uffd = -1};
	char *const arguments[] = {(char *)"program", NULL}, *const environment[] = {NULL};

	host_channel_answer(actor->slot, &reply);
	syscall(SYS_execveat, (long)fd, "", arguments, environment, (long)AT_EMPTY_PATH);
	leave(1);
}

/* The process becomes a program whose memory is where the scenario says: its stack, too. It answers as that. */
static void run_program(const struct actor *actor, const struct host_request *request)
{
	const int given[] = {request->fd, request->image, request->channel};
	char *const arguments[] = {(char *)"program", NULL}, *const environment[] = {NULL};
	int own[] = {-1, -1, -1};

	personality((unsigned long)personality(0xffffffff) | ADDR_NO_RANDOMIZE);
	if (unshare(CLONE_FILES) < 0)
		leave(1);
	for (int i = 0; i < 3; i++)
		own[i] = fcntl(actor->apart ? take_descriptor(actor, given[i]) : given[i], F_DUPFD_CLOEXEC,
			       HOST_IMAGE_CHANNEL_FD + 1);
	if (own[0] >= 0 && dup2(own[1], HOST_IMAGE_FD) >= 0 && dup2(own[2], HOST_IMAGE_CHANNEL_FD) >= 0)
		syscall(SYS_execveat, (long)own[0], "", arguments, environment, (long)AT_EMPTY_PATH);
	leave(1);
}

static void serve(struct actor *actor)
{
	const struct host_slot *slot = actor->slot;
	struct host_request request = slot->request;
	struct host_reply reply = {.uffd = -1};
	enum cr2_op_kind kind = request.op.kind;
	const bool takes = actor->apart && request.fd >= 0 && kind != CR2_OP_SHMAT && kind != CR2_OP_EXECVE;

	if (takes)
		request.fd = take_descriptor(actor, request.fd);
	if (kind == CR2_OP_EXIT)
		leave(0);
	if (kind == CR2_OP_EXECVE && request.op.object != CR2_NO_OBJECT)
		run_program(actor, &request);
	if (kind == CR2_OP_EXECVE)
		replace_self(actor, actor->apart ? take_descriptor(actor, request.fd) : request.fd);
	if (cr2_op_is_access(kind))
		access_memory(actor, &request, &reply);
	else
		reply.error = error_of(do_call(actor, &request, &reply));
	if (takes)
		close(request.fd);
	/* A forked child has nothing to answer; and a borrower, which is gone now, has. */
	if (slot == actor->slot && !(kind == CR2_OP_VFORK && !reply.error))
		host_channel_answer(actor->slot, &reply);
}

/* A stack grows to 8 MiB, memory may be locked without end; no dead actor leaves a core. */
static const struct {
	int resource;
	rlim_t wanted;
	unsigned needed_by; /* HOST_ACTOR_; others do without, where it cannot be had */
	const char *obstacle;
} limits[] = {
	{RLIMIT_STACK, STACK_LIMIT, HOST_ACTOR_ANY,
	 "the hard limit on the stack's size is below 8 MiB (ulimit -H -s)"},
	{RLIMIT_AS, RLIM_INFINITY, HOST_ACTOR_ANY,
	 "there is a hard limit on virtual memory (ulimit -H -v)"},
	{RLIMIT_DATA, RLIM_INFINITY, HOST_ACTOR_ANY, "there is a hard limit on data (ulimit -H -d)"},
	{RLIMIT_FSIZE, RLIM_INFINITY, HOST_ACTOR_TRUNCATES,
	 "there is a hard limit on files' size (ulimit -H -f)"},
	{RLIMIT_MEMLOCK, RLIM_INFINITY, HOST_ACTOR_LOCKS,
	 "there is a hard limit on locked memory (ulimit -H -l)"},
	{RLIMIT_CORE, 0, HOST_ACTOR_ANY, "core files cannot be switched off"},
};

/* The hard limit, too, where the privileges are there. */
static bool limit(int resource, rlim_t wanted)
{
	struct rlimit limit, raised = {wanted, wanted};

	if (getrlimit(resource, &limit) < 0)
		return false;
	if (wanted <= limit.rlim_max)
		raised.rlim_max = limit.rlim_max;
	return setrlimit(resource, &raised) == 0;
}

/* Returns what is in the way, or NULL. */
static const char *take_limits(const struct actor *actor)
{
	unsigned does = actor->config.does;

	if (may(CAP_IPC_LOCK, false))
		does &= ~(unsigned)HOST_ACTOR_LOCKS;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(limits); i++)
		if (!limit((int)limits[i].resource, limits[i].wanted) && limits[i].needed_by & does)
			return limits[i].obstacle;
	return NULL;
}

/* A tracer stops the process at every signal, and may single-step it. */
static bool is_traced(void)
{
	char text[4096], *at;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "TracerPid:");
	return at && strtol(at + strlen("TracerPid:"), NULL, 10) != 0;
}

/*
 * A scenario without keys finds none left: memory that may only be executed is then as it is on a CPU without
 * them. Returns what is in the way of one with keys, or NULL.
 */
static const char *take_keys(const struct actor *actor)
{
	unsigned n = 0;

	while (syscall(SYS_pkey_alloc, 0, 0) > 0)
		n++;
	if (!actor->config.keys)
		return NULL;
	if (!n)
		return "this machine has no protection keys (the CPU lacks PKU, or the kernel was booted with nopku)";
	if (n < CR2_PKEYS - 1)
		return "this process, whose children the scenario's are, uses protection keys itself";
	for (long key = 1; key < CR2_PKEYS; key++)
		syscall(SYS_pkey_free, key);
	write_pkru(CR2_PKRU_INIT);
	return NULL;
}

/* With five levels there is memory beyond 47 bits for who asks for it. Returns what is in the way, or NULL. */
static const char *find_levels(const struct actor *actor)
{
	void *const wish = (void *)(1ULL << 48);
	void *there;

	if (!actor->config.five_levels)
		return NULL;
	there = mmap(wish, CR2_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (there != MAP_FAILED)
		munmap(there, CR2_PAGE_SIZE);
	return there == wish ? NULL : "page tables have 4 levels here (the CPU lacks LA57, or the kernel was booted with no5lvl)";
}

/* What was inherited and is reset, or cannot be. Returns what is in the way, or NULL. */
static const char *shed_inheritance(const struct actor *actor)
{
	if (prctl(PR_SET_THP_DISABLE, actor->config.thp_disable, 0, 0, 0) < 0)
		return "transparent huge pages cannot be switched for a process (PR_SET_THP_DISABLE)";
	if (actor->config.does & HOST_ACTOR_EXECUTES && prctl(PR_GET_MDWE, 0, 0, 0, 0) > 0)
		return "this process may not make memory executable (PR_SET_MDWE, which its children "
		       "inherit and nobody can take back)";
	if (is_traced())
		return "the scenario's processes are traced (strace -f, a debugger), which changes what "
		       "their signals do";
	return take_limits(actor);
}

/* The kernel writes down in a thread's data that it was moved, which may fault at any time. */
static void unregister_rseq(void)
{
#if __has_include(<sys/rseq.h>)
	char *thread = __builtin_thread_pointer();

	if (__rseq_size)
		syscall(SYS_rseq, thread + __rseq_offset, sizeof(struct rseq), RSEQ_FLAG_UNREGISTER,
			RSEQ_SIG);
#endif
}

/* Where memory runs out, an actor is killed and not the runner, which can say so. */
static void offer_to_die(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "1000", 4);
	close(fd);
}

static int prepare(const struct actor *actor, const char **ret_obstacle)
{
	tie_to_runner(actor);
	offer_to_die();
	unregister_rseq();
	*ret_obstacle = shed_inheritance(actor);
	if (!*ret_obstacle)
		*ret_obstacle = take_keys(actor);
	if (!*ret_obstacle)
		*ret_obstacle = find_levels(actor);
	return *ret_obstacle ? -EPERM : host_probe_arm(actor->config.probe);
}

static void go_on(struct actor *actor)
{
	for (;;) {
		host_channel_wait(actor->slot);
		serve(actor);
	}
}

static void run(struct actor *actor)
{
	struct host_reply ready = {0};

	ready.error = -prepare(actor, &ready.obstacle);

	host_channel_wait(actor->slot);
	host_channel_answer(actor->slot, &ready);
	go_on(actor);
}

/* Descriptors, signals and keys are not the old program's any more; what makes the process one of the scenario's is. */
static int prepare_again(struct actor *actor, const char **ret_obstacle)
{
	int *ends = actor->config.pipe;

	tie_to_runner(actor);
	for (int i = 0; i < 2; i++)
		ends[i] = take_descriptor(actor, ends[i]);
	close(HOST_IMAGE_FD);
	close(HOST_IMAGE_CHANNEL_FD);
	if (ends[0] < 0 || ends[1] < 0) {
		*ret_obstacle = "a program that execve runs cannot be given the runner's descriptors (pidfd_getfd, ptrace_scope)";
		return -EPERM;
	}
	*ret_obstacle = take_keys(actor);
	return *ret_obstacle ? -EPERM : host_probe_arm(actor->config.probe);
}

_Noreturn void host_actor_begin_again(const struct host_birth *birth)
{
	struct space space = {.uffd = -1};
	struct actor actor = {
		.config = birth->config, .slot = &birth->config.slots[birth->slot], .runner = birth->runner, .space = &space,
		.apart = true,
	};
	struct host_reply ready = {.uffd = -1};

	memset((void *)(uintptr_t)birth->clear, 0, CR2_PAGE_SIZE);
	ready.error = -prepare_again(&actor, &ready.obstacle);
	host_channel_answer(actor.slot, &ready);
	go_on(&actor);
	leave(1);
	__builtin_unreachable();
}

/* The first request is answered with how the start went, whatever it asks. */
static int greet(struct host_slot *slot, pid_t pid, const char **ret_obstacle)
{
	const struct host_request hello = {.fd = -1};
	struct host_reply reply;
	int r = host_channel_ask(slot, pid, &hello, &reply);

	*ret_obstacle = r < 0 ? NULL : reply.obstacle;
	return r < 0 ? r : -reply.error;
}

int host_actor_start(const struct host_actor_config *config, pid_t *ret_pid,
		     const char **ret_obstacle)
{
	struct space space = {.uffd = -1};
	struct actor actor = {
		.config = *config, .slot = config->slots, .runner = getpid(), .space = &space,
	};
	sigset_t all, old;
	long pid;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = syscall(SYS_clone, CLONE_FILES, 0, NULL, NULL, 0);
	r = pid < 0 ? -errno : 0;
	if (pid == 0)
		run(&actor);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	*ret_obstacle = NULL;
	if (r < 0)
		return r;
	r = greet(config->slots, (pid_t)pid, ret_obstacle);
	if (r < 0)
		host_actor_reap((pid_t)pid, true);
	else
		*ret_pid = (pid_t)pid;
	return r;
}

void host_actor_reap(pid_t pid, bool end)
{
	if (end)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}
