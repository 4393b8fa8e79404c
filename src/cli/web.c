/* SPDX-License-Identifier: MIT */
/*
 * cr2 web: the page of web/ on loopback, and with --host runs of its scenarios on this kernel, by a cr2 run of their
 * own. Whoever may ask for those knows the secret in the address, which changes with each start.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "page.h"

static const char doc[] =
	"Serves the step debugger's page (docs/web.md) to browsers on this machine, at 127.0.0.1 alone, until Ctrl-C.\v"
	"With --host the page can run its scenario on this kernel beside the model, as 'cr2 run --on model,host' does, which "
	"needs root. The address then has a secret in it, without which nothing is answered; requests of other sites' pages "
	"are refused. One runs at a time; one whose page stops it, or is closed, is ended.\n\n"
	"Exit: 2 bad input, 3 the page was not built, or the port is taken.";

enum {
	OPTION_PORT = 256,
	OPTION_HOST,
	OPTION_TIME_LIMIT,
};

static const struct argp_option argp_options[] = {
	{"port", OPTION_PORT, "N", 0, "Listen there; 0: any that is free; default: 9714", 0},
	{"host", OPTION_HOST, NULL, 0, "Run scenarios on this kernel where the page asks for it", 0},
	{"time-limit", OPTION_TIME_LIMIT, "SECONDS", 0, "End a run on this kernel that takes longer; default: 60", 0},
	{0},
};

struct arguments {
	uint64_t port, seconds;
	bool host;
	int exit;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_PORT:
		a->exit = cli_number("port", arg, 0, UINT16_MAX, &a->port);
		return a->exit ? EINVAL : 0;
	case OPTION_HOST:
		a->host = true;
		return 0;
	case OPTION_TIME_LIMIT:
		a->exit = cli_number("time-limit", arg, 1, 86400, &a->seconds);
		return a->exit ? EINVAL : 0;
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "web: '%s' is too much", arg);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

#ifndef CR2_MICROHTTPD
static int serve(const struct arguments *a)
{
	(void)a;
	return cli_error(CLI_UNABLE, "web: this cr2 was built without libmicrohttpd, and cannot listen; the page is a file "
			 "that a browser opens by itself: 'cr2 step FILE --html OUT' writes one");
}
#else
#include <arpa/inet.h>
#include <signal.h>
#include <sys/random.h>

#include <microhttpd.h>

#include "web_run.h"

#define SECRET_BYTES 16
#define SCENARIO_MAX (1u << 20)

struct server {
	struct cr2_text page;
	char prefix[2 + 2 * SECRET_BYTES + 1]; /* "/", or "/SECRET/" */
	bool host;
	unsigned port;
	struct web_runs runs;
};

/* A request: its body, as it comes. */
struct request {
	struct cr2_text body;
	bool too_long;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type, const char *body,
			      size_t n)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(n, (void *)body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "X-Frame-Options", "DENY");
	MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *message)
{
	return answer(connection, status, "text/plain; charset=utf-8", message, strlen(message));
}

static enum MHD_Result answer_run(struct server *s, const struct request *request, struct MHD_Connection *connection)
{
	int client = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, r;
	struct cr2_text text = {0};
	enum MHD_Result result;

	if (request->too_long || !request->body.length)
		return say(connection, MHD_HTTP_BAD_REQUEST, "a scenario of at most 1 MiB is wanted");
	r = web_run(&s->runs, &request->body, client, &text);
	if (r == -ECANCELED)
		return MHD_NO;
	if (r == -EBUSY)
		return say(connection, MHD_HTTP_CONFLICT, "another run is under way: wait for it, or stop it\n");
	if (r < 0)
		return say(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "the run could not be begun");
	result = answer(connection, MHD_HTTP_OK, "text/plain; charset=utf-8", text.data ? text.data : "", text.length);
	cr2_text_finish(&text);
	return result;
}

/* ---- requests ---- */

/* Is it this server that a browser means? Another name for it could be another site's. */
static bool is_own(struct MHD_Connection *connection, const char *header, const char *scheme, unsigned port, bool absent)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, header);
	static const char *const names[] = {"127.0.0.1", "localhost"};
	char own[64];

	if (!value)
		return absent;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++) {
		snprintf(own, sizeof(own), "%s%s:%u", scheme, names[i], port);
		if (strcmp(value, own) == 0)
			return true;
	}
	return false;
}

/* In a time that does not tell how much of it was right. */
static bool begins_with(const char *url, const char *prefix)
{
	unsigned char other = 0;
	size_t n = strlen(prefix);

	if (strlen(url) < n)
		return false;
	for (size_t i = 0; i < n; i++)
		other |= (unsigned char)(url[i] ^ prefix[i]);
	return !other;
}

static enum MHD_Result answer_request(struct server *s, struct MHD_Connection *connection, const char *url, const char *method,
				      const struct request *request)
{
	bool get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

	if (!is_own(connection, MHD_HTTP_HEADER_HOST, "", s->port, false) ||
	    !is_own(connection, MHD_HTTP_HEADER_ORIGIN, "http://", s->port, true))
		return say(connection, MHD_HTTP_FORBIDDEN, "this is for its own page alone\n");
	if (!begins_with(url, s->prefix))
		return say(connection, MHD_HTTP_NOT_FOUND, "the whole address, as cr2 web printed it, is wanted\n");
	url += strlen(s->prefix);
	if (get && !*url)
		return answer(connection, MHD_HTTP_OK, "text/html; charset=utf-8", s->page.data, s->page.length);
	if (s->host && strcmp(method, MHD_HTTP_METHOD_POST) == 0 && strcmp(url, "run") == 0)
		return answer_run(s, request, connection);
	return say(connection, get ? MHD_HTTP_NOT_FOUND : MHD_HTTP_METHOD_NOT_ALLOWED, "there is the page alone\n");
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **seen)
{
	struct request *request = *seen;

	(void)version;
	if (!request) {
		*seen = calloc(1, sizeof(*request));
		return *seen ? MHD_YES : MHD_NO;
	}
	if (!*upload_size)
		return answer_request(data, connection, url, method, request);
	request->too_long |= request->body.length + *upload_size > SCENARIO_MAX;
	if (!request->too_long && cr2_text_append_n(&request->body, upload, *upload_size) < 0)
		return MHD_NO;
	*upload_size = 0;
	return MHD_YES;
}

static void forget(void *data, struct MHD_Connection *connection, void **seen, enum MHD_RequestTerminationCode why)
{
	struct request *request = *seen;

	(void)data;
	(void)connection;
	(void)why;
	if (request)
		cr2_text_finish(&request->body);
	free(request);
	*seen = NULL;
}

/* ---- the server ---- */

static const char head_end[] = "</head>";

/* The page is told that it may ask for runs. */
static int offer_runs(struct server *s)
{
	unsigned char secret[SECRET_BYTES];
	const char *at = strstr(s->page.data, head_end);
	struct cr2_text page = {0};
	char *to = s->prefix;
	int r = at && getrandom(secret, sizeof(secret), 0) == sizeof(secret) ? 0 : -EIO;

	*to++ = '/';
	for (size_t i = 0; r == 0 && i < SECRET_BYTES; i++)
		to += sprintf(to, "%02x", secret[i]);
	strcpy(to, "/");
	if (r == 0)
		r = cr2_text_append_n(&page, s->page.data, (size_t)(at - s->page.data));
	if (r == 0)
		r = cr2_text_printf(&page, "<meta name=\"cr2-host\" content=\"run\">%s", at);
	cr2_text_finish(&s->page);
	s->page = page;
	s->host = true;
	return r;
}

static unsigned port_of(struct MHD_Daemon *daemon)
{
	struct sockaddr_in at;
	socklen_t size = sizeof(at);
	int fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd;

	return getsockname(fd, (struct sockaddr *)&at, &size) == 0 ? ntohs(at.sin_port) : 0;
}

/* A thread for each connection: one that is slow, or waits for its run, keeps nobody waiting. */
static struct MHD_Daemon *begin(struct server *s, uint64_t port)
{
	const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, s,
				MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT, 64u,
				MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL,
				MHD_OPTION_END);
}

/* Until a signal: then all connections are closed, and what runs for them ends. */
static int listen_and_serve(struct server *s, uint64_t port)
{
	struct MHD_Daemon *daemon;
	sigset_t ends;
	int signal = 0;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	s->port = (unsigned)port;
	daemon = begin(s, port);
	if (!daemon)
		return cli_error(CLI_UNABLE, "web: cannot listen on 127.0.0.1:%llu: %s", (unsigned long long)port,
				 errno ? strerror(errno) : "the server does not start");
	s->port = port_of(daemon);
	fprintf(stderr, "cr2: http://127.0.0.1:%u%s\n", s->port, s->prefix);
	sigwait(&ends, &signal);
	MHD_stop_daemon(daemon);
	raise(signal);
	sigprocmask(SIG_UNBLOCK, &ends, NULL);
	return CLI_OK;
}

static int serve(const struct arguments *a)
{
	struct server s = {.prefix = "/", .runs.seconds = (unsigned)a->seconds};
	int code = page_load("web", &s.page);

	if (code == CLI_OK && a->host && offer_runs(&s) < 0)
		code = cli_error(CLI_UNABLE, "web: --host: no secret could be made, or the page is of another version");
	if (code == CLI_OK)
		code = listen_and_serve(&s, a->port);
	cr2_text_finish(&s.page);
	return code;
}
#endif

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.port = 9714, .seconds = 60};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	return serve(&a);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_web = {
	.name = "web",
	.summary = "serve the step debugger's page to browsers on this machine",
	.argp = &argp,
	.run = run,
};
