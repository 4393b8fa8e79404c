/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "oracle.h"

#define BIT(n) (1ULL << (n))

/* Figure 4-11, by name of the field. */
#define PRESENT BIT(0)
#define WRITABLE BIT(1)
#define USER BIT(2)
#define ACCESSED BIT(5)
#define DIRTY BIT(6)
#define PAGE_SIZE_BIT BIT(7)
#define NO_EXECUTE BIT(63)

/* Table 4-14 to 4-20: the rows that say "Reserved (must be 0)". */
static bool has_reserved_bit(const struct oracle_machine *m, unsigned level, uint64_t entry)
{
	static const uint64_t below_the_frame[] = {
		[2] = 0x1fe000, /* bits 20:13 of a PDE that maps 2 MiB */
		[3] = 0x3fffe000, /* bits 29:13 of a PDPTE that maps 1 GiB */
	};
	uint64_t above_maxphyaddr = (BIT(52) - 1) - (BIT(m->physical_bits) - 1);
	bool ps = entry & PAGE_SIZE_BIT;

	return (entry & above_maxphyaddr) || (!m->nxe && (entry & NO_EXECUTE)) ||
	       (level == 5 && ps) || (level == 4 && ps) || (level == 3 && ps && !m->page_1g) ||
	       (level == 3 && ps && (entry & below_the_frame[3])) ||
	       (level == 2 && ps && (entry & below_the_frame[2]));
}

static unsigned highest(unsigned set)
{
	return 31 - (unsigned)__builtin_clz(set);
}

/* Do all entries from the top level down to level last have the bit? */
static bool in_all(const uint64_t *entry, unsigned top, unsigned last, uint64_t bit)
{
	uint64_t all = bit;

	for (unsigned level = last; level <= top; level++)
		all &= entry[level];
	return all == bit;
}

struct page {
	bool user, writable, executable;
	bool key_access_disable, key_write_disable;
};

/* SDM 4.6.1, "Determination of Access Rights": one statement a bullet of the manual. */
static bool permitted(const struct oracle_machine *m, const struct oracle_access *a,
		      const struct page *page)
{
	bool supervisor = !a->user;

	if (supervisor && page->user && !a->fetch && m->smap && !a->ac)
		return false;
	if (supervisor && page->user && a->fetch && m->smep)
		return false;
	if (supervisor && a->write && m->wp && !page->writable)
		return false;
	if (a->user && !page->user)
		return false;
	if (a->user && a->write && !page->writable)
		return false;
	if (a->fetch && !page->executable)
		return false;
	return true;
}

/* SDM 4.6.2: keys apply to data accesses to user-mode addresses. */
static bool permitted_by_key(const struct oracle_machine *m, const struct oracle_access *a,
			     const struct page *page)
{
	if (!m->pke || a->fetch || !page->user)
		return true;
	if (page->key_access_disable)
		return false;
	return !(page->key_write_disable && a->write && (a->user || m->wp));
}

/* Figure 4-12. */
static uint32_t error_code(const struct oracle_machine *m, const struct oracle_access *a, bool p,
			   bool rsvd, bool pk)
{
	bool i = a->fetch && (m->smep || m->nxe);

	return (uint32_t)(p * 1 + a->write * 2 + a->user * 4 + rsvd * 8 + i * 16 + pk * 32);
}

struct oracle_answer oracle(const struct oracle_machine *m, const struct oracle_access *a,
			    const uint64_t entry[LEVELS_MAX + 1])
{
	unsigned top = m->la57 ? 5 : 4, absent = 0, reserved = 0, mapping = BIT(1), end;
	struct oracle_answer answer = {.fault = true};
	struct page page;
	bool key;

	memcpy(answer.entry, entry, sizeof(answer.entry));
	for (unsigned level = 1; level <= top; level++) {
		absent |= (unsigned)!(entry[level] & PRESENT) << level;
		reserved |= (unsigned)has_reserved_bit(m, level, entry[level]) << level;
		mapping |= (unsigned)!!(level < 4 && (entry[level] & PAGE_SIZE_BIT)) << level;
	}
	end = highest(absent | reserved | mapping);
	for (unsigned level = end + 1; level <= top; level++)
		answer.entry[level] |= ACCESSED;
	if (absent & BIT(end)) {
		answer.error_code = error_code(m, a, false, false, false);
		return answer;
	}
	if (reserved & BIT(end)) {
		answer.error_code = error_code(m, a, true, true, false);
		return answer;
	}

	page.user = in_all(entry, top, end, USER);
	page.writable = in_all(entry, top, end, WRITABLE);
	page.executable = true;
	for (unsigned level = end; level <= top; level++)
		page.executable &= !(entry[level] & NO_EXECUTE);
	page.key_access_disable = m->pkru >> (entry[end] >> 59 & 15) * 2 & 1;
	page.key_write_disable = m->pkru >> (entry[end] >> 59 & 15) * 2 & 2;
	key = permitted_by_key(m, a, &page);
	if (!key || !permitted(m, a, &page)) {
		answer.error_code = error_code(m, a, true, false, !key);
		return answer;
	}

	answer.fault = false;
	answer.entry[end] |= a->write ? ACCESSED | DIRTY : ACCESSED;
	answer.page_shift = end == 3 ? 30 : end == 2 ? 21 : 12;
	/* Bits 51:shift are the page's; what is left of the address is the offset. */
	answer.physical = (entry[end] & (BIT(52) - BIT(answer.page_shift))) +
			  a->address % BIT(answer.page_shift);
	return answer;
}
