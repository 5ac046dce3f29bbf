/* SPDX-License-Identifier: MIT */
/* The resolver with what a host has for it: its table, libc's own calls, and its trace. */
#include "dns.h"

#include <errno.h>
#include <stdlib.h>

#include "core/image_numbers.h"
#include "dns/query_setup.h"
#include "dns/resolver.h"
#include "dns/table_domains.h"
#include "dns/table_write.h"
#include "dns/targets.h"
#include "preload/hot.h"
#include "preload/image_now.h"
#include "preload/process.h"
#include "preload/real/io.h"
#include "preload/trace/log.h"
#include "sweep.h"
#include "writer.h"

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

bool dns_is_short(void)
{
	const struct table *t = &this_host.dns;

	return t->head && (table_domains_used(t) > t->domain_max / 2 || table_addresses(t) > (t->entry_mask + 1) / 4);
}

/* While nobody else takes numbers. */
static void free_numbers(uint64_t writer)
{
	struct table *t = &this_host.dns;
	struct table_numbers meant = {.bits = {0}};
	struct table_domain_info info;
	struct image_chain chain;
	struct image_rest rest;

	if (!sweep_chain(&chain) || !image_numbers_meant(&meant, &rest, &chain, atomic_load(&page.p.oldest)))
		return;
	for (uint16_t n = 0; n < table_domains(t) && writer_holds(writer); n++) {
		if (!table_numbers_has(&meant, n) && table_domain_describe(t, n, &info) == 0)
			table_free(t, n);
	}
}

void dns_make_room(struct dns_care *c, uint64_t swept)
{
	uint32_t generation = image_generation_now();

	if (c->generation == generation && c->swept == swept)
		return;
	if (dns_is_short()) {
		uint64_t writer = writer_take();
		if (!writer)
			return;
		free_numbers(writer);
		writer_end(writer);
	}
	c->generation = generation;
	c->swept = swept;
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
