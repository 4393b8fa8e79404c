/* SPDX-License-Identifier: MIT */
/*
 * Starts QEMU. Everything that it gets is an open file of ours: the initramfs and the disks in
 * memory, sockets for the console and the two ports. It dies with us.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

#define QEMU "qemu-system-x86_64"
/*
 * No SMAP: before 9.1 QEMU's own IRETQ trips over it in user mode, and for a kernel that never breaks it nothing
 * depends on it.
 */
#define CPU "max,smap=off"
#define FOUR_LEVELS ",la57=off"
/* Emulated, the instruction that kernels with ERMS copy large pages with takes half a minute for 1 GiB. */
#define GIGANTIC ",erms=off"
/*
 * init is cr2, which reads its subcommand behind "--". A guest that panics is reset, which
 * with -no-reboot ends it; an oops would leave it half alive. Without KASLR the kernel's
 * addresses hold in every boot what they hold in the model. It may not check the timer: on a
 * busy machine the emulated one comes too late, and it would panic. The rest is about time.
 */
#define ARGUMENTS "console=ttyS0 quiet loglevel=4 panic=-1 oops=panic nokaslr mitigations=off cgroup.memory=nokmem secretmem.enable=1 " \
	"no_timer_check cryptomgr.notests rdinit=" GUEST_PROGRAM

#define ARGS_MAX 64
struct arguments {
	const char *items[ARGS_MAX];
	size_t n;
	struct cr2_text texts[24]; /* those that are composed */
	size_t n_texts;
	int error;
};

static void add(struct arguments *args, const char *option, const char *value)
{
	assert(args->n + 2 < ARGS_MAX);
	args->items[args->n++] = option;
	if (value)
		args->items[args->n++] = value;
}

static void __attribute__((format(printf, 3, 4)))
add_format(struct arguments *args, const char *option, const char *format, ...)
{
	struct cr2_text *text = &args->texts[args->n_texts++];
	va_list list;

	assert(args->n_texts <= CR2_ARRAY_SIZE(args->texts));

	va_start(list, format);
	if (cr2_text_vprintf(text, format, list) < 0)
		args->error = -ENOMEM;
	va_end(list);
	add(args, option, text->data);
}

static void add_socket(struct arguments *args, const char *id, int fd)
{
	add_format(args, "-chardev", "socket,id=%s,fd=%d", id, fd);
}

static void add_port(struct arguments *args, unsigned number, const char *id)
{
	add_format(args, "-device", "virtserialport,nr=%u,chardev=%s", number, id);
}

static void add_disk(struct arguments *args, const char *serial, int fd)
{
	if (fd < 0)
		return;
	add_format(args, "-drive",
		   "if=none,id=%s,format=raw,cache=unsafe,file=/proc/self/fd/%d", serial, fd);
	add_format(args, "-device", "virtio-blk-pci,drive=%s,serial=%s", serial, serial);
}

/* The CPUs are the first node's, and most of the memory: it is where all comes from. */
static void add_nodes(struct arguments *args, const struct guest_machine *machine)
{
	const unsigned memory[] = {machine->memory - machine->memory / 3, machine->memory / 3};

	for (unsigned i = 0; machine->nodes > 1 && i < CR2_ARRAY_SIZE(memory); i++) {
		add_format(args, "-object", "memory-backend-ram,id=memory%u,size=%uM,reserve=off", i, memory[i]);
		add_format(args, "-numa", "node,nodeid=%u,memdev=memory%u", i, i);
	}
	if (machine->nodes > 1)
		add_format(args, "-numa", "cpu,node-id=0,socket-id=0");
}

static void make_arguments(struct arguments *args, const struct guest_machine *machine,
			   const struct guest_qemu *theirs)
{
	add(args, QEMU, "-nodefaults");
	add(args, "-no-user-config", "-no-reboot");
	add(args, "-display", "none");
	add(args, "-machine", "q35");
	/*
	 * One thread for all CPUs: with one each, QEMU 7.2 at times runs code as it was before
	 * the kernel patched it on another CPU, and the kernel dies of an int3 that is gone.
	 */
	add(args, "-accel", machine->kvm ? "kvm" : "tcg,thread=single");
	add_format(args, "-cpu", CPU "%s%s", machine->five_levels ? "" : FOUR_LEVELS, machine->gigantic ? GIGANTIC : "");
	add_format(args, "-smp", "%u", machine->cpus);
	add_format(args, "-m", "%u", machine->memory);
	add_nodes(args, machine);
	add(args, "-kernel", machine->kernel);
	add_format(args, "-initrd", "/proc/self/fd/%d", machine->initramfs);
	add_format(args, "-append", ARGUMENTS "%s%s -- guest-init",
		   machine->kernel_arguments ? " " : "",
		   machine->kernel_arguments ? machine->kernel_arguments : "");
	add_socket(args, "console", theirs->console);
	add(args, "-serial", "chardev:console");
	add(args, "-device", "virtio-serial-pci");
	add_socket(args, "channel", theirs->channel);
	add_port(args, GUEST_CHANNEL_PORT, "channel");
	add_socket(args, "status", theirs->status);
	add_port(args, GUEST_STATUS_PORT, "status");
	add_disk(args, GUEST_DISK_SERIAL, machine->disk);
	add_disk(args, GUEST_SWAP_SERIAL, machine->swap);
	args->items[args->n] = NULL;
}

/* Before exec: this file stays open in QEMU. */
static void keep(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

static void __attribute__((noreturn)) become_qemu(const char *path, const struct arguments *args,
						  const struct guest_machine *machine,
						  const struct guest_qemu *theirs)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A terminal's Ctrl-C does not reach it: cr2 ends it. */
	setpgid(0, 0);
	if (null < 0 || dup2(null, 0) < 0 || dup2(theirs->console, 1) < 0 ||
	    dup2(theirs->console, 2) < 0)
		_exit(126);
	keep(machine->initramfs);
	keep(machine->disk);
	keep(machine->swap);
	keep(theirs->console);
	keep(theirs->channel);
	keep(theirs->status);
	execv(path, (char *const *)args->items);
	_exit(127);
}

static int make_sockets(struct guest_qemu *ours, struct guest_qemu *theirs)
{
	int *pairs[3][2] = {{&ours->console, &theirs->console},
			    {&ours->channel, &theirs->channel},
			    {&ours->status, &theirs->status}};

	for (int i = 0; i < 3; i++) {
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
			return -errno;
		*pairs[i][0] = fds[0];
		*pairs[i][1] = fds[1];
		if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
			return -errno;
	}
	return 0;
}

static void close_sockets(const struct guest_qemu *qemu)
{
	const int fds[] = {qemu->console, qemu->channel, qemu->status};

	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int start(const char *path, const struct guest_machine *machine, struct guest_qemu *ours,
		 struct guest_qemu *theirs)
{
	struct arguments args = {0};
	int r;

	make_arguments(&args, machine, theirs);
	r = args.error;
	if (r == 0 && (ours->pid = fork()) < 0)
		r = -errno;
	if (r == 0 && ours->pid == 0)
		become_qemu(path, &args, machine, theirs);
	for (size_t i = 0; i < args.n_texts; i++)
		cr2_text_finish(&args.texts[i]);
	return r;
}

/* Files that have no name are given to it by that in /proc. */
static int find_qemu(char **ret_path, struct cr2_text *reason)
{
	if (access("/proc/self/fd", F_OK) < 0)
		return guest_fail(reason, -ENOENT, "guests take /proc, which is not mounted here; as root: "
				  "mount -t proc proc /proc");
	return guest_program(QEMU, ret_path, reason);
}

int guest_qemu_start(const struct guest_machine *machine, struct guest_qemu *ret_qemu,
		     struct cr2_text *reason)
{
	struct guest_qemu ours = {-1, -1, -1, -1}, theirs = {-1, -1, -1, -1};
	char *path;
	int r = find_qemu(&path, reason);

	if (r < 0)
		return r;
	r = make_sockets(&ours, &theirs);
	if (r == 0)
		r = start(path, machine, &ours, &theirs);
	free(path);
	close_sockets(&theirs);
	if (r < 0) {
		close_sockets(&ours);
		return guest_fail(reason, r, "cannot start " QEMU ": %s", strerror(-r));
	}
	*ret_qemu = ours;
	return 0;
}

int cr2_guest_emulator(struct cr2_text *reason)
{
	char *path;
	int r = find_qemu(&path, reason);

	if (r == 0)
		free(path);
	return r;
}
