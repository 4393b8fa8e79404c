/* SPDX-License-Identifier: MIT */
/*
 * What the narrative says of vm_flags, fault flags, entries and functions, beside a kernel: the same
 * scenario runs in the model and, under kprobes, in a guest (see probed.c). The version is the
 * argument; CR2_TEST_PROGRAM is cr2-static, CR2_PROBED what runs in the guest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/flags.h>
#include <cr2/guest.h>
#include <cr2/run.h>

#include "unit/test.h"

/* FAULT_FLAG_TRIED: a fault that is handled again, of which the model knows nothing. */
#define TRIED 0x20
#define MOST 64

struct fault {
	uint64_t address, vm_flags, flags;
};
struct entry {
	uint64_t address, value;
};

/* What a target showed. */
struct seen {
	size_t n_faults, n_entries;
	struct fault faults[MOST];
	struct entry entries[MOST];
	bool guest; /* the functions are known */
	char functions[4096]; /* " name name " */
};

static const char *version;
static struct seen model, kernel;

static void add_fault(struct seen *seen, const struct fault *fault)
{
	assert_true(seen->n_faults < MOST);
	seen->faults[seen->n_faults++] = *fault;
}

static void add_entry(struct seen *seen, const struct entry *entry)
{
	assert_true(seen->n_entries < MOST);
	seen->entries[seen->n_entries++] = *entry;
}

/* ---- the guest ---- */

/* Of a fault under the per-VMA lock that starts again under the mmap lock, the first counts. */
static bool is_retry(const struct seen *seen, const struct fault *fault)
{
	const struct fault *last = &seen->faults[seen->n_faults - 1];
	uint64_t lock = CR2_FAULT_FLAG(VMA_LOCK) | TRIED;

	return seen->n_faults && last->address == fault->address &&
	       (last->flags & CR2_FAULT_FLAG(VMA_LOCK)) && !(fault->flags & CR2_FAULT_FLAG(VMA_LOCK)) &&
	       (last->flags & ~lock) == (fault->flags & ~lock);
}

static void note(const char *line)
{
	struct fault fault;
	struct entry entry;
	char name[64];

	if (sscanf(line, "fault %lx %lx %lx", &fault.address, &fault.vm_flags, &fault.flags) == 3) {
		if (!is_retry(&kernel, &fault))
			add_fault(&kernel, &fault);
	} else if (sscanf(line, "entry %lx %lx", &entry.address, &entry.value) == 2) {
		add_entry(&kernel, &entry);
	} else if (sscanf(line, "function %63s", name) == 1) {
		strcat(strcat(kernel.functions, name), " ");
	}
}

static void listen(struct cr2_guest *guest)
{
	struct cr2_text line = {0}, reason = {0};
	int r, status;

	while ((r = cr2_guest_read_line(guest, &line, &reason)) > 0)
		note(line.data);
	if (r < 0 || cr2_guest_wait(guest, &status, &reason) < 0)
		fail_msg("%s", reason.data);
	if (status != 0)
		print_error("%s\n", cr2_guest_console(guest));
	assert_int_equal(status, 0);
	kernel.guest = true;
	cr2_text_finish(&line);
	cr2_text_finish(&reason);
}

static int run_guest(const struct cr2_guest_kernel *found, const char *scenario,
		     struct cr2_text *reason)
{
	const char *const command[] = {
		"/probed", "asm_exc_page_fault", "exc_page_fault", "find_vma", "lock_mm_and_find_vma",
		"lock_vma_under_rcu", "bad_area", "bad_area_nosemaphore", "bad_area_access_error", "--",
		"/cr2", "run", "--on", "host", "/explain.litmus", NULL,
	};
	const struct cr2_guest_file files[] = {
		{"/probed", getenv("CR2_PROBED")}, {"/explain.litmus", scenario},
	};
	const struct cr2_guest_config config = {
		.kernel = found, .program = getenv("CR2_TEST_PROGRAM"), .command = command,
		.n_files = CR2_ARRAY_SIZE(files), .files = files, .disk = 256,
	};
	struct cr2_guest *guest;
	int r = cr2_guest_boot(&config, &guest, reason);

	if (r < 0)
		return r;
	listen(guest);
	cr2_guest_destroy(guest);
	return 0;
}

/* ---- the model ---- */

static void collect(void *data, const struct cr2_stage *stage)
{
	static uint64_t address; /* of the fault under way */
	const struct cr2_stage_entry *e = &stage->entry;

	(void)data;
	if (stage->kind == CR2_STAGE_EXCEPTION)
		address = stage->exception.cr2;
	if (stage->kind == CR2_STAGE_PERMISSION && stage->permission.allowed)
		add_fault(&model, &(struct fault){address, stage->permission.vm_flags,
						  stage->permission.fault_flags});
	if (stage->kind == CR2_STAGE_ENTRY && e->state == CR2_ENTRY_PRESENT)
		add_entry(&model, &(struct entry){address, e->entry.value});
}

static int observe(void *data, const struct cr2_step *step)
{
	cr2_model_observe(cr2_runner_model_get(data), step->observation ? NULL : collect, NULL);
	return 0;
}

static void run_model(const char *path)
{
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_run run;

	cr2_model_config_init(&config, (enum cr2_profile)cr2_profile_parse(version));
	assert_int_equal(cr2_litmus_load(path, &litmus, &diag), 0);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	assert_int_equal(cr2_litmus_run(&litmus, runner, observe, runner, &run), 0);
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
}

static int run_both(void **state)
{
	struct cr2_guest_kernel found;
	struct cr2_text reason = {0}, path = {0};

	(void)state;
	assert_int_equal(cr2_text_printf(&path, "%s/tests/guest/explain.litmus",
					 getenv("CR2_SOURCE")), 0);
	strcpy(kernel.functions, " ");
	run_model(path.data);
	if (cr2_guest_kernel_find(version, NULL, &found, &reason) == 0) {
		if (run_guest(&found, path.data, &reason) < 0)
			print_message("# %s\n", reason.data);
		cr2_guest_kernel_finish(&found);
	} else {
		print_message("# %s\n", reason.data);
	}
	cr2_text_finish(&reason);
	cr2_text_finish(&path);
	return 0;
}

static void need_guest(void)
{
	if (!kernel.guest)
		test_skip("no guest of %s", version);
}

/* ---- what they have to agree in ---- */

/*
 * The last faults of the guest are the scenario's: before it, cr2 finds out there what sets the
 * machine apart (src/tables/trait.def), which takes faults, too.
 */
static void flags_are_the_kernels(void **state)
{
	const struct fault *there;

	(void)state;
	need_guest();
	assert_true(model.n_faults > 0 && kernel.n_faults >= model.n_faults);
	there = &kernel.faults[kernel.n_faults - model.n_faults];
	for (size_t i = 0; i < model.n_faults; i++) {
		assert_int_equal(model.faults[i].address, there[i].address);
		assert_int_equal(model.faults[i].vm_flags, there[i].vm_flags);
		assert_int_equal(model.faults[i].flags, there[i].flags);
	}
}

/* All but the frame, which is the machine's own. */
static void entries_are_the_kernels(void **state)
{
	(void)state;
	need_guest();
	assert_int_equal(model.n_entries, kernel.n_entries);
	for (size_t i = 0; i < model.n_entries; i++) {
		assert_int_equal(model.entries[i].address, kernel.entries[i].address);
		assert_int_equal(model.entries[i].value & ~CR2_PTE_FRAME_MASK,
				 kernel.entries[i].value & ~CR2_PTE_FRAME_MASK);
	}
}

static bool has_function(const char *name)
{
	char word[80];

	snprintf(word, sizeof(word), " %s ", name);
	return strstr(kernel.functions, word);
}

static void functions_are_there(void **state)
{
	static const char *const names[] = {
		"asm_exc_page_fault", "exc_page_fault", "bad_area_nosemaphore", "bad_area_access_error",
	};
	static const char *const renamed[] = {"find_vma", "bad_area", "lock_vma_under_rcu"};
	int number = cr2_profile_version((enum cr2_profile)cr2_profile_parse(version));

	(void)state;
	need_guest();
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		assert_true(has_function(names[i]));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(renamed); i++) {
		const char *there = cr2_function_in(renamed[i], number);

		if (there)
			assert_true(has_function(there));
		else
			assert_false(has_function(renamed[i]));
	}
	assert_false(has_function("bad_area"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_the_kernels),
		cmocka_unit_test(entries_are_the_kernels),
		cmocka_unit_test(functions_are_there),
	};

	if (argc != 2)
		return 2;
	version = argv[1];
	return cmocka_run_group_tests(tests, run_both, NULL);
}
