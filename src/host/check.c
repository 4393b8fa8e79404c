/* SPDX-License-Identifier: MIT */
/*
 * May an operation be done here? It must keep to the addresses that are the scenario's, and
 * execute nothing harmful.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "smaps.h"

bool host_op_uses_object(const struct cr2_op *op)
{
	return cr2_op_names_file(op->kind) || op->kind == CR2_OP_SHMAT || (op->kind == CR2_OP_MAP && !(op->flags & CR2_MAP_ANONYMOUS));
}

static bool in_area(const struct host_runner *host, const struct cr2_op *op, uint64_t address, uint64_t length)
{
	const struct host_areas *areas = host_process_areas(host, &host->processes[op->process]);

	for (size_t i = 0; i < areas->n; i++) {
		const struct host_area *area = &areas->items[i];

		if (address >= area->start && address < area->end && length <= area->end - address)
			return true;
	}
	return false;
}

static int check_range(struct host_runner *host, const struct cr2_op *op)
{
	bool fits = in_area(host, op, op->address, op->length);
	struct cr2_op second;

	if (op->kind == CR2_OP_REMAP)
		fits = fits && in_area(host, op, op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address,
				       op->new_length);
	if (op->kind == CR2_OP_BRK)
		fits = fits && in_area(host, op, op->address, op->new_length);
	if (op->kind == CR2_OP_UFFD_MOVE)
		fits = fits && in_area(host, op, op->new_address, op->length);
	if (cr2_op_second(op, &second))
		fits = fits && in_area(host, op, second.address, second.length);
	if (fits)
		return 0;
	return reason_refuse(&host->reason, -EOPNOTSUPP, "%s of 0x%llx bytes at 0x%llx leaves the "
			   "addresses that scenarios may use", cr2_op_name(op->kind),
			   (unsigned long long)op->length, (unsigned long long)op->address);
}

/* The kernel grows a stack for accesses this far below it. */
#define STACK_REACH (8ULL << 20)

/* Of a process's own mappings only its first stack grows; the program's name lies on it. */
static bool would_grow(const struct maps_vma *above, uint64_t address)
{
	uint64_t on_stack = getauxval(AT_EXECFN);

	return on_stack >= above->start && on_stack < above->end &&
	       above->start - address <= STACK_REACH;
}

/* Outside the scenario's area only addresses that hold nothing may be accessed. */
static int check_access(struct host_runner *host, const struct cr2_op *op)
{
	struct maps_vma vma;
	int r;

	if (in_area(host, op, op->address, cr2_op_bytes(op)))
		return 0;
	if (cr2_op_bytes(op) > 1)
		return check_range(host, op);
	/* The kernel's own accesses are refused before they are made. */
	if (op->kind != CR2_OP_KREAD && op->kind != CR2_OP_KWRITE &&
	    (r = host_layout_check(op->address, host->config.five_levels, &host->reason)) < 0)
		return r;
	r = maps_vma_at(host->processes[op->process].maps, op->address, &vma);
	if (r == -ENOENT || (r == 0 && vma.start > op->address && !would_grow(&vma, op->address)))
		return 0;
	if (r < 0)
		return reason_refuse(&host->reason, r, "the mappings cannot be read: %s", strerror(-r));
	return reason_refuse(&host->reason, -EOPNOTSUPP, "address 0x%llx belongs to the process that "
			   "stands for the scenario's: choose another", (unsigned long long)op->address);
}

const struct host_region *host_region_at_or_grown(const struct host_view *view, uint64_t address)
{
	const struct host_region *region = host_view_region(view, address);

	for (uint64_t above = 0; !region && above <= STACK_REACH; above += CR2_PAGE_SIZE)
		region = host_view_region(view, address + above);
	return region;
}

static int check_userfault(struct host_runner *host)
{
	int fd = host->has_userfault ? -1 : host_userfault_open(true);

	if (!host->has_userfault && fd < 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "no userfaultfd here: %s%s", strerror(errno),
				   errno == ENOSYS ? " (CONFIG_USERFAULTFD)" : "");
	if (fd >= 0)
		close(fd);
	host->has_userfault = true;
	return 0;
}

static int open_mem(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Kernels can be told to heed protections there, too (proc_mem.force_override), of their own process as well. */
static int try_force(void)
{
	void *page = mmap(NULL, CR2_PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	int r = fd >= 0 && page != MAP_FAILED && pwrite(fd, "", 1, (off_t)(uintptr_t)page) == 1 ? 0 : -errno;

	if (page != MAP_FAILED)
		munmap(page, CR2_PAGE_SIZE);
	if (fd >= 0)
		close(fd);
	return r;
}

static int check_other(struct host_runner *host, const struct cr2_op *op)
{
	if (op->by >= host->n_processes || !host->processes[op->by].alive)
		return reason_refuse(&host->reason, -ESRCH, "no such process");
	return 0;
}

/* Also opens the memory that another process reaches into. */
static int check_mem(struct host_runner *host, const struct cr2_op *op)
{
	struct host_process *process = &host->processes[op->process];
	int r = host->has_force ? 0 : try_force();

	if (r < 0)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "/proc/PID/mem does not write what is read-only here: %s "
				     "(proc_mem.force_override)", strerror(-r));
	host->has_force = true;
	if (process->mem < 0)
		process->mem = open_mem(process->pid);
	return process->mem < 0 ? reason_refuse(&host->reason, -EPERM, "/proc/%d/mem cannot be opened: %s",
						(int)process->pid, strerror(-process->mem)) : 0;
}

/* Tried out on shared memory, which the kernel came to know later than others. */
static bool has_guard_pages(void)
{
	void *page = mmap(NULL, CR2_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool has;

	if (page == MAP_FAILED)
		return false;
	has = madvise(page, CR2_PAGE_SIZE, cr2_advice_sys(CR2_ADVICE_GUARD_INSTALL)) == 0;
	munmap(page, CR2_PAGE_SIZE);
	return has;
}

/* What would not come back: the entries that remember the protection are in its way, and it tries again. */
static int check_guards(struct host_runner *host, const struct cr2_op *op)
{
	const struct host_process *process = &host->processes[op->process];
	struct cr2_op second;

	for (size_t i = 0; i < process->now.count; i++) {
		const struct maps_vma *vma = &process->now.regions[i].vma;
		struct host_smaps smaps;

		if (!vma->inode || vma->end <= op->address || vma->start >= op->address + op->length)
			continue;
		if (host_smaps_read(process->pid, vma, &smaps) == 0 && smaps.uffd_wp && has_guard_pages())
			return reason_refuse(&host->reason, -EOPNOTSUPP, "guard pages where userfaultfd protects "
					     "shared memory or tmpfs: the kernel tries without end");
	}
	return cr2_op_second(op, &second) ? check_guards(host, &second) : 0;
}

/* The zero page is everybody's: lost, it is so for all later scenarios. What is not there comes as that. */
static int check_zero_page(struct host_runner *host, const struct cr2_op *op)
{
	for (uint64_t at = op->address; op->advice == CR2_ADVICE_HWPOISON && at < op->address + op->length; at += CR2_PAGE_SIZE) {
		const struct host_page *page = host_view_page(&host->processes[op->process].now, at);

		if (page && (page->kind == CR2_PAGE_NONE || page->kind == CR2_PAGE_ZERO || page->kind == CR2_PAGE_HUGE_ZERO))
			return reason_refuse(&host->reason, -EOPNOTSUPP, "hwpoison of a page that is not there, or is the zero page");
	}
	return 0;
}

/* A frame that is lost stays so: the machine of a guest (src/guest/qemu.c names its init) ends soon, this one does not. */
static int check_loss(struct host_runner *host, const struct cr2_op *op)
{
	char line[2048] = "";
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	line[n > 0 ? n : 0] = '\0';
	if (strstr(line, " -- guest-init"))
		return check_zero_page(host, op);
	return reason_refuse(&host->reason, -EOPNOTSUPP, "hwpoison and soft_offline take a page frame away from the machine for "
			     "good, and are done in guests alone");
}

/* What the kernel promised the rest of the mapping it would keep for good, so that the machine's pool could not be used again. */
static int check_promises(struct host_runner *host, const struct cr2_op *op)
{
	const struct host_view *now = &host->processes[op->process].now;
	const uint64_t end = op->address + op->length;

	for (size_t i = 0; op->flags & CR2_MREMAP_FIXED && i < now->count; i++) {
		const struct maps_vma *vma = &now->regions[i].vma;

		if (vma->hugetlb && !vma->shared && vma->start < end && vma->end > op->address &&
		    (vma->start < op->address || vma->end > end))
			return reason_refuse(&host->reason, -EOPNOTSUPP, "mremap moves a part of a private mapping of hugetlb "
					     "pages: the kernel keeps what it promised the rest for good");
	}
	return 0;
}

#define VSYSCALL_PAGE 0xffffffffff600000ULL

/* Would the kernel let something be executed there? */
static int check_fetch(struct host_runner *host, const struct cr2_op *op)
{
	const struct host_view *now = &host->processes[op->process].now;
	const struct host_region *region = host_region_at_or_grown(now, op->address);
	bool zeros = true, returns = false;

	if ((op->address & CR2_PAGE_MASK) == VSYSCALL_PAGE)
		return reason_refuse(&host->reason, -EOPNOTSUPP, "exec 0x%llx: what stands in the "
				   "vsyscall page is a system call, which the kernel would make",
				   (unsigned long long)op->address);
	if (!region || !(region->vma.prot & CR2_PROT_EXEC))
		return 0;
	if (region->object != CR2_NO_OBJECT) {
		returns = true;
		zeros = host->objects.items[region->object].zeros;
	}
	return host_fetch_check(&host->written, op->address, zeros, returns, host_is_emulated(),
				&host->reason);
}

int host_check(struct host_runner *host, const struct cr2_op *op)
{
	int r = 0;

	if ((host_op_uses_object(op) || (op->kind == CR2_OP_EXECVE && op->object != CR2_NO_OBJECT)) &&
	    (op->object >= host->objects.count || !host_object_is_made(&host->objects.items[op->object])))
		return reason_refuse(&host->reason, -EINVAL, "no such object");
	if (cr2_op_makes_process(op->kind) &&
	    (op->child >= host->n_processes || host->processes[op->child].alive))
		return reason_refuse(&host->reason, -EINVAL, "no such child");
	if (cr2_op_is_access(op->kind))
		r = check_access(host, op);
	else if (op->length && !cr2_op_names_file(op->kind) && op->kind != CR2_OP_LIMIT && op->kind != CR2_OP_EXECVE)
		r = check_range(host, op);
	if (r == 0 && cr2_op_is_userfault(op->kind))
		r = check_userfault(host);
	if (r == 0 && op->kind == CR2_OP_ADVISE && op->advice == CR2_ADVICE_GUARD_INSTALL)
		r = check_guards(host, op);
	if (r == 0 && op->kind == CR2_OP_ADVISE && (op->advice == CR2_ADVICE_HWPOISON || op->advice == CR2_ADVICE_SOFT_OFFLINE))
		r = check_loss(host, op);
	if (r == 0 && op->kind == CR2_OP_REMAP)
		r = check_promises(host, op);
	if (r == 0 && cr2_op_is_by_other(op))
		r = check_other(host, op);
	if (r == 0 && (op->kind == CR2_OP_PEEK || op->kind == CR2_OP_POKE))
		r = check_mem(host, op);
	/* Measured on 6.1 and 6.12 in QEMU 7.2: 0x4, then 0x7. */
	if (r == 0 && op->kind == CR2_OP_CMPXCHG && host_is_emulated())
		r = reason_refuse(&host->reason, -EOPNOTSUPP, "cmpxchg on a CPU that QEMU emulates: it loads first, as no CPU does");
	if (r == 0 && op->kind == CR2_OP_EXEC)
		r = check_fetch(host, op);
	return r;
}

/* What later fetches have to reckon with. */
int host_take_note(struct host_runner *host, const struct cr2_op *op)
{
	const struct host_region *region;
	int r;

	if (op->kind == CR2_OP_WRITE8 || (op->kind == CR2_OP_KWRITE && op->length))
		host->written.filled[op->value] = true;
	if (op->kind == CR2_OP_WRITE || op->kind == CR2_OP_KWRITE || op->kind == CR2_OP_CMPXCHG || op->kind == CR2_OP_POKE ||
	    op->kind == CR2_OP_VMWRITE)
		return host_written_add(&host->written, op->address, op->value);
	if (op->kind == CR2_OP_FWRITE && (r = host_written_add(&host->written, op->offset, op->value)) < 0)
		return r;
	if (op->kind == CR2_OP_UFFD_COPY)
		host->written.filled[op->value] = true;
	if (op->kind == CR2_OP_UFFD && op->flags && !(op->flags & CR2_UFFD_SIGBUS))
		host->written.filled[CR2_FILE_BYTE] = true;
	if (op->kind == CR2_OP_TRUNCATE || op->kind == CR2_OP_FWRITE)
		host->objects.items[op->object].zeros = true;
	if (op->kind != CR2_OP_ADVISE || op->advice != CR2_ADVICE_REMOVE)
		return 0;
	for (size_t i = 0; i < host->processes[op->process].now.count; i++) {
		region = &host->processes[op->process].now.regions[i];
		if (region->object != CR2_NO_OBJECT)
			host->objects.items[region->object].zeros = true;
	}
	return 0;
}
