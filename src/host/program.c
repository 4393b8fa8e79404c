/* SPDX-License-Identifier: MIT */
/* See program.h. */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "image.h"
#include "program.h"

#define NAME "cr2-program"
#define BASE 0x4f0000000000UL /* no scenario's mappings lie there */
#define CODE (sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr))

/* pause() for ever. */
static const unsigned char code[] = {
	0xb8, 0x22, 0x00, 0x00, 0x00, /* mov $34, %eax */
	0x0f, 0x05, /* syscall */
	0xeb, 0xf7, /* jmp */
};

struct program {
	Elf64_Ehdr head;
	Elf64_Phdr text;
	unsigned char code[sizeof(code)];
};

static struct program make_program(void)
{
	struct program program = {
		.head = {
			.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_entry = BASE + CODE,
			.e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1,
		},
		.text = {
			.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = BASE, .p_filesz = CODE + sizeof(code),
			.p_memsz = CODE + sizeof(code), .p_align = 4096,
		},
	};

	memcpy(program.code, code, sizeof(code));
	return program;
}

static Elf64_Phdr segment(uint64_t address, uint64_t offset, uint64_t in_file, uint64_t in_memory, uint32_t flags)
{
	return (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = flags, .p_offset = offset, .p_vaddr = address, .p_filesz = in_file,
		.p_memsz = in_memory, .p_align = CR2_PAGE_SIZE,
	};
}

struct description {
	Elf64_Ehdr head;
	Elf64_Phdr segments[4];
	unsigned char code[CR2_PAGE_SIZE - sizeof(Elf64_Ehdr) - 4 * sizeof(Elf64_Phdr)];
};
_Static_assert(sizeof(struct description) == CR2_PAGE_SIZE, "a page");

int host_program_describe(int fd, const struct cr2_op *op)
{
	const uint64_t data = op->address + op->length;
	const uint64_t bss = (op->new_length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK;
	struct description page = {
		.head = make_program().head,
		.segments = {
			segment(HOST_IMAGE_ENTRY, 0, CR2_PAGE_SIZE, CR2_PAGE_SIZE, PF_R | PF_X),
			segment(op->address, CR2_PAGE_SIZE, op->length, op->length, PF_R | PF_X),
			segment(data, CR2_PAGE_SIZE + op->length, op->new_length, bss + op->offset, PF_R | PF_W),
			{.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W},
		},
	};

	page.head.e_entry = HOST_IMAGE_ENTRY + offsetof(struct description, code);
	page.head.e_phnum = 4;
	if (!host_image_code(page.code, sizeof(page.code)))
		return -E2BIG;
	return pwrite(fd, &page, sizeof(page), 0) == sizeof(page) ? 0 : -EIO;
}

int host_program_open(void)
{
	const struct program program = make_program();
	const size_t size = CODE + sizeof(code);
	int fd = memfd_create(NAME, MFD_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, &program, size) != (ssize_t)size)
		r = -EIO;
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

int host_program_await(pid_t pid)
{
	static const char runs[] = "/memfd:" NAME;
	const struct timespec pause = {.tv_nsec = 200000};
	char path[32], exe[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	for (int i = 0; i < 25000; i++) {
		ssize_t n = readlink(path, exe, sizeof(exe));

		if (n < 0)
			return -ECHILD;
		if ((size_t)n >= strlen(runs) && memcmp(exe, runs, strlen(runs)) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}
