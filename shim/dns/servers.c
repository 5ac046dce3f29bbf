/* SPDX-License-Identifier: MIT */
/* Which servers a look-up asks: those of the setup or of resolv.conf. */
#include "servers.h"
#include "channel.h"

#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#define SERVERS_MAX 3 /* as the libc's resolver: MAXNS */
#define SERVER_TEXT_MAX (INET6_ADDRSTRLEN + IF_NAMESIZE + 10) /* "[fe80::1%eth0]:53," */

/* More servers than libc asks would only take longer. */
static int keep_first(ares_channel channel)
{
	char first[SERVERS_MAX * SERVER_TEXT_MAX];
	unsigned count;
	int e = channel_servers(channel, SERVERS_MAX, first, sizeof(first), &count);
	return e == ARES_SUCCESS && count > SERVERS_MAX ? ares_set_servers_ports_csv(channel, first) : e;
}

int servers_set(ares_channel channel, const struct query_setup *s)
{
	const char *servers = s->servers;
	if (servers == NULL && access(RESOLV_CONF, R_OK) != 0)
		servers = s->fallback;
	int e = servers ? ares_set_servers_ports_csv(channel, servers) : ARES_SUCCESS;
	return e == ARES_SUCCESS ? keep_first(channel) : e;
}
