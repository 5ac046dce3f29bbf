/* SPDX-License-Identifier: MIT */
/* From [dns] of the configuration, and from resolv.conf. */
#include "query_setup.h"
#include "channel.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define TIMEOUT_DEFAULT 5 /* seconds */

void query_setup_from(
	struct query_setup *s, const struct config *c, const struct dns_io *io, char *server)
{
	struct addr a = c->dns_server;
	*s = (struct query_setup){
		.io = io,
		.timeout_ms = (c->dns_timeout ? c->dns_timeout : TIMEOUT_DEFAULT) * 1000,
		.hosts_file = true,
	};
	if (a.family == 0)
		return;
	if (a.port == 0)
		a.port = 53;
	addr_print(&a, server);
	s->servers = server;
}

int query_setup_servers(char *buf, size_t size)
{
	ares_channel channel;
	unsigned count;
	buf[0] = '\0';
	if (access(RESOLV_CONF, R_OK) != 0 || ares_init_options(&channel, NULL, 0) != ARES_SUCCESS)
		return ENOENT;
	int e = channel_servers(channel, UINT_MAX, buf, size, &count);
	ares_destroy(channel);
	return e == ARES_SUCCESS ? 0 : ENOMEM;
}
