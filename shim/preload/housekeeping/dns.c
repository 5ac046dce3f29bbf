/* SPDX-License-Identifier: MIT */
/* The resolver with what a host has for it: its table, libc's own calls, and its trace. */
#include "dns.h"

#include "dns/query_setup.h"
#include "dns/resolver.h"
#include "dns/targets.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "preload/real/io.h"
#include "preload/trace/log.h"

static const struct config *config;
static char servers[256]; /* of resolv.conf as the host started: a chroot may hide it */
static struct resolver *resolver;

bool dns_prepare(const struct config *c)
{
	if (!targets_are_asked(c))
		return false;
	config = c;
	if (!c->dns_server.family && query_setup_servers(servers, sizeof(servers)) != 0)
		servers[0] = 0;
	return true;
}

static void say(void *ctx, const char *text)
{
	(void)ctx;
	if (page.p.mode & HOT_TRACE)
		trace_say(text);
}

int dns_open(void)
{
	struct resolver_setup setup = {.config = config,
		.table = &this_host.dns,
		.io = &real_io,
		.fallback = servers,
		.say = say};

	return resolver_open(&resolver, &setup);
}

int dns_sockets(struct pollfd *fds, int max)
{
	return resolver_sockets(resolver, fds, max);
}

int dns_wait(void)
{
	return resolver_wait(resolver);
}

void dns_step(const struct pollfd *fds, int count)
{
	resolver_step(resolver, fds, count);
}

void dns_close(void)
{
	resolver_close(resolver);
}
