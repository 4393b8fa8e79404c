/* SPDX-License-Identifier: MIT */
/*
 * The bare-metal side: tells what machine this is, then runs cases until told to stop. It
 * judges nothing: what a case should do is the host's to know.
 */
#include <stdbool.h>

#include "../machine.h"

#define CR0_WP (1UL << 16)
#define CR4_PAE (1UL << 5)
#define CR4_LA57 (1UL << 12)
#define CR4_SMEP (1UL << 20)
#define CR4_SMAP (1UL << 21)
#define CR4_PKE (1UL << 22)
#define EFER_LME (1UL << 8)
#define EFER_LMA (1UL << 10)
#define EFER_NXE (1UL << 11)
#define MSR_EFER 0xc0000080
#define TSS_SELECTOR 0x40
#define USER_CODE 0x3fe00000UL /* boot.S maps user_code there */

struct idt_entry {
	uint16_t offset_0, selector;
	uint8_t ist, type;
	uint16_t offset_16;
	uint32_t offset_32, zero;
};

struct tss {
	uint32_t zero;
	uint64_t rsp0;
	uint32_t rest[23];
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "SDM 3A 8.7");

extern uint64_t level1[512], level2[512], level3[512], level4[512], level5[512];
extern uint64_t tss_descriptor[2];
extern char user_code[], user_read[], user_write[], user_fetch[];
extern char kernel_read[], kernel_write[], kernel_fetch[];
extern char on_page_fault[], on_general_protection[], on_done[], on_unexpected[];
extern struct idt_entry idt[256];

void set_paging(uint64_t cr3, uint64_t cr4);
void make_access(const uint64_t registers[5], uint64_t address, struct metal_result *ret);
void unexpected(uint64_t vector, uint64_t first_word);
void metal_main(void);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

struct idt_entry idt[256] __attribute__((aligned(16)));
static struct tss tss;
/* Two pages, aligned so that a case can run the frame across them. */
static char kernel_stack[8192] __attribute__((aligned(4096)));
static struct metal_shared *const shared = (struct metal_shared *)METAL_SHARED;
static volatile uint8_t *const data = (volatile uint8_t *)METAL_DATA;

static uint8_t controls = METAL_WP; /* that the CPU runs with: boot.S sets WP */
static uint32_t pkru;
static uint32_t case_number;

/* Compilers ask for these without a library too. */
void *memcpy(void *to, const void *from, size_t n)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *memset(void *to, int value, size_t n)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(value) : "memory");
	return to;
}

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static void print(const char *s)
{
	for (; *s; s++)
		out(METAL_PORT, (uint8_t)*s);
}

static void print_number(const char *name, uint64_t value)
{
	print(name);
	for (int shift = 60; shift >= 0; shift -= 4)
		out(METAL_PORT, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

void unexpected(uint64_t vector, uint64_t first_word)
{
	print_number("unexpected exception ", vector);
	print_number(", first word on the stack ", first_word);
	print_number(", case of the batch ", case_number);
	print("\n");
	out(METAL_EXIT_PORT, 1);
}

static void cpuid(uint32_t leaf, uint32_t r[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
			 : "a"(leaf), "c"(0));
}

static void write_cr0(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static void write_cr2(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr2" : : "r"(value));
}

static void write_cr4(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static void write_efer(uint32_t value)
{
	__asm__ volatile("wrmsr" : : "c"(MSR_EFER), "a"(value), "d"(0) : "memory");
}

static void write_pkru(uint32_t value)
{
	__asm__ volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}

static void invlpg(uint64_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static uint64_t cr4_of(uint8_t bits)
{
	return CR4_PAE | (bits & METAL_SMEP ? CR4_SMEP : 0) | (bits & METAL_SMAP ? CR4_SMAP : 0) |
	       (bits & METAL_PKE ? CR4_PKE : 0) | (bits & METAL_LA57 ? CR4_LA57 : 0);
}

static void set_controls(uint8_t wanted)
{
	if (wanted == controls)
		return;
	if ((wanted ^ controls) & METAL_LA57)
		set_paging((uint64_t)(wanted & METAL_LA57 ? level5 : level4), cr4_of(wanted));
	write_cr4(cr4_of(wanted));
	write_efer(EFER_LME | EFER_LMA | (wanted & METAL_NXE ? EFER_NXE : 0));
	write_cr0((read_cr0() & ~CR0_WP) | (wanted & METAL_WP ? CR0_WP : 0));
	controls = wanted;
}

/* PKRU can be written only while CR4.PKE is set, and keeps its value while it is not. */
static void set_pkru(uint32_t wanted)
{
	if (wanted == pkru || !(shared->info.controls & METAL_PKE))
		return;
	write_cr4(cr4_of(controls | METAL_PKE));
	write_pkru(wanted);
	write_cr4(cr4_of(controls));
	pkru = wanted;
}

static uint64_t *slot(unsigned level)
{
	return (uint64_t *)shared->info.slot[level - 1];
}

static void install(const struct metal_case *c)
{
	for (unsigned level = 1; level <= METAL_LEVELS; level++)
		*slot(level) = c->entry[level - 1];
	invlpg(c->address);
}

static void run(const struct metal_case *c, struct metal_result *ret)
{
	const uint64_t registers[] = {
		shared->info.rip[c->user][c->kind],
		c->user ? METAL_USER_CS : METAL_KERNEL_CS,
		c->rflags,
		c->rsp,
		c->user ? METAL_USER_SS : METAL_KERNEL_SS,
	};

	*ret = (struct metal_result){0};
	set_controls(c->controls);
	set_pkru(c->pkru);
	if (!c->keep)
		install(c);
	write_cr2(METAL_NO_CR2);
	make_access(registers, c->address, ret);
	for (unsigned level = 1; level <= METAL_LEVELS; level++)
		ret->entry[level - 1] = *slot(level);
	if (c->kind != METAL_READ)
		ret->value = c->kind == METAL_WRITE ? *data : 0;
	*data = METAL_DATA_BYTE;
}

static void set_gate(unsigned vector, const char *handler)
{
	uint64_t offset = (uint64_t)handler;

	idt[vector] = (struct idt_entry){
		.offset_0 = (uint16_t)offset,
		.selector = METAL_KERNEL_CS,
		.type = 0x8e, /* present, interrupt gate */
		.offset_16 = (uint16_t)(offset >> 16),
	};
}

static void set_up_exceptions(void)
{
	uint64_t base = (uint64_t)&tss;

	for (unsigned vector = 0; vector < 32; vector++)
		set_gate(vector, on_unexpected + 16 * vector);
	set_gate(METAL_PF, on_page_fault);
	set_gate(METAL_GP, on_general_protection);
	set_gate(METAL_DONE, on_done);
	tss.rsp0 = (uint64_t)(kernel_stack + sizeof(kernel_stack));
	tss_descriptor[0] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ULL << 40 |
			    (base >> 24 & 0xff) << 56;
	tss_descriptor[1] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(TSS_SELECTOR));
}

static uint8_t find_controls(void)
{
	uint32_t basic[4], extended[4];

	cpuid(7, basic);
	cpuid(0x80000001, extended);
	return METAL_WP | (basic[1] >> 7 & 1 ? METAL_SMEP : 0) |
	       (basic[1] >> 20 & 1 ? METAL_SMAP : 0) | (basic[2] >> 3 & 1 ? METAL_PKE : 0) |
	       (basic[2] >> 16 & 1 ? METAL_LA57 : 0) | (extended[3] >> 20 & 1 ? METAL_NXE : 0);
}

static uint64_t user_address(const char *instruction)
{
	return USER_CODE + (uint64_t)(instruction - user_code);
}

static void describe_machine(struct metal_info *info)
{
	uint32_t sizes[4], extended[4];

	cpuid(0x80000008, sizes);
	cpuid(0x80000001, extended);
	*info = (struct metal_info){
		.cr3 = {(uint64_t)level4, (uint64_t)level5},
		.slot = {(uint64_t)&level1[METAL_INDEX_1], (uint64_t)&level2[METAL_INDEX_2],
			 (uint64_t)&level3[METAL_INDEX_3], (uint64_t)&level4[METAL_INDEX_4],
			 (uint64_t)&level5[METAL_INDEX_5]},
		.stack_top = tss.rsp0,
		.rip = {{(uint64_t)kernel_read, (uint64_t)kernel_write, (uint64_t)kernel_fetch},
			{user_address(user_read), user_address(user_write),
			 user_address(user_fetch)}},
		.physical_bits = (uint8_t)sizes[0],
		.page_1g = extended[3] >> 26 & 1,
		.controls = find_controls(),
	};
}

static void run_batch(struct metal_batch *batch)
{
	for (case_number = 0; case_number < batch->n; case_number++)
		run(&batch->slots[case_number].c, &batch->slots[case_number].result);
}

static bool next_batch(void)
{
	while (__atomic_load_n(&shared->submitted, __ATOMIC_ACQUIRE) == shared->done) {
		if (__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE))
			return false;
		__builtin_ia32_pause();
	}
	return true;
}

void metal_main(void)
{
	set_up_exceptions();
	describe_machine(&shared->info);
	data[0] = METAL_DATA_BYTE;
	data[1] = METAL_DATA_BYTE_2;
	out(METAL_PORT, METAL_DOORBELL);
	while (next_batch()) {
		run_batch(&shared->batches[shared->done % METAL_BATCHES]);
		__atomic_store_n(&shared->done, shared->done + 1, __ATOMIC_RELEASE);
		out(METAL_PORT, METAL_DOORBELL);
	}
	out(METAL_EXIT_PORT, 0);
}
