/* SPDX-License-Identifier: MIT */
/* What machine this is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cr2/calibration.h>

/* "model name\t: AMD EPYC": what is behind the colon, as much of it as there is room for. */
static void read_cpu(char *cpu, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		const char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		value += 1 + strspn(value + 1, " \t");
		snprintf(cpu, size, "%.*s", (int)strcspn(value, "\n"), value);
		break;
	}
	if (file)
		fclose(file);
}

int cr2_machine_read(struct cr2_machine *ret_machine)
{
	struct cr2_machine machine = {0};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname name;

	if (uname(&name) < 0)
		return -errno;
	memcpy(machine.kernel, name.release, sizeof(machine.kernel));
	read_cpu(machine.cpu, sizeof(machine.cpu));
	machine.cores = cores > 0 ? (unsigned)cores : 1;
	*ret_machine = machine;
	return 0;
}

bool cr2_machine_same(const struct cr2_machine *a, const struct cr2_machine *b)
{
	return strcmp(a->cpu, b->cpu) == 0 && strcmp(a->kernel, b->kernel) == 0 &&
	       a->cores == b->cores;
}
