/* SPDX-License-Identifier: MIT */
/*
 * Scenarios and single faults on the kernel that runs us.
 */
#ifndef CR2_HOST_H
#define CR2_HOST_H

#include <cr2/force.h>
#include <cr2/run.h>
#include <cr2/settings.h>

CR2_BEGIN_DECLS

/*
 * The kernel that runs us, with real processes. One runner runs any number of scenarios, one
 * after another; all calls of a scenario come from one thread, which is bound to one CPU
 * meanwhile, and whose end is the end of the scenario's processes. Whatever begin() changed on
 * the system is put back by end(), and also when this process is killed (cr2/settings.h). begin()
 * needs root, or CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH where no settings change (-EPERM); its other
 * errors are also those of cr2_settings_hold().
 */
int cr2_runner_host_create(struct cr2_runner **ret_runner);
/* From now on watch, which the caller keeps, hears of settings; NULL: nobody. -EINVAL: no host. */
int cr2_runner_host_watch(struct cr2_runner *runner, const struct cr2_settings_watch *watch);
/*
 * Makes one page fault on the kernel that runs us, with a runner of cr2_runner_host_create().
 * Returns 0, or as cr2_litmus_run() does with the report's reason filled. Without privileges
 * the fault is made all the same where it can be, and what the process itself can see of it
 * is reported: 0 with traced clear and reason filled. Finish the report in any case.
 */
int cr2_force_run(struct cr2_runner *runner, enum cr2_force force,
		  struct cr2_force_report *ret_report);

CR2_END_DECLS

#endif
