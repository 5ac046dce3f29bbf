/* SPDX-License-Identifier: MIT */
/* tls_in, tls_out: above a TLS library that takes what it likes, wants the same again, and gives any part of
 * what there is, whatever the host writes in one call and has room for, each message is edited whole. */
#include "host.h"

#include "preload/hot.h"
#include "preload/process.h"
#include "preload/tls/in.h"
#include "preload/tls/out.h"
#include "rounds.h"
#include "sip.h"

#define BIG (3u << 20)
#define WANTS (-1)

static const char ini[] =
	"[bond:external]\nmember = tls:203.0.113.1:5061\n[route:out]\nto = 198.51.100.0/24\nbond = external\n"
	"[host]\nheader = X-Bond\nheader-over-tls = trust\nsecret = only here\n";

struct big {
	size_t n;
	char p[BIG];
};

/* The library's object of one connection. */
struct library {
	struct big *wire;
	size_t at;         /* of it, read */
	bool closed, partial, same_place;
	unsigned refuses;  /* one call of so many; 0 = none */
	size_t record;     /* a read brings no more */
	char pending[16384];
	const char *pending_at;
	size_t pending_n;
	unsigned wanted, shut, forgotten;
};

static uint32_t seed;
struct rules kept_of_tls;

static uint32_t dice(uint32_t sides)
{
	return next_random(&seed) % sides;
}

static void start(void)
{
	struct test_host *t = host_make(ini, "local 10.0.0.1 203.0.113.1\n6 tcp 10.0.0.1:5061\n8 tcp 203.0.113.1:5061\n");
	memcpy(&this_host, &t->h, sizeof(this_host));
	kept_of_tls = t->rules;
	hot.address_span = (UINT64_C(1) << 47) - HOT_ADDRESS_LOW;
}

static long library_read(void *tls, void *to, size_t n)
{
	struct library *l = tls;
	size_t size = l->wire->n - l->at;

	if (l->shut)
		return 0;
	if (!size)
		return l->closed ? 0 : WANTS;
	if (l->refuses && dice(l->refuses) == 0)
		return WANTS;
	if (size > n)
		size = n;
	if (size > l->record)
		size = l->record;
	memcpy(to, l->wire->p + l->at, size);
	l->at += size;
	return (long)size;
}

/* As OpenSSL: what it once began to write it wants again. */
static long library_write(void *tls, const void *p, size_t n)
{
	struct library *l = tls;

	cr_assert_leq(n, sizeof(l->pending));
	if (l->shut)
		return -1;
	if (l->pending_n) {
		cr_assert_eq(n, l->pending_n, "bad length");
		cr_assert_eq(memcmp(l->pending, p, n), 0, "another text");
	}
	if (l->refuses && dice(l->refuses) == 0) {
		memcpy(l->pending, p, n);
		l->pending_n = n;
		l->wanted++;
		return WANTS;
	}
	size_t size = l->partial && n > 1 && dice(3) == 0 ? 1 + dice((uint32_t)n - 1) : n;
	cr_assert_lt(size, sizeof(l->wire->p) - l->wire->n);
	memcpy(l->wire->p + l->wire->n, p, size);
	l->wire->n += size;
	l->pending_n = 0;
	return (long)size;
}

static size_t library_pending(void *tls)
{
	(void)tls;
	return 0;
}

static bool library_goes_on(void *tls, long result)
{
	(void)tls;
	return result == WANTS;
}

static void library_forget(void *tls)
{
	((struct library *)tls)->forgotten++;
}

static bool library_prepare(void *tls)
{
	return ((struct library *)tls)->partial;
}

static int library_fd(void *tls)
{
	(void)tls;
	return -1;
}

static void library_shut(void *tls)
{
	((struct library *)tls)->shut++;
}

static const struct bond_tls_real real_calls = {library_read, library_write, library_pending,
	library_goes_on, library_forget, library_prepare, library_fd, library_shut, NULL, "read", "write"};

static struct side_ends ends_of(uint64_t cookie)
{
	static struct fd_record at;

	at = (struct fd_record){.local = host_address("203.0.113.1:40000"),
		.peer = host_address("198.51.100.7:5061"), .named = host_address("10.0.0.1:5061"),
		.cookie = cookie};
	return (struct side_ends){&at, FD_TCP | FD_CONNECTED | FD_STEERED, TRANSPORT_TLS, this_host.rules};
}

static void add(struct big *b, const char *p, size_t n)
{
	cr_assert_lt(n, sizeof(b->p) - b->n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

/* request: as the host sends it; else as the answer to it comes back. */
static void put(struct big *b, bool request, const char *via, const char *route, size_t body)
{
	static char text[2000];
	int n = snprintf(text, sizeof(text),
		"%sSubject: of no interest\r\n and folded\r\n%s\r\n%s\r\nContact: <sip:10.0.0.1:5061;transport=tls>\r\n"
		"CSeq: 1 INVITE\r\nContent-Length: %zu\r\n\r\n",
		request ? "INVITE sip:a@198.51.100.7 SIP/2.0\r\n" : "SIP/2.0 200 OK\r\n", via, route, body);

	if (!request) { /* the peer's */
		char *own = strstr(text, "Contact: <sip:10.0.0.1");
		memcpy(own, "Contact: <sip:10.9.9.9", strlen("Contact: <sip:10.9.9.9"));
	}
	add(b, text, (size_t)n);
	for (size_t i = 0; i < body; i++)
		add(b, &"0123456789\r\n"[i % 12], 1);
}

static const char own_via[] = "Via: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1";
static const char own_route[] = "Record-Route: <sip:10.0.0.1:5061;transport=tls;lr>";

static size_t body_size(void)
{
	return dice(10) ? dice(700) : dice(50000);
}

/* Writes n bytes as a host does: until it is told that all is written. */
static void write_all(struct library *l, const struct side_ends *ends, const char *p, size_t n)
{
	static char moved[2][BIG];
	const struct bond_tls_call call = {.real = &real_calls, .tls = l};
	int place = 0;

	for (int calls = 0; n; calls++) {
		long result;
		cr_assert(calls < 100000);
		memcpy(moved[place], p, n);
		cr_assert(tls_out(&call, ends, moved[place], n, &result));
		memset(moved[place], '#', n);
		if (result <= 0) {
			cr_assert(!l->shut);
			place ^= !l->same_place;
			continue;
		}
		cr_assert(l->partial || (size_t)result == n, "%ld of %zu", result, n);
		cr_assert_leq((size_t)result, n);
		p += result;
		n -= (size_t)result;
	}
}

/* What leaves of whole messages, each in one write that the library takes at once. */
static void expect_out(uint64_t cookie, const struct big *host, const size_t *ends_at, int count, struct big *out)
{
	struct library l = {.wire = out};
	struct side_ends ends = ends_of(cookie);

	for (int i = 0; i < count; i++)
		write_all(&l, &ends, host->p + (i ? ends_at[i - 1] : 0), ends_at[i] - (i ? ends_at[i - 1] : 0));
}

static void leaves(bool partial, bool moving, bool pieces)
{
	static struct big host, expected, wire;
	static size_t ends_at[300];
	int count = rounds(300);

	seed = 1 + partial + 2 * moving + 4 * pieces;
	host.n = expected.n = wire.n = 0;
	for (int i = 0; i < count; i++) {
		put(&host, true, own_via, own_route, body_size());
		ends_at[i] = host.n;
	}
	expect_out(seed, &host, ends_at, count, &expected);
	cr_assert_null(strstr(expected.p, "10.0.0.1"));
	cr_assert_not_null(strstr(expected.p, "Contact: <sip:203.0.113.1:"));
	struct library l = {.wire = &wire, .partial = partial, .same_place = !moving, .refuses = 4};
	struct side_ends ends = ends_of(1000 + seed);
	for (size_t at = 0; at < host.n;) {
		size_t to = host.n;
		if (pieces) {
			to = at + 1 + dice(dice(4) ? 60 : 3000);
		} else {
			uint32_t messages = 1 + dice(3);
			for (int i = 0; i < count && messages; i++)
				if (ends_at[i] > at && messages--)
					to = ends_at[i];
		}
		if (to > host.n)
			to = host.n;
		write_all(&l, &ends, host.p + at, to - at);
		at = to;
	}
	cr_assert_gt(l.wanted, 0);
	cr_assert_eq(wire.n, expected.n, "%zu of %zu bytes", wire.n, expected.n);
	cr_assert_eq(memcmp(wire.p, expected.p, wire.n), 0);
	cr_assert_eq(atomic_load(&this_host.segment.texts->taken), 0);
	cr_assert_eq(atomic_load(&this_host.segment.streams->taken), 0);
}

Test(tls, leaves_whole, .init = start)
{
	for (int mode = 0; mode < 4; mode++)
		leaves(mode & 1, mode & 2, false);
}

/* Fields, too, are split over several writes. */
Test(tls, leaves_in_pieces, .init = start)
{
	for (int mode = 0; mode < 4; mode++)
		leaves(mode & 1, mode & 2, true);
}

/* How the host reads: peeks first, or asks whether there is more. */
enum { PEEKS = 1, ASKS = 2 };

static void read_all(struct library *l, const struct side_ends *ends, uint32_t rooms, int how, struct big *host)
{
	static char room[20000], peeked[20000];
	const struct bond_tls_call call = {.real = &real_calls, .tls = l};
	long result, seen = -1;

	for (int calls = 0;; calls++) {
		size_t n = 1 + dice(rooms);
		cr_assert(calls < 10000000);
		bool peeks = (how & PEEKS) && dice(2);
		if (peeks)
			cr_assert(tls_in(&call, ends, peeked, n, true, &seen));
		size_t more = seen > 0 || (how & ASKS) ? tls_in_pending(ends) : 0;
		cr_assert(tls_in(&call, ends, room, n, false, &result));
		if (peeks && seen > 0) {
			cr_assert(result >= seen && memcmp(room, peeked, (size_t)seen) == 0, "%ld, %ld", seen, result);
			cr_assert_geq(more, (size_t)seen);
		}
		if (more)
			cr_assert_gt(result, 0, "there was some");
		if (result > 0)
			add(host, room, (size_t)result);
		if (result == 0)
			break;
	}
	cr_assert(tls_in(&call, ends, room, 1, false, &result) && result == 0, "and so it stays");
}

static void arrives(uint32_t rooms, size_t record, int how, int count)
{
	static struct big once, host, wire, expected;
	char via[400], route[400];

	seed = 1 + rooms + (uint32_t)record;
	once.n = host.n = wire.n = expected.n = 0;
	put(&host, true, own_via, own_route, 0);
	expect_out(seed, &host, &host.n, 1, &once);
	snprintf(via, sizeof(via), "%.*s", (int)strcspn(strstr(once.p, "Via: "), "\r"), strstr(once.p, "Via: "));
	const char *rr = strstr(once.p, "Record-Route: ");
	snprintf(route, sizeof(route), "%.*s", (int)strcspn(rr, "\r"), rr);
	host.n = 0;
	for (int i = 0; i < count; i++) {
		size_t body = body_size();
		put(&wire, false, via, route, body);
		put(&expected, false, own_via, own_route, body);
	}
	struct library l = {.wire = &wire, .closed = true, .refuses = 4, .record = record};
	struct side_ends ends = ends_of(1000 + seed);
	read_all(&l, &ends, rooms, how, &host);
	cr_assert_eq(host.n, expected.n, "%zu of %zu bytes", host.n, expected.n);
	cr_assert_eq(memcmp(host.p, expected.p, host.n), 0);
	cr_assert_eq(atomic_load(&this_host.segment.texts->taken), 0);
	cr_assert_eq(atomic_load(&this_host.segment.streams->taken), 0);
}

Test(tls, arrives_whole, .init = start)
{
	arrives(20000, 16384, 0, rounds(300));
	arrives(20000, 16384, ASKS, rounds(300));
	arrives(700, 1400, PEEKS | ASKS, rounds(100));
	arrives(20000, 1, 0, rounds(20));
	arrives(1, 16384, 0, rounds(20));
	arrives(3, 50, PEEKS, rounds(20));
}

/* The end of what is held reaches the host as it is, and then the end. */
Test(tls, ends_with_held_bytes, .init = start)
{
	static struct big wire, host;
	static const char half[] = "INVITE sip:a@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 198.51.";

	add(&wire, half, strlen(half));
	struct library l = {.wire = &wire, .closed = true, .record = 16384};
	struct side_ends ends = ends_of(7);
	read_all(&l, &ends, 20000, 0, &host);
	/* where a script decides by what arrives, nothing passes unseen */
	cr_assert(l.shut || host.n == strlen(half));
	cr_assert_eq(atomic_load(&this_host.segment.texts->taken), 0);
}
