/* SPDX-License-Identifier: MIT */
/* bytes_out, bytes_in: a connection without a descriptor. Whatever pieces the host sends in and
 * the carrier takes, what leaves is each message edited whole; whatever portions arrive, into
 * rooms of any size, the host reads its own names again. */
#include "host.h"

#include "preload/hot.h"
#include "preload/process.h"
#include "preload/stream/bytes_in.h"
#include "preload/stream/bytes_out.h"
#include "rounds.h"
#include "sip.h"

#define MESSAGES 4
#define PIECES 200 /* more than the splices of one edit make of the pieces of a portion */

static const char ini[] =
	"[bond:external]\nmember = tcp:203.0.113.1:5060\nmember = tls:203.0.113.1:5061\n"
	"[route:out]\nto = 198.51.100.0/24\nbond = external\n"
	"[host]\nheader = X-Bond\nheader-over-tls = trust\nsecret = only here\n";

static uint32_t seed;

static uint32_t dice(uint32_t sides)
{
	return next_random(&seed) % sides;
}

/* Until the process ends, where a search for leaks sees it. */
struct rules kept;

static void start(void)
{
	struct test_host *t = host_make(ini, "local 10.0.0.1 203.0.113.1\n5 tcp 10.0.0.1:5060\n6 tcp 10.0.0.1:5061\n"
			   "7 tcp 203.0.113.1:5060\n8 tcp 203.0.113.1:5061\n");
	memcpy(&this_host, &t->h, sizeof(this_host));
	kept = t->rules;
	hot.address_span = (UINT64_C(1) << 47) - HOT_ADDRESS_LOW;
}

/* A connection of the host's, which libbond moved to the member. */
static struct side_ends ends_of(enum transport transport, uint64_t cookie)
{
	static struct fd_record at;
	const char *named = transport == TRANSPORT_TLS ? "10.0.0.1:5061" : "10.0.0.1:5060";

	at = (struct fd_record){.local = host_address("203.0.113.1:40000"),
		.peer = host_address("198.51.100.7:5060"), .named = host_address(named),
		.cookie = cookie};
	return (struct side_ends){&at, FD_TCP | FD_CONNECTED | FD_STEERED, (uint8_t)transport,
		this_host.rules};
}

/* request: as the host sends it; else as the answer to it comes back. */
static void put_head(struct text *t, bool request, const char *via, const char *route)
{
	static const char body[] = "v=0\r\n";

	text_print(t, request ? "INVITE sip:a@198.51.100.7 SIP/2.0\r\n" : "SIP/2.0 200 OK\r\n");
	text_print(t, "Subject: of no interest\r\n and folded\r\n%s\r\n%s\r\n", via, route);
	if (request && dice(2))
		text_print(t, "X-Bond-Out: external\r\n");
	text_print(t, "CSeq: 1 INVITE\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
}

/* Sends all of it in pieces; of each transfer a part may be taken only, and the host comes back
 * with the rest as far as it is told. */
static void leave(const struct side_ends *ends, const struct text *host, struct text *wire)
{
	static struct writer w;
	size_t at = 0;

	for (int calls = 0; at < host->n; calls++) {
		struct iovec given[3], out[PIECES];
		size_t n = 0, count = 0, left = host->n - at;
		struct bytes_out next;
		bool more = true;

		cr_assert(calls < 100000);
		for (; n < left; n += given[count++].iov_len)
			given[count] = (struct iovec){(char *)host->p + at + n,
				count == 2 ? left - n : 1 + dice((uint32_t)(left - n))};
		cr_assert(writer_open(&w, given, count));
		common_begin(&w.p, -1, ends, false);
		bool found = common_find(&w.p);
		side_fill(&w.p.ends, false, &w.p.side);
		if (found)
			bytes_out_resume(&w);
		w.p.state.peer = stream_peer(&ends->at->peer);
		while (more) {
			if (!bytes_out_next(&w, &next))
				continue;
			size_t wanted = next.wire, taken = wanted;
			if (wanted && dice(3))
				taken = 1 + dice((uint32_t)wanted);
			writer_trim(&w, w.p.step.bytes + next.loose);
			size_t pieces =
				wanted ? stream_iovec(&w.p.step, w.in, w.in_count, out, PIECES) : 0;
			for (size_t i = 0, rest = taken; i < pieces && rest; i++) {
				size_t size = out[i].iov_len < rest ? out[i].iov_len : rest;
				text_add(wire, out[i].iov_base, size);
				rest -= size;
			}
			more = bytes_out_went(&w, &next, taken);
		}
		cr_assert_leq(w.done - w.own, n);
		at += w.done - w.own;
	}
}

/* Reads all of it into rooms of up to that many bytes. */
static void arrive(const struct side_ends *ends, const struct text *wire, uint32_t rooms,
	struct text *host)
{
	static struct passage p;
	static char own[sizeof(wire->p)], room[4096];
	size_t at = 0, seen = 0;

	for (int looks = 0; at < wire->n; looks++) {
		struct iovec one = {room, 1 + dice(rooms)};
		struct bytes_room to = {.iov = &one, .count = 1, .size = one.iov_len};

		cr_assert(looks < 100000);
		if (seen < wire->n && (seen == at || dice(2)))
			seen += 1 + dice((uint32_t)(wire->n - seen < 900 ? wire->n - seen : 900));
		memcpy(own, wire->p + at, seen - at);
		common_begin(&p, -1, ends, true);
		common_find(&p);
		p.bytes = own;
		p.n = seen - at;
		bytes_in_side(&p);
		bytes_in_decide(&p, own, p.n);
		cr_assert(!p.step.refused && !bytes_in_is_something_else(&p));
		if (!p.step.bytes && !p.step.wire) {
			cr_assert_lt(seen, wire->n, "a whole message waits for nothing");
			continue;
		}
		size_t bytes = common_take(&p, bytes_in_deliver(&p, &to));
		text_add(host, room, to.got);
		at += bytes;
		p.state.peer = stream_peer(&ends->at->peer);
		bytes_in_settle(&p);
	}
}

/* The value of that field of a message, its name included. */
static void field_of(const struct text *t, const char *name, char *row, size_t size)
{
	const char *p = strstr(t->p, name);

	cr_assert_not_null(p, "%s in %s", name, t->p);
	snprintf(row, size, "%.*s", (int)strcspn(p, "\r\n"), p);
}

static void goes_and_comes_back(enum transport transport, const char *name, const char *port)
{
	static struct text host, wire, once, back, read, expected;
	char via[400], route[400], sent_via[400], sent_route[400];

	snprintf(via, sizeof(via), "Via: SIP/2.0/%s 10.0.0.1:%s;branch=z9hG4bK1", name, port);
	snprintf(route, sizeof(route), "Record-Route: <sip:10.0.0.1:%s;transport=%s;lr>", port, name);
	for (int round = 0; round < rounds(300); round++) {
		seed = (uint32_t)round + 1;
		struct side_ends ends = ends_of(transport, seed);
		once.n = host.n = wire.n = back.n = read.n = expected.n = 0;
		put_head(&host, true, via, route);
		/* what one whole message becomes: what stands in it is the member */
		leave(&ends, &host, &once);
		field_of(&once, "Via: ", sent_via, sizeof(sent_via));
		field_of(&once, "Record-Route: ", sent_route, sizeof(sent_route));
		cr_assert(strstr(sent_via, "203.0.113.1") && strstr(sent_via, ";bond="), "%s",
			sent_via);
		cr_assert(strstr(sent_route, "203.0.113.1") && strstr(sent_route, ";bond="), "%s",
			sent_route);
		cr_assert_null(strstr(once.p, "X-Bond-Out"));
		size_t one = host.n;
		for (int i = 1; i < MESSAGES; i++)
			text_add(&host, host.p, one);
		leave(&ends, &host, &wire);
		cr_assert_eq(wire.n, MESSAGES * once.n, "round %d", round);
		for (int i = 0; i < MESSAGES; i++)
			cr_assert_eq(memcmp(wire.p + (size_t)i * once.n, once.p, once.n), 0,
				"round %d", round);
		for (int i = 0; i < MESSAGES; i++) {
			put_head(&back, false, sent_via, sent_route);
			put_head(&expected, false, via, route);
		}
		arrive(&ends, &back, dice(2) ? 20 : sizeof(wire.p) / 32, &read);
		cr_assert_eq(read.n, expected.n, "round %d: %s", round, read.p);
		cr_assert_eq(memcmp(read.p, expected.p, read.n), 0, "round %d: %s", round, read.p);
	}
}

Test(bytes, of_tcp, .init = start)
{
	goes_and_comes_back(TRANSPORT_TCP, "TCP", "5060");
}

/* The transport is that of the ends, and with it the host's listener and the member. */
Test(bytes, of_tls, .init = start)
{
	goes_and_comes_back(TRANSPORT_TLS, "TLS", "5061");
}

static const struct name *own_of(uint16_t owner)
{
	const struct names *n = names_now(this_host.rules);

	for (size_t i = 0; i < n->own_count; i++) {
		if (n->own[i].owner == owner)
			return &n->own[i];
	}
	return NULL;
}

Test(bytes, sides, .init = start)
{
	static const struct {
		enum transport transport;
		const char *listener, *member;
	} rows[] = {{TRANSPORT_TCP, "10.0.0.1:5060", "203.0.113.1:5060"},
		{TRANSPORT_TLS, "10.0.0.1:5061", "203.0.113.1:5061"}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct side_ends ends = ends_of(rows[i].transport, 1);
		struct addr listener = host_address(rows[i].listener);
		struct addr member = host_address(rows[i].member);
		for (int in = 0; in < 2; in++) {
			struct edit_side side;
			side_fill(&ends, in, &side);
			const struct name *own = own_of(side.socket);
			const struct name *here = in ? side.arrived : side.title;
			cr_assert(own && here);
			cr_expect_eq(side.transport, rows[i].transport);
			cr_expect_eq(own->transport, rows[i].transport);
			cr_expect(addr_equal(&own->addr, &listener));
			cr_expect_eq(here->transport, rows[i].transport);
			cr_expect(addr_equal(&here->addr, &member));
			cr_expect(!in || (side.bond.n == 8 && memcmp(side.bond.p, "external", 8) == 0));
		}
	}
}
