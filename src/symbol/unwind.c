/* SPDX-License-Identifier: MIT */
/*
 * libdwfl does the work. It wants a process: it gets one whose modules are what the recording says was
 * mapped, added as addresses lead there, and whose memory is the piece of stack that was copied.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "unwind.h"

#define PROCESSES 32 /* kept */
#define DWARF_REGISTERS 17

/* A file that libdwfl knows in the process; its addresses are moved by bias. */
struct module {
	const struct cr2_recorded_file *file;
	uint64_t bias;
};
struct process {
	struct unwinder *unwinder;
	uint64_t pid;
	uint64_t used; /* when last; 0: free */
	Dwfl *dwfl;
	bool attached;
	size_t n_modules, capacity;
	struct module *modules;
};
struct unwinder {
	struct symbols *symbols;
	const struct cr2_symbols_places *places;
	uint64_t clock;
	struct process processes[PROCESSES];
	/* While a stack is unwound: */
	const struct cr2_trace_calls *calls;
	uint64_t *ips;
	size_t n, most;
	bool stale; /* the process has something else mapped than it had */
};

int unwinder_create(struct symbols *symbols, const struct cr2_symbols_places *places,
		    struct unwinder **ret_unwinder)
{
	struct unwinder *unwinder = calloc(1, sizeof(*unwinder));

	if (!unwinder)
		return -ENOMEM;
	unwinder->symbols = symbols;
	unwinder->places = places;
	*ret_unwinder = unwinder;
	return 0;
}

static void forget_process(struct process *process)
{
	if (process->dwfl)
		dwfl_end(process->dwfl);
	free(process->modules);
	*process = (struct process){0};
}

void unwinder_destroy(struct unwinder *unwinder)
{
	if (!unwinder)
		return;
	for (size_t i = 0; i < PROCESSES; i++)
		forget_process(&unwinder->processes[i]);
	free(unwinder);
}

/* ---- what libdwfl asks for ---- */

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg)
{
	const struct process *process = arg;
	const struct cr2_trace_calls *calls = process->unwinder->calls;
	uint64_t at = address - calls->registers[CR2_STACK_SP];

	(void)dwfl;
	if (at > calls->stack_bytes || calls->stack_bytes - at < sizeof(*result))
		return false;
	memcpy(result, calls->stack + at, sizeof(*result));
	return true;
}

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = arg;
	return 1;
}

/* DWARF numbers registers in an order of its own. */
static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	static const uint8_t places[DWARF_REGISTERS] = {0, 3, 2, 1, 4, 5, 6, CR2_STACK_SP, 12, 13, 14, 15,
							16, 17, 18, 19, CR2_STACK_IP};
	const struct process *process = arg;
	Dwarf_Word registers[DWARF_REGISTERS];

	for (size_t i = 0; i < DWARF_REGISTERS; i++)
		registers[i] = process->unwinder->calls->registers[places[i]];
	return dwfl_thread_state_registers(thread, 0, DWARF_REGISTERS, registers);
}

static const Dwfl_Thread_Callbacks callbacks = {
	.next_thread = next_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

/* ---- modules ---- */

static bool has_module(const struct process *process, const struct module *wanted)
{
	for (size_t i = 0; i < process->n_modules; i++)
		if (process->modules[i].file == wanted->file && process->modules[i].bias == wanted->bias)
			return true;
	return false;
}

/* False: not known, or the process is stale. */
static bool add_module(struct process *process, const struct module *module, uint64_t first)
{
	const char *path = module->file->path;
	Dwfl_Module *added;

	if (cr2_grow(&process->modules, &process->capacity, process->n_modules + 1,
		     sizeof(*process->modules)) < 0)
		return false;
	dwfl_report_begin_add(process->dwfl);
	added = dwfl_report_elf(process->dwfl, path, path, -1, module->bias + first, false);
	dwfl_report_end(process->dwfl, NULL, NULL);
	if (added)
		process->modules[process->n_modules++] = *module;
	else /* it overlaps what was there */
		process->unwinder->stale = true;
	return added;
}

/* The file around an address of code is libdwfl's from now on, where it is known and at hand. */
static bool know(struct process *process, uint64_t address)
{
	const struct cr2_symbols_places *places = process->unwinder->places;
	struct cr2_recorded_map map;
	struct module module;
	struct object *object;
	uint64_t in_file, first;

	if (!places->map(places->data, process->pid, address, &map) || !cr2_recorded_file_is_named(map.file) ||
	    (strcmp(map.file->path, OBJECT_VDSO) == 0 && !places->same_kernel))
		return false;
	object = object_of_file(process->unwinder->symbols, map.file->path);
	if (!object->elf || !object_has_build_id(object, map.file->build_id, map.file->n_build_id) ||
	    !object_address(object, map.offset + (address - map.start), &in_file) ||
	    !object_first_address(object, &first))
		return false;
	module = (struct module){map.file, address - in_file};
	return has_module(process, &module) || add_module(process, &module, first);
}

static struct process *process_of(struct unwinder *unwinder, uint64_t pid)
{
	static const Dwfl_Callbacks files = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	struct process *oldest = &unwinder->processes[0];

	for (size_t i = 0; i < PROCESSES; i++) {
		struct process *process = &unwinder->processes[i];

		if (process->used && process->pid == pid) {
			process->used = ++unwinder->clock;
			return process;
		}
		if (process->used < oldest->used)
			oldest = process;
	}
	forget_process(oldest);
	*oldest = (struct process){.unwinder = unwinder, .pid = pid, .dwfl = dwfl_begin(&files)};
	if (!oldest->dwfl)
		return NULL;
	oldest->used = ++unwinder->clock;
	return oldest;
}

/* ---- */

static int on_frame(Dwfl_Frame *frame, void *arg)
{
	struct process *process = arg;
	struct unwinder *unwinder = process->unwinder;
	Dwarf_Addr pc;
	bool is_activation;

	if (!dwfl_frame_pc(frame, &pc, &is_activation) || pc == 0)
		return DWARF_CB_ABORT;
	/* Behind a call that never returns another function may begin. */
	if (!is_activation)
		pc--;
	unwinder->ips[unwinder->n++] = pc;
	return unwinder->n < unwinder->most && know(process, pc) ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static void unwind(struct process *process, uint64_t ip)
{
	if (!know(process, ip))
		return;
	if (!process->attached)
		process->attached = dwfl_attach_state(process->dwfl, NULL, 1, &callbacks, process);
	if (process->attached)
		dwfl_getthread_frames(process->dwfl, 1, on_frame, process);
}

size_t unwinder_unwind(struct unwinder *unwinder, const struct cr2_traced_fault *fault, uint64_t *ret_ips,
		       size_t most)
{
	const uint64_t ip = fault->calls.registers[CR2_STACK_IP];

	unwinder->calls = &fault->calls;
	unwinder->ips = ret_ips;
	unwinder->most = most;
	/* A process that became another program is begun anew, once. */
	for (int i = 0; i < 2; i++) {
		struct process *process = process_of(unwinder, fault->pid);

		unwinder->n = 0;
		unwinder->stale = false;
		if (process)
			unwind(process, ip);
		if (!process || !unwinder->stale)
			break;
		forget_process(process);
	}
	if (unwinder->n == 0 && most)
		ret_ips[unwinder->n++] = ip;
	return unwinder->n;
}
