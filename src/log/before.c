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
	const struct insn_decoder *decoder;
	struct insn *insns; /* by byte, of those that were read; length 0: none, or one that cannot have run */
	uint64_t read; /* a bit for each byte */
};

static void read_at(const struct reading *reading, unsigned at)
{
	const struct cr2_log_report *report = reading->report;
	struct insn *insn = &reading->insns[at];

	if (insn_decode(reading->decoder, report->code + at, (size_t)(report->code_length - at),
			report->ip - report->code_ip + at, log_bits_of(report), insn) < 0)
		*insn = (struct insn){0};
	/* A program's privileged instruction would have crashed itself. */
	if (insn->privileged && report->in_user_code && at < report->code_ip)
		insn->length = 0;
}

/* Only where a chain comes by. */
static const struct insn *insn_at(struct reading *reading, unsigned at)
{
	if (!(reading->read >> at & 1))
		read_at(reading, at);
	reading->read |= 1ULL << at;
	return &reading->insns[at];
}

/* The bytes at which instructions begin, from start to ip; 0: the chain misses ip. */
static uint64_t chain_from(struct reading *reading, unsigned start)
{
	unsigned ip = reading->report->code_ip, at = start;
	uint64_t chain = 0;

	while (at < ip && insn_at(reading, at)->length) {
		chain |= 1ULL << at;
		at += insn_at(reading, at)->length;
	}
	return at == ip && insn_at(reading, ip)->length ? chain | 1ULL << ip : 0;
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
static uint64_t choose(struct reading *reading, uint64_t *ret_certain)
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
		*insn = (struct cr2_log_insn){
			.offset = (int)at - report->code_ip, .length = reading->insns[at].length,
			.certain = certain >> at & 1, .loads = -1,
		};
		memcpy(insn->bytes, report->code + at, insn->length);
		copy_text(report, &reading->insns[at], insn);
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

static int read_with(const struct insn_decoder *decoder, const struct cr2_log_report *report,
		     struct cr2_log_before *before)
{
	struct reading reading = {.report = report, .decoder = decoder};
	uint64_t chain, certain;

	reading.insns = malloc((report->code_ip + 1U) * sizeof(*reading.insns));
	if (!reading.insns)
		return -ENOMEM;
	chain = choose(&reading, &certain);
	fill(&reading, chain, certain, before);
	if (before->n)
		mark_loads(&reading, before);
	free(reading.insns);
	return 0;
}

static int read_code(const struct cr2_log_report *report, struct cr2_log_before *before)
{
	struct insn_decoder *decoder;
	int r;

	if (report->decoder)
		return read_with(report->decoder, report, before);
	r = insn_decoder_create(&decoder);
	if (r < 0)
		return r;
	r = read_with(decoder, report, before);
	insn_decoder_destroy(decoder);
	return r;
}

int cr2_log_before_create(const struct cr2_log_report *report, struct cr2_log_before **ret_before)
{
	struct cr2_log_before *before = malloc(sizeof(*before));
	int r = 0;

	if (!before)
		return -ENOMEM;
	before->n = 0;
	if (has_run(report))
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
