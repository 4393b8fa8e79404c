/* SPDX-License-Identifier: MIT */
/* See image.h. */
#include "image.h"

#include <asm/prctl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cr2/base.h>

#define LIST_AT 0x1fff80100000 /* spelt for the assembly below, too */
#define LIST_SIZE 0x10000
#define STACK_AT 0x1fff80200000UL
#define STACK_SIZE (256UL << 10)

#define STRING(x) #x
#define VALUE(x) STRING(x)

/* mmap(2)'s arguments: the code below knows the order. length 0: the last. */
struct piece {
	uint64_t address, length, prot, flags, fd, offset;
};
/* Behind the last: */
struct outset {
	uint64_t thread_pointer, stack, entry, argument;
};

#define PIECES_MAX 1024
struct list {
	struct piece pieces[PIECES_MAX];
	struct host_birth birth;
	struct outset outset;
};
_Static_assert(sizeof(struct list) <= LIST_SIZE, "the list has room");

/* Without a stack of its own: it touches nothing that the kernel gave the program. */
extern const char host_image_begin[], host_image_end[];
__asm__(
	"	.pushsection .rodata\n"
	"	.globl host_image_begin\n"
	"	.hidden host_image_begin\n"
	"host_image_begin:\n"
	"	movabs $" VALUE(LIST_AT) ", %rdi\n"
	"	mov %rdi, %rbx\n"
	"	mov $" VALUE(LIST_SIZE) ", %esi\n"
	"	mov $3, %edx\n" /* PROT_READ | PROT_WRITE */
	"	mov $0x12, %r10d\n" /* MAP_PRIVATE | MAP_FIXED */
	"	mov $3, %r8d\n" /* HOST_IMAGE_FD */
	"	xor %r9d, %r9d\n"
	"	jmp 2f\n"
	"1:	mov (%rbx), %rdi\n"
	"	mov 16(%rbx), %rdx\n"
	"	mov 24(%rbx), %r10\n"
	"	mov 32(%rbx), %r8\n"
	"	mov 40(%rbx), %r9\n"
	"	add $48, %rbx\n"
	"2:	mov $9, %eax\n" /* mmap */
	"	syscall\n"
	"	cmp %rax, %rdi\n"
	"	jne 3f\n"
	"	mov 8(%rbx), %rsi\n"
	"	test %rsi, %rsi\n"
	"	jnz 1b\n"
	"	mov (%rbx), %rbx\n" /* the last piece's address: struct outset */
	"	mov (%rbx), %rsi\n"
	"	mov $0x1002, %edi\n" /* ARCH_SET_FS */
	"	mov $158, %eax\n" /* arch_prctl */
	"	syscall\n"
	"	mov 8(%rbx), %rsp\n"
	"	mov 24(%rbx), %rdi\n"
	"	xor %ebp, %ebp\n"
	"	call *16(%rbx)\n"
	"3:	mov $1, %edi\n"
	"	mov $231, %eax\n" /* exit_group */
	"	syscall\n"
	"	hlt\n"
	"	.globl host_image_end\n"
	"	.hidden host_image_end\n"
	"host_image_end:\n"
	"	.popsection\n"
);

size_t host_image_code(void *page, size_t room)
{
	const size_t size = (size_t)(host_image_end - host_image_begin);

	if (size > room)
		return 0;
	memcpy(page, host_image_begin, size);
	return size;
}

struct image {
	int fd;
	uint64_t end; /* of what was written to it */
	size_t n;
	struct list list;
};

static int add_piece(struct image *image, const struct piece *piece)
{
	if (image->n >= PIECES_MAX - 1)
		return -E2BIG;
	image->list.pieces[image->n++] = *piece;
	return 0;
}

/* A copy of what is there now; what of it cannot be read, as behind a file's end, is left out. */
static int copy_piece(struct image *image, uint64_t from, uint64_t to, uint64_t prot)
{
	const struct piece piece = {from, to - from, prot, MAP_PRIVATE | MAP_FIXED, HOST_IMAGE_FD, image->end};

	image->end += to - from;
	if (ftruncate(image->fd, (off_t)image->end) < 0)
		return -errno;
	for (uint64_t at = from; at < to;) {
		ssize_t n = pwrite(image->fd, (const void *)(uintptr_t)at, to - at, (off_t)(piece.offset + (at - from)));

		if (n < 0 && errno != EFAULT)
			return -errno;
		at += n > 0 ? (uint64_t)n : 4096 - at % 4096;
	}
	return add_piece(image, &piece);
}

#define LARGE (16UL << 20) /* more than programs and libraries have of anonymous memory */
#define THREAD_ROOM (256UL << 10) /* around a thread's data */

/* Of the memory that the runner has for itself, its thread's data. */
static int copy_large(struct image *image, uint64_t from, uint64_t to, uint64_t prot)
{
	const uint64_t thread = (uintptr_t)__builtin_thread_pointer() & ~4095UL;

	if (thread < from || thread >= to)
		return 0;
	return copy_piece(image, thread - from > THREAD_ROOM ? thread - THREAD_ROOM : from,
			  to - thread > THREAD_ROOM ? thread + THREAD_ROOM : to, prot);
}

/* A line of /proc/self/maps. The stack stays behind, and what the kernel maps it maps anew. */
static int take_line(struct image *image, const char *line)
{
	unsigned long long from, to, inode;
	char perms[5], name[32] = "";
	uint64_t prot;

	if (sscanf(line, "%llx-%llx %4s %*x %*s %llu %31s", &from, &to, perms, &inode, name) < 4)
		return 0;
	if (perms[0] != 'r' || perms[3] != 'p' || strcmp(name, "[stack]") == 0 || strncmp(name, "[v", 2) == 0)
		return 0;
	prot = PROT_READ | (perms[1] == 'w' ? PROT_WRITE : 0) | (perms[2] == 'x' ? PROT_EXEC : 0);
	return inode == 0 && to - from > LARGE ? copy_large(image, from, to, prot) : copy_piece(image, from, to, prot);
}

static int copy_memory(struct image *image)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[4352];
	int r = file ? 0 : -errno;

	while (r == 0 && fgets(line, sizeof(line), file))
		r = take_line(image, line);
	if (file)
		fclose(file);
	return r;
}

static int finish_list(struct image *image, const struct host_birth *birth, size_t slots_size)
{
	const struct piece stack = {STACK_AT, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				    (uint64_t)-1, 0};
	const struct piece slots = {(uintptr_t)birth->config.slots, (slots_size + 4095) & ~4095UL, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_FIXED | MAP_POPULATE, HOST_IMAGE_CHANNEL_FD, 0};
	int r = add_piece(image, &stack);

	if (r == 0)
		r = add_piece(image, &slots);
	if (r < 0)
		return r;
	image->list.pieces[image->n] = (struct piece){.address = LIST_AT + offsetof(struct list, outset)};
	image->list.birth = *birth;
	image->list.outset = (struct outset){
		.thread_pointer = (uintptr_t)__builtin_thread_pointer(),
		.stack = STACK_AT + STACK_SIZE,
		.entry = (uintptr_t)host_actor_begin_again,
		.argument = LIST_AT + offsetof(struct list, birth),
	};
	return pwrite(image->fd, &image->list, sizeof(image->list), 0) == sizeof(image->list) ? 0 : -EIO;
}

int host_image_make(const struct host_birth *birth, size_t slots_size)
{
	struct image image = {.fd = memfd_create("cr2-image", MFD_CLOEXEC), .end = LIST_SIZE};
	int r = image.fd < 0 ? -errno : 0;

	if (r == 0)
		r = copy_memory(&image);
	if (r == 0)
		r = finish_list(&image, birth, slots_size);
	if (r < 0 && image.fd >= 0)
		close(image.fd);
	return r < 0 ? r : image.fd;
}
