/* SPDX-License-Identifier: MIT */
/* c-ares before 1.34. */
#include "channel.h"

#if CHANNEL_IS_OLDER

#include <stdio.h>
#include <sys/random.h>

#include "clock.h"

#define CLASS_IN 1

int channel_open(ares_channel *channel, struct ares_options *options, int mask, struct wire *w)
{
	static const struct ares_socket_functions functions = {
		wire_socket, wire_close, wire_connect, wire_receive, wire_send};
	int e = ares_init_options(channel, options, mask);
	if (e == ARES_SUCCESS)
		ares_set_socket_functions(*channel, &functions, w);
	return e;
}

static void answered(void *ctx, int status, int timeouts, unsigned char *msg, int n)
{
	struct channel_call *call = ctx;
	(void)timeouts;
	call->answered(call, status, msg, msg && n > 0 ? (size_t)n : 0);
}

/* The channel adds EDNS to all that it makes itself. */
static void ask_plain(ares_channel channel, const char *name, uint16_t type, struct channel_call *call)
{
	unsigned char *msg;
	int n;
	uint16_t id;
	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
		id = (uint16_t)(clock_ms() * 40503);
	int e = ares_create_query(name, CLASS_IN, type, id, 1, &msg, &n, 0);
	if (e != ARES_SUCCESS) {
		call->answered(call, e, NULL, 0);
		return;
	}
	ares_send(channel, msg, n, answered, call);
	ares_free_string(msg);
}

void channel_ask(ares_channel channel, const char *name, uint16_t type, bool plain, struct channel_call *call)
{
	if (plain)
		ask_plain(channel, name, type, call);
	else
		ares_query(channel, name, CLASS_IN, type, answered, call);
}

int channel_sockets(ares_channel channel, const struct wire *w, struct pollfd *fds, int max)
{
	ares_socket_t socks[ARES_GETSOCK_MAXNUM];
	unsigned bits = (unsigned)ares_getsock(channel, socks, ARES_GETSOCK_MAXNUM);
	int count = 0;
	for (int i = 0; i < ARES_GETSOCK_MAXNUM && count < max; i++) {
		short events = 0;
		/* c-ares' own macros shift a signed 1 into its sign */
		if (bits >> i & 1)
			events |= POLLIN;
		if (bits >> (i + ARES_GETSOCK_MAXNUM) & 1)
			events |= POLLOUT;
		if (events && wire_owns(w, socks[i]))
			fds[count++] = (struct pollfd){.fd = socks[i], .events = events};
	}
	return count;
}

int channel_servers(ares_channel channel, unsigned most, char *buf, size_t size, unsigned *count)
{
	struct ares_addr_port_node *servers;
	size_t len = 0;
	bool fits = true;
	*count = 0;
	buf[0] = '\0';
	int e = ares_get_servers_ports(channel, &servers);
	if (e != ARES_SUCCESS)
		return e;
	for (struct ares_addr_port_node *s = servers; s; s = s->next, ++*count) {
		char host[46];
		if (!fits || *count >= most)
			continue;
		ares_inet_ntop(s->family, &s->addr, host, sizeof(host));
		int n = snprintf(buf + len, size - len,
			s->family == AF_INET6 ? "%s[%s]:%d" : "%s%s:%d", len ? "," : "", host,
			s->udp_port ? s->udp_port : 53);
		fits = n > 0 && (size_t)n < size - len;
		if (fits)
			len += (size_t)n;
		buf[len] = '\0';
	}
	ares_free_data(servers);
	return ARES_SUCCESS;
}

#endif
