/* SPDX-License-Identifier: MIT */
/* One statement: a setting, or [PROCESS:] OPERATION ARGUMENT... A table says which function reads which. */
#include <errno.h>
#include <string.h>

#include "parser.h"

#define HUGE_PAGES ((int)(CR2_HUGE_SIZE / CR2_PAGE_SIZE))

static int take_file_word(struct parser *p, struct cr2_statement *s)
{
	bool tmpfs = s->kind == CR2_OP_SHMEM;
	const char *const *words = &lang_vocabulary[tmpfs ? LANG_SHMEM_FULL : LANG_FILE_COLD];
	const struct word *w = &p->words[p->next++];

	if (lang_word_is(w, lang_vocabulary[LANG_FILE_RO]))
		s->flags |= CR2_FILE_READ_ONLY;
	else if (tmpfs && lang_word_is(w, lang_vocabulary[LANG_SHMEM_HUGETLB]))
		s->flags |= CR2_FILE_HUGETLB;
	else if (!lang_word_is(w, words[0]))
		return lang_unknown(p, LANG_FILE_WORD, w, words, tmpfs ? 3 : 2);
	else if (!tmpfs)
		s->cold = true;
	else if (!s->pages && !s->byte)
		return lang_hint(p, lang_wrong(p, w, "a disk that is full has a page at least"), "a file of 1 page, or more");
	else {
		s->flags |= CR2_FILE_FULL;
		p->scope.full_disk_line = p->line_number;
	}
	return 0;
}

/* Pages of the pool are whole. */
static int take_hugetlb(struct parser *p, const struct cr2_statement *s, const struct word *name)
{
	if (s->byte || s->pages % HUGE_PAGES)
		return lang_hint(p, lang_wrong(p, name, "what is of pages of the pool has whole ones"), "a multiple of %d pages",
				 HUGE_PAGES);
	p->scope.object[s->name].hugetlb = true;
	return 0;
}

static int check_hugetlb(struct parser *p, const struct cr2_statement *s, const struct word *name)
{
	if (!(s->flags & CR2_FILE_HUGETLB))
		return 0;
	if (s->flags != CR2_FILE_HUGETLB)
		return lang_wrong(p, name, "a file of pages of the pool is open for writing, and on no tmpfs");
	return take_hugetlb(p, s, name);
}

static int parse_file(struct parser *p, struct cr2_statement *s)
{
	struct word name;
	int r = lang_new_name(p, "a name for the file", &name);

	if (r == 0)
		r = lang_take_size(p, s);
	if (r == 0)
		r = lang_declare_object(p, &name, &s->name);
	s->object = s->name;
	while (r == 0 && lang_more(p))
		r = take_file_word(p, s);
	return r == 0 ? check_hugetlb(p, s, &name) : r;
}

/* An object that is made of whole pages of zeros, and has a number of them alone. */
static int parse_zeros(struct parser *p, struct cr2_statement *s, const char *what, struct word *ret_name)
{
	int r = lang_new_name(p, what, ret_name);

	if (r == 0)
		r = lang_take_pages(p, 1, &s->pages);
	if (r == 0)
		r = lang_declare_object(p, ret_name, &s->name);
	s->object = s->name;
	return r;
}

static int parse_secret(struct parser *p, struct cr2_statement *s)
{
	struct word name;

	return parse_zeros(p, s, "a name for the secret memory", &name);
}

static int parse_shm(struct parser *p, struct cr2_statement *s)
{
	struct word name;
	size_t choice;
	int r = parse_zeros(p, s, "a name for the segment", &name);

	/* At once: what is wrong behind it is no mistake of those who attach it. */
	if (r == 0)
		p->scope.object[s->name].segment = true;
	if (r == 0 && lang_more(p)) {
		s->flags = CR2_FILE_HUGETLB;
		r = lang_take_choice(p, "a kind of segment", LANG_SHM_HUGETLB, LANG_SHM_HUGETLB, &choice);
	}
	if (r == 0 && s->flags)
		r = take_hugetlb(p, s, &name);
	if (r < 0)
		return r;
	p->scope.object[s->name].pages = s->pages;
	return 0;
}

/* Pages of text, of data, which may end inside one more, and of bss. */
static int parse_program(struct parser *p, struct cr2_statement *s)
{
	struct object_scope *object;
	struct word name;
	uint64_t text;
	int r = lang_new_name(p, "a name for the program", &name);

	if (r == 0)
		r = lang_take_pages(p, 1, &text);
	if (r == 0)
		r = lang_take_size(p, s);
	if (r == 0 && !s->pages && !s->byte)
		return lang_hint(p, lang_wrong(p, &p->words[p->next - 1], "a program has data"), "1 page, or 0+B bytes, or more");
	s->data = s->pages;
	s->pages = text;
	if (r == 0)
		r = lang_take_pages(p, 1, &s->bss);
	if (r == 0)
		r = lang_declare_object(p, &name, &s->name);
	if (r < 0)
		return r;
	s->object = s->name;
	object = &p->scope.object[s->name];
	object->program = true;
	object->pages = s->pages;
	object->data = s->data;
	object->byte = s->byte;
	object->bss = s->bss;
	r = lang_declare_parts(p, &name);
	return r == 0 ? lang_reserve(p, &name, s->pages + s->data + s->bss + 1) : r;
}

/* All of a segment. */
static int parse_shmat(struct parser *p, struct cr2_statement *s)
{
	struct word name, segment;
	size_t choice;
	int r = lang_new_name(p, "a name for the mapping", &name);

	if (r == 0)
		r = lang_take(p, "a segment", &segment);
	if (r == 0)
		r = lang_find_segment(p, &segment, &s->object);
	s->prot = CR2_PROT_READ | CR2_PROT_WRITE;
	s->map_flags = CR2_MAP_SHARED;
	if (r == 0 && lang_more(p)) {
		s->prot = CR2_PROT_READ;
		r = lang_take_choice(p, "a way to attach", LANG_SHMAT_RO, LANG_SHMAT_RO, &choice);
	}
	if (r < 0)
		return r;
	s->pages = p->scope.object[s->object].pages;
	s->map_flags |= p->scope.object[s->object].hugetlb ? CR2_MAP_HUGETLB : 0;
	r = lang_declare_mapping(p, &name, s->process, &s->name);
	return r == 0 ? lang_reserve(p, &name, s->pages) : r;
}

static int parse_shmdt(struct parser *p, struct cr2_statement *s)
{
	int r = lang_place(p, 0, s->process, &s->ref);

	s->ref.whole = true;
	return r;
}

/* The first in a memory makes its heap, and names it; whom it makes by fork has both. */
static int parse_brk(struct parser *p, struct cr2_statement *s)
{
	struct process_scope *space = &p->scope.process[p->scope.process[s->process].space];
	char q[QUOTE_SIZE];
	struct word name;
	int r = lang_new_name(p, "a name for the heap", &name);

	if (r == 0 && space->heap == NOT_FOUND) {
		r = lang_declare_mapping(p, &name, s->process, &space->heap);
	} else if (r == 0) {
		const char *heap = p->scope.mappings.items[space->heap];

		if (!lang_word_is(&name, heap))
			return lang_hint(p, lang_wrong(p, &name, "'%s' is not the process's heap", lang_quote(&name, q)),
					 "line %u made that: '%s'", p->scope.mapping[space->heap].line, heap);
	}
	if (r < 0)
		return r;
	s->name = space->heap;
	r = lang_take_pages(p, 1, &s->pages);
	return r == 0 ? lang_reserve(p, &name, s->pages) : r;
}

/* blame is the word that makes the statement one about keys. */
static int take_key(struct parser *p, const struct word *blame, uint64_t min, uint8_t *ret_key)
{
	struct word w;
	uint64_t key;
	int r;

	if (!p->litmus->settings.keys)
		return lang_hint(p, lang_wrong(p, blame, "the scenario's CPU has no protection keys"),
				 "'keys on' before the first operation");
	r = lang_take(p, "a protection key", &w);
	if (r == 0)
		r = lang_number(p, &w, "a protection key", false, min, CR2_PKEYS - 1, &key);
	if (r == 0)
		*ret_key = (uint8_t)key;
	return r;
}

static int parse_protect(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_range(p, s);

	if (r == 0)
		r = lang_take_prot(p, &s->prot);
	if (r < 0 || !lang_more(p))
		return r;
	s->flags = CR2_PROTECT_KEY;
	r = lang_take_choice(p, "what a protection comes with", LANG_PROTECT_KEY, LANG_PROTECT_KEY, &choice);
	return r == 0 ? take_key(p, &p->words[p->next - 1], 0, &s->key) : r;
}

static int parse_key(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = take_key(p, &p->words[p->next - 1], 1, &s->key);

	_Static_assert(CR2_PKEY_NONE == LANG_KEY_NONE - LANG_KEY_ALL && CR2_PKEY_READ == LANG_KEY_READ - LANG_KEY_ALL &&
		       CR2_PKEY_FREE == LANG_KEY_FREE - LANG_KEY_ALL, "words in the enum's order");
	if (r == 0)
		r = lang_take_choice(p, "what a key allows", LANG_KEY_ALL, LANG_KEY_FREE, &choice);
	if (r == 0)
		s->flags = (uint32_t)choice;
	return r;
}

/* `by P`: who does it. */
static int take_by(struct parser *p, struct cr2_statement *s)
{
	struct word w;
	size_t choice;
	int r = lang_take_choice(p, "by PROCESS", LANG_ADVISE_BY, LANG_ADVISE_BY, &choice);

	if (r == 0)
		r = lang_take(p, "a process", &w);
	if (r == 0)
		r = lang_find_process(p, &w, &s->name);
	if (r == 0)
		r = lang_acts(p, &w, s->name);
	return r == 0 ? lang_awake(p, &w, s->name) : r;
}

/* Behind a range: another, which only the call for several takes. */
static int take_second_range(struct parser *p, struct cr2_statement *s)
{
	if (!lang_more(p) || !lang_word_is(&p->words[p->next], lang_vocabulary[LANG_ADVISE_AND]))
		return 0;
	p->next++;
	s->at = true;
	return lang_place(p, PLACE_WHOLE | PLACE_RANGE, s->process, &s->to);
}

static int take_advice(struct parser *p, struct cr2_statement *s)
{
	const char *names[CR2_ADVICE_COUNT];
	struct word w;
	int r = lang_take(p, "advice", &w);

	for (int i = 0; i < CR2_ADVICE_COUNT && r == 0; i++) {
		names[i] = cr2_advice_name((enum cr2_advice)i);
		if (lang_word_is(&w, names[i])) {
			s->advice = (enum cr2_advice)i;
			return 0;
		}
	}
	return r == 0 ? lang_unknown(p, LANG_ADVICE, &w, names, CR2_ADVICE_COUNT) : r;
}

static int parse_advise(struct parser *p, struct cr2_statement *s)
{
	int r = lang_take_range(p, s);

	if (r == 0)
		r = take_second_range(p, s);
	if (r == 0)
		r = take_advice(p, s);
	if (r == 0 && s->at && !lang_more(p))
		return lang_hint(p, lang_wrong(p, &p->words[p->next - 1], "madvise takes one range"),
				 "process_madvise takes two: 'by PROCESS' says who, itself or another");
	if (r < 0 || !lang_more(p))
		return r;
	s->flags = CR2_ADVISE_BY;
	return take_by(p, s);
}

static int parse_lock(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_range(p, s);

	if (r < 0 || !lang_more(p))
		return r;
	s->flags = CR2_MLOCK_ONFAULT;
	return lang_take_choice(p, "a way to lock", LANG_LOCK_ONFAULT, LANG_LOCK_ONFAULT, &choice);
}

static int parse_lockall(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r;

	do {
		r = lang_take_choice(p, "what to lock", LANG_LOCKALL_CURRENT, LANG_LOCKALL_ONFAULT, &choice);
		if (r == 0)
			s->flags |= 1U << choice;
	} while (r == 0 && lang_more(p));
	return r;
}

/* Below what Linux charges at a time where there is room, so that it counts page by page. */
#define MEMORY_MAX 32

static int take_memory(struct parser *p, uint64_t *ret_pages)
{
	static const char what[] = "a number of pages";
	struct word w;
	int r;

	if (p->memory_line)
		return lang_hint(p, lang_wrong(p, &p->words[p->next - 1], "memory has a limit already"),
				 "line %u set it", p->memory_line);
	p->memory_line = p->line_number;
	r = lang_take(p, what, &w);
	return r == 0 ? lang_number(p, &w, what, false, 0, MEMORY_MAX, ret_pages) : r;
}

static int no_limits(struct parser *p, const struct word *w)
{
	return lang_hint(p, lang_wrong(p, w, "limits, and a program that execve runs, are not for one scenario"),
			 "line %u %s", p->limit_line ? p->limit_line : p->run_line, p->limit_line ? "sets one" : "runs one");
}

static int parse_limit(struct parser *p, struct cr2_statement *s)
{
	const struct word *verb = &p->words[p->next - 1];
	size_t choice = 0;
	int r = p->run_line ? no_limits(p, verb) : 0;

	p->limit_line = p->limit_line ? p->limit_line : p->line_number;
	if (r == 0)
		r = lang_take_choice(p, "what to limit", LANG_LIMIT_STACK, LANG_LIMIT_MEMORY, &choice);

	_Static_assert(CR2_LIMIT_STACK == 0 && CR2_LIMIT_AS == LANG_LIMIT_AS - LANG_LIMIT_STACK &&
		       CR2_LIMIT_DATA == LANG_LIMIT_DATA - LANG_LIMIT_STACK &&
		       CR2_LIMIT_MEMLOCK == LANG_LIMIT_MEMLOCK - LANG_LIMIT_STACK &&
		       CR2_LIMIT_MEMORY == LANG_LIMIT_MEMORY - LANG_LIMIT_STACK, "words in the enum's order");
	s->flags = (uint32_t)choice;
	if (r == 0 && choice == CR2_LIMIT_MEMORY)
		return take_memory(p, &s->pages);
	return r == 0 ? lang_take_pages(p, 0, &s->pages) : r;
}

static int parse_migrate(struct parser *p, struct cr2_statement *s)
{
	size_t remote, all;
	int r = lang_take_range(p, s);

	if (r == 0)
		r = lang_take_choice(p, "a node", LANG_MIGRATE_LOCAL, LANG_MIGRATE_REMOTE, &remote);
	if (r == 0 && remote)
		s->flags = CR2_MIGRATE_REMOTE;
	if (r < 0 || !lang_more(p))
		return r;
	s->flags |= CR2_MIGRATE_ALL;
	return lang_take_choice(p, "which pages to move", LANG_MIGRATE_ALL, LANG_MIGRATE_ALL, &all);
}

static int parse_scan(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_range(p, s);

	if (r < 0 || !lang_more(p))
		return r;
	s->flags = CR2_SCAN_PROTECT;
	return lang_take_choice(p, "what to do besides", LANG_SCAN_PROTECT, LANG_SCAN_PROTECT, &choice);
}

static int parse_sync(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_range(p, s);

	while (r == 0 && lang_more(p)) {
		r = lang_take_choice(p, "a way to sync", LANG_SYNC_ASYNC, LANG_SYNC_INVALIDATE, &choice);
		if (r == 0)
			s->flags |= 1U << choice;
	}
	if (!(s->flags & CR2_MS_ASYNC))
		s->flags |= CR2_MS_SYNC;
	return r;
}

static int parse_nothing(struct parser *p, struct cr2_statement *s)
{
	(void)p;
	(void)s;
	return 0;
}

static int take_uffd_feature(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_choice(p, "what a fault comes to", LANG_UFFD_SIGBUS, LANG_UFFD_EVENTS, &choice);

	_Static_assert(CR2_UFFD_EVENTS == CR2_UFFD_SIGBUS << (LANG_UFFD_EVENTS - LANG_UFFD_SIGBUS), "words in the flags' order");
	if (r == 0)
		s->uffd_flags |= CR2_UFFD_SIGBUS << choice;
	return r;
}

/* The word of the first of CR2_UFFD_FEATURES. */
static size_t uffd_feature(uint32_t features)
{
	size_t word = LANG_UFFD_SIGBUS;

	for (uint32_t flag = CR2_UFFD_SIGBUS; !(features & flag); flag <<= 1)
		word++;
	return word;
}

static bool next_is_uffd_feature(const struct parser *p)
{
	for (size_t word = LANG_UFFD_SIGBUS; word <= LANG_UFFD_EVENTS; word++)
		if (lang_word_is(&p->words[p->next], lang_vocabulary[word]))
			return true;
	return false;
}

/* A process has one userfaultfd, whose faults are all answered, or all not. */
static int take_uffd_features(struct parser *p, struct cr2_statement *s)
{
	struct process_scope *process = &p->scope.process[p->scope.process[s->process].space];
	uint32_t features, other;
	int r = 0;

	while (r == 0 && lang_more(p))
		r = take_uffd_feature(p, s);
	features = s->uffd_flags & CR2_UFFD_FEATURES;
	other = process->uffd_line ? features ^ process->uffd_features : 0;
	if (r == 0 && other)
		return lang_hint(p, lang_wrong(p, &p->words[p->next - 1], "the process's userfaultfd was made %s '%s'",
					       features & other & -other ? "without" : "with",
					       lang_vocabulary[uffd_feature(other)]),
				 "line %u made it; a process has one", process->uffd_line);
	if (r == 0 && !process->uffd_line) {
		process->uffd_line = p->line_number;
		process->uffd_features = features;
	}
	return r;
}

/* One mode or several, or `off`; behind modes `sigbus`, `async` and the like may stand. */
static int parse_uffd(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_range(p, s);

	/* What would answer could not, and try without end. */
	if (p->scope.full_disk_line)
		return lang_hint(p, lang_wrong(p, &p->words[p->next - 1], "userfaultfd cannot fill a disk that is full"),
				 "line %u makes one", p->scope.full_disk_line);
	do {
		if (r == 0)
			r = lang_take_choice(p, "a mode of userfaultfd", LANG_UFFD_MISSING, LANG_UFFD_OFF, &choice);
		if (r < 0 || choice == LANG_UFFD_OFF - LANG_UFFD_MISSING)
			return r < 0 || !s->uffd_flags ? r :
				lang_wrong(p, &p->words[p->next - 1], "'off' stands alone, without a mode");
		s->uffd_flags |= 1U << choice;
	} while (lang_more(p) && !next_is_uffd_feature(p));
	return take_uffd_features(p, s);
}

static int parse_uffd_wp(struct parser *p, struct cr2_statement *s)
{
	size_t on;
	int r = lang_take_range(p, s);

	if (r == 0)
		r = lang_take_choice(p, "on or off", LANG_UFFD_WP_OFF, LANG_UFFD_WP_ON, &on);
	if (r == 0 && on)
		s->uffd_flags = CR2_UFFD_WP;
	return r;
}

static int parse_uffd_move(struct parser *p, struct cr2_statement *s)
{
	int r = lang_take_range(p, s);

	return r == 0 ? lang_place(p, PLACE_PAGE, s->process, &s->to) : r;
}

/* What the words together ask for; range is the statement's. */
static int check_remap(struct parser *p, const struct word *range, const struct cr2_statement *s)
{
	static const char at[] = "'at MAPPING@PAGE' says it";

	if (s->ref.mapping == p->scope.process[p->scope.process[s->process].space].heap && s->ref.whole &&
	    s->flags & CR2_MREMAP_MAYMOVE && !(s->flags & CR2_MREMAP_DONTUNMAP))
		return lang_hint(p, lang_wrong(p, range, "the heap stays where it is, and so does its name"),
				 "name its pages, and say where they go: 'M@0..3 4 at M2'");
	if (!(s->flags & CR2_MREMAP_MAYMOVE) && (s->at || s->flags & CR2_MREMAP_DONTUNMAP))
		return lang_wrong(p, &p->words[p->next - 1], "'inplace' stands alone");
	if (s->flags & CR2_MREMAP_DONTUNMAP && !s->at)
		return lang_hint(p, lang_wrong(p, &p->words[p->next - 1], "'dontunmap' wants another place"), "%s", at);
	if (!s->ref.whole && !s->at && s->flags & CR2_MREMAP_MAYMOVE)
		return lang_hint(p, lang_wrong(p, range, "where a part of a mapping goes has no name"), "%s, or 'inplace'", at);
	return 0;
}

static int parse_remap_word(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_choice(p, "a way to remap", LANG_REMAP_AT, LANG_REMAP_DONTUNMAP, &choice);

	if (r < 0)
		return r;
	if (choice == LANG_REMAP_INPLACE - LANG_REMAP_AT)
		s->flags &= ~(uint32_t)CR2_MREMAP_MAYMOVE;
	if (choice == LANG_REMAP_DONTUNMAP - LANG_REMAP_AT)
		s->flags |= CR2_MREMAP_DONTUNMAP;
	if (choice != 0)
		return 0;
	s->at = true;
	s->flags |= CR2_MREMAP_FIXED;
	return lang_place(p, PLACE_PAGE, s->process, &s->to);
}

static int parse_remap(struct parser *p, struct cr2_statement *s)
{
	const struct word *range = &p->words[p->next], *size = range + 1;
	int r = lang_take_range(p, s);

	if (r == 0)
		r = lang_take_pages(p, 1, &s->pages);
	s->flags = CR2_MREMAP_MAYMOVE;
	s->name = s->ref.mapping;
	while (r == 0 && lang_more(p))
		r = parse_remap_word(p, s);
	if (r == 0)
		r = check_remap(p, range, s);
	if (r < 0)
		return r;
	return s->at ? lang_reserve_at(p, size, cr2_remap_renames(s) ? s->name : s->to.mapping, &s->to, s->pages)
		     : lang_reserve(p, size, s->pages);
}

static int parse_pin(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_range(p, s);

	if (r < 0 || !lang_more(p))
		return r;
	s->flags = CR2_PIN_RO;
	return lang_take_choice(p, "a way to pin", LANG_PIN_RO, LANG_PIN_RO, &choice);
}

static int parse_evict(struct parser *p, struct cr2_statement *s)
{
	return lang_take_object(p, &s->object);
}

static int parse_truncate(struct parser *p, struct cr2_statement *s)
{
	int r = lang_take_object(p, &s->object);

	return r == 0 ? lang_take_size(p, s) : r;
}

/* F, F@K or F@K+B */
static int parse_fread(struct parser *p, struct cr2_statement *s)
{
	struct word w, name, page;
	size_t at, plus;
	int r = lang_take(p, "a byte of a file", &w);

	if (r < 0)
		return r;
	at = lang_word_find(&w, 0, '@');
	plus = lang_word_find(&w, at, '+');
	name = lang_word_part(&w, 0, at);
	r = lang_find_object(p, &name, &s->object);
	if (r < 0 || at == w.n)
		return r;
	page = lang_word_part(&w, at + 1, plus);
	r = lang_number(p, &page, "a page number in a file", false, 0, CR2_LITMUS_PAGES_MAX - 1, &s->object_page);
	return r == 0 && plus < w.n ? lang_byte(p, &w, plus, &s->byte) : r;
}

/* Pages from the one that is named on; of other files they come with what is written. */
static int parse_allocate(struct parser *p, struct cr2_statement *s)
{
	const struct word *w = lang_more(p) ? &p->words[p->next] : NULL;
	int r = parse_fread(p, s);

	if (r == 0 && !p->scope.object[s->object].hugetlb)
		return lang_hint(p, lang_wrong(p, w, "pages of the pool alone are allocated without a write"),
				 "a file made as 'shmem F N hugetlb'");
	if (r == 0 && s->byte)
		return lang_wrong(p, w, "whole pages are allocated");
	return r == 0 ? lang_take_pages(p, 1, &s->pages) : r;
}

static int parse_seal(struct parser *p, struct cr2_statement *s)
{
	size_t choice;
	int r = lang_take_object(p, &s->object);

	do {
		if (r == 0)
			r = lang_take_choice(p, "a seal", LANG_SEAL_SHRINK, LANG_SEAL_FUTURE_WRITE, &choice);
		if (r == 0)
			s->flags |= CR2_SEAL_SHRINK << choice;
	} while (r == 0 && lang_more(p));
	return r;
}

static int parse_fork(struct parser *p, struct cr2_statement *s)
{
	struct word name;
	int r = lang_new_name(p, "a name for the child", &name);

	return r == 0 ? lang_declare_process(p, &name, s->process, &s->name) : r;
}

static int parse_sharer(struct parser *p, struct cr2_statement *s)
{
	bool borrows = s->kind == CR2_OP_VFORK;
	struct word name;
	int r = lang_new_name(p, borrows ? "a name for the child" : "a name for the thread", &name);

	return r == 0 ? lang_declare_sharer(p, &name, s->process, borrows, &s->name) : r;
}

/* Of the scenario's a process runs a program like the first one; of another nothing is known. */
static int parse_execve(struct parser *p, struct cr2_statement *s)
{
	const struct word *verb = &p->words[p->next - 1];
	const struct object_scope *object;
	struct word w;
	int r;

	if (!lang_more(p))
		return lang_replace_program(p, verb, s->process);
	r = lang_take(p, "a program", &w);
	if (r == 0)
		r = lang_find_program(p, &w, &s->object);
	if (r == 0 && p->limit_line)
		r = no_limits(p, verb);
	if (r < 0)
		return r;
	object = &p->scope.object[s->object];
	s->pages = object->pages;
	s->data = object->data;
	s->byte = object->byte;
	s->bss = object->bss;
	s->name = p->scope.parts;
	p->run_line = p->run_line ? p->run_line : p->line_number;
	return lang_run_program(p, verb, s->process);
}

static int parse_exit(struct parser *p, struct cr2_statement *s)
{
	return lang_end_process(p, &p->words[p->next - 1], s->process);
}

static int parse_access(struct parser *p, struct cr2_statement *s)
{
	return lang_place(p, PLACE_RANGE | PLACE_BYTE | PLACE_ABSOLUTE, s->process, &s->ref);
}

static int take_value(struct parser *p, struct cr2_statement *s)
{
	uint64_t value = 1;
	int r = 0;

	if (lang_more(p))
		r = lang_number(p, &p->words[p->next++], "a byte value", true, 0, 255, &value);
	s->value = (uint8_t)value;
	return r;
}

static int parse_fwrite(struct parser *p, struct cr2_statement *s)
{
	int r = parse_fread(p, s);

	return r == 0 ? take_value(p, s) : r;
}

static int parse_store(struct parser *p, struct cr2_statement *s)
{
	int r = parse_access(p, s);

	return r == 0 ? take_value(p, s) : r;
}

/* Bytes that are all in reach of mappings; what stands elsewhere belongs to the process that stands for the scenario's. */
static int parse_load8(struct parser *p, struct cr2_statement *s)
{
	return lang_place(p, PLACE_RANGE | PLACE_BYTE, s->process, &s->ref);
}

static int parse_store8(struct parser *p, struct cr2_statement *s)
{
	int r = parse_load8(p, s);

	return r == 0 ? take_value(p, s) : r;
}

/* `bytes N` */
static int take_bytes(struct parser *p, struct cr2_statement *s, const struct word *place, size_t word)
{
	uint64_t bytes;
	size_t choice;
	struct word w;
	int r;

	if (!lang_more(p))
		return 0;
	r = lang_take_choice(p, "a way to copy", word, word, &choice);
	if (r == 0 && s->ref.mapping == CR2_NO_OBJECT)
		return lang_hint(p, lang_wrong(p, place, "several bytes are copied in a mapping"), "expected MAPPING@PAGE");
	if (r == 0)
		r = lang_take(p, "a number of bytes", &w);
	if (r == 0)
		r = lang_number(p, &w, "a number of bytes", false, 1, CR2_KERNEL_BYTES, &bytes);
	if (r == 0)
		s->bytes = (uint32_t)bytes;
	return r;
}

static int parse_kread(struct parser *p, struct cr2_statement *s)
{
	const struct word *place = &p->words[p->next];
	int r = parse_access(p, s);

	return r == 0 ? take_bytes(p, s, place, LANG_KREAD_BYTES) : r;
}

static int parse_kwrite(struct parser *p, struct cr2_statement *s)
{
	const struct word *place = &p->words[p->next];
	int r = parse_access(p, s);

	s->value = 1;
	if (r == 0 && lang_more(p) && !lang_word_is(&p->words[p->next], lang_vocabulary[LANG_KWRITE_BYTES]))
		r = take_value(p, s);
	return r == 0 ? take_bytes(p, s, place, LANG_KWRITE_BYTES) : r;
}

/* Bytes of mappings: of what else there is, the process that stands for the scenario's has its own. */
static int take_remote(struct parser *p, struct cr2_statement *s)
{
	return lang_place(p, PLACE_RANGE | PLACE_BYTE, s->process, &s->ref);
}

static int parse_peek(struct parser *p, struct cr2_statement *s)
{
	int r = take_remote(p, s);

	return r == 0 ? take_by(p, s) : r;
}

static int parse_poke(struct parser *p, struct cr2_statement *s)
{
	int r = take_remote(p, s);

	s->value = 1;
	if (r == 0 && lang_more(p) && !lang_word_is(&p->words[p->next], lang_vocabulary[LANG_ADVISE_BY]))
		r = take_value(p, s);
	return r == 0 ? take_by(p, s) : r;
}

/* `wp`, or nothing. */
static int take_uffd_wp(struct parser *p, struct cr2_statement *s, size_t word)
{
	size_t choice;

	if (!lang_more(p))
		return 0;
	s->uffd_flags = CR2_UFFD_WP;
	return lang_take_choice(p, "how pages come", word, word, &choice);
}

static int parse_uffd_copy(struct parser *p, struct cr2_statement *s)
{
	int r = lang_take_range(p, s);

	s->value = 1;
	if (r == 0 && lang_more(p) && !lang_word_is(&p->words[p->next], lang_vocabulary[LANG_UFFD_COPY_WP]))
		r = take_value(p, s);
	return r == 0 ? take_uffd_wp(p, s, LANG_UFFD_COPY_WP) : r;
}

static int parse_uffd_continue(struct parser *p, struct cr2_statement *s)
{
	int r = lang_take_range(p, s);

	return r == 0 ? take_uffd_wp(p, s, LANG_UFFD_CONTINUE_WP) : r;
}

static int (*const parse_arguments[CR2_OP_COUNT])(struct parser *p, struct cr2_statement *s) = {
	[CR2_OP_FILE] = parse_file,
	[CR2_OP_SHMEM] = parse_file,
	[CR2_OP_MAP] = lang_map,
	[CR2_OP_UNMAP] = lang_take_range,
	[CR2_OP_BRK] = parse_brk,
	[CR2_OP_SECRET] = parse_secret,
	[CR2_OP_SHM] = parse_shm,
	[CR2_OP_PROGRAM] = parse_program,
	[CR2_OP_SHMAT] = parse_shmat,
	[CR2_OP_SHMDT] = parse_shmdt,
	[CR2_OP_PROTECT] = parse_protect,
	[CR2_OP_KEY] = parse_key,
	[CR2_OP_MSEAL] = lang_take_range,
	[CR2_OP_MDWE] = parse_nothing,
	[CR2_OP_ADVISE] = parse_advise,
	[CR2_OP_LOCK] = parse_lock,
	[CR2_OP_UNLOCK] = lang_take_range,
	[CR2_OP_LOCKALL] = parse_lockall,
	[CR2_OP_UNLOCKALL] = parse_nothing,
	[CR2_OP_LIMIT] = parse_limit,
	[CR2_OP_REMAP] = parse_remap,
	[CR2_OP_UFFD] = parse_uffd,
	[CR2_OP_UFFD_COPY] = parse_uffd_copy,
	[CR2_OP_UFFD_ZERO] = lang_take_range,
	[CR2_OP_UFFD_WP] = parse_uffd_wp,
	[CR2_OP_UFFD_CONTINUE] = parse_uffd_continue,
	[CR2_OP_UFFD_POISON] = lang_take_range,
	[CR2_OP_UFFD_MOVE] = parse_uffd_move,
	[CR2_OP_HOLD] = lang_take_range,
	[CR2_OP_PIN] = parse_pin,
	[CR2_OP_RELEASE] = lang_take_range,
	[CR2_OP_MIGRATE] = parse_migrate,
	[CR2_OP_SCAN] = parse_scan,
	[CR2_OP_SYNC] = parse_sync,
	[CR2_OP_EVICT] = parse_evict,
	[CR2_OP_TRUNCATE] = parse_truncate,
	[CR2_OP_ALLOCATE] = parse_allocate,
	[CR2_OP_FWRITE] = parse_fwrite,
	[CR2_OP_FREAD] = parse_fread,
	[CR2_OP_SEAL] = parse_seal,
	[CR2_OP_CLEAR_REFS] = parse_nothing,
	[CR2_OP_KSM_SCAN] = parse_nothing,
	[CR2_OP_NUMA_SCAN] = parse_nothing,
	[CR2_OP_FORK] = parse_fork,
	[CR2_OP_THREAD] = parse_sharer,
	[CR2_OP_VFORK] = parse_sharer,
	[CR2_OP_EXECVE] = parse_execve,
	[CR2_OP_EXIT] = parse_exit,
	[CR2_OP_READ] = parse_access,
	[CR2_OP_WRITE] = parse_store,
	[CR2_OP_EXEC] = parse_access,
	[CR2_OP_READ8] = parse_load8,
	[CR2_OP_WRITE8] = parse_store8,
	[CR2_OP_CMPXCHG] = parse_store8,
	[CR2_OP_KREAD] = parse_kread,
	[CR2_OP_KWRITE] = parse_kwrite,
	[CR2_OP_PEEK] = parse_peek,
	[CR2_OP_POKE] = parse_poke,
	[CR2_OP_VMREAD] = parse_peek,
	[CR2_OP_VMWRITE] = parse_poke,
	[CR2_OP_MINCORE] = take_remote,
};

static int unknown_operation(struct parser *p, const struct word *w)
{
	const char *words[CR2_OP_COUNT + LANG_SETTINGS];
	size_t n = 0;

	for (int i = 0; i < CR2_OP_COUNT; i++)
		words[n++] = cr2_op_name((enum cr2_op_kind)i);
	for (size_t i = 0; i < LANG_SETTINGS; i++)
		words[n++] = lang_vocabulary[i];
	return lang_unknown(p, LANG_OPERATION, w, words, n);
}

static int take_operation(struct parser *p, bool has_process, enum cr2_op_kind *ret_kind)
{
	struct word w;
	char name[QUOTE_SIZE];
	int r = lang_take(p, "an operation", &w), kind;

	if (r < 0)
		return r;
	if (has_process && lang_find_setting(&w) < LANG_SETTINGS)
		return lang_hint(p,
				 lang_wrong(p, &w, "'%s' is global: it takes no process",
					    lang_quote(&w, name)),
				 "settings stand alone, before the first operation");
	kind = lang_word_copy(&w, name, sizeof(name)) ? cr2_op_parse(name) : -EINVAL;
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
	int r;

	if (w.s[w.n - 1] == ':') {
		p->next++;
		w.n--;
		if (w.n == 0)
			return lang_wrong(p, &w, "expected a process before ':'");
		r = lang_find_process(p, &w, ret_process);
		return r == 0 ? lang_awake(p, &w, *ret_process) : r;
	}
	if (p->scope.process[0].exited_line)
		return lang_hint(p, lang_wrong(p, &w, "process 'parent' has ended"),
				 "it exits in line %u; name another: 'PROCESS: %s ...'",
				 p->scope.process[0].exited_line, lang_quote(&w, q));
	r = lang_awake(p, &w, 0);
	return r == 0 ? lang_find_process(p, &parent, ret_process) : r;
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

/* CR2_OP_COUNT: an operation that was not recognised may have been meant to. */
static bool names_something(enum cr2_op_kind kind)
{
	return cr2_op_makes_object(kind) || cr2_op_maps(kind) || cr2_op_makes_process(kind) || kind == CR2_OP_COUNT;
}

/* The name that a line with a mistake would have made is expected further down. */
static int doubt_name(struct parser *p)
{
	const struct word *first = &p->words[0];
	size_t name = first->s[first->n - 1] == ':' ? 2 : 1;

	return name < p->n_words ? lang_doubt(p, &p->words[name]) : 0;
}

static int parse_operation(struct parser *p)
{
	struct cr2_statement s = {
		.line = p->line_number,
		.kind = CR2_OP_COUNT,
		.object = CR2_NO_OBJECT,
	};
	int r;

	if (!p->operation_line)
		p->operation_line = p->line_number;
	r = take_process(p, &s.process);
	if (r == 0)
		r = take_operation(p, p->next > 0, &s.kind);
	if (r == 0 && s.kind != CR2_OP_EXIT)
		r = lang_acts(p, &p->words[0], s.process);
	if (r == 0)
		r = parse_arguments[s.kind](p, &s);
	if (r == 0 && p->next < p->n_words && lang_word_is(&p->words[p->next], "=>"))
		r = lang_expectation(p, &s);
	if (r == 0)
		r = lang_end_of_line(p);
	if (r == 0)
		r = add_statement(p, &s);
	if (r < 0)
		lang_statement_finish(&s);
	if (r == -EINVAL && names_something(s.kind) && doubt_name(p) < 0)
		r = -ENOMEM;
	if (r == -EINVAL && (s.kind == CR2_OP_PROGRAM || s.kind == CR2_OP_EXECVE) && lang_doubt_parts(p) < 0)
		r = -ENOMEM;
	return r;
}

int lang_statement(struct parser *p)
{
	size_t setting = lang_find_setting(&p->words[0]);

	return setting < LANG_SETTINGS ? lang_setting(p, setting) : parse_operation(p);
}
