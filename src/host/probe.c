/* SPDX-License-Identifier: MIT */
/*
 * One load, store or instruction fetch in user mode that may end in a signal.
 *
 * An access is a few instructions of assembly, so that exactly one of them touches the
 * address and no compiler adds to it. When the kernel signals instead, the handler notes
 * what it said and resumes where the access would have returned.
 *
 * A fetch jumps to the address with the trap flag set and every register pointing to where
 * nothing is mapped: after one instruction the trap comes back, or that instruction's own
 * operand faults; both are past the fetch. IRETQ sets the trap flag and jumps in one.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "host.h"

/*
 * What registers hold during a fetch: it, its double and up to nine times it are far from
 * canonical, so that no operand made of it and a displacement reaches anything. Nor is it a
 * page fault, in which the kernel would try to grow a mapping that lies above.
 */
#define NOWHERE 0x0123000000000000

#define STRING(x) #x
#define VALUE(x) STRING(x)

_Static_assert(offsetof(struct host_probe, stack) == 0, "the assembly below knows it");
_Static_assert(offsetof(struct host_probe, value) == 8, "the assembly below knows it");
_Static_assert(offsetof(struct host_probe, mxcsr) == 16, "the assembly below knows it");
_Static_assert(offsetof(struct host_probe, x87_control) == 20, "the assembly below knows it");

void host_probe_load(struct host_probe *probe, uint64_t address);
void host_probe_store(struct host_probe *probe, uint64_t address);
void host_probe_load8(struct host_probe *probe, uint64_t address);
void host_probe_store8(struct host_probe *probe, uint64_t address);
void host_probe_cmpxchg(struct host_probe *probe, uint64_t address);
void host_probe_fetch(struct host_probe *probe, uint64_t address);
void host_probe_resume(void);
void host_probe_nothing(void);

__asm__(
	"	.text\n"
	"	.macro probe_begin name\n"
	"	.p2align 4\n"
	"	.globl \\name\n"
	"	.hidden \\name\n"
	"	.type \\name, @function\n"
	"\\name:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	stmxcsr 16(%rdi)\n"
	"	fnstcw 20(%rdi)\n"
	"	mov %rsp, (%rdi)\n"
	"	.endm\n"

	"	probe_begin host_probe_load\n"
	"	movzbl (%rsi), %eax\n"
	"	mov %rax, 8(%rdi)\n"
	"	jmp host_probe_resume\n"
	"	.size host_probe_load, . - host_probe_load\n"

	"	probe_begin host_probe_store\n"
	"	mov 8(%rdi), %rax\n"
	"	mov %al, (%rsi)\n"
	"	jmp host_probe_resume\n"
	"	.size host_probe_store, . - host_probe_store\n"

	"	probe_begin host_probe_load8\n"
	"	mov (%rsi), %rax\n"
	"	mov %rax, 8(%rdi)\n"
	"	jmp host_probe_resume\n"
	"	.size host_probe_load8, . - host_probe_load8\n"

	"	probe_begin host_probe_store8\n"
	"	mov 8(%rdi), %rax\n"
	"	mov %rax, (%rsi)\n"
	"	jmp host_probe_resume\n"
	"	.size host_probe_store8, . - host_probe_store8\n"

	"	probe_begin host_probe_cmpxchg\n"
	"	mov 8(%rdi), %rcx\n"
	"	xor %eax, %eax\n"
	"	lock cmpxchg %cl, (%rsi)\n"
	"	mov %rax, 8(%rdi)\n"
	"	jmp host_probe_resume\n"
	"	.size host_probe_cmpxchg, . - host_probe_cmpxchg\n"

	"	probe_begin host_probe_fetch\n"
	"	mov %ss, %ecx\n"
	"	mov %cs, %edx\n"
	"	movabs $" VALUE(NOWHERE) ", %rax\n"
	"	push %rcx\n" /* SS */
	"	push %rax\n" /* RSP */
	"	push $0x302\n" /* RFLAGS: TF, IF */
	"	push %rdx\n" /* CS */
	"	push %rsi\n" /* RIP */
	"	mov %rax, %rbx\n"
	"	mov %rax, %rcx\n"
	"	mov %rax, %rdx\n"
	"	mov %rax, %rsi\n"
	"	mov %rax, %rdi\n"
	"	mov %rax, %rbp\n"
	"	mov %rax, %r8\n"
	"	mov %rax, %r9\n"
	"	mov %rax, %r10\n"
	"	mov %rax, %r11\n"
	"	mov %rax, %r12\n"
	"	mov %rax, %r13\n"
	"	mov %rax, %r14\n"
	"	mov %rax, %r15\n"
	"	iretq\n"
	"	.size host_probe_fetch, . - host_probe_fetch\n"

	/* The handler comes here with %rdi and %rsp as they were at the access. */
	"	.globl host_probe_resume\n"
	"	.hidden host_probe_resume\n"
	"	.type host_probe_resume, @function\n"
	"host_probe_resume:\n"
	"	movq $0, (%rdi)\n"
	"	ldmxcsr 16(%rdi)\n"
	"	fninit\n"
	"	fldcw 20(%rdi)\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	ret\n"
	"	.size host_probe_resume, . - host_probe_resume\n"

	"	.globl host_probe_nothing\n"
	"	.hidden host_probe_nothing\n"
	"	.type host_probe_nothing, @function\n"
	"host_probe_nothing:\n"
	"	nop\n"
	"	.size host_probe_nothing, . - host_probe_nothing\n"
	"	.purgem probe_begin\n"
);

struct host_probe *host_probe_create(void)
{
	char *room = mmap(NULL, 2 * HOST_PROBE_BLOCK, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t skip;

	if (room == MAP_FAILED)
		return NULL;
	skip = -(uintptr_t)room & (HOST_PROBE_BLOCK - 1);
	if (skip)
		munmap(room, skip);
	munmap(room + skip + HOST_PROBE_BLOCK, HOST_PROBE_BLOCK - skip);
	return (struct host_probe *)(room + skip);
}

void host_probe_destroy(struct host_probe *probe)
{
	if (probe)
		munmap(probe, HOST_PROBE_BLOCK);
}

/* Without the C library, which may not find its thread data just now. */
__attribute__((always_inline)) static inline long raw_call(long number, long a, long b)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b)
			 : "rcx", "r11", "memory");
	return result;
}

#define SELECTORS (0x33ULL | 0x2bULL << 48) /* CS and SS of user mode in a signal frame */

/* The instruction may have changed FS: nothing here may use thread data before it is back. */
__attribute__((no_stack_protector, no_sanitize("address", "undefined")))
static void on_signal(int signo, siginfo_t *info, void *context)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	struct host_probe *probe = (struct host_probe *)(here & ~(HOST_PROBE_BLOCK - 1));
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	raw_call(SYS_arch_prctl, ARCH_SET_FS, (long)probe->thread_pointer);
	if (!probe->stack && !probe->calls)
		raw_call(SYS_exit_group, 128 + signo, 0);
	probe->signal = signo;
	probe->code = info->si_code;
	probe->signal_address = (uint64_t)(uintptr_t)info->si_addr;
	probe->address = (uint64_t)registers[REG_CR2];
	probe->error_code = (uint64_t)registers[REG_ERR];
	probe->trap = (uint64_t)registers[REG_TRAPNO];
	probe->ip = (uint64_t)registers[REG_RIP];
	if (probe->calls)
		return;
	registers[REG_RSP] = (greg_t)probe->stack;
	registers[REG_RDI] = (greg_t)(uintptr_t)probe;
	registers[REG_RIP] = (greg_t)(uintptr_t)host_probe_resume;
	registers[REG_EFL] = 0x202;
	registers[REG_CSGSFS] = (greg_t)SELECTORS;
}

/* Every other signal stays blocked: an actor dies by SIGKILL only. */
static int take_signals(void)
{
	static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigset_t mask;

	sigfillset(&action.sa_mask);
	sigfillset(&mask);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(caught); i++) {
		sigdelset(&mask, caught[i]);
		if (sigaction(caught[i], &action, NULL) < 0)
			return -errno;
	}
	return sigprocmask(SIG_SETMASK, &mask, NULL) < 0 ? -errno : 0;
}

int host_probe_arm(struct host_probe *probe)
{
	size_t used = (sizeof(*probe) + 63) & ~(size_t)63;
	stack_t stack = {.ss_sp = (char *)probe + used, .ss_size = HOST_PROBE_BLOCK - used};

	if (sigaltstack(&stack, NULL) < 0)
		return -errno;
	if (raw_call(SYS_arch_prctl, ARCH_GET_FS, (long)&probe->thread_pointer) < 0)
		return -EINVAL;
	return take_signals();
}

__attribute__((noinline))
void host_probe_access(struct host_probe *probe, enum cr2_op_kind kind, uint64_t address,
		       uint8_t value)
{
	probe->signal = 0;
	probe->value = value;
	switch (kind) {
	case CR2_OP_READ:
		host_probe_load(probe, address);
		break;
	case CR2_OP_READ8:
		host_probe_load8(probe, address);
		break;
	case CR2_OP_WRITE:
		host_probe_store(probe, address);
		break;
	case CR2_OP_WRITE8:
		probe->value = value * 0x0101010101010101ULL;
		host_probe_store8(probe, address);
		break;
	case CR2_OP_CMPXCHG:
		host_probe_cmpxchg(probe, address);
		break;
	default:
		host_probe_fetch(probe, address);
	}
}

#define TRAP_GP 13
#define TRAP_PF 14

/* A fetch is refused only at its own address; what comes after it is not its business. */
static bool fetch_failed(const struct host_probe *probe, uint64_t address)
{
	const unsigned bits = probe->five_levels ? 56 : 47;
	const bool canonical = address >> bits == 0 || address >> bits == UINT64_MAX >> bits;

	if (probe->trap == TRAP_PF)
		return probe->ip == address &&
		       (probe->address & CR2_PAGE_MASK) == (address & CR2_PAGE_MASK);
	return probe->trap == TRAP_GP && !canonical;
}

enum cr2_result host_probe_result(const struct host_probe *probe, enum cr2_op_kind kind,
				  uint64_t address)
{
	if (!probe->signal || (kind == CR2_OP_EXEC && !fetch_failed(probe, address)))
		return CR2_RESULT_OK;
	return cr2_result_from_signal(probe->signal, probe->code);
}

/*
 * General protection, not a page fault, with five levels of page tables, too. Only for data: after a fetch from there the kernel looks
 * for the instruction, and 6.12 then faults at the end of user space.
 */
#define NON_CANONICAL (1ULL << 63)

/* A signal frame is as large as the vector registers in use are many: the next may be larger. */
static void touch_stack(struct host_probe *probe)
{
	volatile char *block = (char *)probe;

	for (size_t i = 0; i < HOST_PROBE_BLOCK; i += CR2_PAGE_SIZE)
		block[i] = block[i];
}

/* By a kind that the compiler does not know: the accesses that count find their way by the same table. */
void host_probe_rehearse(struct host_probe *probe)
{
	volatile enum cr2_op_kind kinds[] = {CR2_OP_READ, CR2_OP_WRITE, CR2_OP_READ8, CR2_OP_WRITE8, CR2_OP_CMPXCHG};

	touch_stack(probe);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++) {
		host_probe_access(probe, kinds[i], NON_CANONICAL, 0);
		(void)host_probe_result(probe, kinds[i], NON_CANONICAL); /* its code may be far away */
	}
	host_probe_access(probe, CR2_OP_EXEC, (uintptr_t)host_probe_nothing, 0);
}
