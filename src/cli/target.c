/* SPDX-License-Identifier: MIT */
/* Targets by name: checked first, made when all arguments are known. */
#include <cr2/host.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "target.h"
#include "target_guest.h"

#define WORDS_MAX 16

int target_unknown(const char *what, const char *word, const char *const *words, size_t n)
{
	const char *near = cr2_nearest(word, words, n);
	struct cr2_text list = {0};

	if (near)
		return cli_error(CLI_USAGE, "unknown %s '%s'; did you mean '%s'?", what, word,
				 near);
	for (size_t i = 0; i < n; i++)
		cr2_text_printf(&list, "%s%s", i ? ", " : "", words[i]);
	cli_error(CLI_USAGE, "unknown %s '%s'; one of %s", what, word, list.data ? list.data : "");
	cr2_text_finish(&list);
	return CLI_USAGE;
}

int target_profile(const char *word, enum cr2_profile *ret_profile)
{
	const char *names[CR2_PROFILE_COUNT];
	int profile = cr2_profile_parse(word);

	for (int i = 0; i < CR2_PROFILE_COUNT; i++)
		names[i] = cr2_profile_name((enum cr2_profile)i);
	if (profile < 0)
		return target_unknown("kernel", word, names, CR2_PROFILE_COUNT);
	*ret_profile = (enum cr2_profile)profile;
	return CLI_OK;
}

/* The newest kernel that the model knows and that is not newer than the release. */
static enum cr2_profile profile_for(const char *release)
{
	enum cr2_profile best = CR2_PROFILE_6_1;
	unsigned major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return CR2_PROFILE_6_18;
	for (int i = 0; i < CR2_PROFILE_COURSE; i++)
		if (cr2_profile_version((enum cr2_profile)i) <= (int)(major * 1000 + minor))
			best = (enum cr2_profile)i;
	return best;
}

static enum cr2_profile guest_profile(const char *word)
{
	enum cr2_profile profile = CR2_PROFILE_6_18;
	struct cr2_text release = {0};

	if (target_guest_release(word, &release) == 0)
		profile = profile_for(release.data);
	cr2_text_finish(&release);
	return profile;
}

enum cr2_profile target_kernel(const char *on)
{
	char *words = strdup(on), *rest = words, *word;
	enum cr2_profile profile = CR2_PROFILE_6_18;
	bool guest = false;
	struct utsname uts;

	while (words && !guest && (word = target_next(&rest))) {
		guest = target_is_guest(word);
		if (guest)
			profile = guest_profile(word);
		else if (strcmp(word, "host") == 0 && uname(&uts) == 0)
			profile = profile_for(uts.release);
	}
	free(words);
	return profile;
}

static int unknown(const char *word)
{
	char words[WORDS_MAX][16] = {"model", "host"};
	const char *names[WORDS_MAX];
	size_t n = 2;

	if (target_is_guest(word) && access(strchr(word, ':') + 1, F_OK) == 0)
		return cli_error(CLI_USAGE, "%s: a kernel image is named with a slash: guest:./%s", word,
				 strchr(word, ':') + 1);
	for (size_t i = 0; cr2_guest_version(i) && n < WORDS_MAX; i++)
		snprintf(words[n++], sizeof(words[0]), "guest:%s", cr2_guest_version(i));
	for (size_t i = 0; i < n; i++)
		names[i] = words[i];
	return target_unknown("target", word, names, n);
}

bool target_is_model(const char *word)
{
	return strcmp(word, "model") == 0;
}

int target_check(const char *word)
{
	if (target_is_model(word) || strcmp(word, "host") == 0 || target_is_own_kernel(word) ||
	    target_guest_version(word))
		return CLI_OK;
	return unknown(word);
}

/* The model under the profile. */
static int create_model(enum cr2_profile profile, unsigned traits, struct target *target,
			struct cr2_text *name)
{
	struct cr2_model_config config;
	int r = cr2_text_printf(name, "model %s", cr2_profile_name(profile));

	cr2_model_config_init(&config, profile);
	cr2_traits_apply(traits, &config);
	target->is_model = true;
	target->traits = traits;
	return r == 0 ? cr2_runner_model_create(&config, &target->runner) : r;
}

/* "host 6.18.44": the release without what distributions append. */
static int create_host(struct target *target, struct cr2_text *name)
{
	struct utsname uts;
	int r;

	if (uname(&uts) < 0)
		return -errno;
	r = cr2_text_printf(name, "host %.*s", (int)strspn(uts.release, "0123456789."), uts.release);
	cli_heap_for_bpf();
	if (r == 0)
		r = cr2_runner_host_create(&target->runner);
	if (r == 0)
		cr2_runner_host_watch(target->runner, &cli_settings_watch);
	return r;
}

/* One line, and below it what a guest's console said, where one was lost while it booted. */
static void tell_reason(const char *word, int code, char *reason)
{
	char *console = reason;

	strsep(&console, "\n");
	cli_error(code, "%s: %s", word, reason);
	if (console && *console)
		cli_tell_console(word, console);
}

int target_create(const char *word, enum cr2_profile profile, unsigned traits,
		  struct target *ret_target)
{
	struct cr2_text name = {0}, reason = {0};
	struct target target = {0};
	int code, r;

	target.is_own_kernel = target_is_own_kernel(word);
	if (target_is_guest(word))
		r = target_guest_create(word, &target.runner, &name, &reason);
	else if (target_is_model(word))
		r = create_model(profile, traits, &target, &name);
	else
		r = create_host(&target, &name);
	if (r == 0 && !target_is_model(word) && cr2_runner_traits(target.runner, &target.traits) < 0)
		target.traits = 0; /* why it cannot be tried is said when a scenario is */
	target.name = name.data;
	code = target.is_own_kernel ? CLI_UNTESTED : CLI_UNABLE;
	if (r < 0) {
		tell_reason(word, code, reason.data ? reason.data : strerror(-r));
		target_finish(&target);
	} else {
		*ret_target = target;
	}
	cr2_text_finish(&reason);
	return r < 0 ? code : CLI_OK;
}

void target_tell_traits(const struct target *target, FILE *stream)
{
	if (target->traits & CR2_TRAIT(NO_ZERO_PAGE))
		fprintf(stream, "%s: %s (%s); the model does the same\n", target->name,
			cr2_trait_sentence(CR2_TRAIT_NO_ZERO_PAGE),
			cr2_trait_cause(CR2_TRAIT_NO_ZERO_PAGE));
}

void target_finish(struct target *target)
{
	cr2_runner_destroy(target->runner);
	free(target->name);
	*target = (struct target){0};
}
