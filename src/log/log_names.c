/* SPDX-License-Identifier: MIT */
/* The vocabularies of crash reports. */
#include <cr2/base.h>
#include <cr2/log.h>

const char *cr2_log_kind_name(enum cr2_log_kind kind)
{
	static const char *const names[] = {
		[CR2_LOG_SEGFAULT] = "segfault",
		[CR2_LOG_TRAP] = "trap",
		[CR2_LOG_OOPS] = "oops",
		[CR2_LOG_TRACE] = "trace",
	};

	return (size_t)kind < CR2_ARRAY_SIZE(names) ? names[kind] : NULL;
}

static const struct {
	const char *name, *label;
} causes[] = {
#define X(id, name, label, trap) [CR2_LOG_CAUSE_##id] = {name, label},
#include <cr2/tables/log_cause.def>
#undef X
};

const char *cr2_log_cause_name(enum cr2_log_cause cause)
{
	return (size_t)cause < CR2_ARRAY_SIZE(causes) ? causes[cause].name : NULL;
}

const char *cr2_log_cause_label(enum cr2_log_cause cause)
{
	return (size_t)cause < CR2_ARRAY_SIZE(causes) ? causes[cause].label : NULL;
}

static const struct {
	const char *name, *label;
} reporters[] = {
#define X(id, name, label) [CR2_LOG_REPORTER_##id] = {name, label},
#include <cr2/tables/log_reporter.def>
#undef X
};

const char *cr2_log_reporter_name(enum cr2_log_reporter reporter)
{
	return (size_t)reporter < CR2_ARRAY_SIZE(reporters) ? reporters[reporter].name : NULL;
}

const char *cr2_log_reporter_label(enum cr2_log_reporter reporter)
{
	return (size_t)reporter < CR2_ARRAY_SIZE(reporters) ? reporters[reporter].label : NULL;
}

const char *cr2_log_signal_code_name(uint64_t signal, int64_t code)
{
	static const struct {
		uint64_t signal;
		int64_t code;
		const char *name;
	} codes[] = {
#define X(signal, code, name) {signal, code, name},
#include <cr2/tables/signal_code.def>
#undef X
	};

	if (code == 0x80)
		return "SI_KERNEL";
	for (size_t i = 0; i < CR2_ARRAY_SIZE(codes); i++)
		if (codes[i].signal == signal && codes[i].code == code)
			return codes[i].name;
	return NULL;
}

static const struct {
	const char *name, *sentence;
} patterns[] = {
#define X(id, name, sentence) [CR2_LOG_PATTERN_##id] = {name, sentence},
#include <cr2/tables/log_pattern.def>
#undef X
};

const char *cr2_log_pattern_name(enum cr2_log_pattern pattern)
{
	return (size_t)pattern < CR2_ARRAY_SIZE(patterns) ? patterns[pattern].name : NULL;
}

const char *cr2_log_pattern_sentence(enum cr2_log_pattern pattern)
{
	return (size_t)pattern < CR2_ARRAY_SIZE(patterns) ? patterns[pattern].sentence : NULL;
}

const char *cr2_log_certainty_name(enum cr2_log_certainty certainty)
{
	static const char *const names[] = {
		[CR2_LOG_CERTAIN] = "certain",
		[CR2_LOG_LIKELY] = "likely",
		[CR2_LOG_POSSIBLE] = "possible",
	};

	return (size_t)certainty < CR2_ARRAY_SIZE(names) ? names[certainty] : NULL;
}

static const struct {
	const char *name, *sentence;
} findings[] = {
#define X(id, name, sentence) [CR2_LOG_FINDING_##id] = {name, sentence},
#include <cr2/tables/log_finding.def>
#undef X
};

const char *cr2_log_finding_name(enum cr2_log_finding_kind kind)
{
	return (size_t)kind < CR2_ARRAY_SIZE(findings) ? findings[kind].name : NULL;
}

const char *cr2_log_finding_sentence(enum cr2_log_finding_kind kind)
{
	return (size_t)kind < CR2_ARRAY_SIZE(findings) ? findings[kind].sentence : NULL;
}

const char *cr2_kasan_shadow_meaning(uint8_t shadow)
{
	static const char *const meanings[256] = {
#define X(value, meaning) [value] = meaning,
#include <cr2/tables/kasan_shadow.def>
#undef X
	};

	return meanings[shadow];
}

static const struct cr2_poison *find_poison(const struct cr2_poison *poisons, size_t n, uint64_t address)
{
	for (size_t i = 0; i < n; i++)
		if (poisons[i].value && address - poisons[i].value < poisons[i].reach)
			return &poisons[i];
	return NULL;
}

const struct cr2_poison *cr2_poison_find(uint64_t address)
{
	static const struct cr2_poison poisons[] = {
#define X(value, narrow, reach, name, meaning) {value, reach, name, meaning},
#include <cr2/tables/poison.def>
#undef X
	};

	return find_poison(poisons, CR2_ARRAY_SIZE(poisons), address);
}

const struct cr2_poison *cr2_poison_find_narrow(uint32_t address)
{
	static const struct cr2_poison poisons[] = {
#define X(value, narrow, reach, name, meaning) {narrow, reach, name, meaning},
#include <cr2/tables/poison.def>
#undef X
	};

	return find_poison(poisons, CR2_ARRAY_SIZE(poisons), address);
}
