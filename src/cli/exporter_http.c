/* SPDX-License-Identifier: MIT */
/* cr2 exporter: answers GET /metrics, in the format that the asker prefers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter.h"

#ifndef CR2_MICROHTTPD
int exporter_listen(struct exporter *exporter, const char *address, struct exporter_server **ret_server)
{
	(void)exporter;
	(void)address;
	(void)ret_server;
	return cli_error(CLI_UNABLE, "exporter: this cr2 was built without libmicrohttpd, and cannot listen; use "
			 "--textfile");
}

void exporter_say_where(const struct exporter_server *server)
{
	(void)server;
}

void exporter_serve(struct exporter_server *server, int milliseconds)
{
	(void)server;
	(void)milliseconds;
}

void exporter_close(struct exporter_server *server)
{
	(void)server;
}
#else
#include <netdb.h>
#include <sys/socket.h>

#include <microhttpd.h>

struct exporter_server {
	struct exporter *exporter;
	struct MHD_Daemon *daemon;
};

#define OPENMETRICS "application/openmetrics-text"

/* The weight that an Accept header gives to a type: "type/sub; q=0.5, ..." */
static double weight_of(const char *accept, const char *type)
{
	const char *at = strstr(accept, type), *q;
	size_t n;

	if (!at)
		return 0;
	n = strcspn(at, ",");
	q = strstr(at, "q=");
	return q && q < at + n ? strtod(q + 2, NULL) : 1;
}

static bool wants_openmetrics(const char *accept)
{
	double weight = accept ? weight_of(accept, OPENMETRICS) : 0;

	return weight > 0 && weight >= weight_of(accept, "text/plain");
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type, char *body,
			      size_t n)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(n, body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *message)
{
	char body[200];
	int n = snprintf(body, sizeof(body), "%s\n", message);

	return answer(connection, status, "text/plain; charset=utf-8", body, (size_t)n);
}

static enum MHD_Result answer_metrics(struct exporter *e, struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	bool openmetrics = wants_openmetrics(accept);
	struct cr2_text text = {0};
	enum MHD_Result result;
	int r = exporter_collect(e, openmetrics, &text);

	if (r < 0)
		result = say(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, strerror(-r));
	else
		result = answer(connection, MHD_HTTP_OK, openmetrics ? OPENMETRICS "; version=1.0.0; charset=utf-8" :
				"text/plain; version=0.0.4; charset=utf-8", text.data, text.length);
	cr2_text_finish(&text);
	return result;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **seen)
{
	struct exporter_server *server = data;

	(void)version;
	(void)upload;
	/* Once when the head is there, and again when all is; what is sent to us is read and dropped. */
	if (!*seen) {
		*seen = server;
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET");
	if (strcmp(url, "/metrics") == 0)
		return answer_metrics(server->exporter, connection);
	if (strcmp(url, "/") == 0)
		return say(connection, MHD_HTTP_OK, "cr2 " CR2_VERSION ": page faults by cause, at /metrics");
	return say(connection, MHD_HTTP_NOT_FOUND, "there is /metrics");
}

/* "127.0.0.1:9713", "[::1]:9713" */
static int resolve(const char *address, struct addrinfo **ret_found)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
				       .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(address, ':');
	char host[64] = "";
	size_t n = colon ? (size_t)(colon - address) : 0;
	uint64_t port;

	if (!colon || n >= sizeof(host) || cr2_parse_u64(colon + 1, &port) < 0 || port > UINT16_MAX)
		return -EINVAL;
	memcpy(host, address, n);
	if (host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}
	return getaddrinfo(host, colon + 1, &hints, ret_found) ? -EINVAL : 0;
}

static int open_socket(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, 32) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

void exporter_say_where(const struct exporter_server *server)
{
	int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd;
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);
	char host[64], port[8];

	if (getsockname(fd, (struct sockaddr *)&at, &size) == 0 &&
	    getnameinfo((struct sockaddr *)&at, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		fprintf(stderr, strchr(host, ':') ? "cr2: http://[%s]:%s/metrics\n" : "cr2: http://%s:%s/metrics\n",
			host, port);
}

int exporter_listen(struct exporter *exporter, const char *address, struct exporter_server **ret_server)
{
	struct exporter_server *server = calloc(1, sizeof(*server));
	struct addrinfo *found = NULL;
	int fd;

	if (!server)
		return cli_error(CLI_UNABLE, "exporter: %s", strerror(ENOMEM));
	if (resolve(address, &found) < 0) {
		free(server);
		return cli_error(CLI_USAGE, "exporter: --listen: '%s' is no address such as 127.0.0.1:9713 or [::1]:9713",
				 address);
	}
	fd = open_socket(found);
	freeaddrinfo(found);
	server->exporter = exporter;
	if (fd >= 0)
		server->daemon = MHD_start_daemon(MHD_NO_FLAG, 0, NULL, NULL, handle, server,
						  MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, 32u,
						  MHD_OPTION_CONNECTION_TIMEOUT, 15u, MHD_OPTION_END);
	if (!server->daemon) {
		free(server);
		if (fd >= 0)
			close(fd);
		return cli_error(CLI_UNABLE, "exporter: cannot listen on %s: %s", address,
				 fd < 0 ? strerror(-fd) : "the server does not start");
	}
	*ret_server = server;
	return 0;
}

void exporter_serve(struct exporter_server *server, int milliseconds)
{
	MHD_run_wait(server->daemon, milliseconds);
}

void exporter_close(struct exporter_server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}
#endif
