/* SPDX-License-Identifier: MIT */
/* Values and logs, explained: what `cr2 decode` prints. */
#include <errno.h>
#include <string.h>

#include <cr2/view_decode.h>
#include <cr2/view_log.h>

#include "record/json.h"
#include "web.h"

static int refuse(const char *reason)
{
	cr2_text_clear(&web_out);
	cr2_text_append(&web_out, reason);
	return -EINVAL;
}

static int show_flags(const char *title, enum cr2_flag_table table, uint64_t value, int kernel,
		      const struct cr2_style *style)
{
	struct cr2_flags flags;

	cr2_flags_decode(table, value, kernel, &flags);
	return cr2_view_flags(title, table, &flags, style, &web_out);
}

/* address and vma may be empty. -EINVAL: web_out says what is wrong. */
int WEB_EXPORT(web_decode_error)(const char *code, const char *address, const char *vma, unsigned width)
{
	struct cr2_style style = web_style(width);
	struct cr2_error_input input = {.has_address = *address, .has_mapping = *vma};
	struct cr2_error error;
	const char *reason;

	web_begin();
	if (cr2_parse_number(code, &input.code, &reason) < 0 ||
	    (*address && cr2_parse_number(address, &input.address, &reason) < 0) ||
	    (*vma && cr2_mapping_parse(vma, &input.mapping, &reason) < 0))
		return refuse(reason);
	cr2_error_decode(&input, &error);
	return cr2_view_error(&error, &style, &web_out);
}

/* The bits of an error code, as JSON. */
int WEB_EXPORT(web_error_bits)(const char *code)
{
	struct cr2_error_input input = {0};
	struct cr2_error error;
	const char *reason;

	web_begin();
	if (cr2_parse_number(code, &input.code, &reason) < 0)
		return refuse(reason);
	cr2_error_decode(&input, &error);
	return cr2_error_to_json(&error, &web_out);
}

static int read_kernel(const char *kernel, int *ret_kernel)
{
	*ret_kernel = 0;
	return *kernel && cr2_kernel_parse(kernel, ret_kernel) < 0 ? refuse("expected a version, such as 6.12") : 0;
}

int WEB_EXPORT(web_decode_entry)(const char *value, const char *level, unsigned levels, const char *kernel,
				 unsigned width)
{
	struct cr2_style style = web_style(width);
	struct cr2_entry_input input;
	struct cr2_entry entry;
	const char *reason;
	int l = cr2_level_parse(level);

	web_begin();
	cr2_entry_input_init(&input);
	if (l < 0)
		return refuse("expected pte, pmd, pud, p4d or pgd");
	input.level = (enum cr2_level)l;
	input.levels = levels;
	if (read_kernel(kernel, &input.kernel) < 0)
		return -EINVAL;
	if (cr2_parse_number(value, &input.value, &reason) < 0)
		return refuse(reason);
	cr2_entry_decode(&input, &entry);
	return cr2_view_entry(&entry, &style, &web_out);
}

int WEB_EXPORT(web_decode_va)(const char *address, unsigned levels, unsigned width)
{
	struct cr2_style style = web_style(width);
	struct cr2_va va;
	uint64_t value;
	const char *reason;

	web_begin();
	if (cr2_parse_number(address, &value, &reason) < 0)
		return refuse(reason);
	cr2_va_decode(value, levels, &va);
	return cr2_view_va(&va, &style, &web_out);
}

/* kind: vm, fault or vmfault. */
int WEB_EXPORT(web_decode_flags)(const char *kind, const char *flags, const char *kernel, unsigned width)
{
	struct cr2_style style = web_style(width);
	const char *reason;
	uint64_t value;
	int k;
	bool vm = strcmp(kind, "vm") == 0;

	web_begin();
	if (read_kernel(kernel, &k) < 0)
		return -EINVAL;
	if (cr2_parse_number(flags, &value, &reason) < 0 && (!vm || cr2_vm_flags_parse(flags, k, &value) < 0))
		return refuse(reason);
	if (vm)
		return show_flags("vm_flags", CR2_FLAGS_VM, value, k, &style);
	if (strcmp(kind, "fault") == 0)
		return show_flags("fault flags", CR2_FLAGS_FAULT, value, k, &style);
	return show_flags("vm_fault_t", CR2_FLAGS_VM_FAULT, value, k, &style);
}

/* registers: "di=0x... si=...", which is cut at its blanks. */
int WEB_EXPORT(web_decode_registers)(const char *function, char *words, const char *kernel, unsigned width)
{
	struct cr2_style style = web_style(width);
	struct cr2_registers registers = {0};
	struct cr2_probe probe;
	const char *reason;
	char *rest = NULL;
	int k, r;

	web_begin();
	if (read_kernel(kernel, &k) < 0)
		return -EINVAL;
	for (char *word = strtok_r(words, " \t,\r\n", &rest); word; word = strtok_r(NULL, " \t,\r\n", &rest))
		if (cr2_registers_parse(&registers, word, &reason) < 0)
			return refuse(reason);
	r = cr2_probe_decode(function, &registers, k, &probe);
	if (r == -ENOENT)
		return refuse("no function of the fault path that cr2 knows");
	if (r == -EOPNOTSUPP)
		return refuse("this kernel has no function of that name");
	if (r < 0)
		return r;
	r = cr2_view_probe(&probe, &style, &web_out);
	cr2_probe_finish(&probe);
	return r;
}

/* ---- logs ---- */

static int on_report(void *data, const struct cr2_log_report *report)
{
	const struct cr2_style *style = data;
	int r = web_out.length ? cr2_text_append(&web_out, "\n") : 0;

	return r < 0 ? r : cr2_view_log(report, NULL, style, &web_out);
}

/* Returns how many reports the text has. */
int WEB_EXPORT(web_decode_log)(const char *text, unsigned width)
{
	struct cr2_style style = web_style(width);
	const struct cr2_log_config config = {.size = sizeof(config), .report = on_report, .data = &style,
					      .no_symbols = true};
	struct cr2_log_stats stats = {.size = sizeof(stats)};
	struct cr2_log *log;
	int r = cr2_log_create(&config, &log);

	web_begin();
	if (r < 0)
		return r;
	r = cr2_log_feed(log, text, strlen(text));
	if (r == 0)
		r = cr2_log_end(log);
	cr2_log_get_stats(log, &stats);
	cr2_log_destroy(log);
	return r < 0 ? r : (int)stats.reports;
}
