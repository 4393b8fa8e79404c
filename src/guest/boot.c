/* SPDX-License-Identifier: MIT */
/* From a configuration to a running guest: its memory files, and what it runs on, KVM or TCG. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

/* Enough that the kernel, which scatters its own memory, leaves some GiB whole. */
#define GIGANTIC_MIB 12288

/* Where KVM works, a guest is up in a second or two. */
#define KVM_SECONDS 15

/*
 * /dev/kvm may be there and not run a kernel, or never return; only a boot shows it. What one
 * boot came to holds until this machine is booted again.
 */
static int start_auto(struct guest_machine *machine, const struct guest_patience *patience,
		      struct cr2_guest **ret_guest, struct cr2_text *reason)
{
	struct guest_patience little = *patience;
	bool tried = guest_kvm_may_work();
	struct cr2_text why = {0};
	int r = -ENODEV;

	machine->kvm = tried;
	little.boot_seconds = KVM_SECONDS;
	if (tried)
		r = guest_start(machine, &little, ret_guest, &why);
	cr2_text_finish(&why);
	if (r == 0)
		return 0;
	machine->kvm = false;
	r = guest_start(machine, patience, ret_guest, reason);
	if (r == 0 && tried)
		guest_kvm_failed();
	return r;
}

static enum cr2_guest_accel wanted_accel(const struct cr2_guest_config *config)
{
	const char *name = getenv("CR2_GUEST_ACCEL");

	if (config->accel != CR2_GUEST_ACCEL_AUTO || !name)
		return config->accel;
	if (strcmp(name, "kvm") == 0)
		return CR2_GUEST_ACCEL_KVM;
	return strcmp(name, "tcg") == 0 ? CR2_GUEST_ACCEL_TCG : CR2_GUEST_ACCEL_AUTO;
}

static int make_machine(const struct cr2_guest_config *config, struct guest_machine *machine,
			struct cr2_text *reason)
{
	int r = guest_initramfs(config, &machine->initramfs, reason);

	if (r == 0 && config->disk)
		r = guest_disk(config->disk, &machine->disk, reason);
	if (r == 0 && config->swap)
		r = guest_swap(config->swap, &machine->swap, reason);
	return r;
}

static void close_machine(const struct guest_machine *machine)
{
	const int fds[] = {machine->initramfs, machine->disk, machine->swap};

	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int cr2_guest_boot(const struct cr2_guest_config *config, struct cr2_guest **ret_guest,
		   struct cr2_text *reason)
{
	const enum cr2_guest_accel accel = wanted_accel(config);
	const struct guest_patience patience = {
		.boot_seconds = config->boot_seconds ? config->boot_seconds : 180,
		.idle_seconds = config->idle_seconds ? config->idle_seconds : 90,
		.run_seconds = config->run_seconds,
		.watch = config->watch,
		.release = config->kernel->release,
	};
	struct guest_machine machine = {
		/* What unpacks itself switches five levels on; the PVH entry knows of four. */
		.kernel = config->five_levels && config->kernel->packed ? config->kernel->packed : config->kernel->image,
		.kernel_arguments = config->kernel_arguments,
		.initramfs = -1, .disk = -1, .swap = -1,
		.memory = config->memory ? config->memory : config->gigantic ? GIGANTIC_MIB : 1024,
		.gigantic = config->gigantic,
		.five_levels = config->five_levels,
		.cpus = config->cpus ? config->cpus : 1,
		.nodes = config->nodes,
		.kvm = accel == CR2_GUEST_ACCEL_KVM,
	};
	int r = make_machine(config, &machine, reason);

	if (r == 0 && accel == CR2_GUEST_ACCEL_AUTO)
		r = start_auto(&machine, &patience, ret_guest, reason);
	else if (r == 0)
		r = guest_start(&machine, &patience, ret_guest, reason);
	guest_tell(config->watch, CR2_GUEST_IDLE, NULL, 0, 0, 0);
	close_machine(&machine);
	return r;
}
