/* SPDX-License-Identifier: MIT */
/*
 * The registers of a kernel report, of 64 and of 32 bits:
 *
 *   RSP: 0018:ffffbade2e657b30 EFLAGS: 00010206
 *   RAX: 0000000000040000 RBX: ffff9abfb14ec380 RCX: 0000000000000000
 *   FS:  00007fb8a8656480(0000) GS:ffff997c6dc80000(0000) knlGS:0000000000000000
 *   CR2: 0000000000000018 CR3: 000000001d869000 CR4: 00000000003006f0
 *   EAX: 00000000 EBX: c18d7e00 ECX: 00000000 EDX: 00000001
 *   CR0: 80050033 CR2: 00000018 CR3: 34d8c000 CR4: 000006d0
 *
 * One that was cut at the line's end has fewer digits: it is not known.
 */
#include <string.h>

#include <cr2/base.h>

#include "recognise.h"

void log_set_address(struct cr2_log_report *report, uint64_t addr)
{
	if (report->has & LOG_HAS_ADDR)
		return;
	report->addr = addr;
	report->has |= LOG_HAS_ADDR;
}

/* What its addresses and registers look like; the first line alone may have been cut. */
void log_set_bits(struct cr2_log_report *report, unsigned bits)
{
	report->kernel_bits = (uint8_t)bits;
	if (bits == 64 && report->addr_cut)
		report->has &= ~(uint32_t)LOG_HAS_ADDR;
	report->addr_cut = false;
}

/* "RAX:" or "EAX:"; -1: the word is none. */
static int register_of(struct log_span word, unsigned *ret_bits)
{
	static const struct {
		const char *wide, *narrow;
	} names[] = {
		[CR2_REGISTER_AX] = {"RAX:", "EAX:"}, [CR2_REGISTER_CX] = {"RCX:", "ECX:"},
		[CR2_REGISTER_DX] = {"RDX:", "EDX:"}, [CR2_REGISTER_BX] = {"RBX:", "EBX:"},
		[CR2_REGISTER_SP] = {"RSP:", "ESP:"}, [CR2_REGISTER_BP] = {"RBP:", "EBP:"},
		[CR2_REGISTER_SI] = {"RSI:", "ESI:"}, [CR2_REGISTER_DI] = {"RDI:", "EDI:"},
		[CR2_REGISTER_R8] = {"R08:", NULL}, [CR2_REGISTER_R9] = {"R09:", NULL},
		[CR2_REGISTER_R10] = {"R10:", NULL}, [CR2_REGISTER_R11] = {"R11:", NULL},
		[CR2_REGISTER_R12] = {"R12:", NULL}, [CR2_REGISTER_R13] = {"R13:", NULL},
		[CR2_REGISTER_R14] = {"R14:", NULL}, [CR2_REGISTER_R15] = {"R15:", NULL},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names) && log_length(word) == 4; i++) {
		bool wide = names[i].wide && memcmp(word.start, names[i].wide, 4) == 0;
		bool narrow = names[i].narrow && memcmp(word.start, names[i].narrow, 4) == 0;

		*ret_bits = narrow ? 32 : 64;
		if (wide || narrow)
			return (int)i;
	}
	return -1;
}

static bool take_value(struct log_span *span, unsigned bits, uint64_t *ret_value)
{
	struct log_span rest = *span;
	uint64_t value;

	if (!log_take_hex(&rest, &value) || rest.start - span->start != bits / 4)
		return false;
	*span = rest;
	*ret_value = value;
	return true;
}

static void set_register(struct cr2_log_report *report, int reg, uint64_t value)
{
	if (report->registers_known & 1U << reg)
		return;
	report->registers[reg] = value;
	report->registers_known |= 1U << reg;
	if (reg == CR2_REGISTER_SP && !(report->has & LOG_HAS_SP)) {
		report->sp = value;
		report->has |= LOG_HAS_SP;
	}
}

static bool general_line(struct log_span message, struct cr2_log_report *report)
{
	bool any = false;

	for (;;) {
		struct log_span word = log_take_word(&message), selector;
		unsigned bits;
		uint64_t value;
		int reg = register_of(word, &bits);

		if (reg < 0)
			return any;
		log_set_bits(report, bits);
		log_skip_blanks(&message);
		selector = message;
		if (log_take_hex(&selector, &value) && log_take(&selector, ":"))
			message = selector;
		if (!take_value(&message, bits, &value))
			return true;
		set_register(report, reg, value);
		any = true;
	}
}

static bool segments_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_span gs = message;
	uint64_t value;

	if (!log_take(&message, "FS:"))
		return false;
	log_skip_blanks(&message);
	if (log_take_register(&message, &value)) {
		report->fs = value;
		report->has |= LOG_HAS_FS;
	}
	gs.start = log_find(message, " GS:");
	gs.end = message.end;
	if (gs.start && log_take(&gs, " GS:") && log_take_register(&gs, &value)) {
		report->gs = value;
		report->has |= LOG_HAS_GS;
	}
	return true;
}

/* "NAME: value" of all its digits, somewhere in the message. */
static bool find_control(struct log_span message, const char *name, uint64_t *ret_value)
{
	message.start = log_find(message, name);
	return message.start && log_take(&message, name) &&
	       (take_value(&message, 64, ret_value) || take_value(&message, 32, ret_value));
}

/*
 * CR2 tells the address where the first line is lost. Not that of a stack overflow: there it is
 * where the CPU failed to push its frame. Nor after "Unable to access opcode bytes": the attempt
 * to read them has overwritten it.
 */
static void set_cr2(struct cr2_log_report *report, uint64_t value)
{
	if (report->code_unreadable)
		return;
	if (report->cause == CR2_LOG_CAUSE_PAGE_FAULT) {
		log_set_address(report, value);
	} else if (report->cause == CR2_LOG_CAUSE_DOUBLE_FAULT && !log_has(report, LOG_HAS_CR2)) {
		report->cr2 = value;
		report->has |= LOG_HAS_CR2;
	}
}

static bool control_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_span rest = message;
	uint64_t value;

	if (!log_take(&rest, "CR2: ") && !(log_take(&rest, "CR0: ") && log_find(rest, " CR2: ")))
		return false;
	if (find_control(message, "CR2: ", &value))
		set_cr2(report, value);
	if (find_control(message, " CR4: ", &value)) {
		report->cr4 = value;
		report->has |= LOG_HAS_CR4;
	}
	return true;
}

bool log_registers_line(struct log_span message, struct cr2_log_report *report)
{
	return general_line(message, report) || segments_line(message, report) ||
	       control_line(message, report);
}
