/* SPDX-License-Identifier: MIT */
/* What is named, who knows it, and how much address space it takes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

int lang_scope_init(struct scope *scope)
{
	uint32_t first;
	int r = lang_names_add(&scope->processes, "parent", 6, &first);

	scope->parts = NOT_FOUND;
	if (r == 0)
		r = cr2_grow(&scope->process, &scope->process_capacity, 1, sizeof(*scope->process));
	if (r == 0)
		scope->process[first] = (struct process_scope){
			.parent = NOT_FOUND, .maker = NOT_FOUND, .waits = NOT_FOUND, .heap = NOT_FOUND};
	return r;
}

void lang_scope_finish(struct scope *scope)
{
	lang_names_finish(&scope->processes);
	lang_names_finish(&scope->mappings);
	lang_names_finish(&scope->objects);
	lang_names_finish(&scope->doubtful);
	free(scope->process);
	free(scope->mapping);
	free(scope->object);
	free(scope->placed);
}

static bool is_name(const struct word *w)
{
	if (w->n == 0 || w->n > CR2_NAME_MAX || w->s[0] < 'a' || w->s[0] > 'z')
		return false;
	for (size_t i = 1; i < w->n; i++)
		if (!((w->s[i] >= 'a' && w->s[i] <= 'z') || (w->s[i] >= '0' && w->s[i] <= '9') ||
		      w->s[i] == '_'))
			return false;
	return true;
}

int lang_new_name(struct parser *p, const char *what, struct word *ret_word)
{
	struct word w;
	char q[QUOTE_SIZE];
	int r = lang_take(p, what, &w);

	if (r == 0 && !is_name(&w))
		return lang_hint(
			p, lang_wrong(p, &w, "'%s' is not a name", lang_quote(&w, q)),
			"a lower-case letter, then letters, digits and _; at most %d in all",
			CR2_NAME_MAX);
	if (r == 0)
		*ret_word = w;
	return r;
}

static int duplicate(struct parser *p, const struct word *w, const char *what, unsigned line)
{
	char q[QUOTE_SIZE];
	int r = lang_wrong(p, w, "there is already a %s '%s'", what, lang_quote(w, q));

	return line ? lang_hint(p, r, "it was made in line %u", line)
		    : lang_hint(p, r, "it is the first process");
}

/*
 * Where a child's jump leads: twice as far as its parent's where that one's jumps come in
 * equal lengths, else to the parent (a skew-binary counter).
 */
static uint32_t jump_from(const struct scope *scope, uint32_t parent)
{
	const struct process_scope *first = &scope->process[parent];
	const struct process_scope *second = &scope->process[first->jump];
	const struct process_scope *third = &scope->process[second->jump];

	return first->depth - second->depth == second->depth - third->depth ? second->jump : parent;
}

int lang_declare_process(struct parser *p, const struct word *w, uint32_t parent,
			 uint32_t *ret_index)
{
	struct scope *scope = &p->scope;
	uint32_t index = lang_names_find(&scope->processes, w->s, w->n);
	struct process_scope *from;
	int r;

	if (index != NOT_FOUND)
		return duplicate(p, w, "process", scope->process[index].line);
	parent = scope->process[parent].space;
	r = cr2_grow(&scope->process, &scope->process_capacity, scope->processes.count + 1,
		     sizeof(*scope->process));
	if (r == 0)
		r = lang_names_add(&scope->processes, w->s, w->n, &index);
	if (r < 0)
		return r;
	scope->process[index] = (struct process_scope){
		.parent = parent,
		.depth = scope->process[parent].depth + 1,
		.jump = jump_from(scope, parent),
		.line = p->line_number,
		.space = index,
		.leader = index,
		.maker = NOT_FOUND,
		.waits = NOT_FOUND,
		.heap = scope->process[parent].heap,
		.program_line = scope->process[parent].program_line,
	};
	/* Told of the fork, it has one for the child, too. */
	from = &scope->process[parent];
	if (from->uffd_features & CR2_UFFD_EVENTS) {
		scope->process[index].uffd_line = from->uffd_line;
		scope->process[index].uffd_features = from->uffd_features;
	}
	*ret_index = index;
	return 0;
}

int lang_declare_sharer(struct parser *p, const struct word *w, uint32_t maker, bool borrows, uint32_t *ret_index)
{
	int r = lang_declare_process(p, w, maker, ret_index);
	struct process_scope *process = p->scope.process, *made;

	if (r < 0)
		return r;
	made = &process[*ret_index];
	made->space = process[maker].space;
	if (borrows) {
		made->maker = maker;
		process[maker].waits = *ret_index;
	} else {
		made->leader = process[maker].leader;
		process[made->leader].threads++;
	}
	return 0;
}

/* It has no memory in common with anyone any more. */
static int leave_memory(struct parser *p, const struct word *w, uint32_t index)
{
	struct process_scope *process = p->scope.process, *left = &process[index];

	if (left->threads)
		return lang_hint(p, lang_wrong(p, w, "'%s' has threads that still run", p->scope.processes.items[index]),
				 "each exits before its process does");
	if (left->maker != NOT_FOUND)
		process[left->maker].waits = NOT_FOUND;
	left->maker = NOT_FOUND;
	return 0;
}

int lang_end_process(struct parser *p, const struct word *w, uint32_t index)
{
	struct process_scope *process = p->scope.process, *ended = &process[index];
	int r = leave_memory(p, w, index);

	if (r < 0)
		return r;
	if (ended->leader != index)
		process[ended->leader].threads--;
	ended->exited_line = p->line_number;
	return 0;
}

static int leave_program(struct parser *p, const struct word *w, uint32_t index)
{
	uint32_t leader = p->scope.process[index].leader;

	if (leader != index)
		return lang_hint(p, lang_wrong(p, w, "'%s' is a thread", p->scope.processes.items[index]),
				 "its process is '%s'", p->scope.processes.items[leader]);
	return leave_memory(p, w, index);
}

int lang_replace_program(struct parser *p, const struct word *w, uint32_t index)
{
	int r = leave_program(p, w, index);

	if (r == 0)
		p->scope.process[index].replaced_line = p->line_number;
	return r;
}

int lang_run_program(struct parser *p, const struct word *w, uint32_t index)
{
	struct process_scope *process = &p->scope.process[index];
	int r = leave_program(p, w, index);

	if (r < 0)
		return r;
	if (process->space != index)
		process->line = p->line_number; /* till here it shared what was mapped */
	process->space = index;
	process->program_line = p->line_number;
	process->heap = NOT_FOUND;
	process->uffd_line = process->uffd_features = 0;
	return 0;
}

int lang_acts(struct parser *p, const struct word *w, uint32_t index)
{
	const struct process_scope *process = &p->scope.process[index];

	if (!process->replaced_line)
		return 0;
	return lang_hint(p, lang_wrong(p, w, "'%s' runs another program, which has none of the scenario's memory",
				       p->scope.processes.items[index]),
			 "since line %u all that it can do is to exit", process->replaced_line);
}

int lang_awake(struct parser *p, const struct word *w, uint32_t index)
{
	const struct scope *scope = &p->scope;
	uint32_t child = scope->process[index].waits;

	if (child == NOT_FOUND)
		return 0;
	return lang_hint(p, lang_wrong(p, w, "'%s' waits until '%s' exits", scope->processes.items[index],
				       scope->processes.items[child]),
			 "that one was made by vfork in line %u", scope->process[child].line);
}

int lang_declare_mapping(struct parser *p, const struct word *w, uint32_t process,
			 uint32_t *ret_index)
{
	struct scope *scope = &p->scope;
	uint32_t index = lang_names_find(&scope->mappings, w->s, w->n);
	int r;

	if (index != NOT_FOUND)
		return duplicate(p, w, "mapping", scope->mapping[index].line);
	r = cr2_grow(&scope->mapping, &scope->mapping_capacity, scope->mappings.count + 1,
		     sizeof(*scope->mapping));
	if (r == 0)
		r = lang_names_add(&scope->mappings, w->s, w->n, &index);
	if (r < 0)
		return r;
	scope->mapping[index] = (struct mapping_scope){
		.process = scope->process[process].space,
		.line = p->line_number,
	};
	*ret_index = index;
	return 0;
}

static const char *const part_names[CR2_PARTS] = {
	[CR2_PART_TEXT] = "text", [CR2_PART_DATA] = "data", [CR2_PART_BSS] = "bss", [CR2_PART_STACK] = "stack",
};

int lang_declare_parts(struct parser *p, const struct word *w)
{
	const char *const *names = part_names;
	uint32_t first = (uint32_t)p->scope.mappings.count, index;
	int r = 0;

	if (p->scope.parts != NOT_FOUND)
		return 0;
	for (int i = 0; i < CR2_PARTS && r == 0; i++) {
		index = lang_names_find(&p->scope.mappings, names[i], strlen(names[i]));
		if (index != NOT_FOUND)
			return lang_hint(p, lang_wrong(p, w, "a part of it is named '%s', as a mapping is already", names[i]),
					 "it was made in line %u", p->scope.mapping[index].line);
		r = lang_declare_mapping(p, &(struct word){names[i], strlen(names[i]), w->column}, 0, &index);
	}
	if (r == 0)
		p->scope.parts = first;
	return r;
}

/* Words that stand where `map` looks for its object. */
static bool is_map_word(const struct word *w)
{
	for (size_t i = LANG_MAP_PRIVATE; i <= LANG_MAP_GIGANTIC; i++)
		if (lang_word_is(w, lang_vocabulary[i]))
			return true;
	return false;
}

int lang_declare_object(struct parser *p, const struct word *w, uint32_t *ret_index)
{
	struct scope *scope = &p->scope;
	uint32_t index = lang_names_find(&scope->objects, w->s, w->n);
	char q[QUOTE_SIZE];
	int r;

	if (is_map_word(w))
		return lang_hint(p,
				 lang_wrong(p, w, "a file cannot be named '%s'", lang_quote(w, q)),
				 "'map' knows this word in the place of a file");
	if (index != NOT_FOUND)
		return duplicate(p, w, "file", scope->object[index].line);
	r = cr2_grow(&scope->object, &scope->object_capacity, scope->objects.count + 1,
		     sizeof(*scope->object));
	if (r == 0)
		r = lang_names_add(&scope->objects, w->s, w->n, &index);
	if (r < 0)
		return r;
	scope->object[index] = (struct object_scope){.line = p->line_number};
	*ret_index = index;
	return 0;
}

/* A hint looks at no more names than this. */
#define NEAR_MAX 10000

const char *lang_near_name(const struct names *names, const struct word *w)
{
	char q[QUOTE_SIZE];

	return cr2_nearest(lang_quote(w, q), (const char *const *)names->items,
			   names->count < NEAR_MAX ? names->count : NEAR_MAX);
}

int lang_doubt(struct parser *p, const struct word *w)
{
	struct names *doubtful = &p->scope.doubtful;
	uint32_t index;

	if (!is_name(w) || lang_names_find(doubtful, w->s, w->n) != NOT_FOUND)
		return 0;
	return lang_names_add(doubtful, w->s, w->n, &index);
}

int lang_doubt_parts(struct parser *p)
{
	int r = 0;

	for (int i = 0; i < CR2_PARTS && r == 0; i++)
		r = lang_doubt(p, &(struct word){part_names[i], strlen(part_names[i]), 0});
	return r;
}

bool lang_is_doubtful(const struct parser *p, const struct word *w)
{
	return lang_names_find(&p->scope.doubtful, w->s, w->n) != NOT_FOUND;
}

static int unknown(struct parser *p, const struct word *w, const char *what,
		   const struct names *names)
{
	const char *near = lang_near_name(names, w);
	char q[QUOTE_SIZE];
	int r;

	if (lang_is_doubtful(p, w))
		return -EINVAL;
	r = lang_wrong(p, w, "unknown %s '%s'", what, lang_quote(w, q));
	return near ? lang_hint(p, r, "did you mean '%s'?", near) : r;
}

int lang_find_process(struct parser *p, const struct word *w, uint32_t *ret_index)
{
	struct scope *scope = &p->scope;
	uint32_t index = lang_names_find(&scope->processes, w->s, w->n);
	char q[QUOTE_SIZE];
	int r;

	if (index == NOT_FOUND) {
		r = unknown(p, w, "process", &scope->processes);
		if (lang_is_doubtful(p, w) || p->diag->hint)
			return r;
		return lang_hint(p, r, "'fork %s' makes it", lang_quote(w, q));
	}
	if (scope->process[index].exited_line)
		return lang_hint(p, lang_wrong(p, w, "process '%s' has ended", lang_quote(w, q)),
				 "it exits in line %u", scope->process[index].exited_line);
	*ret_index = index;
	return 0;
}

/* The ancestor of process that has depth ancestors itself; process where it has no more. */
static uint32_t ancestor(const struct scope *scope, uint32_t process, uint32_t depth)
{
	while (scope->process[process].depth > depth) {
		uint32_t jump = scope->process[process].jump;

		process = scope->process[jump].depth >= depth ? jump
							      : scope->process[process].parent;
	}
	return process;
}

/* Of whatever program a process runs. */
static bool is_part(const struct scope *scope, uint32_t mapping)
{
	return scope->parts != NOT_FOUND && mapping >= scope->parts && mapping < scope->parts + CR2_PARTS;
}

/* Made by the process itself, or by an ancestor before the fork that led to the process. */
static bool knows_mapping(const struct scope *scope, uint32_t mapping, uint32_t process)
{
	const struct mapping_scope *m = &scope->mapping[mapping];
	uint32_t branch = ancestor(scope, process, scope->process[m->process].depth + 1);

	if (is_part(scope, mapping))
		return scope->process[process].program_line;
	if (branch == m->process)
		return true;
	return scope->process[branch].parent == m->process && m->line < scope->process[branch].line;
}

static int unknown_mapping(struct parser *p, const struct word *w)
{
	char q[QUOTE_SIZE];
	int r = unknown(p, w, "mapping", &p->scope.mappings);

	if (lang_is_doubtful(p, w))
		return r;
	if (lang_names_find(&p->scope.objects, w->s, w->n) != NOT_FOUND)
		return lang_hint(p, r, "'%s' is a file; 'map' makes a mapping of it",
				 lang_quote(w, q));
	if (w->n && w->s[0] >= '0' && w->s[0] <= '9')
		return lang_hint(p, r, "an absolute address is written 0x...");
	return r;
}

int lang_find_mapping(struct parser *p, const struct word *w, uint32_t process, uint32_t *ret_index)
{
	struct scope *scope = &p->scope;
	uint32_t index = lang_names_find(&scope->mappings, w->s, w->n);
	char q[QUOTE_SIZE];

	if (index == NOT_FOUND)
		return unknown_mapping(p, w);
	if (is_part(scope, index) && !knows_mapping(scope, index, scope->process[process].space))
		return lang_is_doubtful(p, w) ? -EINVAL : lang_hint(p, lang_wrong(p, w, "process '%s' runs no program that has '%s'",
					       scope->processes.items[process], lang_quote(w, q)),
				 "'execve PROGRAM' makes it");
	if (!knows_mapping(scope, index, scope->process[process].space))
		return lang_hint(
			p,
			lang_wrong(p, w, "process '%s' has no mapping '%s'",
				   scope->processes.items[process], lang_quote(w, q)),
			"process '%s' made it in line %u; children forked later inherit it",
			scope->processes.items[scope->mapping[index].process],
			scope->mapping[index].line);
	*ret_index = index;
	return 0;
}

/* A file, or a segment: what the one is good for, the other is not. */
static int find_object(struct parser *p, const struct word *w, bool segment, uint32_t *ret_index)
{
	uint32_t index = lang_names_find(&p->scope.objects, w->s, w->n);
	char q[QUOTE_SIZE];

	if (index == NOT_FOUND)
		return unknown(p, w, segment ? "segment" : "file", &p->scope.objects);
	if (p->scope.object[index].program)
		return lang_hint(p, lang_wrong(p, w, "'%s' is a program", lang_quote(w, q)), "'execve' runs it, no more");
	if (p->scope.object[index].segment && !segment)
		return lang_hint(p, lang_wrong(p, w, "'%s' is a System V segment", lang_quote(w, q)),
				 "it has no descriptor: 'shmat' attaches it, no more");
	if (!p->scope.object[index].segment && segment)
		return lang_hint(p, lang_wrong(p, w, "'%s' is a file", lang_quote(w, q)),
				 "'map' maps it; 'shm' makes a segment");
	*ret_index = index;
	return 0;
}

int lang_find_object(struct parser *p, const struct word *w, uint32_t *ret_index)
{
	return find_object(p, w, false, ret_index);
}

int lang_find_program(struct parser *p, const struct word *w, uint32_t *ret_index)
{
	uint32_t index = lang_names_find(&p->scope.objects, w->s, w->n);
	char q[QUOTE_SIZE];

	if (index == NOT_FOUND) {
		int r = unknown(p, w, "program", &p->scope.objects);

		return lang_is_doubtful(p, w) || p->diag->hint ? r : lang_hint(p, r, "'program' makes one");
	}
	if (!p->scope.object[index].program)
		return lang_hint(p, lang_wrong(p, w, "'%s' is no program", lang_quote(w, q)), "'program' makes one");
	*ret_index = index;
	return 0;
}

int lang_find_segment(struct parser *p, const struct word *w, uint32_t *ret_index)
{
	return find_object(p, w, true, ret_index);
}

/* Counts as if every mapping that can move did, so that a run never comes to the end. */
int lang_reserve(struct parser *p, const struct word *w, uint64_t pages)
{
	uint64_t bytes = pages * CR2_PAGE_SIZE + CR2_LITMUS_GAP + CR2_HUGE_SIZE;

	if (p->scope.full)
		return -EINVAL;
	if (bytes > CR2_LITMUS_END - CR2_LITMUS_BASE - p->scope.used) {
		p->scope.full = true;
		return lang_hint(p,
				 lang_wrong(p, w,
					    "the scenario's mappings take too much "
					    "address space"),
				 "all together, with 1 GiB between them, at most %llu GiB",
				 (CR2_LITMUS_END - CR2_LITMUS_BASE) >> 30);
	}
	p->scope.used += bytes;
	return 0;
}

int lang_place_once(struct parser *p, const struct word *w, uint64_t start, uint64_t end)
{
	struct scope *scope = &p->scope;
	int r = cr2_grow(&scope->placed, &scope->placed_capacity, scope->n_placed + 1, sizeof(*scope->placed));

	for (size_t i = 0; r == 0 && i < scope->n_placed; i++)
		if (start < scope->placed[i].end && end > scope->placed[i].start)
			return lang_hint(p, lang_wrong(p, w, "another mapping is placed there"), "that of line %u: at M@K covers it",
					 scope->placed[i].line);
	if (r == 0)
		scope->placed[scope->n_placed++] = (struct placed){start, end, p->line_number};
	return r;
}

int lang_reserve_at(struct parser *p, const struct word *w, uint32_t mapping,
		    const struct cr2_ref *at, uint64_t pages)
{
	int64_t lowest = p->scope.mapping[at->mapping].lowest + at->first;

	if (lowest < -CR2_LITMUS_REACH)
		return lang_hint(p, lang_wrong(p, w, "the mapping lies too far below the others"),
				 "at most %lld pages", CR2_LITMUS_REACH);
	if (lowest < p->scope.mapping[mapping].lowest)
		p->scope.mapping[mapping].lowest = lowest;
	return lang_reserve(p, w, pages + (uint64_t)(at->first > 0 ? at->first : 0));
}
