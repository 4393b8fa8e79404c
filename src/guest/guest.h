/* SPDX-License-Identifier: MIT */
/*
 * The parts of a guest: its kernel is the user's own (own_kernel.c) or fetched (kernel_image.c,
 * apt.c) into the cache (cache.c), an initramfs (initramfs.c, cpio.c) and disks (disk.c) are
 * made in memory (boot.c), QEMU runs them (qemu.c), guest.c talks to it; inside,
 * init.c is PID 1. None of this knows of scenarios; runner/, on top, sends and runs them.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>
#include <sys/types.h>

#include <cr2/guest.h>

/* Appends to reason and returns r; called where an error is found, which knows most about it. */
int guest_fail(struct cr2_text *reason, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reports progress to the watch; NULL: there is none. */
void guest_tell(const struct cr2_guest_watch *watch, enum cr2_guest_work work, const char *name,
		uint64_t bytes, uint64_t total, unsigned seconds);

/* A program of program.def, found in PATH or, for users without it there, in sbin; *ret_path is owned. */
int guest_program(const char *name, char **ret_path, struct cr2_text *reason);
/*
 * Runs a program of program.def to its end, in directory (NULL: here) and with more
 * environment ("NAME=VALUE", NULL-terminated, or NULL). output takes its standard output,
 * and standard error where it fails is quoted in reason. -EIO when it exits nonzero. One that
 * runs for longer than a time of its own, or a minute, is ended: -ETIMEDOUT.
 */
struct guest_command {
	const char *const *argv;
	const char *directory;
	const char *const *environment;
	unsigned seconds; /* how long it may take; 0: 60 */
	/* Called several times a second; where it returns an error, which it explains, it ends all. */
	int (*tick)(void *data, unsigned seconds, struct cr2_text *reason);
	void *data;
};
int guest_command(const struct guest_command *command, struct cr2_text *output,
		  struct cr2_text *reason);

/* ${XDG_CACHE_HOME:-~/.cache}/cr2/guest, made where it is not there; owned. */
int guest_cache(char **ret_path, struct cr2_text *reason);
int guest_remove(const char *path); /* with all that is in it */
int guest_write_file(const char *path, const char *data, size_t n);

int guest_folder_size(const char *path, uint64_t *ret_bytes); /* of all files in it */
/* -ENOSPC where the file system of path has less room than that. */
int guest_need_room(const char *path, uint64_t bytes, struct cr2_text *reason);

/* Of the folder that a package is fetched into. */
struct guest_package {
	char *name; /* "linux-image-6.1.0-56-amd64"; owned */
	uint64_t size; /* bytes */
	uint64_t unpacked; /* about */
	char *path; /* owned */
};
void guest_package_finish(struct guest_package *package);
/* Fetches the package that suite's linux-image-amd64 stands for into the directory. */
int guest_apt_fetch(const char *suite, const char *directory, const struct cr2_guest_watch *watch,
		    struct guest_package *ret_package, struct cr2_text *reason);

/* Where a bzImage has its signature, "HdrS". */
#define GUEST_SIGNATURE_AT 0x202

/* Sums of what stands in a kernel's folder. */
#define GUEST_SUMS "SHA256SUMS"
/*
 * Unpacks directory/vmlinuz to directory/vmlinux, which boots faster. Leaves none where it is packed
 * in another way than Debian's, or the program for it is not here: the kernel unpacks itself too.
 */
void guest_vmlinux(const char *directory);

/* Is this the name of a module that a guest loads (module.def), compressed or not? */
bool guest_module_is_wanted(const char *file);
/*
 * The modules for a guest in a folder, below: and in all folders in it, go into the kernel in the
 * order to load them. -EINVAL where there are two of one.
 */
int guest_modules_find(const char *folder, bool below, struct cr2_guest_kernel *kernel,
		       struct cr2_text *reason);

/*
 * An archive as the kernel unpacks one (newc, linux/Documentation/driver-api/early-userspace),
 * written to a file descriptor. Folders must stand before what is in them. After an error all
 * calls give that error.
 */
struct guest_cpio {
	int fd;
	int error;
	unsigned inode;
	uint64_t length;
};
int guest_cpio_folder(struct guest_cpio *cpio, const char *path);
int guest_cpio_data(struct guest_cpio *cpio, const char *path, mode_t mode, const void *data,
		    size_t n);
int guest_cpio_file(struct guest_cpio *cpio, const char *path, const char *source);
int guest_cpio_end(struct guest_cpio *cpio);

/* What init reads in the initramfs: what to run (each word NUL-terminated), modules (a line each). */
#define GUEST_PROGRAM "/cr2"
#define GUEST_COMMAND "/guest/command"
#define GUEST_MODULES "/guest/modules"
#define GUEST_DISKS "/guest/disks" /* serial numbers of those that it was given, a line each */
#define GUEST_DISK "/disk"
#define GUEST_SWAP "/dev/swap"
/* The devices that QEMU gives it; serial numbers of disks, numbers of ports. */
#define GUEST_CHANNEL_PORT 1
#define GUEST_STATUS_PORT 2
#define GUEST_DISK_SERIAL "cr2disk"
#define GUEST_SWAP_SERIAL "cr2swap"
/* Behind what the command wrote, on the channel; when the host has it, and with it all else, it says so on the status port. */
#define GUEST_END "\0end of output\n"
#define GUEST_GOT_IT "got it\n"

/* Memory files, closed on exec; -errno with reason. */
int guest_initramfs(const struct cr2_guest_config *config, int *ret_fd, struct cr2_text *reason);
int guest_disk(unsigned mib, int *ret_fd, struct cr2_text *reason);
int guest_swap(unsigned mib, int *ret_fd, struct cr2_text *reason);

/* A running QEMU. The three sockets are its console and the guest's two ports. */
struct guest_qemu {
	pid_t pid;
	int console, channel, status;
};
struct guest_machine {
	const char *kernel;
	const char *kernel_arguments; /* or NULL */
	int initramfs, disk, swap; /* -1: none */
	unsigned memory, cpus, nodes;
	bool gigantic, five_levels;
	bool kvm;
};
/* Is /dev/kvm there, and did no guest fail with it since this machine was booted? */
bool guest_kvm_may_work(void);
void guest_kvm_failed(void);

int guest_qemu_start(const struct guest_machine *machine, struct guest_qemu *ret_qemu,
		     struct cr2_text *reason);
/* The same, and waits until its command runs; below reason's line comes what the console said. */
struct guest_patience {
	unsigned boot_seconds, idle_seconds, run_seconds;
	const struct cr2_guest_watch *watch; /* while it boots */
	const char *release; /* the name in its reports */
};
int guest_start(const struct guest_machine *machine, const struct guest_patience *patience,
		struct cr2_guest **ret_guest, struct cr2_text *reason);

/* Appends the last lines of its console, without what would move a cursor. */
int guest_last_lines(const struct cr2_guest *guest, struct cr2_text *text);

#endif
