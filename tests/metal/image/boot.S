/* SPDX-License-Identifier: MIT */
/*
 * From where QEMU leaves a PVH kernel (32-bit, flat, paging off) to metal_main() in 64-bit
 * mode; the tables that the CPU needs; switching between 4 and 5 paging levels.
 *
 * Memory is mapped one to one by supervisor 2 MiB pages below the first PUD table entry.
 * User mode sees one page: its code, at USER_CODE. Level 4's table serves 4 levels as the
 * top and 5 levels as what the top's first entry leads to, so both show the same.
 */
#include "../machine.h"

#define PRESENT 0x01
#define TABLE 0x27 /* present, writable, user, accessed */
#define KERNEL_2M 0xe3 /* present, writable, accessed, dirty, page */
#define USER_PAGE 0x25 /* present, user, accessed */

#define CR0_PG (1 << 31)
#define CR0_START (CR0_PG | 1 << 16 | 1 << 5 | 1 << 4 | 1) /* PG WP NE ET PE */
#define CR4_PAE (1 << 5)
#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)

	/* Where to enter: XEN_ELFNOTE_PHYS32_ENTRY. */
	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18
	.asciz "Xen"
	.quad start32

	.section .text
	.code32
	.globl start32
start32:
	cli
	cld
	lgdt gdt_pointer
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $level4, %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LME, %eax
	wrmsr
	movl $CR0_START, %eax
	movl %eax, %cr0
	ljmp $METAL_KERNEL_CS, $start64

	.code64
start64:
	movl $METAL_KERNEL_SS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $boot_stack_top, %esp
	lidt idt_pointer(%rip)
	call metal_main
1:	hlt
	jmp 1b

/*
 * void set_paging(uint64_t cr3, uint64_t cr4): CR4.LA57 may change only with paging off,
 * that is outside 64-bit mode.
 */
	.globl set_paging
set_paging:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	pushq $0x08
	pushq $1f
	lretq
	.code32
1:	movl %cr0, %eax
	andl $~CR0_PG, %eax
	movl %eax, %cr0
	movl %edi, %cr3
	movl %esi, %cr4
	orl $CR0_PG, %eax
	movl %eax, %cr0
	ljmp $METAL_KERNEL_CS, $2f
	.code64
2:	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

	.section .data
	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff /* 08: 32-bit code */
	.quad 0x00af9b000000ffff /* 10: 64-bit code */
	.quad 0x00cf93000000ffff /* 18: data */
	.quad 0
	.quad 0x00cff3000000ffff /* 28: user data */
	.quad 0x00affb000000ffff /* 30: user 64-bit code */
	.quad 0
	.globl tss_descriptor
tss_descriptor: /* 40: filled by metal_main() */
	.quad 0, 0
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt
idt_pointer:
	.word 256 * 16 - 1
	.quad idt

	.section .tables, "aw"
	.balign 4096
	.globl level5, level4, level3, level2, level1
level5:	.quad level4 + TABLE
	.fill 511, 8, 0
level4:	.quad identity3 + TABLE
	.fill 511, 8, 0
identity3:
	.quad identity2 + TABLE
	.fill 511, 8, 0
identity2:
	.set i, 0
	.rept METAL_MEMORY >> 21
	.quad (i << 21) + KERNEL_2M
	.set i, i + 1
	.endr
	.fill 511 - (METAL_MEMORY >> 21), 8, 0
	.quad identity1 + TABLE /* the last 2 MiB of the first 1 GiB: USER_CODE */
identity1:
	.quad user_code + USER_PAGE
	.fill 511, 8, 0
/* What the cases change: below level 4. */
level3:	.fill 512, 8, 0
level2:	.fill 512, 8, 0
level1:	.fill 512, 8, 0

	.section .bss
	.balign 4096
boot_stack:
	.skip 16384
boot_stack_top:
	.section .note.GNU-stack, "", @progbits
