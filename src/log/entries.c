/* SPDX-License-Identifier: MIT */
/* The page-table entries that the kernel prints: which of them refused the access, and by which bit. */
#include <cr2/decode.h>
#include <cr2/flags.h>

#include "verdict.h"

bool log_lacks(const struct cr2_log_report *report, uint64_t cr4_bit)
{
	return log_has(report, LOG_HAS_CR4) && !(report->cr4 & cr4_bit);
}

bool log_has_cr4(const struct cr2_log_report *report, uint64_t cr4_bit)
{
	return log_has(report, LOG_HAS_CR4) && report->cr4 & cr4_bit;
}

/* The four entries at the top of a 32-bit walk have no rights. */
static bool is_known(const struct cr2_log_report *report, int level)
{
	if (report->kernel_bits == 32 && level == CR2_LEVEL_PUD)
		return false;
	return report->entries_known & 1 << level && report->entries[level] & CR2_PTE(P);
}

static bool is_leaf(int level, uint64_t entry)
{
	return level == CR2_LEVEL_PTE ||
	       (level <= CR2_LEVEL_PUD && entry & CR2_PTE(PSE));
}

/*
 * The kernel prints entries down to one that is empty or maps the page: where the last one does
 * neither, its line was cut, and the entry with it perhaps.
 */
void log_drop_cut_entry(struct cr2_log_report *report)
{
	int level = CR2_LEVEL_PTE;
	uint64_t entry;

	while (level < CR2_LEVEL_PGD && !(report->entries_known & 1 << level))
		level++;
	entry = report->entries[level];
	if (report->kernel_bits == 32 || report->entries_bad || level == CR2_LEVEL_PTE || !entry ||
	    (entry & CR2_PTE(P) && is_leaf(level, entry)))
		return;
	report->entries_known &= (uint8_t)~(1 << level);
}

/* What refuses the access in an entry of its walk; CR2_LOG_FINDING_COUNT: nothing. */
static enum cr2_log_finding_kind refusal(const struct cr2_log_report *report, uint64_t entry)
{
	if (report->write && !(entry & CR2_PTE(W)))
		return CR2_LOG_FINDING_READONLY_ENTRY;
	if (report->fetch && entry & CR2_PTE(NX))
		return CR2_LOG_FINDING_NX_ENTRY;
	if (report->user && !(entry & CR2_PTE(U)))
		return CR2_LOG_FINDING_KERNEL_ENTRY;
	return CR2_LOG_FINDING_COUNT;
}

uint64_t log_leaf(const struct cr2_log_report *report, enum cr2_level *ret_level)
{
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--) {
		if (!is_known(report, level) || !is_leaf(level, report->entries[level]))
			continue;
		*ret_level = (enum cr2_level)level;
		return report->entries[level];
	}
	return 0;
}

/* SMAP and SMEP refuse the kernel what the entries allow to programs. */
static bool is_refused_as_user_page(const struct cr2_log_report *report)
{
	return report->pattern == CR2_LOG_PATTERN_SMAP || report->pattern == CR2_LOG_PATTERN_SMEP;
}

enum cr2_level log_refusing_level(const struct cr2_log_report *report)
{
	enum cr2_level leaf;

	if (!log_has(report, LOG_HAS_ACCESS) || !(report->error & CR2_PF(P)))
		return (enum cr2_level)0;
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--) {
		if (!is_known(report, level))
			continue;
		if (refusal(report, report->entries[level]) != CR2_LOG_FINDING_COUNT)
			return (enum cr2_level)level;
		if (is_leaf(level, report->entries[level]))
			break;
	}
	return is_refused_as_user_page(report) && log_leaf(report, &leaf) ? leaf : (enum cr2_level)0;
}

static void find_refusal(struct cr2_log_report *report)
{
	enum cr2_level level = log_refusing_level(report), leaf;
	struct cr2_log_finding finding = {.level = level};

	if (level) {
		finding.value = report->entries[level];
		finding.kind = refusal(report, finding.value);
		if (finding.kind != CR2_LOG_FINDING_COUNT)
			log_add_finding(report, &finding);
	}
	if (!is_refused_as_user_page(report) || !log_leaf(report, &leaf))
		return;
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = CR2_LOG_FINDING_USER_ENTRY, .level = leaf, .value = report->entries[leaf]});
}

static void decode(const struct cr2_log_report *report, int level, struct cr2_entry *ret_entry)
{
	struct cr2_entry_input input;

	cr2_entry_input_init(&input);
	input.value = report->entries[level];
	input.level = (enum cr2_level)level;
	input.levels = log_levels(report);
	cr2_entry_decode(&input, ret_entry);
}

/* With four levels, what the kernel prints as the P4D is the PGD's entry once more. */
static bool is_folded(const struct cr2_log_report *report)
{
	return log_levels(report) == 4 && report->entries_known & 1 << CR2_LEVEL_PGD &&
	       report->entries[CR2_LEVEL_P4D] == report->entries[CR2_LEVEL_PGD];
}

/* The CPU found a reserved bit: one that is so on every CPU, or above the addresses of this one. */
static void find_reserved(struct cr2_log_report *report)
{
	struct cr2_log_finding highest = {.kind = CR2_LOG_FINDING_HIGHEST_FRAME,
					  .certainty = CR2_LOG_LIKELY};
	bool found = false;

	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--) {
		struct cr2_entry entry;

		if (!is_known(report, level) || (level == CR2_LEVEL_P4D && is_folded(report)))
			continue;
		decode(report, level, &entry);
		if (entry.reserved)
			log_add_finding(report, &(struct cr2_log_finding){
				.kind = CR2_LOG_FINDING_RESERVED_BITS, .level = (enum cr2_level)level,
				.value = entry.input.value, .other = entry.reserved});
		found |= entry.reserved != 0;
		if (entry.phys > highest.other) {
			highest.level = (enum cr2_level)level;
			highest.value = entry.input.value;
			highest.other = entry.phys;
		}
	}
	if (!found && highest.other)
		log_add_finding(report, &highest);
}

void log_find_entries(struct cr2_log_report *report)
{
	if (log_has(report, LOG_HAS_ERROR) && report->pattern == CR2_LOG_PATTERN_PAGE_TABLE)
		find_reserved(report);
	else
		find_refusal(report);
}
