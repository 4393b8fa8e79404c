/* SPDX-License-Identifier: MIT */
/*
 * One access, from one of three instructions in user or kernel mode, and the way back: each
 * access ends in an exception, #PF or #GP where it is refused, #UD of the instruction behind it
 * where not. A fetch finds such an instruction at the byte that it jumps to.
 */
#include "../machine.h"

	.section .user, "ax"
	.balign 4096
	.globl user_code, user_read, user_write, user_fetch
user_code:
user_read:
	movb (%rdi), %al
	ud2
user_write:
	movb %al, (%rdi)
	ud2
user_fetch:
	jmp *%rdi
	.balign 4096

	.section .text
	.globl kernel_read, kernel_write, kernel_fetch
kernel_read:
	movb (%rdi), %al
	ud2
kernel_write:
	movb %al, (%rdi)
	ud2
kernel_fetch:
	jmp *%rdi

/*
 * void make_access(const uint64_t registers[5], uint64_t address, struct metal_result *ret)
 * with registers RIP, CS, RFLAGS, RSP, SS as IRETQ takes them.
 */
	.globl make_access
make_access:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, saved_rsp(%rip)
	mov %rdx, saved_result(%rip)
	pushq 32(%rdi)
	pushq 24(%rdi)
	pushq 16(%rdi)
	pushq 8(%rdi)
	pushq (%rdi)
	mov %rsi, %rdi
	mov $METAL_WRITTEN, %eax
	iretq

	.globl on_page_fault, on_general_protection, on_done
on_page_fault:
	mov saved_result(%rip), %rdx
	movb $METAL_PF, RESULT_VECTOR(%rdx)
	jmp refused
on_general_protection:
	mov saved_result(%rip), %rdx
	movb $METAL_GP, RESULT_VECTOR(%rdx)
refused:
	mov %rsp, RESULT_PUSHED_AT(%rdx)
	mov %cr2, %rax
	mov %rax, RESULT_CR2(%rdx)
	.irp offset, 0, 8, 16, 24, 32, 40
	mov \offset(%rsp), %rax
	mov %rax, (RESULT_FRAME + \offset)(%rdx)
	.endr
	jmp back
on_done:
	mov saved_result(%rip), %rdx
	movb $METAL_DONE, RESULT_VECTOR(%rdx)
	mov %al, RESULT_VALUE(%rdx)
	mov %cr2, %rax
	mov %rax, RESULT_CR2(%rdx)
back:
	mov saved_rsp(%rip), %rsp
	pushq $2
	popfq
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

/* Any other vector is a mistake of ours: on_unexpected + 16 * vector says which. */
	.balign 16
	.globl on_unexpected
on_unexpected:
	.set vector, 0
	.rept 32
	.balign 16
	mov $vector, %edi
	mov (%rsp), %rsi
	jmp 1f
	.set vector, vector + 1
	.endr
1:	mov $unexpected_stack_top, %esp
	call unexpected
2:	hlt
	jmp 2b

	.section .bss
	.balign 16
saved_rsp:
	.skip 8
saved_result:
	.skip 8
	.skip 4096
unexpected_stack_top:
	.section .note.GNU-stack, "", @progbits
