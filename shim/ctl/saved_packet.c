/* SPDX-License-Identifier: MIT */
/* Where nothing says which way a packet went, who got the first one of a conversation is the host. */
#include "saved_packet.h"

#include <string.h>

#include "config/model.h"
#include "segment/packet.h"

enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW_OLD = 12, LINK_RAW_BSD = 14, LINK_RAW = 101, LINK_LOOP = 108, LINK_SLL = 113, LINK_IPV4 = 228,
	LINK_IPV6 = 229, LINK_SLL2 = 276 };
enum { PROTO_TCP = 6, PROTO_UDP = 17, TCP_SYN = 2, TCP_ACK = 16 };
enum { TYPE_VLAN = 0x8100, TYPE_QINQ = 0x88a8, TYPE_QINQ_OLD = 0x9100, TYPE_PPPOE = 0x8864 };

#define TWICE 10000000 /* nanoseconds in which a packet is on all interfaces that it goes by */

/* As far as it is read. */
struct bytes {
	const uint8_t *p;
	size_t n;     /* that are there, */
	size_t whole; /* and that there were */
};

static unsigned u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static bool skip(struct bytes *b, size_t n)
{
	if (b->n < n)
		return false;
	b->p += n;
	b->n -= n;
	b->whole -= n < b->whole ? n : b->whole;
	return true;
}

/* What was written of Linux' cooked headers: to us, from us. */
static enum saved_way cooked(unsigned type)
{
	return type == 4 ? SAVED_LEFT : type == 0 ? SAVED_ARRIVED : SAVED_WAY_UNKNOWN;
}

/* The tags of networks behind a type of Ethernet, and what carries PPP on it. */
static bool skip_tags(struct bytes *b, unsigned type)
{
	while (type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD) {
		if (b->n < 4)
			return false;
		type = u16(b->p + 2);
		skip(b, 4);
	}
	return type != TYPE_PPPOE || skip(b, 8);
}

static bool skip_typed(struct bytes *b, size_t header, size_t type_at)
{
	unsigned type = b->n >= header ? u16(b->p + type_at) : 0;

	return skip(b, header) && skip_tags(b, type);
}

/* What is before IP; false: it is none that is known. */
static bool skip_link(struct saved *s, struct bytes *b, const struct saved_packet *p, enum saved_way *way)
{
	switch (p->link) {
	case LINK_RAW:
	case LINK_RAW_OLD:
	case LINK_RAW_BSD:
	case LINK_IPV4:
	case LINK_IPV6: return true;
	case LINK_NULL:
	case LINK_LOOP: return skip(b, 4);
	case LINK_SLL:
		if (b->n >= 16 && !*way)
			*way = cooked(u16(b->p));
		return skip_typed(b, 16, 14);
	case LINK_SLL2:
		if (b->n >= 20 && !*way)
			*way = cooked(b->p[10]);
		return skip_typed(b, 20, 0);
	case LINK_ETHERNET: return skip_typed(b, 14, 12);
	default: s->link = p->link; return false;
	}
}

static struct addr address_of(const uint8_t *ip, unsigned family)
{
	struct addr a = {.family = (uint16_t)family};

	if (family == AF_INET6) {
		memcpy(a.ip, ip, 16);
		return a;
	}
	a.ip[10] = a.ip[11] = 0xff;
	memcpy(a.ip + 12, ip, 4);
	return a;
}

/* It has so many bytes: Ethernet fills up. */
static void end_at(struct bytes *b, size_t length)
{
	if (length && length < b->whole)
		b->whole = length;
	if (b->n > b->whole)
		b->n = b->whole;
}

/* A piece, of which the head is behind b. False: others of its datagram are missing. */
static bool take_piece(struct saved *s, struct saved_packets *before, struct bytes *b, const struct packet *m, struct piece *p)
{
	size_t n;

	s->fragments++;
	p->from = &m->from;
	p->to = &m->to;
	p->bytes = b->p;
	p->n = b->whole;
	unsigned count = b->n < b->whole ? 0 : pieces_add(&before->pieces, p, &b->p, &n);
	if (!count)
		return false;
	s->fragments -= count < s->fragments ? count : s->fragments;
	b->n = b->whole = n;
	return true;
}

static bool skip_ipv4(struct saved *s, struct saved_packets *before, struct bytes *b, struct packet *m, unsigned *proto)
{
	size_t header = (b->p[0] & 15u) * 4u, length = u16(b->p + 2);

	if (b->n < 20 || header < 20 || header > b->n)
		return false;
	struct piece p = {.id = u16(b->p + 4), .proto = b->p[9], .offset = (u16(b->p + 6) & 0x1fffu) * 8u,
		.more = u16(b->p + 6) & 0x2000};
	*proto = b->p[9];
	m->from = address_of(b->p + 12, AF_INET);
	m->to = address_of(b->p + 16, AF_INET);
	end_at(b, length >= header ? length : 0); /* 0 where the network card was to split it */
	skip(b, header);
	return (!p.offset && !p.more) || take_piece(s, before, b, m, &p);
}

static bool skip_ipv6(struct saved *s, struct saved_packets *before, struct bytes *b, struct packet *m, unsigned *proto)
{
	if (b->n < 40)
		return false;
	size_t length = u16(b->p + 4);
	*proto = b->p[6];
	m->from = address_of(b->p + 8, AF_INET6);
	m->to = address_of(b->p + 24, AF_INET6);
	skip(b, 40);
	end_at(b, length);
	while (*proto == 0 || *proto == 43 || *proto == 60) { /* options, routing */
		if (b->n < 8)
			return false;
		*proto = b->p[0];
		if (!skip(b, (b->p[1] + 1u) * 8u))
			return false;
	}
	if (*proto != 44)
		return true;
	if (b->n < 8)
		return false;
	struct piece p = {.id = u32(b->p + 4), .proto = b->p[0], .offset = u16(b->p + 2) & 0xfff8u, .more = b->p[3] & 1};
	*proto = b->p[0];
	skip(b, 8);
	return take_piece(s, before, b, m, &p);
}

static bool take_ports(const struct bytes *b, struct packet *m)
{
	if (b->n < 8)
		return false;
	m->from.port = (uint16_t)u16(b->p);
	m->to.port = (uint16_t)u16(b->p + 2);
	return true;
}

/* The head of TCP, and what it says. */
static bool take_segment(struct bytes *b, struct stream_segment *segment)
{
	if (b->n < 20 || b->whole < 20)
		return false;
	*segment = (struct stream_segment){.at = u32(b->p + 4), .acknowledged = u32(b->p + 8), .syn = b->p[13] & TCP_SYN,
		.acks = b->p[13] & TCP_ACK};
	if (!skip(b, (b->p[12] >> 4) * 4u))
		return false;
	segment->bytes = b->p;
	segment->n = b->n < b->whole ? b->n : b->whole;
	segment->whole = b->whole;
	return true;
}

/* ---- which way ---- */

static bool is_own(const struct saved_packets *before, const struct addr *a)
{
	for (unsigned i = 0; i < before->own_count && i < SAVED_OWN; i++)
		if (addr_equal(&before->own[i], a))
			return true;
	return false;
}

/* Others' word for the way is a hint: of what a machine sends to itself both ends are its own, and all of it arrives. */
static bool arrived(struct saved_packets *before, const struct packet *m, enum saved_way way, bool sure)
{
	bool left = way == SAVED_LEFT || (is_own(before, &m->from) && !(way && sure));
	const struct addr *own = left ? &m->from : &m->to;

	if (!is_own(before, own))
		before->own[before->own_count++ % SAVED_OWN] = *own;
	return !left;
}

/* Whether the same was just captured on another interface: of a capture of all of them. */
static bool is_twice(struct saved_packets *before, const struct saved_packet *p, const struct packet *m, const struct bytes *b)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ m->from.port ^ (uint64_t)m->to.port << 16;

	if (p->link != LINK_SLL && p->link != LINK_SLL2)
		return false;
	for (size_t i = 0; i < 16; i++)
		hash = ((hash ^ m->from.ip[i]) * UINT64_C(1099511628211) ^ m->to.ip[i]) * UINT64_C(1099511628211);
	for (size_t i = 0; i < b->n; i++)
		hash = (hash ^ b->p[i]) * UINT64_C(1099511628211);
	for (unsigned i = 0; i < before->recent_count && i < SAVED_RECENT; i++)
		if (before->recent[i].hash == hash && p->at - before->recent[i].at < TWICE)
			return true;
	before->recent[before->recent_count % SAVED_RECENT].hash = hash;
	before->recent[before->recent_count++ % SAVED_RECENT].at = p->at;
	return false;
}

/* ---- comments of bondctl ---- */

/* What stands behind that word, up to the next ';' or the end. */
static void take_text(struct packet_view *v, enum packet_text which, const char *comment, const char *word)
{
	const char *at = strstr(comment, word);

	if (!at)
		return;
	at += strlen(word);
	size_t n = strcspn(at, ";\n");
	v->texts[which] = at;
	v->packet.texts[which] = (uint16_t)(n < PACKET_NAME_MAX ? n : PACKET_NAME_MAX);
}

/* "as the program sent it, from 10.10.0.1:5060:" */
static void take_shown(struct packet_view *v, const char *comment)
{
	const char *at = strstr(comment, ", from "), *end;

	if (strncmp(comment, "as the program ", 15) != 0)
		return;
	at = at && at - comment < 30 ? at + 7 : strstr(comment, ", at ") ? strstr(comment, ", at ") + 5 : NULL;
	if (!at)
		return;
	end = at + strcspn(at, "\n");
	if (end > at && end[-1] == ':')
		end--;
	if (addr_parse(&v->packet.shown, at, (size_t)(end - at)) != 0)
		v->packet.shown = (struct addr){0};
}

/* Whether bondctl made it: all that it has is there then, and in order. */
static bool is_own_capture(const struct saved_packet *p)
{
	return strncmp(p->verdict, "pid ", 4) == 0;
}

static void take_comments(struct packet_view *v, const struct saved_packet *p)
{
	take_text(v, PACKET_BOND, p->verdict, "; bond ");
	take_text(v, PACKET_MEMBER, p->verdict, "; member ");
	take_text(v, PACKET_ROUTE, p->verdict, "; route ");
	if (strstr(p->verdict, "; inside WebSocket inside TLS"))
		v->packet.transport = TRANSPORT_WSS;
	else if (strstr(p->verdict, "; inside TLS"))
		v->packet.transport = TRANSPORT_TLS;
	if (strstr(p->verdict, "; the program did not get it"))
		v->packet.flags |= PACKET_UNSEEN;
	take_shown(v, p->host);
}

static void put_datagram(struct saved *s, struct saved_packets *before, const struct saved_packet *p, struct packet_view *v,
	struct bytes *b)
{
	if (b->n < b->whole) {
		s->cut++;
		return;
	}
	if (!skip(b, 8) || !b->n || is_twice(before, p, &v->packet, b))
		return;
	saved_put(s, v, b->p, b->n);
}

void saved_packet_put(struct saved *s, struct saved_packets *before, const struct saved_packet *p)
{
	struct packet_view v = {.packet = {.at = p->at}};
	struct bytes b = {p->bytes, p->n, p->whole > p->n ? p->whole : p->n};
	struct stream_segment segment;
	enum saved_way way = p->way;
	unsigned proto = 0;

	for (int i = 0; i < PACKET_TEXTS; i++)
		v.texts[i] = "";
	if (!skip_link(s, &b, p, &way) || b.n < 20)
		return;
	if (b.p[0] >> 4 == 4 ? !skip_ipv4(s, before, &b, &v.packet, &proto)
			     : b.p[0] >> 4 != 6 || !skip_ipv6(s, before, &b, &v.packet, &proto))
		return;
	if ((proto != PROTO_UDP && proto != PROTO_TCP) || !take_ports(&b, &v.packet))
		return;
	v.packet.flags = arrived(before, &v.packet, way, *p->verdict) ? PACKET_ARRIVED : 0;
	v.packet.transport = proto == PROTO_UDP ? TRANSPORT_UDP : TRANSPORT_TCP;
	if (is_own_capture(p))
		take_comments(&v, p);
	if (proto == PROTO_UDP) {
		put_datagram(s, before, p, &v, &b);
		return;
	}
	s->cut += b.n < b.whole;
	if (!take_segment(&b, &segment))
		return;
	if (!is_own_capture(p))
		stream_put(s, &before->flows, &v, &segment);
	else if (segment.n)
		saved_put(s, &v, segment.bytes, segment.n);
}

void saved_packet_end(struct saved *s, struct saved_packets *before)
{
	stream_end(s, &before->flows);
	pieces_free(&before->pieces);
}
