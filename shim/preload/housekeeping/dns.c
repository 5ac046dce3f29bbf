/* SPDX-License-Identifier: MIT */
/* The resolver with what a host has for it: its table, libc's own calls, and its trace. */
#include "dns.h"

#include <errno.h>
#include <stdlib.h>

#include "dns/query_setup.h"
#include "dns/resolver.h"
#include "dns/targets.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "preload/real/io.h"
#include "preload/trace/log.h"

#define IDLE_MS 60000

static char servers[256]; /* of resolv.conf as the host started: a chroot may hide it */
static struct resolver *resolver; /* NULL = nothing is looked up */

void dns_prepare(const struct config *c)
{
	if (targets_are_asked(c) && !c->dns_server.family && query_setup_servers(servers, sizeof(servers)) != 0)
		servers[0] = 0;
}

bool dns_is_asked(const struct image *i)
{
	const struct image_target *t = image_part(i, IMAGE_TARGETS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_TARGETS); n++) {
		if (t[n].kind == TARGET_DOMAIN)
			return true;
	}
	return false;
}

static void say(void *ctx, const char *text)
{
	(void)ctx;
	if (page.p.mode & HOT_TRACE)
		trace_say(text);
}

int dns_open(const struct image *i)
{
	void *room = aligned_alloc(IMAGE_ALIGN, image_room(i) + IMAGE_ALIGN);
	struct rules r;
	struct resolver_setup setup = {.config = &r.config,
		.table = &this_host.dns,
		.io = &real_io,
		.fallback = *servers ? servers : NULL,
		.say = say};

	dns_close();
	if (!room)
		return ENOMEM;
	image_attach(&r, i, room);
	int error = this_host.dns.head && dns_is_asked(i) ? resolver_open(&resolver, &setup) : 0;
	free(room);
	return error;
}

int dns_sockets(struct pollfd *fds, int max)
{
	return resolver ? resolver_sockets(resolver, fds, max) : 0;
}

int dns_wait(void)
{
	return resolver ? resolver_wait(resolver) : IDLE_MS;
}

void dns_step(const struct pollfd *fds, int count)
{
	if (resolver)
		resolver_step(resolver, fds, count);
}

void dns_close(void)
{
	resolver_close(resolver);
	resolver = NULL;
}
