/* SPDX-License-Identifier: MIT */
/* The kinds of cr2 decode: their options, and how an item of each is read and explained. */
#include <errno.h>
#include <string.h>

#include <cr2/view_decode.h>

#include "decode.h"

#define OPTION_JSON {"json", DECODE_JSON, NULL, 0, "Print one JSON object a line", 0}
#define OPTION_KERNEL \
	{"kernel", DECODE_KERNEL, "VERSION", 0, \
	 "The kernel that the value is from, such as 6.1; default: the newest known", 0}
#define OPTION_LEVELS \
	{"levels", DECODE_LEVELS, "4|5", 0, "Levels of the page tables; default: 4", 0}
#define OPTION_END {NULL, 0, NULL, 0, NULL, 0}

static int show_error(const struct decode_settings *settings, uint64_t value, struct cr2_text *text)
{
	struct cr2_error_input input = settings->error;
	struct cr2_error error;

	input.code = value;
	cr2_error_decode(&input, &error);
	return settings->json ? cr2_error_to_json(&error, text)
			      : cr2_view_error(&error, &settings->style, text);
}

static const struct argp_option error_options[] = {
	{"addr", DECODE_ADDR, "ADDRESS", 0, "The address that was accessed (CR2)", 0},
	{"vma", DECODE_VMA, "START-END[:PERMS]", 0,
	 "The mapping to judge the access by, such as 7f0000200000-7f0000204000:rw-p; END is "
	 "exclusive. A line of /proc/PID/maps will do", 0},
	OPTION_JSON,
	OPTION_END,
};

static int show_entry(const struct decode_settings *settings, uint64_t value, struct cr2_text *text)
{
	struct cr2_entry_input input = settings->entry;
	struct cr2_entry entry;

	input.value = value;
	cr2_entry_decode(&input, &entry);
	return settings->json ? cr2_entry_to_json(&entry, text)
			      : cr2_view_entry(&entry, &settings->style, text);
}

static const struct argp_option entry_options[] = {
	{"level", DECODE_LEVEL, "LEVEL", 0, "Level of the entry: pte (the default), pmd, pud, p4d or pgd", 0},
	OPTION_LEVELS,
	OPTION_KERNEL,
	{"device-private", DECODE_DEVICE_PRIVATE, NULL, 0,
	 "The kernel has CONFIG_DEVICE_PRIVATE, which shifts the special swap types", 0},
	{"no-memory-failure", DECODE_NO_MEMORY_FAILURE, NULL, 0,
	 "The kernel lacks CONFIG_MEMORY_FAILURE, which shifts them too", 0},
	OPTION_JSON,
	OPTION_END,
};

static int show_va(const struct decode_settings *settings, uint64_t value, struct cr2_text *text)
{
	struct cr2_va va;

	cr2_va_decode(value, settings->levels, &va);
	return settings->json ? cr2_va_to_json(&va, text)
			      : cr2_view_va(&va, &settings->style, text);
}

static const struct argp_option va_options[] = {
	OPTION_LEVELS,
	OPTION_JSON,
	OPTION_END,
};

static int show_flags(const struct decode_settings *settings, const char *title,
		      enum cr2_flag_table table, uint64_t value, struct cr2_text *text)
{
	struct cr2_flags flags;

	cr2_flags_decode(table, value, settings->kernel, &flags);
	return settings->json ? cr2_flags_to_json(table, &flags, text)
			      : cr2_view_flags(title, table, &flags, &settings->style, text);
}

static int show_faultflags(const struct decode_settings *settings, uint64_t value,
			   struct cr2_text *text)
{
	return show_flags(settings, "fault flags", CR2_FLAGS_FAULT, value, text);
}

static int show_vmfault(const struct decode_settings *settings, uint64_t value,
			struct cr2_text *text)
{
	return show_flags(settings, "vm_fault_t", CR2_FLAGS_VM_FAULT, value, text);
}

#define VM_FLAGS_LABELS "vm_flags flags"

static int explain_vmflags(const struct decode_settings *settings, char *item,
			   struct cr2_text *text, const char **ret_reason)
{
	uint64_t value;

	if (decode_number(VM_FLAGS_LABELS, item, &value, ret_reason) < 0 &&
	    cr2_vm_flags_parse(item, settings->kernel, &value) < 0) {
		if (*item < '0' || *item > '9')
			*ret_reason = "neither a number nor a VmFlags line of /proc/PID/smaps";
		return -EINVAL;
	}
	return show_flags(settings, "vm_flags", CR2_FLAGS_VM, value, text);
}

static const struct argp_option flags_options[] = {
	OPTION_KERNEL,
	OPTION_JSON,
	OPTION_END,
};

#define FUNCTIONS_MAX 128

static int unknown_probe(const char *function)
{
	const char *names[FUNCTIONS_MAX], *near;
	size_t n = cr2_probe_functions(names, FUNCTIONS_MAX);

	near = cr2_nearest(function, names, n < FUNCTIONS_MAX ? n : FUNCTIONS_MAX);
	if (near)
		return cli_error(CLI_USAGE, "decode regs: unknown function '%s'; did you mean "
				 "'%s'?", function, near);
	return cli_error(CLI_USAGE, "decode regs: unknown function '%s'; those of the fault path "
			 "are known, such as handle_mm_fault", function);
}

static int check_probe(const struct decode_settings *settings)
{
	struct cr2_registers none = {0};
	struct cr2_probe probe;
	int r;

	if (!settings->probe)
		return cli_error(CLI_USAGE, "decode regs: say which function was probed, such as "
				 "--probe handle_mm_fault");
	r = cr2_probe_decode(settings->probe, &none, settings->kernel, &probe);
	if (r == -ENOENT)
		return unknown_probe(settings->probe);
	if (r == -EOPNOTSUPP)
		return cli_error(CLI_USAGE, "decode regs: this kernel has no function '%s'; give "
				 "the version that has it with --kernel", settings->probe);
	if (r == 0)
		cr2_probe_finish(&probe);
	return r == 0 ? CLI_OK : cli_error(CLI_UNABLE, "decode regs: %s", strerror(-r));
}

/* Registers of one line, "di=... si=...", which is cut at its blanks while it is read. */
static int parse_registers(char *item, struct cr2_registers *registers, const char **ret_reason)
{
	char *rest = NULL;
	int r = 0;

	for (char *word = strtok_r(item, " \t,", &rest); word && r == 0;
	     word = strtok_r(NULL, " \t,", &rest)) {
		r = cr2_registers_parse(registers, word, ret_reason);
		if (r < 0)
			memmove(item, word, strlen(word) + 1);
	}
	return r;
}

static int explain_registers(const struct decode_settings *settings, char *item,
			     struct cr2_text *text, const char **ret_reason)
{
	struct cr2_registers registers = {0};
	struct cr2_probe probe;
	int r = parse_registers(item, &registers, ret_reason);

	if (r == 0)
		r = cr2_probe_decode(settings->probe, &registers, settings->kernel, &probe);
	if (r < 0)
		return r;
	r = settings->json ? cr2_probe_to_json(&probe, text)
			   : cr2_view_probe(&probe, &settings->style, text);
	cr2_probe_finish(&probe);
	return r;
}

static const struct argp_option register_options[] = {
	{"probe", DECODE_PROBE, "FUNCTION", 0, "The function that was probed", 0},
	OPTION_KERNEL,
	OPTION_JSON,
	OPTION_END,
};

/* What --help says of a kind, and its command. */
#define ARGP(items, text, own_options) \
	(&(const struct argp){ \
		.options = own_options, .parser = decode_parse_option, .args_doc = items, .doc = text})
#define COMMAND(word, sum, items, details, own_options) \
	.command = {.name = word, .summary = sum, .argp = ARGP(items, sum "\v" details, own_options), \
		    .run = decode_run}

const struct decode_kind decode_kinds[] = {
	{COMMAND("error", "a page fault's error code", "CODE...",
		 "CODE is what the CPU pushed: 0x7, or 7 or 14 as \"segfault at\" lines have "
		 "it. What Linux makes of it is given in the order in which the kernel looks.",
		 error_options),
	 .labels = "error_code error err",
	 .show = show_error},
	{COMMAND("pte", "a page-table entry of any level", "ENTRY...",
		 "An entry that is not present is one of none, swap, migration, "
		 "PROT_NONE and the rest of what Linux stores there.", entry_options),
	 .labels = "pte pmd pud p4d pgd entry",
	 .show = show_entry},
	{COMMAND("va", "a virtual address", "ADDRESS...", "", va_options),
	 .labels = DECODE_ADDRESS_LABELS,
	 .show = show_va},
	{COMMAND("vmflags", "vm_area_struct.vm_flags", "FLAGS...",
		 "FLAGS is a number, or a VmFlags line of /proc/PID/smaps in quotes.", flags_options),
	 .explain = explain_vmflags},
	{COMMAND("faultflags", "the FAULT_FLAG_ bits of handle_mm_fault", "FLAGS...", "", flags_options),
	 .labels = "flags fault_flags",
	 .show = show_faultflags},
	{COMMAND("vmfault", "vm_fault_t, what fault handlers return", "VALUE...", "", flags_options),
	 .labels = "ret vm_fault",
	 .show = show_vmfault},
	{COMMAND("regs", "the registers at a function of the fault path", "REGISTER=VALUE...",
		 "Arguments are in di, si, dx, cx, r8 and r9; ax is the return value, as a "
		 "kretprobe sees it. On standard input each line is one hit.", register_options),
	 .joined = true,
	 .check = check_probe,
	 .explain = explain_registers},
};
const size_t decode_kinds_count = CR2_ARRAY_SIZE(decode_kinds);
