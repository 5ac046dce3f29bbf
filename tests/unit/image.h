/* SPDX-License-Identifier: MIT */
/* What the tests of images share: random INIs, rules made of a text and of its image, questions to both. */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include <stdlib.h>

#include "config/ini.h"
#include "config/select.h"
#include "core/image.h"
#include "fake_system.h"
#include "rounds.h"
#include "sip.h"

struct pair {
	struct rules own;   /* of the text */
	struct image *image;
	struct rules read;  /* of the image, which lies elsewhere */
	void *room, *copy;
};

static inline void load(struct rules *r, const char *text, size_t n)
{
	struct findings f;

	*r = (struct rules){0};
	int error = config_load_text(&r->config, "/etc/bond.ini", text, n, &f);
	if (error)
		findings_print(&f, "test.ini", stderr, false);
	cr_assert_eq(error, 0, "%.*s", (int)n, text);
	findings_free(&f);
	cr_assert_eq(rules_make(r), 0);
}

static inline void unload(struct rules *r)
{
	match_free((struct match *)(uintptr_t)r->match);
	config_free(&r->config);
}

static inline void attach(struct pair *p)
{
	size_t size = p->image->size;

	cr_assert(image_check(p->image, size));
	p->copy = aligned_alloc(IMAGE_ALIGN, (size + 15) & ~(size_t)15);
	memcpy(p->copy, p->image, size);
	p->room = aligned_alloc(IMAGE_ALIGN, image_room(p->copy));
	memset(p->room, 0xa5, image_room(p->copy));
	image_attach(&p->read, p->copy, p->room);
}

static inline void make(struct pair *p, const char *text, size_t n, const struct image *former, uint64_t now)
{
	load(&p->own, text, n);
	cr_assert_eq(image_write(&p->image, &p->own.config, p->own.match, former, now), 0);
	attach(p);
}

static inline void end(struct pair *p)
{
	unload(&p->own);
	free(p->image);
	free(p->room);
	free(p->copy);
}

static inline const char *pick(const char *const *list, size_t count, unsigned *seed)
{
	return list[(size_t)rand_r(seed) % count];
}
#define PICK(list, seed) pick(list, COUNT(list), seed)

static inline void random_bonds(struct text *t, int bonds, unsigned *seed)
{
	static const char *const members[] = {"udp:eth1", "tcp:eth1", "udp:eth0 as sip.example.com",
		"udp:192.0.2.10:5070 as [2001:db8::1]:5099", "tls:192.0.2.10", "udp:127.0.0.1",
		"udp:10.0.0.1:5062 as gw.example.org:5090 device eth1", "udp:[2001:db8::10]",
		"tcp:192.0.2.11 as 198.51.100.7", "udp:here.example.com:5099"};
	static const char *const settings[] = {"", "", "no-member = pass\n", "source-port = member\n"};

	for (int i = 0; i < bonds; i++) {
		text_print(t, "[bond:b%d]\n%s", i, PICK(settings, seed));
		for (int k = rand_r(seed) % 5; k >= 0; k--)
			text_print(t, "member = %s\n", PICK(members, seed));
	}
}

static inline void random_routes(struct text *t, int bonds, unsigned *seed)
{
	static const char *const targets[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.2.3:5070",
		"a.com", "*.a.com", "a.com:5070", "b.net", "*.b.net", "0.0.0.0/0", "2001:db8::/32",
		"[2001:db8::1]:5060", "fe80::1%eth0", "10.1.2.0/25", "203.0.113.0/24"};
	static const char *const transports[] = {"udp", "tcp", "tls"};
	static const char *const sockets[] = {"udp:10.0.0.1:5070", "tcp:10.0.0.1:5070", "udp:0.0.0.0"};

	for (int i = rand_r(seed) % 8; i > 0; i--) {
		text_print(t, "[route:r%d]\n", i);
		if (rand_r(seed) % 6)
			text_print(t, "bond = b%d\n", rand_r(seed) % bonds);
		else
			text_print(t, "bond = none\n");
		for (int k = rand_r(seed) % 4; k > 0; k--)
			text_print(t, "to = %s\n", PICK(targets, seed));
		if (rand_r(seed) % 4 == 0)
			text_print(t, "transport = %s\n", PICK(transports, seed));
		if (rand_r(seed) % 4 == 0)
			text_print(t, "socket = %s\n", PICK(sockets, seed));
		if (rand_r(seed) % 4 == 0)
			text_print(t, "from = b%d\n", rand_r(seed) % bonds);
	}
}

static inline void random_ini(struct text *t, unsigned *seed)
{
	static const char *const host[] = {"secret = 0123456789abcdef\n",
		"secret = one\nsecret = two\n", "header = X-Bond\nsecret = s\n", "secret = k\nheaders = keep\n",
		"secret = e\nalias = everywhere.example\n",
		"secret = b\nalias = adv.example:5090 udp:10.0.0.1:5070\n",
		"secret = u\nunknown = 403\nprobe = ignore\nno-route = fail\n", "secret = p\nprogram = kamailio, a b\n",
		"secret = q\nsip-ports = 5080 5090\n"};
	static const char *const dns[] = {"", "", "[dns]\nserver = 192.0.2.53\ntimeout = 7\nrefresh = 60\n"};
	int bonds = 1 + rand_r(seed) % 4;

	t->n = 0;
	random_bonds(t, bonds, seed);
	random_routes(t, bonds, seed);
	text_print(t, "[host]\n%s%s", PICK(host, seed), PICK(dns, seed));
}

static inline bool next_hop(void *ctx, struct next_hop *nh)
{
	const char *name = ctx;

	*nh = (struct next_hop){.host = name, .host_len = strlen(name)};
	return true;
}

static inline bool waits(const void *ctx, uint32_t domain)
{
	return *(const unsigned *)ctx >> domain % 32 & 1;
}

static inline struct addr address(const char *text)
{
	struct addr a;

	cr_assert_eq(addr_parse(&a, text, strlen(text)), 0, "%s", text);
	return a;
}

static inline void ask(const struct rules *x, const struct rules *y, unsigned *seed)
{
	static const char *const destinations[] = {"10.1.2.3:5060", "10.1.2.3:5070", "10.1.9.9:5060",
		"10.9.9.9:5432", "203.0.113.1:5060", "203.0.113.1:5432", "[2001:db8::1]:5060",
		"[2001:db8::1]:5061", "[fe80::1%2]:5060", "[fe80::1%3]:5060", "10.0.0.1:5060",
		"192.0.2.10:5060", "0.0.0.0:5060", "127.0.0.1:5080", "169.254.1.1:5090"};
	static const char *const names[] = {"a.com", "x.A.com", "b.net", "q.b.net.", "10.1.2.3"};
	static const char *const sockets[] = {"10.0.0.1:5070", "0.0.0.0:5060"};
	struct addr dst = address(PICK(destinations, seed)), socket = address(PICK(sockets, seed));
	unsigned waiting = (unsigned)rand_r(seed);
	struct match_facts facts = {.settled = rand_r(seed) % 2, .more = rand_r(seed) % 8 == 0,
		.count = (uint16_t)(rand_r(seed) % 3), .waits = waits, .ctx = &waiting};
	uint16_t from = (uint16_t)(rand_r(seed) % 4);
	struct question q = {.dst = &dst, .stream = rand_r(seed) % 2, .probe = rand_r(seed) % 2,
		.socket = rand_r(seed) % 2 ? &socket : NULL,
		.socket_transport = rand_r(seed) % 2 ? TRANSPORT_UDP : TRANSPORT_TCP,
		.from_known = rand_r(seed) % 2, .from = &from, .from_count = rand_r(seed) % 2,
		.next_hop = rand_r(seed) % 2 ? next_hop : NULL,
		.facts = rand_r(seed) % 2 ? &facts : NULL};
	struct answer a, b;

	for (int i = 0; i < 3; i++)
		facts.domains[i] = (uint32_t)rand_r(seed) % 8;
	q.ctx = (void *)(uintptr_t)PICK(names, seed);
	memset(&a, 0x11, sizeof(a));
	memset(&b, 0x11, sizeof(b));
	enum match_result result = match_route(x->match, &q, &a);
	cr_assert_eq(match_route(y->match, &q, &b), result);
	cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
	for (uint16_t bond = 0; bond < x->config.bond_count; bond++) {
		for (enum transport t = TRANSPORT_UDP; t < TRANSPORT_COUNT; t++) {
			uint32_t m = SELECT_NONE;
			do {
				uint32_t got = select_next(&y->config, bond, t, &dst, m);
				m = select_next(&x->config, bond, t, &dst, m);
				cr_assert_eq(got, m);
			} while (m != SELECT_NONE);
		}
	}
}

#endif
