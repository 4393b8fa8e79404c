/* SPDX-License-Identifier: MIT */
/*
 * Other kernels: Debian's, or one's own, booted in QEMU around one command, which is talked to as
 * if it ran here. Debian's packages are fetched into the user's cache and never installed; nothing
 * else stays behind. Needs qemu-system-x86_64, and apt-get and dpkg-deb for the first fetch.
 *
 * Functions return 0 or a negative errno, and then append to reason one line that says what
 * is wrong and what would help: -EINVAL (no such version, no kernel image, not a static program),
 * -ENOENT (a program or package is missing here), -ENOSPC (no room in the cache), -EIO (the guest,
 * or a program that was called, failed), -ETIMEDOUT (it hung and was ended), -ENOMEM and what the
 * system calls give. Where a guest was lost while it booted, the last lines of its console follow
 * below that line.
 */
#ifndef CR2_GUEST_H
#define CR2_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

/* What is done for a guest, while it lasts. name, bytes, total: as each says, else NULL and 0. */
enum cr2_guest_work {
	CR2_GUEST_WAITING, /* for another cr2, which fetches a kernel */
	CR2_GUEST_DAMAGED, /* the cached kernel is not what was fetched: name says which file */
	CR2_GUEST_FETCHING, /* begins; name: "kernel 6.1 of Debian 12" */
	CR2_GUEST_LISTS, /* of the release's packages; bytes so far */
	CR2_GUEST_PACKAGE, /* name: the package; bytes so far, of total */
	CR2_GUEST_UNPACKING, /* name: the package */
	CR2_GUEST_FETCHED, /* name: the package; total */
	CR2_GUEST_BOOTING, /* name: the kernel's release */
	CR2_GUEST_IDLE, /* nothing any more, whether it worked out or not */
};
struct cr2_guest_progress {
	enum cr2_guest_work work;
	const char *name;
	uint64_t bytes, total;
	unsigned seconds; /* since this work began */
};
/* Somebody to call when work begins, and several times a second while it lasts. */
struct cr2_guest_watch {
	void (*progress)(void *data, const struct cr2_guest_progress *progress);
	void *data;
};

/* A kernel to boot. Strings are owned. */
struct cr2_guest_kernel {
	char *release; /* as uname -r there: "6.1.0-56-amd64" */
	char *image; /* path of its bzImage, or of what that unpacks to */
	char *packed; /* then of its bzImage; else NULL */
	size_t n_modules;
	char **modules; /* paths; in this order they can be loaded */
};

/* The versions that can be fetched, oldest first; NULL after the last. */
const char *cr2_guest_version(size_t i);
/*
 * Finds the kernel in ${XDG_CACHE_HOME:-~/.cache}/cr2/guest/VERSION, and checks that it is what
 * was fetched; fetches it where it is not. watch: NULL for none.
 */
int cr2_guest_kernel_find(const char *version, const struct cr2_guest_watch *watch,
			  struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason);
/*
 * A kernel of one's own: a bzImage (else -EINVAL), and a folder below which its modules are, NULL
 * where it has built in what a guest needs.
 */
int cr2_guest_kernel_open(const char *image, const char *modules,
			  struct cr2_guest_kernel *ret_kernel, struct cr2_text *reason);
void cr2_guest_kernel_finish(struct cr2_guest_kernel *kernel);
/* Is the emulator here? 0, or -ENOENT: reason says which it is, and what brings it. */
int cr2_guest_emulator(struct cr2_text *reason);

enum cr2_guest_accel {
	CR2_GUEST_ACCEL_AUTO, /* KVM where a guest comes up with it within seconds, else TCG */
	CR2_GUEST_ACCEL_TCG,
	CR2_GUEST_ACCEL_KVM,
};

/* A file to put into the guest's root, with the mode that it has here. */
struct cr2_guest_file {
	const char *path; /* there: absolute, without .. */
	const char *source; /* here */
};

struct cr2_guest_config {
	const struct cr2_guest_kernel *kernel;
	const char *program; /* cr2 as one file without libraries: the guest's /cr2; NULL: looked for */
	const char *const *command; /* what the guest runs, NULL-terminated; [0] is a path there */
	size_t n_files;
	const struct cr2_guest_file *files;
	size_t n_modules; /* to load besides the kernel's own, after them and in this order */
	const char *const *modules; /* paths here */
	const char *kernel_arguments; /* more words for the kernel's command line, or NULL */
	enum cr2_guest_accel accel;
	unsigned memory; /* MiB; 0: 1024 */
	unsigned cpus; /* 0: 1, so that nothing happens on another one between two steps */
	bool gigantic; /* it has room for two pages of 1 GiB at any time: 12 GiB where memory is 0; it takes what is used of them */
	bool five_levels; /* of page tables; it unpacks its kernel itself, which takes it longer */
	unsigned nodes; /* that memory is split between, the CPUs being of the first; 0: 1, at the most 2 */
	unsigned disk; /* MiB of an empty ext4, mounted on /disk; 0: none */
	unsigned swap; /* MiB of a swap device, /dev/swap, not switched on; 0: none */
	const struct cr2_guest_watch *watch; /* while it boots; NULL: none */
	unsigned boot_seconds; /* how long it may take to start the command; 0: 180 */
	unsigned idle_seconds; /* how long it may say nothing while it is waited for; 0: 90 */
	unsigned run_seconds; /* how long the command may take in all; 0: as long as it is not idle */
};

/*
 * A running guest. Its command's standard input and output are here, its standard error goes
 * to the console. PID 1 is cr2 itself, which mounts proc, sysfs, debugfs, tracefs, tmpfs and
 * cgroup2, loads the modules, and powers off when the command has ended. The thread that boots
 * a guest must outlive it: QEMU dies with its parent.
 */
struct cr2_guest;

int cr2_guest_boot(const struct cr2_guest_config *config, struct cr2_guest **ret_guest,
		   struct cr2_text *reason);
int cr2_guest_write(struct cr2_guest *guest, const char *data, size_t n, struct cr2_text *reason);
/*
 * The next line that the command wrote, without its newline, replaces what is in line.
 * Returns 1, or 0 when it ended.
 */
int cr2_guest_read_line(struct cr2_guest *guest, struct cr2_text *line, struct cr2_text *reason);
/*
 * Waits for the command to end and the guest to power off; what it still writes is dropped.
 * ret_status: its exit status, or 128 + the signal that killed it.
 */
int cr2_guest_wait(struct cr2_guest *guest, int *ret_status, struct cr2_text *reason);
/* The console so far (the last 64 KiB), the emulator's own messages included. */
const char *cr2_guest_console(const struct cr2_guest *guest);
bool cr2_guest_is_kvm(const struct cr2_guest *guest);
void cr2_guest_destroy(struct cr2_guest *guest); /* ends it if it runs; NULL is fine */

/* PID 1 of a guest: what `cr2 guest-init` does. Returns only if it is not PID 1. */
int cr2_guest_init(void);

CR2_END_DECLS

#endif
