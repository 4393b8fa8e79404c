/* SPDX-License-Identifier: MIT */
/* Words of flags as text: one line each, for whoever prints a value in passing. */
#include <errno.h>
#include <string.h>

#include <cr2/flags.h>

/* The separator goes before every item but the first. */
static int separate(size_t *n, const char *separator, struct cr2_text *text)
{
	return (*n)++ ? cr2_text_append(text, separator) : 0;
}

static int format_flag(const struct cr2_flag *flag, uint64_t value, struct cr2_text *text)
{
	if (flag->width == 1)
		return cr2_text_append(text, flag->name);
	return cr2_text_printf(text, "%s=%llu", flag->name,
			       (unsigned long long)cr2_flag_field(flag, value));
}

int cr2_flags_format(const struct cr2_flags *flags, const char *separator, struct cr2_text *text)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < flags->n; i++) {
		r = separate(&n, separator, text);
		if (r == 0)
			r = format_flag(flags->items[i], flags->value, text);
	}
	if (r == 0 && flags->unknown) {
		r = separate(&n, separator, text);
		if (r == 0)
			r = cr2_text_printf(text, "0x%llx", (unsigned long long)flags->unknown);
	}
	return r == 0 && n == 0 ? cr2_text_append(text, "0") : r;
}

static int format(enum cr2_flag_table table, uint64_t value, int kernel, const char *separator,
		  struct cr2_text *text)
{
	struct cr2_flags flags;

	cr2_flags_decode(table, value, kernel, &flags);
	return cr2_flags_format(&flags, separator, text);
}

int cr2_vm_flags_format(uint64_t vm_flags, int kernel, struct cr2_text *text)
{
	return format(CR2_FLAGS_VM, vm_flags, kernel, "|", text);
}

int cr2_fault_flags_format(uint64_t fault_flags, int kernel, struct cr2_text *text)
{
	return format(CR2_FLAGS_FAULT, fault_flags, kernel, "|", text);
}

int cr2_vm_fault_format(uint64_t vm_fault, int kernel, struct cr2_text *text)
{
	return format(CR2_FLAGS_VM_FAULT, vm_fault, kernel, "|", text);
}

static int parse_code(const char *code, int kernel, uint64_t *vm_flags)
{
	size_t n;
	const struct cr2_flag *rows = cr2_flags_rows(CR2_FLAGS_VM, &n);

	for (size_t i = 0; i < n; i++)
		if (cr2_kernel_in(kernel, rows[i].from, rows[i].until) &&
		    strlen(rows[i].code) == 2 && strncmp(rows[i].code, code, 2) == 0) {
			*vm_flags |= 1ULL << rows[i].bit;
			return 0;
		}
	return -EINVAL;
}

int cr2_vm_flags_parse(const char *s, int kernel, uint64_t *ret_vm_flags)
{
	static const char title[] = "VmFlags:", blanks[] = " \t\n";
	uint64_t vm_flags = 0;

	if (strncmp(s, title, strlen(title)) == 0)
		s += strlen(title);
	else if (!s[strspn(s, blanks)])
		return -EINVAL;
	for (s += strspn(s, blanks); *s; s += 2 + strspn(s + 2, blanks))
		if (strcspn(s, blanks) != 2 || parse_code(s, kernel, &vm_flags) < 0)
			return -EINVAL;
	*ret_vm_flags = vm_flags;
	return 0;
}

int cr2_vm_flags_brief(uint64_t vm_flags, struct cr2_text *text)
{
	static const struct {
		uint64_t mask;
		const char *word;
	} notable[] = {
		{CR2_VM(GROWSDOWN), " growsdown"},
		{CR2_VM(LOCKED), " locked"},
		{CR2_VM(PFNMAP), " pfnmap"},
		{CR2_VM(IO), " io"},
		{CR2_VM(HUGETLB), " hugetlb"},
	};
	int r = cr2_text_printf(text, "%c%c%c %s", vm_flags & CR2_VM(READ) ? 'r' : '-',
				vm_flags & CR2_VM(WRITE) ? 'w' : '-',
				vm_flags & CR2_VM(EXEC) ? 'x' : '-',
				vm_flags & CR2_VM(MAYSHARE) ? "shared" : "private");

	for (size_t i = 0; r == 0 && i < CR2_ARRAY_SIZE(notable); i++)
		if (vm_flags & notable[i].mask)
			r = cr2_text_append(text, notable[i].word);
	return r;
}

enum cr2_flag_table cr2_frame_table(uint64_t frame_flags)
{
	return frame_flags & CR2_FRAME_FLAG(ANON) ? CR2_FLAGS_FRAME_ANON : CR2_FLAGS_FRAME_OTHER;
}

enum cr2_flag_table cr2_entry_table(uint64_t entry, enum cr2_level level)
{
	if (level == CR2_LEVEL_PTE)
		return CR2_FLAGS_ENTRY_SMALL;
	if ((level == CR2_LEVEL_PMD || level == CR2_LEVEL_PUD) && (entry & CR2_PTE(PSE)))
		return CR2_FLAGS_ENTRY_HUGE;
	return CR2_FLAGS_ENTRY_TABLE;
}

/* The frame's bits are not flags, but the PAT bit of a huge entry lies among them. */
int cr2_entry_flags_format(uint64_t entry, enum cr2_level level, int kernel, struct cr2_text *text)
{
	enum cr2_flag_table table = cr2_entry_table(entry, level);
	uint64_t frame = CR2_PTE_FRAME_MASK;

	if (table == CR2_FLAGS_ENTRY_HUGE)
		frame &= ~CR2_PTE(PAT_LARGE);
	return format(table, entry & ~frame, kernel, " ", text);
}

static int error_bit_format(const struct cr2_error_bit *row, int set, struct cr2_text *text)
{
	const char *word = row->words[set];

	return cr2_text_printf(text, "%s%s=%d%s%s", row->bit ? "  " : "", row->name, set,
			       *word ? " " : "", word);
}

int cr2_error_code_format(uint64_t error_code, struct cr2_text *text)
{
	uint64_t known = 0;
	size_t n;
	const struct cr2_error_bit *rows = cr2_error_bits(&n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		uint64_t bit = 1ULL << rows[i].bit;

		known |= bit;
		if (rows[i].bit <= CR2_PF_I_BIT || (error_code & bit))
			r = error_bit_format(&rows[i], (error_code & bit) != 0, text);
	}
	if (r == 0 && (error_code & ~known))
		r = cr2_text_printf(text, "  0x%llx", (unsigned long long)(error_code & ~known));
	return r;
}

int cr2_error_code_binary(uint64_t error_code, struct cr2_text *text)
{
	unsigned digits = CR2_PF_I_BIT + 1;
	int r = 0;

	if (error_code >> digits)
		digits = 64 - (unsigned)__builtin_clzll(error_code);
	for (unsigned i = digits; r == 0 && i > 0; i--)
		r = cr2_text_append(text, error_code >> (i - 1) & 1 ? "1" : "0");
	return r == 0 ? cr2_text_append(text, "b") : r;
}
