/* SPDX-License-Identifier: MIT */
/* S1 the exception, S2 the mapping, S3 the permission. */
#include <inttypes.h>

#include "stages.h"

#define FRAME_VALUES 6
#define PUSHED_GAP 2

static void tell_vector(struct teller *teller, const struct cr2_stage_exception *e)
{
	tell_add(teller, INK_PLAIN, "#PF, vector %u: IDT[%u] → ", e->vector, e->vector);
	rich_keep(&teller->line, INK_BOLD, "asm_exc_page_fault");
	tell_add(teller, INK_PLAIN, " at 0x%" PRIx64, e->handler);
	tell_line(teller, 0);
	if (!e->idt)
		return;
	tell_add(teller, INK_PLAIN, "IDT[%u]     at IDT + %u × 16 = 0x%" PRIx64 " + 0x%x = 0x%"
		 PRIx64, e->vector, e->vector, e->idt, 16U * e->vector,
		 e->idt + (uint64_t)16 * e->vector);
	tell_line(teller, 0);
}

static void tell_cr2(struct teller *teller, const struct cr2_stage_exception *e)
{
	rich_keep(&teller->line, INK_PLAIN, "CR2         0x%" PRIx64 "  ", e->cr2);
	name_add_address(&teller->line, teller->step->places, e->cr2);
	if (e->cr2 < CR2_PAGE_SIZE)
		tell_add(teller, INK_BOLD, "NULL");
	if (e->cr2 && e->cr2 < CR2_PAGE_SIZE)
		tell_add(teller, INK_BOLD, " + %" PRIu64, e->cr2);
	teller->line.hang = 12;
	tell_line(teller, 0);
}

static int binary(uint64_t code, int kernel, struct cr2_text *text)
{
	(void)kernel;
	return cr2_error_code_binary(code, text);
}

static int bits(uint64_t code, int kernel, struct cr2_text *text)
{
	(void)kernel;
	return cr2_error_code_format(code, text);
}

static void tell_error_code(struct teller *teller, uint64_t code)
{
	rich_keep(&teller->line, INK_PLAIN, "error code  0x%" PRIx64 " = ", code);
	tell_flags(teller, &teller->line, INK_PLAIN, binary, code);
	tell_add(teller, INK_PLAIN, "   ");
	tell_flags(teller, &teller->line, INK_PLAIN, bits, code);
	teller->line.hang = 12;
	tell_line(teller, 0);
}

/* What all entries of a walk together grant: W and U must be in all, NX in none. */
static const char *what_refused(const struct cr2_stage_exception *e)
{
	const struct cr2_walk *walk = &e->walk;
	uint64_t all = ~0ULL, any = 0;

	for (unsigned i = 0; i < walk->n; i++) {
		all &= walk->entries[i].value;
		any |= walk->entries[i].value;
	}
	if (!(all & CR2_PTE(P)))
		return "not present";
	if (e->frame.error_code & CR2_PF(RSVD))
		return "a reserved bit is set";
	if ((e->frame.error_code & CR2_PF(U)) && !(all & CR2_PTE(U)))
		return "present, but not for user mode";
	if (e->access == CR2_ACCESS_WRITE && !(all & CR2_PTE(W)))
		return "present, but not for writing";
	if (e->access == CR2_ACCESS_FETCH && (any & CR2_PTE(NX)))
		return "present, but NX forbids the fetch";
	if (e->frame.error_code & CR2_PF(PK))
		return "present, but its protection key forbids the access";
	return "it allows the access, the TLB held an older one";
}

static void tell_cpu_walk(struct teller *teller, const struct cr2_stage_exception *e)
{
	const struct cr2_walk_entry *last;

	if (!e->walk.n)
		return;
	last = &e->walk.entries[e->walk.n - 1];
	rich_keep(&teller->line, INK_PLAIN, "the walk    ended at ");
	tell_entry_name(teller, &teller->line, last);
	tell_add(teller, INK_PLAIN, " = 0x%" PRIx64 ": %s", last->value, what_refused(e));
	teller->line.hang = 12;
	tell_line(teller, 0);
}

/* One pushed value: the last digits of its address, its name, itself. */
static void add_pushed(struct rich *cell, uint64_t address, const char *name, unsigned width,
		       uint64_t value)
{
	rich_keep(cell, INK_DIM, "…%04" PRIx64, address & 0xffff);
	rich_keep(cell, INK_PLAIN, "  %-*s  0x%" PRIx64, (int)width, name, value);
}

static void fill_pushed(const struct cr2_stage_exception *e, struct rich *cells)
{
	const struct cr2_exception_frame *f = &e->frame;
	uint64_t at = e->pushed_at + 8 * (FRAME_VALUES - 1);

	add_pushed(&cells[0], at, "SS", 6, f->ss);
	add_pushed(&cells[1], at - 8, "RSP", 6, f->rsp);
	add_pushed(&cells[2], at - 16, "RFLAGS", 6, f->rflags);
	add_pushed(&cells[3], at - 24, "CS", 10, f->cs);
	rich_keep(&cells[3], INK_DIM, " ring %u", (unsigned)(f->cs & 3));
	add_pushed(&cells[4], at - 32, "RIP", 10, f->rip);
	add_pushed(&cells[5], at - 40, "error code", 10, f->error_code);
}

/* The six values in two columns, pushed from top to bottom, left to right; in one where narrow. */
static void tell_pushed(struct teller *teller, const struct cr2_stage_exception *e)
{
	struct rich cells[FRAME_VALUES] = {{.hang = 0}};
	bool user = e->frame.cs & 3;
	unsigned left = 0, right = 0;

	tell_add(teller, INK_PLAIN, "pushed on the %s, from 0x%" PRIx64 " down to 0x%" PRIx64 ":",
		 user ? "CPU's entry stack" : "kernel stack in use",
		 e->pushed_at + (uint64_t)(8 * FRAME_VALUES), e->pushed_at);
	tell_line(teller, 0);
	fill_pushed(e, cells);
	for (size_t i = 0; i < FRAME_VALUES; i++) {
		unsigned *widest = i < FRAME_VALUES / 2 ? &left : &right;

		if (rich_width(&cells[i], teller->style) > *widest)
			*widest = rich_width(&cells[i], teller->style);
	}
	if (2 + left + PUSHED_GAP + right <= tell_width(teller)) {
		const struct slot slots[] = {{2, left}, {2 + left + PUSHED_GAP, right}};

		for (size_t i = 0; i < FRAME_VALUES / 2; i++) {
			struct rich row[] = {cells[i], cells[i + FRAME_VALUES / 2]};

			tell_row(teller, 2, slots, row);
		}
	} else {
		const struct slot slot = {2, left > right ? left : right};

		for (size_t i = 0; i < FRAME_VALUES; i++) {
			struct rich row = cells[i];

			tell_row(teller, 1, &slot, &row);
		}
	}
	for (size_t i = 0; i < FRAME_VALUES; i++)
		rich_finish(&cells[i]);
	tell_add(teller, INK_PLAIN, "asm_exc_page_fault %scalls ",
		 user ? "copies them to the task's kernel stack, " : "");
	rich_keep(&teller->line, INK_BOLD, "exc_page_fault");
	tell_line(teller, 0);
}

void tell_exception(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_exception *e = &stage->exception;

	tell_vector(teller, e);
	tell_cr2(teller, e);
	tell_error_code(teller, e->frame.error_code);
	tell_cpu_walk(teller, e);
	tell_pushed(teller, e);
}

static int brief(uint64_t flags, int kernel, struct cr2_text *text)
{
	(void)kernel;
	return cr2_vm_flags_brief(flags, text);
}

/* "buf [0x200000200000, 0x200000204000) rw- private anonymous" */
static void add_vma(struct teller *teller, const struct cr2_vma_view *vma)
{
	struct rich *line = &teller->line;

	if (name_add_range(line, teller->step->places, vma->start, vma->end))
		rich_gap(line, 1);
	rich_keep(line, INK_PLAIN, "[0x%" PRIx64 ", 0x%" PRIx64 ")", vma->start, vma->end);
	rich_gap(line, 1);
	tell_flags(teller, line, INK_PLAIN, brief, vma->vm_flags);
	if (vma->anonymous) {
		rich_add(line, INK_PLAIN, " anonymous");
	} else {
		rich_add(line, INK_PLAIN, " of ");
		name_add_object(line, teller->step->names, vma->object);
		if (vma->page_offset)
			rich_printf(line, INK_PLAIN, " from page %" PRIu64, vma->page_offset);
	}
}

static void tell_inside(struct teller *teller, const struct cr2_stage_vma *v)
{
	const struct cr2_vma_view *vma = &v->vma;
	uint64_t page = (v->address - vma->start) >> CR2_PAGE_SHIFT;

	rich_keep(&teller->line, INK_PLAIN, "start 0x%" PRIx64 " ≤ ", vma->start);
	rich_keep(&teller->line, INK_PLAIN, "CR2 0x%" PRIx64 " < ", v->address);
	rich_keep(&teller->line, INK_PLAIN, "end 0x%" PRIx64 ": ", vma->end);
	tell_add(teller, INK_GOOD, "inside");
	tell_line(teller, 0);
	tell_add(teller, INK_PLAIN, "page (CR2 - start) / 4096 = %" PRIu64 " of %" PRIu64, page,
		 (vma->end - vma->start) >> CR2_PAGE_SHIFT);
	tell_add(teller, INK_PLAIN, ", byte %" PRIu64 " of it", offset_in_page(v->address));
	if (!vma->anonymous) {
		tell_add(teller, INK_PLAIN, "; in ");
		name_add_object(&teller->line, teller->step->names, vma->object);
		tell_add(teller, INK_PLAIN, ": page %" PRIu64 " + %" PRIu64 " = %" PRIu64,
			 vma->page_offset, page, vma->page_offset + page);
	}
	tell_line(teller, 0);
	tell_add(teller, INK_PLAIN, "vm_flags 0x%" PRIx64 " = ", vma->vm_flags);
	tell_flags(teller, &teller->line, INK_PLAIN, cr2_vm_flags_format, vma->vm_flags);
	tell_line(teller, 0);
}

static void tell_grown(struct teller *teller, const struct cr2_stage_vma *v)
{
	uint64_t pages = (v->grown_from - v->vma.start) >> CR2_PAGE_SHIFT;

	tell_add(teller, INK_PLAIN, "GROWSDOWN: expand_stack");
	if (v->grown_from)
		tell_add(teller, INK_PLAIN, " moves its start from 0x%" PRIx64 " to 0x%" PRIx64
			 ", %" PRIu64 " page%s lower", v->grown_from, v->vma.start, pages,
			 pages == 1 ? "" : "s");
	else
		tell_add(teller, INK_PLAIN, " moves its start down to 0x%" PRIx64, v->vma.start);
	tell_line(teller, 0);
}

static void tell_next(struct teller *teller, const struct cr2_stage_vma *v)
{
	if (!v->has_next) {
		tell_add(teller, INK_PLAIN, "no mapping ends above it: ");
		tell_add(teller, INK_BAD, "outside");
		tell_line(teller, 0);
		return;
	}
	tell_add(teller, INK_PLAIN, "the first that ends above CR2 is ");
	add_vma(teller, &v->vma);
	tell_line(teller, 0);
	rich_keep(&teller->line, INK_PLAIN, "start 0x%" PRIx64 " ≤ ", v->vma.start);
	rich_keep(&teller->line, INK_PLAIN, "CR2 0x%" PRIx64 " is false: ", v->address);
	tell_add(teller, INK_BAD, "outside");
	tell_line(teller, 0);
	if (!(v->vma.vm_flags & CR2_VM(GROWSDOWN)))
		return;
	tell_add(teller, INK_PLAIN, "GROWSDOWN: expand_stack refuses: a limit (stack, address space, locked memory), or a "
		 "neighbour too near");
	tell_line(teller, 0);
}

static void tell_previous(struct teller *teller, const struct cr2_stage_vma *v)
{
	if (!v->has_previous)
		return;
	tell_add(teller, INK_PLAIN, "the one below is ");
	add_vma(teller, &v->previous);
	tell_line(teller, 0);
	rich_keep(&teller->line, INK_PLAIN, "CR2 0x%" PRIx64 " < ", v->address);
	rich_keep(&teller->line, INK_PLAIN, "end 0x%" PRIx64 " is false: ", v->previous.end);
	if (v->address == v->previous.end)
		tell_add(teller, INK_PLAIN, "the end is the first byte that is not inside");
	else
		tell_add(teller, INK_PLAIN, "CR2 is 0x%" PRIx64 " bytes past its end",
			 v->address - v->previous.end);
	tell_line(teller, 0);
}

/* Without the mmap lock where the kernel can: for user mode, and for a mapping that is there. */
static void add_lookup(struct teller *teller)
{
	const struct cr2_stage *exception = tell_find(teller, CR2_STAGE_EXCEPTION);
	const struct cr2_stage *permission = tell_find(teller, CR2_STAGE_PERMISSION);
	bool user = exception && exception->exception.frame.error_code & CR2_PF(U);
	const char *locked = cr2_function_in("lock_vma_under_rcu", teller->step->kernel);

	if (locked && permission &&
	    permission->permission.fault_flags & CR2_FAULT_FLAG(VMA_LOCK)) {
		tell_add(teller, INK_PLAIN, "%s → ", locked);
		return;
	}
	if (locked && user)
		tell_add(teller, INK_PLAIN, "%s finds none, ", locked);
	tell_add(teller, INK_PLAIN, "%s → ", cr2_function_in("find_vma", teller->step->kernel));
}

void tell_vma(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_vma *v = &stage->vma;

	add_lookup(teller);
	if (!v->found) {
		tell_add(teller, INK_BAD, "no mapping there");
		tell_line(teller, 0);
		tell_previous(teller, v);
		tell_next(teller, v);
		return;
	}
	add_vma(teller, &v->vma);
	tell_line(teller, 0);
	if (v->grown)
		tell_grown(teller, v);
	tell_inside(teller, v);
}

/* Linux checks a read or a fetch of an absent page loosely; what the page allows comes later. */
static bool is_loose(const struct cr2_stage_permission *p)
{
	return p->allowed && !(p->vm_flags & p->required);
}

/* "VM_WRITE", or "one of VM_READ, VM_WRITE, VM_EXEC" */
static void add_required(struct teller *teller, uint64_t required)
{
	struct cr2_flags flags;

	cr2_flags_decode(CR2_FLAGS_VM, required, teller->step->kernel, &flags);
	if (flags.n > 1)
		tell_add(teller, INK_PLAIN, "one of ");
	for (size_t i = 0; i < flags.n; i++)
		rich_keep(&teller->line, INK_BOLD, "%sVM_%s", i ? ", " : "", flags.items[i]->name);
}

static void tell_verdict(struct teller *teller, const struct cr2_stage_permission *p)
{
	const struct cr2_stage *exception = tell_find(teller, CR2_STAGE_EXCEPTION);
	bool present = exception && (exception->exception.frame.error_code & CR2_PF(P));

	tell_add(teller, INK_PLAIN, "a %s needs ", cr2_access_name(p->access));
	add_required(teller, p->required);
	tell_add(teller, INK_PLAIN, "; vm_flags 0x%" PRIx64 " %s: ", p->vm_flags,
		 is_loose(p) ? "lacks it, but the page is absent"
		 : p->vm_flags & p->required ? "has it" : "lacks it");
	if (p->allowed) {
		tell_add(teller, INK_GOOD, "allowed");
		return;
	}
	if (p->pkey)
		tell_add(teller, INK_PLAIN, "but the protection key forbids it: ");
	else if ((p->vm_flags & p->required) && present)
		tell_add(teller, INK_PLAIN, "but the entry is present and forbids it: ");
	tell_add(teller, INK_BAD, "refused");
}

void tell_permission(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_permission *p = &stage->permission;

	tell_verdict(teller, p);
	tell_line(teller, 0);
	if (is_loose(p)) {
		tell_add(teller, INK_PLAIN, "access_error() lets a %s of an absent page pass in "
			 "any accessible mapping; %s",
			 cr2_access_name(p->access), p->access == CR2_ACCESS_FETCH ?
			 "the entry will forbid it" : "no present entry forbids reading");
		tell_line(teller, 0);
	}
	if (!p->allowed)
		return;
	tell_add(teller, INK_PLAIN, "→ handle_mm_fault, flags 0x%" PRIx32 " = ", p->fault_flags);
	tell_flags(teller, &teller->line, INK_PLAIN, cr2_fault_flags_format, p->fault_flags);
	tell_line(teller, 0);
}
