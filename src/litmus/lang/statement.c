/* SPDX-License-Identifier: MIT */
/* One statement: a setting, or [PROCESS:] OPERATION ARGUMENT... Tables tell who reads which. */
#include <errno.h>
#include <string.h>

#include "parser.h"

/* Settings */

static int take_choice(struct parser *p, const char *what, const char *const *choices, size_t n,
		       size_t *ret_choice)
{
	struct word w;
	char q[QUOTE_SIZE];
	int r = take(p, what, &w);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (word_is(&w, choices[i])) {
			*ret_choice = i;
			return 0;
		}
	}
	return hint_words(p, wrong(p, &w, "'%s' is not %s", quote(&w, q), what), &w, choices, n);
}

static int set_thp(struct parser *p, struct cr2_settings *settings)
{
	static const char *const choices[] = {
		[CR2_THP_NEVER] = "never",
		[CR2_THP_MADVISE] = "madvise",
		[CR2_THP_ALWAYS] = "always",
	};
	size_t choice;
	int r = take_choice(p, "a mode of huge pages", choices, CR2_ARRAY_SIZE(choices), &choice);

	if (r == 0)
		settings->thp = (enum cr2_thp)choice;
	return r;
}

/* What Linux's fault_around_bytes takes: one page table's worth. */
#define AROUND_MAX 512

static int set_fault_around(struct parser *p, struct cr2_settings *settings)
{
	struct word w;
	char q[QUOTE_SIZE];
	uint64_t pages;
	int r = take(p, "a number of pages", &w);

	if (r == 0)
		r = parse_number(p, &w, "a number of pages", false, 1, AROUND_MAX, &pages);
	if (r == 0 && (pages & (pages - 1)))
		return hint(p, wrong(p, &w, "%s is not a power of two", quote(&w, q)),
			    "1, 2, 4, 8, 16, ...");
	if (r == 0) {
		settings->fault_around = (uint32_t)pages;
		settings->fault_around_set = true;
	}
	return r;
}

static int set_swap(struct parser *p, struct cr2_settings *settings)
{
	static const char *const choices[] = {"off", "on"};
	size_t choice;
	int r = take_choice(p, "on or off", choices, CR2_ARRAY_SIZE(choices), &choice);

	if (r == 0)
		settings->swap = choice;
	return r;
}

static int set_kernel(struct parser *p, struct cr2_settings *settings)
{
	struct word w, major, minor;
	uint64_t version[2];
	char q[QUOTE_SIZE];
	size_t dot;
	int r = take(p, "a kernel version such as 6.12", &w);

	if (r < 0)
		return r;
	dot = word_find(&w, 0, '.');
	if (dot == w.n)
		return hint(p, wrong(p, &w, "'%s' is not a kernel version", quote(&w, q)),
			    "MAJOR.MINOR, such as 6.12");
	major = word_part(&w, 0, dot);
	minor = word_part(&w, dot + 1, w.n);
	r = parse_number(p, &major, "a kernel version", false, 0, 999, &version[0]);
	if (r == 0)
		r = parse_number(p, &minor, "a kernel version", false, 0, 999, &version[1]);
	if (r == 0)
		settings->kernel = (int)(version[0] * 1000 + version[1]);
	else if (r == -EINVAL)
		hint(p, r, "MAJOR.MINOR, such as 6.12");
	return r;
}

static const struct {
	const char *name;
	int (*parse)(struct parser *p, struct cr2_settings *settings);
} settings_table[] = {
	{"thp", set_thp},
	{"fault_around", set_fault_around},
	{"swap", set_swap},
	{"kernel", set_kernel},
};

/* The row of settings_table, or its size. */
static size_t find_setting(const struct word *w)
{
	size_t i = 0;

	while (i < CR2_ARRAY_SIZE(settings_table) && !word_is(w, settings_table[i].name))
		i++;
	return i;
}

static int end_of_line(struct parser *p)
{
	char q[QUOTE_SIZE];

	if (p->next == p->n_words)
		return 0;
	return hint(p, wrong(p, &p->words[p->next], "'%s' is too much",
			     quote(&p->words[p->next], q)),
		    "the statement is complete before it");
}

static int parse_setting(struct parser *p, size_t i)
{
	const struct word *w = &p->words[0];
	int r;

	p->next = 1;
	if (p->litmus->n_statements)
		return hint(p, wrong(p, w, "'%s' comes too late", settings_table[i].name),
			    "settings stand before the first operation (line %u)",
			    p->litmus->statements[0].line);
	if (p->settings_seen & 1u << i)
		return wrong(p, w, "'%s' is set twice", settings_table[i].name);
	p->settings_seen |= 1u << i;
	r = settings_table[i].parse(p, &p->litmus->settings);
	return r == 0 ? end_of_line(p) : r;
}

/* Operations */

static int take_pages(struct parser *p, uint64_t min, uint64_t *ret_pages)
{
	static const char what[] = "a size in pages";
	struct word w;
	int r = take(p, what, &w);

	return r == 0 ? parse_number(p, &w, what, false, min, CR2_LITMUS_PAGES_MAX, ret_pages) : r;
}

static int take_object(struct parser *p, uint32_t *ret_object)
{
	struct word w;
	int r = take(p, "a file", &w);

	return r == 0 ? find_object(p, &w, ret_object) : r;
}

static int parse_shmem(struct parser *p, struct cr2_statement *s)
{
	struct word name;
	int r = take_new_name(p, "a name for the file", &name);

	if (r == 0)
		r = take_pages(p, 0, &s->pages);
	if (r == 0)
		r = declare_object(p, &name, &s->name);
	s->object = s->name;
	return r;
}

static int parse_file(struct parser *p, struct cr2_statement *s)
{
	static const char *const choices[] = {"cold"};
	size_t choice;
	int r = parse_shmem(p, s);

	if (r == 0 && more(p)) {
		r = take_choice(p, "a property of a file", choices, 1, &choice);
		s->cold = r == 0;
	}
	return r;
}

static int take_prot(struct parser *p, uint8_t *ret_prot)
{
	static const char letters[] = "rwx";
	struct word w;
	char q[QUOTE_SIZE];
	uint8_t prot = 0;
	int r = take(p, "a protection", &w);

	if (r < 0)
		return r;
	for (size_t i = 0; i < w.n && !word_is(&w, "none"); i++) {
		const char *letter = memchr(letters, w.s[i], 3);
		uint8_t bit = letter ? (uint8_t)(1 << (letter - letters)) : 0;

		if (!bit || prot & bit)
			return hint(p, wrong(p, &w, "'%s' is not a protection", quote(&w, q)),
				    "'none', or of the letters r, w and x each at most once");
		prot |= bit;
	}
	*ret_prot = prot;
	return 0;
}

/* `map` takes its words behind the protection in any order, each kind once. */
enum {
	MAP_GIVEN_SHARING = 1,
	MAP_GIVEN_OBJECT = 2,
	MAP_GIVEN_AT = 4,
};

static const struct {
	const char *name;
	unsigned given;
	uint32_t flags;
} map_words[] = {
	{"private", MAP_GIVEN_SHARING, CR2_MAP_PRIVATE},
	{"shared", MAP_GIVEN_SHARING, CR2_MAP_SHARED},
	{"anon", MAP_GIVEN_OBJECT, CR2_MAP_ANONYMOUS},
	{"at", MAP_GIVEN_AT, CR2_MAP_FIXED},
	{"populate", 0, CR2_MAP_POPULATE},
	{"locked", 0, CR2_MAP_LOCKED},
	{"noreserve", 0, CR2_MAP_NORESERVE},
	{"growsdown", 0, CR2_MAP_GROWSDOWN},
};

static int unknown_map_word(struct parser *p, const struct word *w)
{
	const char *words[CR2_ARRAY_SIZE(map_words)];
	char q[QUOTE_SIZE];
	const char *near;
	int r;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(map_words); i++)
		words[i] = map_words[i].name;
	r = wrong(p, w, "'%s' is neither a file nor an option of map", quote(w, q));
	near = cr2_nearest(q, (const char *const *)p->scope.objects.items, p->scope.objects.count);
	if (near)
		return hint(p, r, "did you mean the file '%s'?", near);
	return hint_words(p, r, w, words, CR2_ARRAY_SIZE(words));
}

/* F or F@K */
static int parse_map_object(struct parser *p, const struct word *w, struct cr2_statement *s)
{
	size_t at = word_find(w, 0, '@');
	struct word name = word_part(w, 0, at), page = word_part(w, at < w->n ? at + 1 : at, w->n);

	s->object = names_find(&p->scope.objects, name.s, name.n);
	if (s->object == NOT_FOUND)
		return unknown_map_word(p, &name);
	if (at == w->n)
		return 0;
	return parse_number(p, &page, "a page number in a file", false, 0, CR2_LITMUS_REACH,
			    &s->object_page);
}

static int parse_map_word(struct parser *p, struct cr2_statement *s, unsigned *given)
{
	const struct word *w = &p->words[p->next++];
	unsigned gives = MAP_GIVEN_OBJECT;
	char q[QUOTE_SIZE];
	size_t i = 0;

	while (i < CR2_ARRAY_SIZE(map_words) && !word_is(w, map_words[i].name))
		i++;
	if (i < CR2_ARRAY_SIZE(map_words)) {
		gives = map_words[i].given;
		if ((*given & gives) || s->map_flags & map_words[i].flags)
			return wrong(p, w, "'%s' is too much: that has been said", quote(w, q));
		s->map_flags |= map_words[i].flags;
	} else if (*given & gives) {
		return wrong(p, w, "'%s' is too much: a mapping has one file", quote(w, q));
	}
	*given |= gives;
	s->at |= gives == MAP_GIVEN_AT;
	if (gives == MAP_GIVEN_AT)
		return take_place(p, PLACE_PAGE, s->process, &s->ref);
	return i < CR2_ARRAY_SIZE(map_words) ? 0 : parse_map_object(p, w, s);
}

static int parse_map(struct parser *p, struct cr2_statement *s)
{
	struct word name;
	unsigned given = 0;
	int r = take_new_name(p, "a name for the mapping", &name);

	if (r == 0)
		r = take_pages(p, 1, &s->pages);
	if (r == 0)
		r = take_prot(p, &s->prot);
	while (r == 0 && more(p))
		r = parse_map_word(p, s, &given);
	if (r < 0)
		return r;
	if (!(given & MAP_GIVEN_SHARING))
		s->map_flags |= CR2_MAP_PRIVATE;
	if (!(given & MAP_GIVEN_OBJECT))
		s->map_flags |= CR2_MAP_ANONYMOUS;
	r = declare_mapping(p, &name, s->process, &s->name);
	if (r == 0)
		r = s->at ? reserve_at(p, &name, s->name, &s->ref, s->pages)
			  : reserve(p, &name, s->pages);
	return r;
}

static int parse_range(struct parser *p, struct cr2_statement *s)
{
	return take_place(p, PLACE_WHOLE | PLACE_RANGE, s->process, &s->ref);
}

static int parse_protect(struct parser *p, struct cr2_statement *s)
{
	int r = parse_range(p, s);

	return r == 0 ? take_prot(p, &s->prot) : r;
}

static int parse_advise(struct parser *p, struct cr2_statement *s)
{
	const char *names[CR2_ADVICE_COUNT];
	size_t choice;
	int r = parse_range(p, s);

	for (int i = 0; i < CR2_ADVICE_COUNT; i++)
		names[i] = cr2_advice_name((enum cr2_advice)i);
	if (r == 0)
		r = take_choice(p, "an advice", names, CR2_ADVICE_COUNT, &choice);
	if (r == 0)
		s->advice = (enum cr2_advice)choice;
	return r;
}

static int parse_remap(struct parser *p, struct cr2_statement *s)
{
	int r = take_place(p, 0, s->process, &s->ref);

	if (r == 0)
		r = take_pages(p, 1, &s->pages);
	s->ref.whole = true;
	s->name = s->ref.mapping;
	return r == 0 ? reserve(p, &p->words[p->next - 1], s->pages) : r;
}

static int parse_evict(struct parser *p, struct cr2_statement *s)
{
	return take_object(p, &s->object);
}

static int parse_truncate(struct parser *p, struct cr2_statement *s)
{
	int r = take_object(p, &s->object);

	return r == 0 ? take_pages(p, 0, &s->pages) : r;
}

static int parse_fork(struct parser *p, struct cr2_statement *s)
{
	struct word name;
	int r = take_new_name(p, "a name for the child", &name);

	return r == 0 ? declare_process(p, &name, s->process, &s->name) : r;
}

static int parse_exit(struct parser *p, struct cr2_statement *s)
{
	p->scope.process[s->process].exited_line = p->line_number;
	return 0;
}

static int parse_access(struct parser *p, struct cr2_statement *s)
{
	return take_place(p, PLACE_RANGE | PLACE_BYTE | PLACE_ABSOLUTE, s->process, &s->ref);
}

static int parse_store(struct parser *p, struct cr2_statement *s)
{
	uint64_t value = 1;
	int r = parse_access(p, s);

	if (r == 0 && more(p))
		r = parse_number(p, &p->words[p->next++], "a byte value", true, 0, 255, &value);
	s->value = (uint8_t)value;
	return r;
}

static int (*const parse_arguments[CR2_OP_COUNT])(struct parser *p, struct cr2_statement *s) = {
	[CR2_OP_FILE] = parse_file,
	[CR2_OP_SHMEM] = parse_shmem,
	[CR2_OP_MAP] = parse_map,
	[CR2_OP_UNMAP] = parse_range,
	[CR2_OP_PROTECT] = parse_protect,
	[CR2_OP_ADVISE] = parse_advise,
	[CR2_OP_LOCK] = parse_range,
	[CR2_OP_UNLOCK] = parse_range,
	[CR2_OP_REMAP] = parse_remap,
	[CR2_OP_SYNC] = parse_range,
	[CR2_OP_EVICT] = parse_evict,
	[CR2_OP_TRUNCATE] = parse_truncate,
	[CR2_OP_FORK] = parse_fork,
	[CR2_OP_EXIT] = parse_exit,
	[CR2_OP_READ] = parse_access,
	[CR2_OP_WRITE] = parse_store,
	[CR2_OP_EXEC] = parse_access,
	[CR2_OP_KREAD] = parse_access,
	[CR2_OP_KWRITE] = parse_store,
};

static int unknown_operation(struct parser *p, const struct word *w)
{
	const char *words[CR2_OP_COUNT + CR2_ARRAY_SIZE(settings_table)];
	size_t n = 0;
	char q[QUOTE_SIZE];
	int r = wrong(p, w, "unknown operation '%s'", quote(w, q));

	for (int i = 0; i < CR2_OP_COUNT; i++)
		words[n++] = cr2_op_name((enum cr2_op_kind)i);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(settings_table); i++)
		words[n++] = settings_table[i].name;
	return hint_words(p, r, w, words, n);
}

static int take_operation(struct parser *p, bool has_process, enum cr2_op_kind *ret_kind)
{
	struct word w;
	char name[QUOTE_SIZE];
	int r = take(p, "an operation", &w), kind;

	if (r < 0)
		return r;
	if (has_process && find_setting(&w) < CR2_ARRAY_SIZE(settings_table))
		return hint(p,
			    wrong(p, &w, "the setting '%s' belongs to no process", quote(&w, name)),
			    "settings stand alone, before the first operation");
	kind = word_copy(&w, name, sizeof(name)) ? cr2_op_parse(name) : -EINVAL;
	if (kind < 0)
		return unknown_operation(p, &w);
	*ret_kind = (enum cr2_op_kind)kind;
	return 0;
}

static int take_process(struct parser *p, uint32_t *ret_process)
{
	static const struct word parent = {.s = "parent", .n = 6, .column = 1};
	struct word w = p->words[0];
	char q[QUOTE_SIZE];

	if (w.s[w.n - 1] == ':') {
		p->next++;
		w.n--;
		if (w.n == 0)
			return wrong(p, &w, "expected a process before ':'");
		return find_process(p, &w, ret_process);
	}
	if (p->scope.process[0].exited_line)
		return hint(p, wrong(p, &w, "process 'parent' has ended"),
			    "it exits in line %u; name another: 'PROCESS: %s ...'",
			    p->scope.process[0].exited_line, quote(&w, q));
	return find_process(p, &parent, ret_process);
}

static int add_statement(struct parser *p, struct cr2_statement *s)
{
	struct cr2_litmus *litmus = p->litmus;
	int r = cr2_grow(&litmus->statements, &p->statements_capacity, litmus->n_statements + 1,
			 sizeof(*litmus->statements));

	if (r == 0)
		litmus->statements[litmus->n_statements++] = *s;
	return r;
}

static int parse_operation(struct parser *p)
{
	struct cr2_statement s = {.line = p->line_number, .object = CR2_NO_OBJECT};
	int r = take_process(p, &s.process);

	if (r == 0)
		r = take_operation(p, p->next > 0, &s.kind);
	if (r == 0)
		r = parse_arguments[s.kind](p, &s);
	if (r == 0 && p->next < p->n_words && word_is(&p->words[p->next], "=>"))
		r = parse_expectation(p, &s);
	if (r == 0)
		r = end_of_line(p);
	if (r == 0)
		r = add_statement(p, &s);
	if (r < 0)
		free_statement(&s);
	return r;
}

int parse_statement(struct parser *p)
{
	size_t setting = find_setting(&p->words[0]);

	return setting < CR2_ARRAY_SIZE(settings_table) ? parse_setting(p, setting)
							 : parse_operation(p);
}
