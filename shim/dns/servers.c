/* SPDX-License-Identifier: MIT */
/* Which servers a look-up asks: those of the setup or of resolv.conf. */
#include "servers.h"

#include <unistd.h>

#define SERVERS_MAX 3 /* as the libc's resolver: MAXNS */

/* More servers than libc asks would only take longer. */
static int keep_first(ares_channel channel)
{
	struct ares_addr_port_node *servers;
	int e = ares_get_servers_ports(channel, &servers);
	if (e != ARES_SUCCESS)
		return e;
	struct ares_addr_port_node *last = servers, *rest = NULL;
	for (int i = 1; last && i < SERVERS_MAX; i++)
		last = last->next;
	if (last) {
		rest = last->next;
		last->next = NULL;
	}
	if (rest)
		e = ares_set_servers_ports(channel, servers);
	if (last)
		last->next = rest;
	ares_free_data(servers);
	return e;
}

int servers_set(ares_channel channel, const struct query_setup *s)
{
	const char *servers = s->servers;
	if (servers == NULL && access(RESOLV_CONF, R_OK) != 0)
		servers = s->fallback;
	int e = servers ? ares_set_servers_ports_csv(channel, servers) : ARES_SUCCESS;
	return e == ARES_SUCCESS ? keep_first(channel) : e;
}
