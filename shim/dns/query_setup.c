/* SPDX-License-Identifier: MIT */
/* From [dns] of the configuration, and from resolv.conf. */
#include "query_setup.h"

#include <ares.h>
#include <errno.h>
#include <stdio.h>
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
	struct ares_addr_port_node *servers, *s;
	size_t len = 0;
	buf[0] = '\0';
	if (access(RESOLV_CONF, R_OK) != 0 || ares_init(&channel) != ARES_SUCCESS)
		return ENOENT;
	int e = ares_get_servers_ports(channel, &servers) == ARES_SUCCESS ? 0 : ENOMEM;
	for (s = servers; e == 0 && s; s = s->next) {
		char host[46];
		ares_inet_ntop(s->family, &s->addr, host, sizeof(host));
		int n = snprintf(buf + len, size - len,
			s->family == AF_INET6 ? "%s[%s]:%d" : "%s%s:%d", len ? "," : "", host,
			s->udp_port ? s->udp_port : 53);
		if (n < 0 || (size_t)n >= size - len) {
			buf[len] = '\0';
			break;
		}
		len += (size_t)n;
	}
	if (e == 0)
		ares_free_data(servers);
	ares_destroy(channel);
	return e;
}
