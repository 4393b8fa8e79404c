/* SPDX-License-Identifier: MIT */
/*
 * PID 1 of a guest. Makes the system that a command expects, runs it on the channel port, says
 * on the status port how it ended, and powers off.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stream.h"

#include "guest.h"

/* From linux/module.h, which not every libc's kernel headers have. */
#define FINIT_COMPRESSED 4

/* Those with an option for the kernel are needed; the others, where it has them. */
static const struct place {
	const char *type, *where, *options, *config;
} places[] = {
	{"devtmpfs", "/dev", NULL, "CONFIG_DEVTMPFS"},
	{"proc", "/proc", NULL, "CONFIG_PROC_FS"},
	{"sysfs", "/sys", NULL, "CONFIG_SYSFS"},
	{"debugfs", "/sys/kernel/debug", NULL, NULL},
	{"tracefs", "/sys/kernel/tracing", NULL, NULL},
	{"cgroup2", "/sys/fs/cgroup", NULL, NULL},
	{"tmpfs", "/dev/shm", "mode=1777", "CONFIG_TMPFS"},
	{"tmpfs", "/tmp", "mode=1777", "CONFIG_TMPFS"},
	{"tmpfs", "/run", "mode=755", "CONFIG_TMPFS"},
};

/*
 * Pages are paged out one by one, processes killed by signals are not logged, and nothing moves
 * pages or makes them huge in the background, not even between two scenarios. Control groups may
 * have limits.
 */
static const struct setting {
	const char *file, *value;
} settings[] = {
	{"/proc/sys/vm/page-cluster", "0"},
	{"/proc/sys/vm/compaction_proactiveness", "0"},
	{"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "4294967295"},
	{"/sys/fs/cgroup/cgroup.subtree_control", "+memory +pids"},
	{"/proc/sys/debug/exception-trace", "0"},
	{"/proc/sys/kernel/core_pattern", "/dev/null"},
};

/* Reports an error on the status port, or on the console before that is there. */
static int fail(int status, const char *what)
{
	dprintf(status, "error %s: %s\n", what, strerror(errno));
	return -errno;
}

/* The same where the kernel was built without something. */
static int lacks(int status, const char *config, const char *what)
{
	dprintf(status, "error this kernel has no %s: it needs %s, built in, or as a module that is "
		"named beside it\n", what, config);
	return -ENODEV;
}

static int mount_all(int status)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(places); i++) {
		const struct place *p = &places[i];

		mkdir(p->where, 0755);
		if (mount(p->type, p->where, p->type, 0, p->options) == 0)
			continue;
		if (p->config)
			return errno == ENODEV ? lacks(status, p->config, p->type) :
						 fail(status, p->where);
	}
	return 0;
}

/* Skips settings that this kernel lacks. */
static void set_all(void)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(settings); i++) {
		int fd = open(settings[i].file, O_WRONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		dprintf(fd, "%s\n", settings[i].value);
		close(fd);
	}
}

static bool is_compressed(const char *path)
{
	return strcmp(path + strlen(path) - 3, ".ko") != 0;
}

static int load_module(int status, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0 || syscall(SYS_finit_module, fd, "",
			      is_compressed(path) ? FINIT_COMPRESSED : 0) < 0)
		r = fail(status, path);
	if (fd >= 0)
		close(fd);
	return r;
}

/* What this guest was given; of modules none where the kernel has everything built in. */
static int each_line(int status, const char *path, int (*fn)(int status, const char *line))
{
	struct cr2_text list = {0};
	char *rest, *line;
	int r = stream_read_file(path, SIZE_MAX, &list);

	line = list.data ? strtok_r(list.data, "\n", &rest) : NULL;
	for (; line && r == 0; line = strtok_r(NULL, "\n", &rest))
		r = fn(status, line);
	cr2_text_finish(&list);
	return r;
}

/* The port is there some time after its driver, and the host behind it some time later. */
static int open_port(unsigned number)
{
	char path[32];
	int fd = -1;

	snprintf(path, sizeof(path), "/dev/vport0p%u", number);
	for (int i = 0; i < 10000 && (fd = open(path, O_RDWR | O_CLOEXEC)) < 0; i++)
		usleep(1000);
	for (int i = 0; i < 10000 && fd >= 0; i++) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 0) == 0 || !(p.revents & POLLHUP))
			break;
		usleep(1000);
	}
	return fd;
}

/* The block device with this serial number, as /dev/NAME. */
static int find_disk(const char *serial, char *path, size_t size)
{
	for (char letter = 'a'; letter <= 'd'; letter++) {
		struct cr2_text text = {0};
		char file[64];
		bool found;

		snprintf(file, sizeof(file), "/sys/block/vd%c/serial", letter);
		found = stream_read_file(file, SIZE_MAX, &text) == 0 && text.data &&
			strncmp(text.data, serial, strlen(serial)) == 0;
		cr2_text_finish(&text);
		if (!found)
			continue;
		snprintf(path, size, "/dev/vd%c", letter);
		return 0;
	}
	return -ENOENT;
}

static int set_up_disk(int status, const char *serial)
{
	char path[16];

	if (find_disk(serial, path, sizeof(path)) < 0)
		return lacks(status, "CONFIG_VIRTIO_BLK", "virtio disk");
	if (strcmp(serial, GUEST_SWAP_SERIAL) == 0)
		return symlink(path, GUEST_SWAP) < 0 ? fail(status, GUEST_SWAP) : 0;
	mkdir(GUEST_DISK, 0755);
	if (mount(path, GUEST_DISK, "ext4", MS_NOATIME, NULL) == 0)
		return 0;
	return errno == ENODEV ? lacks(status, "CONFIG_EXT4_FS", "ext4") : fail(status, GUEST_DISK);
}

/* The words lie in text, a NULL stands behind the last; ret_words: owned. */
static int read_command(struct cr2_text *text, char ***ret_words)
{
	int r = stream_read_file(GUEST_COMMAND, SIZE_MAX, text);
	size_t capacity = 0, n = 0;
	char **words = NULL;

	for (size_t at = 0; r == 0 && at < text->length; at += strlen(text->data + at) + 1) {
		r = cr2_grow(&words, &capacity, n + 2, sizeof(*words));
		if (r == 0)
			words[n++] = text->data + at;
	}
	if (r == 0 && n == 0)
		r = -ENOENT;
	if (r < 0) {
		free(words);
		return r;
	}
	words[n] = NULL;
	*ret_words = words;
	return 0;
}

static void __attribute__((noreturn)) become_command(char **words, int channel)
{
	setsid();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/", 1);
	setenv("HOME", "/", 1);
	setenv("TMPDIR", access(GUEST_DISK, W_OK) == 0 ? GUEST_DISK : "/tmp", 1);
	if (dup2(channel, 0) >= 0 && dup2(channel, 1) >= 0)
		execv(words[0], words);
	dprintf(2, "%s: %s\n", words[0], strerror(errno));
	_exit(127);
}

/* PID 1 inherits orphans: reaps all of them until the command ends. */
static int await_command(pid_t pid)
{
	int status = 0;
	pid_t ended;

	do
		ended = wait(&status);
	while (ended != pid && (ended > 0 || errno == EINTR));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * What was written is in a ring, which a power-off forgets. Whoever reads may be slow; nobody reads where the channel
 * is closed at its other end.
 */
static void await_reader(int status, int channel)
{
	static const char end[] = GUEST_END;
	struct pollfd fds[] = {{.fd = channel}, {.fd = status, .events = POLLIN}};
	size_t written = 0;

	for (;;) {
		fds[0].events = written < sizeof(end) - 1 ? POLLOUT : 0;
		if (poll(fds, CR2_ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents & POLLHUP || fds[1].revents)
			return;
		if (fds[0].revents & POLLOUT) {
			ssize_t n = write(channel, end + written, sizeof(end) - 1 - written);

			written += n > 0 ? (size_t)n : 0;
		}
	}
}

static int run_command(int status, int channel)
{
	struct cr2_text text = {0};
	char **words;
	pid_t pid;
	int r = read_command(&text, &words);

	if (r < 0) {
		errno = -r;
		return fail(status, GUEST_COMMAND);
	}
	pid = fork();
	if (pid < 0)
		return fail(status, "fork");
	if (pid == 0)
		become_command(words, channel);
	dprintf(status, "ready\n");
	dprintf(status, "exit %d\n", await_command(pid));
	await_reader(status, channel);
	free(words);
	cr2_text_finish(&text);
	return 0;
}

/* The kernel could not: its /dev was empty. */
static int open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return -errno;
	while (fd < 2 && fd >= 0)
		fd = dup(fd);
	return fd < 0 ? -errno : 0;
}

static int bring_up(int *status, int *channel)
{
	int r = mount_all(2);

	if (r == 0)
		r = open_console();
	if (r == 0)
		r = each_line(2, GUEST_MODULES, load_module);
	if (r < 0)
		return r;
	/* Looked for first: nothing comes of waiting for a port without a driver. */
	if (access("/sys/bus/pci/drivers/virtio-pci", F_OK) < 0)
		return lacks(2, "CONFIG_VIRTIO_PCI", "virtio on PCI");
	if (access("/sys/bus/virtio/drivers/virtio_console", F_OK) < 0)
		return lacks(2, "CONFIG_VIRTIO_CONSOLE", "virtio console");
	*status = open_port(GUEST_STATUS_PORT);
	*channel = open_port(GUEST_CHANNEL_PORT);
	if (*status < 0 || *channel < 0)
		return fail(2, "the ports");
	set_all();
	return each_line(*status, GUEST_DISKS, set_up_disk);
}

int cr2_guest_init(void)
{
	int status = -1, channel = -1;

	if (getpid() != 1)
		return -EPERM;
	if (bring_up(&status, &channel) == 0)
		run_command(status, channel);
	sync();
	umount2(GUEST_DISK, MNT_DETACH);
	reboot(RB_POWER_OFF);
	return -errno;
}
