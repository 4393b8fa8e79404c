/* SPDX-License-Identifier: MIT */
/* Targets by name: checked first, made when all arguments are known. */
#include <cr2/guest_runner.h>
#include <cr2/host.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "target.h"

#define WORDS_MAX 16
#define GUEST "guest:"

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

enum cr2_profile target_kernel(const char *words)
{
	const char *guest = strstr(words, GUEST);
	struct utsname uts;

	if (guest)
		return profile_for(guest + strlen(GUEST));
	if (strstr(words, "host") && uname(&uts) == 0)
		return profile_for(uts.release);
	return CR2_PROFILE_6_18;
}

static int unknown(const char *word)
{
	char words[WORDS_MAX][16] = {"model", "host"};
	const char *names[WORDS_MAX];
	size_t n = 2;

	for (size_t i = 0; cr2_guest_version(i) && n < WORDS_MAX; i++)
		snprintf(words[n++], sizeof(words[0]), GUEST "%s", cr2_guest_version(i));
	for (size_t i = 0; i < n; i++)
		names[i] = words[i];
	return target_unknown("target", word, names, n);
}

const char *target_guest(const char *word)
{
	if (strncmp(word, GUEST, strlen(GUEST)) != 0)
		return NULL;
	for (size_t i = 0; cr2_guest_version(i); i++)
		if (strcmp(word + strlen(GUEST), cr2_guest_version(i)) == 0)
			return cr2_guest_version(i);
	return NULL;
}

bool target_is_model(const char *word)
{
	return strcmp(word, "model") == 0;
}

int target_check(const char *word)
{
	if (target_is_model(word) || strcmp(word, "host") == 0 || target_guest(word))
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
	if (r == 0)
		r = cr2_runner_host_create(&target->runner);
	if (r == 0 && cr2_runner_traits(target->runner, &target->traits) < 0)
		target->traits = 0; /* why it cannot be tried is said when a scenario is */
	return r;
}

/* Report slow steps on a terminal. */
static void tell_progress(void *data, const char *what)
{
	(void)data;
	if (isatty(STDERR_FILENO))
		cli_error(0, "%s", what);
}

static int create_guest(const char *version, struct target *target, struct cr2_text *name,
			struct cr2_text *reason)
{
	int r = cr2_text_printf(name, "guest %s", version);

	return r == 0 ? cr2_runner_guest_create(version, tell_progress, NULL, &target->runner, reason)
		      : r;
}

int target_create(const char *word, enum cr2_profile profile, unsigned traits,
		  struct target *ret_target)
{
	struct cr2_text name = {0}, reason = {0};
	struct target target = {0};
	int r;

	if (target_guest(word))
		r = create_guest(target_guest(word), &target, &name, &reason);
	else if (target_is_model(word))
		r = create_model(profile, traits, &target, &name);
	else
		r = create_host(&target, &name);
	target.name = name.data;
	if (r < 0) {
		cli_error(CLI_UNABLE, "%s: %s", word, reason.data ? reason.data : strerror(-r));
		target_finish(&target);
	} else {
		*ret_target = target;
	}
	cr2_text_finish(&reason);
	return r < 0 ? CLI_UNABLE : CLI_OK;
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
