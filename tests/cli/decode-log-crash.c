/* SPDX-License-Identifier: MIT */
/* A program that does the one wrong thing that its argument names (decode-log.bats). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

struct item {
	char pad[0x18];
	int member;
};

static const char constant[] = "constant";
static unsigned char variable = 0xc3;

static __attribute__((noinline)) int recurse(volatile int n)
{
	volatile char frame[4096];

	frame[0] = (char)n;
	return recurse(n + 1) + frame[0];
}

static void null_read(void)
{
	volatile int *p = NULL;

	(void)*p;
}

static void near_null_write(void)
{
	struct item *volatile item = NULL;

	item->member = 7;
}

static void call(uintptr_t address)
{
	void (*volatile function)(void) = (void (*)(void))address;

	function();
}

static void page_without_exec(void)
{
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 0xc3;
	call((uintptr_t)page);
}

static void misaligned(void)
{
	static char bytes[64];
	char *volatile p = bytes + 1;

	__asm__ volatile("movaps %%xmm0, (%0)" : : "r"((uintptr_t)p | 1) : "memory");
}

/* What a return takes from the stack in an address's place. */
static __attribute__((noinline)) void return_to(uintptr_t word)
{
	__asm__ volatile("push %0; ret" : : "r"(word));
}

static void call_the_stack(void)
{
	volatile unsigned char code[64] = {0xc3};

	call((uintptr_t)code);
}

/* Eight bytes, of which the last four are in a page that is not there. */
static void cross(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(pages + 4096, 4096);
	__asm__ volatile("mov (%0), %%rax" : : "r"(pages + 4092) : "rax");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "null") == 0)
		null_read();
	if (strcmp(what, "near_null") == 0)
		near_null_write();
	if (strcmp(what, "jump_to_null") == 0)
		call(0);
	if (strcmp(what, "jump_to_data") == 0)
		call((uintptr_t)&variable);
	if (strcmp(what, "jump_to_page") == 0)
		page_without_exec();
	if (strcmp(what, "stack") == 0)
		return recurse(1);
	if (strcmp(what, "write_to_readonly") == 0)
		*(volatile char *)(uintptr_t)constant = 'x';
	if (strcmp(what, "write_to_text") == 0)
		*(volatile char *)(uintptr_t)&main = 'x';
	if (strcmp(what, "non_canonical") == 0)
		return *(volatile int *)0x4141414141414141;
	if (strcmp(what, "kernel_address") == 0)
		return *(volatile int *)0xffffffff81000000;
	if (strcmp(what, "misaligned") == 0)
		misaligned();
	if (strcmp(what, "privileged") == 0)
		__asm__ volatile("hlt");
	if (strcmp(what, "interrupts") == 0)
		__asm__ volatile("cli");
	if (strcmp(what, "bad_return") == 0)
		return_to(0x4141414141414141);
	if (strcmp(what, "flags") == 0)
		return_to(0x246);
	if (strcmp(what, "vsyscall") == 0)
		return *(volatile int *)0xffffffffff600400;
	if (strcmp(what, "vsyscall_pointer") == 0)
		((time_t (*)(time_t *))0xffffffffff600400)((time_t *)8);
	if (strcmp(what, "jump_to_stack") == 0)
		call_the_stack();
	if (strcmp(what, "crossing") == 0)
		cross();
	if (strcmp(what, "invalid_instruction") == 0)
		__builtin_trap();
	return 99;
}
