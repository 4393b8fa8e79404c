/* SPDX-License-Identifier: MIT */
/*
 * The instructions before the one that crashed. An instruction is at most 15 bytes long, so one
 * of the first 15 bytes of the Code: line begins one. From each of these the bytes are decoded up
 * to ip; a chain that does not land there is none. What all chains share is certain.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/log_before.h>

#include "symbol/insn.h"

#include "report.h"
#include "verdict.h"

#define LONGEST 15
_Static_assert(LOG_CODE_MAX <= 64, "a chain has a bit for each byte");

struct cr2_log_before {
	size_t n;
	struct cr2_log_insn insns[LOG_CODE_MAX];
};

/* What begins at each byte of the code. */
struct reading {
	const struct cr2_log_report *report;
	struct insn *insns; /* by byte, length 0: none, or one that cannot have run */
};

static void read_at(const struct reading *reading, const struct insn_decoder *decoder, unsigned at)
{
	const struct cr2_log_report *report = reading->report;
	struct insn *insn = &reading->insns[at];

	if (insn_decode(decoder, report->code + at, (size_t)(report->code_length - at),
			report->ip - report->code_ip + at, log_bits_of(report), insn) < 0)
		*insn = (struct insn){0};
	/* A program's privileged instruction would have crashed itself. */
	if (insn->privileged && report->in_user_code && at < report->code_ip)
		insn->length = 0;
}

static void read_all(const struct reading *reading, const struct insn_decoder *decoder)
{
	for (unsigned at = 0; at <= reading->report->code_ip; at++)
		read_at(reading, decoder, at);
}

/* The bytes at which instructions begin, from start to ip; 0: the chain misses ip. */
static uint64_t chain_from(const struct reading *reading, unsigned start)
{
	unsigned ip = reading->report->code_ip, at = start;
	uint64_t chain = 0;

	while (at < ip && reading->insns[at].length) {
		chain |= 1ULL << at;
		at += reading->insns[at].length;
	}
	return at == ip && reading->insns[ip].length ? chain | 1ULL << ip : 0;
}

/* The function's first byte begins an instruction. */
static bool starts_in_code(const struct cr2_log_report *report, unsigned *ret_start)
{
	if (report->kind != CR2_LOG_OOPS || !log_has(report, LOG_HAS_FUNCTION_OFFSET) ||
	    report->function_offset > report->code_ip)
		return false;
	*ret_start = report->code_ip - (unsigned)report->function_offset;
	return true;
}

/* The longest chain, and which of its instructions all chains have. */
static uint64_t choose(const struct reading *reading, uint64_t *ret_certain)
{
	uint64_t chosen = 0, certain = ~0ULL, chain;
	unsigned start;

	if (starts_in_code(reading->report, &start)) {
		chosen = chain_from(reading, start);
		*ret_certain = chosen;
		if (chosen)
			return chosen;
	}
	for (start = 0; start < LONGEST && start <= reading->report->code_ip; start++) {
		chain = chain_from(reading, start);
		if (!chain)
			continue;
		chosen = chosen ? chosen : chain;
		certain &= chain;
	}
	*ret_certain = certain & chosen;
	return chosen;
}

/* Where a branch goes is counted from ip. */
static void copy_text(const struct cr2_log_report *report, const struct insn *from,
		      struct cr2_log_insn *insn)
{
	const char *target = from->relative && !log_has(report, LOG_HAS_IP) ? strrchr(from->text, ' ') : NULL;

	snprintf(insn->text, sizeof(insn->text), "%.*s",
		 (int)(target ? target - from->text : (ptrdiff_t)strlen(from->text)), from->text);
}

static void fill(const struct reading *reading, uint64_t chain, uint64_t certain,
		 struct cr2_log_before *before)
{
	const struct cr2_log_report *report = reading->report;

	for (unsigned at = 0; at <= report->code_ip; at++) {
		struct cr2_log_insn *insn = &before->insns[before->n];

		if (!(chain >> at & 1))
			continue;
		insn->offset = (int)at - report->code_ip;
		insn->length = reading->insns[at].length;
		memcpy(insn->bytes, report->code + at, insn->length);
		copy_text(report, &reading->insns[at], insn);
		insn->certain = certain >> at & 1;
		insn->loads = -1;
		before->n++;
	}
}

/* ---- which one loaded the register ---- */

/* These keep their value over a call, says the System V ABI. */
static bool survives_call(int reg)
{
	return reg == CR2_REGISTER_BX || reg == CR2_REGISTER_BP || reg == CR2_REGISTER_SP ||
	       (reg >= CR2_REGISTER_R12 && reg <= CR2_REGISTER_R15);
}

static void mark_load(const struct reading *reading, struct cr2_log_before *before, int reg)
{
	for (size_t i = before->n - 1; i-- > 0;) {
		struct cr2_log_insn *insn = &before->insns[i];
		const struct insn *read = &reading->insns[reading->report->code_ip + insn->offset];

		if (read->ends)
			return;
		if (read->written & 1U << reg || (read->call && reg == CR2_REGISTER_AX)) {
			insn->loads = reg;
			return;
		}
		if (read->call && !survives_call(reg))
			return;
	}
}

static void mark_loads(const struct reading *reading, struct cr2_log_before *before)
{
	const struct log_insn *insn = &reading->report->insn;

	if (!insn->operand[0])
		return;
	if (insn->index >= 0 && insn->index != CR2_REGISTER_IP)
		mark_load(reading, before, insn->index);
	if (insn->base >= 0 && insn->base != CR2_REGISTER_IP)
		mark_load(reading, before, insn->base);
}

/* ---- the whole ---- */

/* Of a fetch, what lies at ip never ran; behind a breakpoint, ip is the next instruction's. */
static bool has_run(const struct cr2_log_report *report)
{
	return report->code_length && !report->insn.from_file && report->insn.length &&
	       !(log_has(report, LOG_HAS_ACCESS) && report->fetch);
}

static int read_code(const struct cr2_log_report *report, struct cr2_log_before *before)
{
	struct reading reading = {.report = report};
	struct insn_decoder *decoder;
	uint64_t chain, certain;
	int r = insn_decoder_create(&decoder);

	if (r < 0)
		return r;
	reading.insns = calloc(report->code_ip + 1U, sizeof(*reading.insns));
	if (reading.insns) {
		read_all(&reading, decoder);
		chain = choose(&reading, &certain);
		fill(&reading, chain, certain, before);
		if (before->n)
			mark_loads(&reading, before);
	}
	insn_decoder_destroy(decoder);
	r = reading.insns ? 0 : -ENOMEM;
	free(reading.insns);
	return r;
}

int cr2_log_before_create(const struct cr2_log_report *report, struct cr2_log_before **ret_before)
{
	struct cr2_log_before *before = calloc(1, sizeof(*before));
	int r = before ? 0 : -ENOMEM;

	if (r == 0 && has_run(report))
		r = read_code(report, before);
	if (r < 0)
		free(before);
	else
		*ret_before = before;
	return r;
}

const struct cr2_log_insn *cr2_log_before_get(const struct cr2_log_before *before, size_t i)
{
	return i < before->n ? &before->insns[i] : NULL;
}

void cr2_log_before_destroy(struct cr2_log_before *before)
{
	free(before);
}
