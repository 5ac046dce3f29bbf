/* SPDX-License-Identifier: MIT */
/* image: rules that are made of an image decide as those that it was written of. */
#include "image.h"

#include <time.h>

#include "core/roster.h"
#include "sip/token.h"

TestSuite(image, .init = fake_system);

static void list_names(struct text *t, const struct name *n, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char host[NAMES_HOST_MAX], at[ADDR_TEXT_MAX];
		size_t length = names_host(&n[i], n[i].given.n ? FORM_GIVEN : FORM_PLAIN, host);
		addr_print(&n[i].addr, at);
		text_print(t, "%u %s %.*s:%u %d of %s, %u %u\n", n[i].owner,
			transport_names[n[i].transport], (int)length, host, n[i].port,
			n[i].port_always, at, n[i].hint[0], n[i].hint[1]);
	}
}

/* All names of a host with those rules, in words, and a token. */
static void names(struct text *t, const struct rules *rules)
{
	static struct name own[64], members[64];
	struct names n = {.own = own, .members = members};
	struct addr local[] = {address("10.0.0.1"), address("2001:db8::a")};
	struct roster_socket sockets[] = {
		{.addr = address("10.0.0.1:5070"), .transport = TRANSPORT_UDP, .owner = 8},
		{.addr = address("0.0.0.0:5060"), .transport = TRANSPORT_TCP, .owner = 9, .any = true}};
	struct roster r = {rules, sockets, COUNT(sockets),
		local, COUNT(local), false};
	char token[TOKEN_LENGTH + 1] = "";

	t->n = 0;
	cr_assert(rules->config.member_count <= COUNT(members));
	cr_assert(roster_fill(&n, &r, COUNT(own)));
	list_names(t, n.own, n.own_count);
	list_names(t, n.members, n.member_count);
	token_write(&n, &own[0], FORM_PLAIN, true, token);
	text_print(t, "%.*s %zu %.*s", TOKEN_LENGTH, token, n.key_count, (int)n.header.n, n.header.p);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_place(struct place a, struct place b)
{
	return a.line == b.line && a.column == b.column;
}

static void compare_bonds(const struct config *x, const struct config *y)
{
	cr_assert_eq(x->bond_count, y->bond_count);
	for (size_t i = 0; i < x->bond_count; i++) {
		const struct bond *a = &x->bonds[i], *b = &y->bonds[i];
		cr_assert(same_text(a->name, b->name) && same_place(a->place, b->place));
		cr_assert(a->first_member == b->first_member && a->member_count == b->member_count);
		cr_assert(a->no_member == b->no_member && a->source_port == b->source_port);
	}
	cr_assert_eq(x->member_count, y->member_count);
	for (size_t i = 0; i < x->member_count; i++) {
		const struct member *a = &x->members[i], *b = &y->members[i];
		cr_assert(addr_equal(&a->addr, &b->addr) && a->addr.scope == b->addr.scope);
		cr_assert(a->bond == b->bond && a->transport == b->transport && a->open == b->open);
		cr_assert(same_text(a->as_host, b->as_host) && a->as_port == b->as_port);
		cr_assert(same_text(a->device, b->device) && a->device_index == b->device_index);
		cr_assert(same_text(a->written, b->written) && same_place(a->place, b->place));
		cr_assert_eq(a->from_interface, b->from_interface);
	}
}

static void compare_rest(const struct config *x, const struct config *y)
{
	cr_assert(x->route_count == y->route_count && x->target_count == y->target_count);
	for (size_t i = 0; i < x->route_count; i++) {
		const struct route *a = &x->routes[i], *b = &y->routes[i];
		cr_assert(same_text(a->name, b->name) && same_place(a->place, b->place));
		cr_assert(a->bond == b->bond && a->has_to == b->has_to && a->transport == b->transport);
		cr_assert(a->from_count == b->from_count && a->socket_count == b->socket_count);
		for (size_t k = 0; k < a->from_count; k++)
			cr_assert_eq(a->from[k], b->from[k]);
		for (size_t k = 0; k < a->socket_count; k++)
			cr_assert(addr_equal(&a->sockets[k].addr, &b->sockets[k].addr) &&
				same_place(a->sockets[k].place, b->sockets[k].place));
	}
	for (size_t i = 0; i < x->target_count; i++) {
		const struct target *a = &x->targets[i], *b = &y->targets[i];
		cr_assert(same_text(a->domain, b->domain) && a->kind == b->kind);
		cr_assert(a->port == b->port && a->route == b->route && same_place(a->place, b->place));
	}
	cr_assert_eq(x->alias_count, y->alias_count);
	for (size_t i = 0; i < x->alias_count; i++)
		cr_assert(same_text(x->aliases[i].name, y->aliases[i].name) &&
			x->aliases[i].port == y->aliases[i].port &&
			x->aliases[i].listener.transport == y->aliases[i].listener.transport);
	cr_assert_eq(x->program_count, y->program_count);
	for (size_t i = 0; i < x->program_count; i++)
		cr_assert(same_text(x->programs[i], y->programs[i]));
	cr_assert_eq(x->sip_port_count, y->sip_port_count);
	for (size_t i = 0; i < x->sip_port_count; i++)
		cr_assert_eq(x->sip_ports[i], y->sip_ports[i]);
	cr_assert(x->no_route == y->no_route && x->unknown == y->unknown);
	cr_assert(x->headers_keep == y->headers_keep && x->probe_ignore == y->probe_ignore);
	cr_assert(same_text(x->header, y->header) && same_text(x->file, y->file));
	cr_assert(x->dns_timeout == y->dns_timeout && x->dns_refresh == y->dns_refresh);
	cr_assert(addr_equal(&x->dns_server, &y->dns_server));
}

Test(image, decides_as_the_original)
{
	static struct text ini, x, y;
	unsigned seed = 11;

	for (int round = 0; round < rounds(400); round++) {
		struct pair p;
		random_ini(&ini, &seed);
		make(&p, ini.p, ini.n, NULL, 1);
		compare_bonds(&p.own.config, &p.read.config);
		compare_rest(&p.own.config, &p.read.config);
		for (int i = 0; i < 100; i++)
			ask(&p.own, &p.read, &seed);
		names(&x, &p.own);
		names(&y, &p.read);
		cr_assert_str_eq(x.p, y.p, "%s", ini.p);
		cr_assert(p.own.edits == p.read.edits && p.own.marks == p.read.marks);
		cr_assert(p.own.marks_all == p.read.marks_all &&
			p.own.connections_from == p.read.connections_from);
		cr_assert_eq(p.read.generation, 1);
		end(&p);
	}
}

Test(image, same_text_same_bytes)
{
	static struct text ini;
	unsigned seed = 12;

	for (int round = 0; round < rounds(100); round++) {
		struct pair p, q, next[2];
		random_ini(&ini, &seed);
		make(&p, ini.p, ini.n, NULL, 1);
		free(memset(malloc(p.image->size), 0xff, p.image->size));
		make(&q, ini.p, ini.n, NULL, 99);
		cr_assert_eq(p.image->size, q.image->size);
		cr_assert_eq(memcmp(p.image, q.image, p.image->size), 0);
		random_ini(&ini, &seed);
		make(&next[0], ini.p, ini.n, p.image, 5);
		make(&next[1], ini.p, ini.n, q.image, 5);
		cr_assert_eq(next[0].image->size, next[1].image->size);
		cr_assert_eq(memcmp(next[0].image, next[1].image, next[0].image->size), 0);
		cr_assert_eq(next[0].read.generation, 2);
		end(&p);
		end(&q);
		end(&next[0]);
		end(&next[1]);
	}
}

/* ---- at the bounds ---- */

Test(image, of_nothing)
{
	struct pair p = {0};
	struct addr dst = address("10.0.0.1:5060");
	struct question q = {.dst = &dst};
	struct answer a;

	cr_assert_eq(rules_make(&p.own), 0);
	cr_assert_eq(image_write(&p.image, &p.own.config, p.own.match, NULL, 0), 0);
	attach(&p);
	cr_expect_eq(match_route(p.read.match, &q, &a), MATCH_NONE);
	cr_expect_eq(p.read.config.member_count, 0);
	cr_expect_eq(p.read.key_count, 1);
	cr_expect_not(image_check(p.copy, p.image->size - 1));
	cr_expect_not(image_check(p.copy, 0));
	cr_expect_not(image_check(p.copy, sizeof(struct image) - 1));
	end(&p);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* So many networks, in as many routes. */
static void many(uint32_t prefixes, uint32_t routes, bool six)
{
	struct pair p;
	char *ini = malloc((size_t)prefixes * 48 + (size_t)routes * 48 + 100);
	size_t n = (size_t)sprintf(ini, "[bond:b]\nmember = udp:eth1\n");
	unsigned seed = 7;

	for (uint32_t r = 0, i = 0; r < routes; r++) {
		n += (size_t)sprintf(ini + n, "[route:r%u]\nbond = b\n", r);
		for (; i < (uint64_t)prefixes * (r + 1) / routes; i++) {
			uint32_t x = i * 2654435761u; /* spread: neighbours have other routes */
			n += (size_t)(six ? sprintf(ini + n, "to = 2001:%x:%x::/48\n", x >> 16, x & 65535)
					  : sprintf(ini + n, "to = %u.%u.%u.%u\n", x >> 24, x >> 16 & 255,
						  x >> 8 & 255, x & 255));
		}
	}
	double begin = seconds();
	load(&p.own, ini, n);
	double loaded = seconds();
	cr_assert_eq(image_write(&p.image, &p.own.config, p.own.match, NULL, 1), 0);
	double written = seconds();
	cr_assert(image_check(p.image, p.image->size));
	double checked = seconds();
	attach(&p);
	double begun = seconds();
	image_attach(&p.read, p.copy, p.room);
	double attached = seconds();
	printf("# %7u prefixes, %5u routes, IPv%c: load and compile %.0f ms, image %.3f MB, room %.3f MB, "
	       "write %.3f ms, check %.3f ms, attach %.3f ms\n", prefixes, routes, six ? '6' : '4',
		(loaded - begin) * 1e3, p.image->size / 1e6, (double)image_room(p.image) / 1e6,
		(written - loaded) * 1e3, (checked - written) * 1e3, (attached - begun) * 1e3);
	for (int i = 0; i < 20000; i++) {
		struct addr dst = address(six ? "[2001::1]:5060" : "16.0.0.1:5060");
		struct question q = {.dst = &dst};
		struct answer a = {0}, b = {0};
		uint32_t x = ((uint32_t)rand_r(&seed) % prefixes) * 2654435761u + (uint32_t)(i % 3 == 0);
		for (int k = 0; k < 4; k++)
			dst.ip[(six ? 2 : 12) + k] = (uint8_t)(x >> (24 - 8 * k));
		enum match_result result = match_route(p.own.match, &q, &a);
		cr_assert_eq(match_route(p.read.match, &q, &b), result);
		cr_assert(result != MATCH_ROUTE || a.route == b.route);
	}
	free(ini);
	end(&p);
}

Test(image, few_prefixes)
{
	many(10, 2, false);
	many(10, 2, true);
}

Test(image, ten_thousand_prefixes)
{
	many(10000, 10, false);
	many(10000, 10, true);
}

Test(image, a_million_prefixes, .timeout = 300)
{
	many((uint32_t)rounds(1000000), 10, false);
	many((uint32_t)rounds(100000), 10, true);
}

Test(image, all_routes, .timeout = 300)
{
	many(MODEL_NONE - 1, MODEL_NONE - 1, false);
}
