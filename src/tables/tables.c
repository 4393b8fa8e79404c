/* SPDX-License-Identifier: MIT */
/* Names and numbers of the vocabularies: one array a table, indexed by its enumeration. */
#include <limits.h>
#include <string.h>

#include <cr2/tables.h>

#include "base/linux_errno.h"

#define ROW(table, i, member) ((size_t)(i) < sizeof(table) / sizeof((table)[0]) ? (table)[i].member : 0)

/* The row called name, or -EINVAL; every table row begins with its name. */
static int row_parse(const void *table, size_t rows, size_t size, const char *name)
{
	for (size_t i = 0; i < rows; i++) {
		const char *const *row = (const void *)((const char *)table + i * size);

		if (strcmp(*row, name) == 0)
			return (int)i;
	}
	return -EINVAL;
}
#define PARSE(table, name) \
	row_parse(table, sizeof(table) / sizeof((table)[0]), sizeof((table)[0]), name)

static const struct {
	const char *name, *function, *sentence;
} paths[] = {
#define X(id, name, function, sentence) [CR2_PATH_##id] = {name, function, sentence},
#include <cr2/tables/path.def>
#undef X
};

const char *cr2_path_name(enum cr2_path path)
{
	return ROW(paths, path, name);
}

const char *cr2_path_function(enum cr2_path path)
{
	return ROW(paths, path, function);
}

const char *cr2_path_sentence(enum cr2_path path)
{
	return ROW(paths, path, sentence);
}

int cr2_path_parse(const char *name)
{
	return PARSE(paths, name);
}

static const struct {
	const char *name;
	int sys, signo, code;
} results[] = {
#define X(id, name, sys, signo, code) [CR2_RESULT_##id] = {name, sys, signo, code},
#include <cr2/tables/result.def>
#undef X
};

const char *cr2_result_name(enum cr2_result result)
{
	return ROW(results, result, name);
}

int cr2_result_parse(const char *name)
{
	return PARSE(results, name);
}

enum cr2_result cr2_result_from_errno(int err)
{
	if (err == 0)
		return CR2_RESULT_OK;
	for (int i = 0; i < CR2_RESULT_COUNT; i++)
		if (results[i].sys == err)
			return (enum cr2_result)i;
	return CR2_RESULT_UNKNOWN;
}

int cr2_result_errno(enum cr2_result result)
{
	return ROW(results, result, sys);
}

enum cr2_result cr2_result_from_signal(int signo, int code)
{
	for (int i = 0; i < CR2_RESULT_COUNT; i++)
		if (results[i].signo && results[i].signo == signo && results[i].code == code)
			return (enum cr2_result)i;
	return CR2_RESULT_UNKNOWN;
}

int cr2_result_signal(enum cr2_result result, int *ret_code)
{
	*ret_code = ROW(results, result, code);
	return ROW(results, result, signo);
}

static const struct {
	const char *name, *sentence;
	int what;
} ops[] = {
#define ACCESS 1
#define COUNTS 2
#define X(id, name, what, sentence) [CR2_OP_##id] = {name, sentence, what},
#include <cr2/tables/op.def>
#undef X
};

const char *cr2_op_name(enum cr2_op_kind kind)
{
	return ROW(ops, kind, name);
}

const char *cr2_op_sentence(enum cr2_op_kind kind)
{
	return ROW(ops, kind, sentence);
}

int cr2_op_is_access(enum cr2_op_kind kind)
{
	return !!(ROW(ops, kind, what) & ACCESS);
}

int cr2_op_counts(enum cr2_op_kind kind)
{
	return !!(ROW(ops, kind, what) & COUNTS);
}

int cr2_op_is_userfault(enum cr2_op_kind kind)
{
	return kind >= CR2_OP_UFFD && kind <= CR2_OP_UFFD_MOVE;
}

int cr2_op_is_remote(enum cr2_op_kind kind)
{
	return kind == CR2_OP_PEEK || kind == CR2_OP_POKE || kind == CR2_OP_VMREAD || kind == CR2_OP_VMWRITE;
}

int cr2_op_makes_object(enum cr2_op_kind kind)
{
	return kind >= CR2_OP_FILE && kind <= CR2_OP_PROGRAM;
}

int cr2_op_makes_process(enum cr2_op_kind kind)
{
	return kind == CR2_OP_FORK || kind == CR2_OP_THREAD || kind == CR2_OP_VFORK;
}

int cr2_op_names_file(enum cr2_op_kind kind)
{
	return kind >= CR2_OP_EVICT && kind <= CR2_OP_SEAL;
}

int cr2_op_gives_value(enum cr2_op_kind kind)
{
	return kind == CR2_OP_READ || kind == CR2_OP_READ8 || kind == CR2_OP_CMPXCHG || kind == CR2_OP_PEEK ||
	       kind == CR2_OP_VMREAD || kind == CR2_OP_FREAD || kind == CR2_OP_SCAN || kind == CR2_OP_MINCORE;
}

int cr2_op_maps(enum cr2_op_kind kind)
{
	return kind == CR2_OP_MAP || kind == CR2_OP_SHMAT || kind == CR2_OP_BRK;
}

int cr2_op_parse(const char *name)
{
	return PARSE(ops, name);
}

static const struct {
	const char *name;
	int sys;
} advices[] = {
#define X(id, name, sys) [CR2_ADVICE_##id] = {name, sys},
#include <cr2/tables/advice.def>
#undef X
};

const char *cr2_advice_name(enum cr2_advice advice)
{
	return ROW(advices, advice, name);
}

int cr2_advice_sys(enum cr2_advice advice)
{
	return ROW(advices, advice, sys);
}

int cr2_advice_parse(const char *name)
{
	return PARSE(advices, name);
}

static const struct {
	const char *name;
	int version;
} profiles[] = {
#define X(id, name, major, minor) [CR2_PROFILE_##id] = {name, (major) * 1000 + (minor)},
#include <cr2/tables/profile.def>
#undef X
};

/* By number, which has gaps. */
const char *cr2_errno_name(unsigned number)
{
	static const char *const names[] = {
#define X(number, name) [number] = (name),
#include <cr2/tables/errno.def>
#undef X
	};

	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

const char *cr2_profile_name(enum cr2_profile profile)
{
	return ROW(profiles, profile, name);
}

int cr2_profile_version(enum cr2_profile profile)
{
	return profile == CR2_PROFILE_COURSE ? INT_MAX : ROW(profiles, profile, version);
}

int cr2_profile_parse(const char *name)
{
	return PARSE(profiles, name);
}

static const struct {
	const char *name;
} evidences[] = {
#define X(id, name, sentence) [CR2_EVIDENCE_##id] = {name},
#include <cr2/tables/evidence.def>
#undef X
};

const char *cr2_evidence_name(enum cr2_evidence evidence)
{
	return ROW(evidences, evidence, name);
}

int cr2_evidence_parse(const char *name)
{
	return PARSE(evidences, name);
}

static const struct {
	const char *name, *meaning;
} keys[] = {
#define X(id, name, meaning) [CR2_KEY_##id] = {name, meaning},
#include <cr2/tables/key.def>
#undef X
};

const char *cr2_key_name(enum cr2_key key)
{
	return ROW(keys, key, name);
}

const char *cr2_key_meaning(enum cr2_key key)
{
	return ROW(keys, key, meaning);
}

int cr2_key_parse(const char *name)
{
	return PARSE(keys, name);
}

static const struct {
	const char *name, *token, *sentence;
} pages[] = {
#define X(id, name, token, sentence) [CR2_PAGE_##id] = {name, token, sentence},
#include <cr2/tables/page.def>
#undef X
};

const char *cr2_page_token(enum cr2_page_kind kind)
{
	return ROW(pages, kind, token);
}

const char *cr2_page_kind_name(enum cr2_page_kind kind)
{
	return ROW(pages, kind, name);
}

const char *cr2_page_kind_sentence(enum cr2_page_kind kind)
{
	return ROW(pages, kind, sentence);
}

static const struct {
	const char *name;
} trace_accesses[] = {
#define X(id, name) [CR2_TRACE_ACCESS_##id] = {name},
#include <cr2/tables/trace_access.def>
#undef X
};

const char *cr2_trace_access_name(enum cr2_trace_access access)
{
	return ROW(trace_accesses, access, name);
}

static const struct {
	const char *name, *sentence;
} trace_mappings[] = {
#define X(id, name, sentence) [CR2_TRACE_MAPPING_##id] = {name, sentence},
#include <cr2/tables/trace_mapping.def>
#undef X
};

const char *cr2_trace_mapping_name(enum cr2_trace_mapping mapping)
{
	return ROW(trace_mappings, mapping, name);
}

static const char *const call_kinds[] = {
#define X(id, name, sentence) [CR2_CALL_##id] = name,
#include <cr2/tables/call_kind.def>
#undef X
};

const char *cr2_call_kind_name(enum cr2_call_kind kind)
{
	return (size_t)kind < CR2_ARRAY_SIZE(call_kinds) ? call_kinds[kind] : NULL;
}

const char *cr2_call_name(uint64_t number)
{
	switch (number) {
#define X(id, n, name, sentence) \
	case n:                  \
		return name;
#include <cr2/tables/call.def>
#undef X
	default:
		return NULL;
	}
}

const char *cr2_trace_mapping_sentence(enum cr2_trace_mapping mapping)
{
	return ROW(trace_mappings, mapping, sentence);
}

static const struct {
	const char *name, *sentence;
} trace_pages[] = {
#define X(id, name, sentence) [CR2_TRACE_PAGE_##id] = {name, sentence},
#include <cr2/tables/trace_page.def>
#undef X
};

const char *cr2_trace_page_name(enum cr2_trace_page_kind kind)
{
	return ROW(trace_pages, kind, name);
}

static const struct {
	const char *name;
} coverage_mappings[] = {
#define X(id, name) [CR2_COVERAGE_MAPPING_##id] = {name},
#include <cr2/tables/coverage_mapping.def>
#undef X
};

const char *cr2_coverage_mapping_name(enum cr2_coverage_mapping mapping)
{
	return ROW(coverage_mappings, mapping, name);
}

static const struct {
	const char *name, *sentence;
} coverage_pages[] = {
#define X(id, name, sentence) [CR2_COVERAGE_PAGE_##id] = {name, sentence},
#include <cr2/tables/coverage_page.def>
#undef X
};

const char *cr2_coverage_page_name(enum cr2_coverage_page page)
{
	return ROW(coverage_pages, page, name);
}

const char *cr2_coverage_page_sentence(enum cr2_coverage_page page)
{
	return ROW(coverage_pages, page, sentence);
}

static const struct {
	const char *name;
} fields[] = {
#define X(id, name) [CR2_FIELD_##id] = {name},
#include <cr2/tables/field.def>
#undef X
};

const char *cr2_field_name(enum cr2_field field)
{
	return ROW(fields, field, name);
}

static const struct {
	const char *name, *sentence;
} widenings[] = {
#define X(id, name, sentence) [CR2_WIDENING_##id] = {name, sentence},
#include <cr2/tables/widening.def>
#undef X
};

const char *cr2_widening_name(enum cr2_widening widening)
{
	return ROW(widenings, widening, name);
}

const char *cr2_widening_sentence(enum cr2_widening widening)
{
	return ROW(widenings, widening, sentence);
}

static const struct {
	const char *letter, *sentence;
} marks[] = {
#define X(id, letter, sentence) [CR2_MARK_##id] = {letter, sentence},
#include <cr2/tables/mark.def>
#undef X
};

const char *cr2_mark_letter(enum cr2_mark mark)
{
	return ROW(marks, mark, letter);
}

const char *cr2_mark_sentence(enum cr2_mark mark)
{
	return ROW(marks, mark, sentence);
}

/* Steps, each followed by a comma. */
#define STEP(child, op, detail) {child, CR2_OP_##op, detail},
#define P(op) STEP(0, op, 0)
#define C(op) STEP(1, op, 0)
#define P_ADVISE(advice) STEP(0, ADVISE, CR2_ADVICE_##advice)
#define C_ADVISE(advice) STEP(1, ADVISE, CR2_ADVICE_##advice)
#define P_PROTECT(rights) STEP(0, PROTECT, PROTECT_##rights)
#define PROTECT_r 1 /* the rights as CR2_PROT_ has them */
#define PROTECT_rw 3
#define STEPS(list) \
	sizeof((const struct cr2_pattern_step[]){list}) / sizeof(struct cr2_pattern_step), {list}

static const struct cr2_pattern_row patterns[] = {
#define X(id, name, weight, stale, steps, sentence) \
	[CR2_PATTERN_##id] = {name, sentence, weight, stale, steps},
#include <cr2/tables/pattern.def>
#undef X
};
#undef P
#undef C

const struct cr2_pattern_row *cr2_pattern_get(enum cr2_pattern pattern)
{
	return (size_t)pattern < CR2_PATTERN_COUNT ? &patterns[pattern] : NULL;
}

static const struct {
	const char *name, *lesson, *scenario, *next;
} forces[] = {
#define X(id, name, lesson, scenario, next) \
	[CR2_FORCE_##id] = {name, lesson, "# " lesson "\n" scenario, next},
#include <cr2/tables/force.def>
#undef X
};

const char *cr2_force_name(enum cr2_force force)
{
	return ROW(forces, force, name);
}

const char *cr2_force_lesson(enum cr2_force force)
{
	return ROW(forces, force, lesson);
}

const char *cr2_force_scenario(enum cr2_force force)
{
	return ROW(forces, force, scenario);
}

const char *cr2_force_next(enum cr2_force force)
{
	return ROW(forces, force, next);
}

int cr2_force_parse(const char *name)
{
	return PARSE(forces, name);
}

static const struct {
	const char *name, *wide;
} registers[] = {
#define X(id, name, wide) [CR2_REGISTER_##id] = {name, wide},
#include <cr2/tables/register.def>
#undef X
};

const char *cr2_register_name(int reg)
{
	return ROW(registers, reg, name);
}

const char *cr2_register_wide_name(int reg)
{
	return ROW(registers, reg, wide);
}

static const struct {
	const char *name, *scenario, *sentence, *cause;
} traits[] = {
#define X(id, name, scenario, sentence, cause) \
	[CR2_TRAIT_##id] = {name, scenario, sentence, cause},
#include <cr2/tables/trait.def>
#undef X
};

const char *cr2_trait_name(enum cr2_trait trait)
{
	return ROW(traits, trait, name);
}

const char *cr2_trait_scenario(enum cr2_trait trait)
{
	return ROW(traits, trait, scenario);
}

const char *cr2_trait_sentence(enum cr2_trait trait)
{
	return ROW(traits, trait, sentence);
}

const char *cr2_trait_cause(enum cr2_trait trait)
{
	return ROW(traits, trait, cause);
}

int cr2_trait_parse(const char *name)
{
	return PARSE(traits, name);
}
