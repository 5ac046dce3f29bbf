/* SPDX-License-Identifier: MIT */
/* An image in which anything was overwritten: it is refused, or whatever is asked of the rules that are
 * made of it stays inside, and another image goes on from it.
 *
 * The first byte chooses the image, and whether another is written; then eight bytes each overwrite one number: which part (beyond all of
 * them: the head), which byte of an element and how many, which element, the value. */
#include <stdlib.h>

#include "config/ini.h"
#include "config/select.h"
#include "core/image.h"
#include "core/roster.h"
#include "../unit/fake_system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const texts[] = {
	"[bond:a]\nmember = udp:eth1\nmember = tcp:eth1 as sip.example.com\nmember = udp:eth0 as [2001:db8::9]:5099\n"
	"[bond:b]\nmember = udp:127.0.0.1:5070 device lo\nno-member = pass\n"
	"[route:one]\nto = 10.0.0.0/8, 10.1.2.3:5070, a.com, *.a.com, b.net:5061\nbond = a\nfrom = b\n"
	"[route:two]\nto = 2001:db8::/32, [2001:db8::1]:5060, fe80::1%eth0\nbond = b\nsocket = udp:10.0.0.1:5070\n"
	"[route:three]\nbond = none\ntransport = tcp\n"
	"[host]\nprogram = a, b\nalias = x.example\nalias = y.example:5090 udp:10.0.0.1:5070\n"
	"secret = one\nsecret = two\nheader = X-Bond\n[dns]\nserver = 192.0.2.53\n",
	"[bond:a]\nmember = udp:192.0.2.10\nmember = udp:192.0.2.11\n[route:all]\nbond = a\n",
	"[host]\nprogram = other\n",
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

struct sample {
	struct config config;
	struct match *match;
	struct image *image; /* with a past */
};

static void require(bool good)
{
	if (!good)
		abort();
}

static void load(struct sample *s, const char *text)
{
	struct findings f;

	require(config_load_text(&s->config, "fuzz.ini", text, strlen(text), &f) == 0);
	findings_free(&f);
	require(match_compile(&s->match, &s->config) == 0);
}

/* Enough networks of both families for nodes below the root, too many for the octets. */
static char *many_networks(void)
{
	char *text = malloc(1 << 20);
	size_t n = (size_t)sprintf(text, "[bond:a]\nmember = udp:eth1\n[route:r]\nbond = a\n");

	for (unsigned i = 0; i < 3000; i++)
		n += (size_t)sprintf(text + n, "to = 10.%u.%u.%u\nto = 2001:db8:%x::/48\n", i % 16, i / 16 % 256,
			i * i % 251, i * i % 65521);
	return text;
}

static struct sample *samples(void)
{
	static struct sample all[TEXTS + 1];

	if (all[0].image)
		return all;
	fake_system();
	for (size_t i = 0; i < TEXTS; i++)
		load(&all[i], texts[i]);
	char *many = many_networks();
	load(&all[TEXTS], many);
	free(many);
	for (size_t i = 0; i <= TEXTS; i++) {
		struct image *first;
		const struct sample *before = &all[(i + 1) % TEXTS];
		require(image_write(&first, &before->config, before->match, NULL, 1) == 0);
		require(image_write(&all[i].image, &all[i].config, all[i].match, first, 2) == 0);
		require(image_check(all[i].image, all[i].image->size));
		free(first);
	}
	return all;
}

/* Where things are is what the good one says. */
static void overwrite(char *copy, const struct image *i, const uint8_t *op)
{
	struct part where = {0, sizeof(*i)};
	uint32_t value, bytes = 1u << (op[1] >> 6), element = 1, index = op[2] | (uint32_t)op[3] << 8;

	if (op[0] < IMAGE_PARTS) {
		where = i->parts[op[0]];
		element = (uint32_t)image_part_size(op[0]);
	}
	uint64_t at = where.at + ((uint64_t)index * element + (op[1] & 63)) %
		((uint64_t)where.count * element + 1);
	memcpy(&value, op + 4, sizeof(value));
	if (bytes > 4)
		bytes = 4;
	if (at + bytes <= i->size)
		memcpy(copy + at, &value, bytes);
}

static bool next_hop(void *ctx, struct next_hop *nh)
{
	*nh = *(const struct next_hop *)ctx;
	return true;
}

static bool waits(const void *ctx, uint32_t domain)
{
	return *(const unsigned *)ctx >> domain % 32 & 1;
}

static void ask(const struct rules *r, const struct addr *dst, unsigned way)
{
	struct next_hop nh = {.host = "x.a.com", .host_len = way & 1 ? 7 : 5};
	struct addr socket = {.family = AF_INET, .port = 5070, .ip = {[10] = 0xff, 0xff, 10, 0, 0, 1}};
	struct match_facts facts = {.settled = way & 2, .more = way & 4, .count = way & 3,
		.domains = {0, 1, way >> 3}, .waits = waits, .ctx = &way};
	uint16_t from = (uint16_t)(way & 1);
	struct question q = {.dst = dst, .stream = way & 8, .probe = way & 16,
		.socket = way & 32 ? &socket : NULL, .socket_transport = TRANSPORT_UDP,
		.from_known = way & 64, .from = &from, .from_count = 1, .ctx = &nh,
		.next_hop = way & 128 ? next_hop : NULL, .facts = way & 256 ? &facts : NULL};
	struct answer a = {0};
	enum match_result result = match_route(r->match, &q, &a);

	require(result == MATCH_NONE || result == MATCH_OWN || a.route < r->config.route_count);
	if (result != MATCH_ROUTE)
		return;
	uint16_t bond = r->config.routes[a.route].bond;
	for (enum transport t = TRANSPORT_UDP; bond != ROUTE_BOND_NONE && t < TRANSPORT_COUNT; t++) {
		uint32_t m = SELECT_NONE;
		while ((m = select_next(&r->config, bond, t, dst, m)) != SELECT_NONE)
			require(m < r->config.member_count && r->config.members[m].bond == bond);
	}
}

static void ask_all(const struct rules *r, const uint8_t *data, size_t size)
{
	static const char *const destinations[] = {"10.1.2.3:5070", "10.9.9.9:5060", "203.0.113.1:5060",
		"[2001:db8::1]:5060", "[fe80::1%2]:5060", "192.0.2.10:5060", "0.0.0.0:5060",
		"255.255.255.255:1", "[ffff::ffff]:5061", "[::]:5060"};
	struct addr dst;

	for (unsigned i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++) {
		require(addr_parse(&dst, destinations[i], strlen(destinations[i])) == 0);
		for (unsigned way = 0; way < 512; way += 37)
			ask(r, &dst, way + i);
	}
	for (size_t i = 0; i + 16 <= size && i < 64; i++) {
		dst = (struct addr){.family = AF_INET6, .port = 5060};
		memcpy(dst.ip, data + i, 16);
		ask(r, &dst, (unsigned)i * 5);
		dst.family = AF_INET;
		ask(r, &dst, (unsigned)i * 5);
	}
}

static void fill_names(const struct rules *r)
{
	static struct name own[64];
	struct name *members = calloc(rules_members(r) + 1, sizeof(*members));
	struct names n = {.own = own, .members = members};
	struct roster_socket socket = {.transport = TRANSPORT_UDP, .any = true, .owner = 1};
	struct addr local = {.family = AF_INET, .ip = {[10] = 0xff, 0xff, 10, 0, 0, 1}};
	struct roster roster = {.rules = r,
		.sockets = &socket, .socket_count = 1, .local = &local, .local_count = 1};

	socket.addr = local;
	socket.addr.port = 5060;
	roster_fill(&n, &roster, sizeof(own) / sizeof(own[0]));
	free(members);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample *all = samples();
	if (!size)
		return 0;
	const struct sample *s = &all[(data[0] & 127u) % (TEXTS + 1)];
	size_t bytes = s->image->size;
	struct image *i = aligned_alloc(IMAGE_ALIGN, bytes), *next;
	memcpy(i, s->image, bytes);
	for (size_t at = 1; at + 8 <= size; at += 8)
		overwrite((char *)i, s->image, data + at);
	if (image_check(i, bytes)) {
		struct rules r;
		void *room = aligned_alloc(IMAGE_ALIGN, image_room(i));
		image_attach(&r, i, room);
		ask_all(&r, data, size);
		fill_names(&r);
		const struct sample *then = &all[(data[0] + size) % TEXTS];
		if (data[0] & 128 && image_write(&next, &then->config, then->match, i, 3) == 0) {
			require(image_check(next, next->size));
			free(next);
		}
		free(room);
	}
	free(i);
	return 0;
}
