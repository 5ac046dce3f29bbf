/* SPDX-License-Identifier: MIT */
/* Numbers are put byte by byte: headers are not aligned. */
#include "ip_headers.h"

#include <netinet/in.h>
#include <stdlib.h>

#define FLOWS_MAX 65536 /* then all begin anew */
#define HOPS 64

static void put16(uint8_t *to, uint32_t n)
{
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
}

static void put32(uint8_t *to, uint32_t n)
{
	put16(to, n >> 16);
	put16(to + 2, n);
}

/* RFC 1071, of bytes that begin at an even place. */
static uint64_t sum(uint64_t so_far, const void *p, size_t n)
{
	const uint8_t *s = p;

	for (size_t i = 0; i + 1 < n; i += 2)
		so_far += (uint32_t)s[i] << 8 | s[i + 1];
	return n & 1 ? so_far + ((uint32_t)s[n - 1] << 8) : so_far;
}

static uint16_t folded(uint64_t n)
{
	while (n >> 16)
		n = (n & 0xffff) + (n >> 16);
	return (uint16_t)~n;
}

static bool is_v6(const struct ip_ends *e)
{
	return e->from.family == AF_INET6 || e->to.family == AF_INET6;
}

/* The IP header in front of that many bytes. */
static size_t put_ip(uint8_t *h, const struct ip_ends *e, int protocol, size_t n)
{
	if (is_v6(e)) {
		h[0] = 6 << 4;
		put16(h + 4, (uint32_t)n);
		h[6] = (uint8_t)protocol;
		h[7] = HOPS;
		memcpy(h + 8, e->from.ip, 16);
		memcpy(h + 24, e->to.ip, 16);
		return 40;
	}
	h[0] = 4 << 4 | 5;
	put16(h + 2, (uint32_t)n + 20);
	h[6] = 0x40; /* not to be split */
	h[8] = HOPS;
	h[9] = (uint8_t)protocol;
	memcpy(h + 12, e->from.ip + 12, 4);
	memcpy(h + 16, e->to.ip + 12, 4);
	put16(h + 10, folded(sum(0, h, 20)));
	return 20;
}

/* Of the ends, the protocol and the length, its own header of `size` bytes at h, and what is behind. */
static uint16_t checksum(const struct ip_ends *e, int protocol, const uint8_t *h, size_t size,
	const void *payload, size_t n)
{
	size_t first = is_v6(e) ? 0 : 12;
	uint64_t s = (uint64_t)protocol + size + n;

	s = sum(s, e->from.ip + first, 16 - first);
	s = sum(s, e->to.ip + first, 16 - first);
	return folded(sum(sum(s, h, size), payload, n));
}

size_t ip_headers_udp(uint8_t *headers, const struct ip_ends *e, const void *payload, size_t n)
{
	memset(headers, 0, IP_HEADERS_MAX);
	size_t ip = put_ip(headers, e, IPPROTO_UDP, 8 + n);
	uint8_t *h = headers + ip;

	put16(h, e->from.port);
	put16(h + 2, e->to.port);
	put16(h + 4, (uint32_t)n + 8);
	uint16_t check = checksum(e, IPPROTO_UDP, h, 8, payload, n);
	put16(h + 6, check ? check : 0xffff);
	return ip + 8;
}

size_t ip_headers_tcp(uint8_t *headers, const struct ip_ends *e, uint32_t sequence, uint32_t acknowledged,
	const void *payload, size_t n, size_t whole)
{
	memset(headers, 0, IP_HEADERS_MAX);
	size_t ip = put_ip(headers, e, IPPROTO_TCP, 20 + whole);
	uint8_t *h = headers + ip;

	put16(h, e->from.port);
	put16(h + 2, e->to.port);
	put32(h + 4, sequence);
	put32(h + 8, acknowledged);
	h[12] = 5 << 4;
	h[13] = 0x18; /* PSH, ACK */
	put16(h + 14, 65535);
	put16(h + 16, checksum(e, IPPROTO_TCP, h, 20, payload, n));
	return ip + 20;
}

/* Both directions of a connection: `low` is the lesser end. */
struct ip_flow {
	struct addr low, high;
	uint32_t next[2]; /* of the bytes that low, that high sends; 0 = a free slot */
};

static int in_order(const struct addr *a, const struct addr *b)
{
	int d = memcmp(a->ip, b->ip, sizeof(a->ip));

	return d ? d : (int)a->port - (int)b->port;
}

static struct ip_flow *find(struct ip_flow *slots, size_t size, const struct addr *low,
	const struct addr *high)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(low->ip); i++)
		hash = ((hash ^ low->ip[i]) * 16777619u ^ high->ip[i]) * 16777619u;
	hash = (hash ^ low->port) * 16777619u ^ high->port;
	hash *= 2654435761u;
	for (size_t i = (hash >> 8) % size;; i = (i + 1) % size) {
		struct ip_flow *f = &slots[i];
		if (!f->next[0] || (addr_equal(&f->low, low) && addr_equal(&f->high, high)))
			return f;
	}
}

/* Makes room for one more. */
static bool grow(struct ip_flows *f)
{
	if (f->size && f->count < f->size / 2)
		return true;
	if (f->count >= FLOWS_MAX)
		ip_flows_free(f);
	size_t size = f->size ? f->size * 2 : 256;
	struct ip_flow *slots = calloc(size, sizeof(*slots));
	if (!slots)
		return false;
	for (size_t i = 0; i < f->size; i++)
		if (f->slots[i].next[0])
			*find(slots, size, &f->slots[i].low, &f->slots[i].high) = f->slots[i];
	free(f->slots);
	f->slots = slots;
	f->size = size;
	return true;
}

static uint32_t after(uint32_t place, size_t n)
{
	place += (uint32_t)n;
	return place ? place : 1; /* 0 is a free slot's */
}

uint32_t ip_flows_next(struct ip_flows *f, const struct ip_ends *e, size_t n, uint32_t *acknowledged)
{
	bool swapped = in_order(&e->from, &e->to) > 0;
	const struct addr *low = swapped ? &e->to : &e->from, *high = swapped ? &e->from : &e->to;

	*acknowledged = 1;
	if (!grow(f))
		return 1;
	struct ip_flow *flow = find(f->slots, f->size, low, high);
	if (!flow->next[0]) {
		*flow = (struct ip_flow){*low, *high, {1, 1}};
		f->count++;
	}
	uint32_t place = flow->next[swapped];
	flow->next[swapped] = after(place, n);
	*acknowledged = flow->next[!swapped];
	return place;
}

void ip_flows_free(struct ip_flows *f)
{
	free(f->slots);
	*f = (struct ip_flows){0};
}
