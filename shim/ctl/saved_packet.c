/* SPDX-License-Identifier: MIT */
/* Where nothing says which way a packet went, who got the first one of a conversation is the host. */
#include "saved_packet.h"

#include <string.h>

#include "config/model.h"
#include "segment/packet.h"

enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 101, LINK_LOOP = 108, LINK_SLL = 113, LINK_IPV4 = 228,
	LINK_IPV6 = 229, LINK_SLL2 = 276 };
enum { PROTO_TCP = 6, PROTO_UDP = 17, TCP_SYN = 2 };

#define REPEAT_MAX (1 << 20) /* bytes of a connection that are sent again */

/* As far as it is read. */
struct bytes {
	const uint8_t *p;
	size_t n;
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
	return true;
}

/* What was written of Linux' cooked headers: to us, from us. */
static enum saved_way cooked(unsigned type)
{
	return type == 4 ? SAVED_LEFT : type == 0 ? SAVED_ARRIVED : SAVED_WAY_UNKNOWN;
}

/* What is before IP; false: it is none that is known. */
static bool skip_link(struct bytes *b, const struct saved_packet *p, enum saved_way *way)
{
	size_t header = 14;

	switch (p->link) {
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6: return true;
	case LINK_NULL:
	case LINK_LOOP: return skip(b, 4);
	case LINK_SLL:
		if (b->n >= 16 && !*way)
			*way = cooked(u16(b->p));
		return skip(b, 16);
	case LINK_SLL2:
		if (b->n >= 20 && !*way)
			*way = cooked(b->p[10]);
		return skip(b, 20);
	case LINK_ETHERNET:
		while (b->n >= header + 4 && (u16(b->p + header - 2) == 0x8100 || u16(b->p + header - 2) == 0x88a8))
			header += 4;
		return skip(b, header);
	default: return false;
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

static bool skip_ipv4(struct saved *s, struct bytes *b, struct packet *m, unsigned *proto)
{
	size_t header = (b->p[0] & 15u) * 4u, length = u16(b->p + 2);

	if (b->n < 20 || header < 20 || header > b->n)
		return false;
	if (u16(b->p + 6) & 0x3fff) {
		s->fragments++;
		return false;
	}
	*proto = b->p[9];
	m->from = address_of(b->p + 12, AF_INET);
	m->to = address_of(b->p + 16, AF_INET);
	if (length >= header && length < b->n)
		b->n = length; /* Ethernet fills up */
	return skip(b, header);
}

static bool skip_ipv6(struct saved *s, struct bytes *b, struct packet *m, unsigned *proto)
{
	if (b->n < 40)
		return false;
	size_t length = u16(b->p + 4);
	*proto = b->p[6];
	m->from = address_of(b->p + 8, AF_INET6);
	m->to = address_of(b->p + 24, AF_INET6);
	skip(b, 40);
	if (length && length < b->n)
		b->n = length;
	while (*proto == 0 || *proto == 43 || *proto == 60) { /* options, routing */
		if (b->n < 8)
			return false;
		*proto = b->p[0];
		if (!skip(b, (b->p[1] + 1u) * 8u))
			return false;
	}
	s->fragments += *proto == 44;
	return *proto != 44;
}

/* ---- connections ---- */

/* Takes what was there before off the front; false: nothing new is in it. */
static bool is_new(struct saved_packets *before, const struct packet *m, uint32_t at, bool syn, struct bytes *b)
{
	unsigned i = 0;

	while (i < before->flow_count && !(addr_equal(&before->flows[i].from, &m->from) && addr_equal(&before->flows[i].to, &m->to)))
		i++;
	bool known = i < before->flow_count;
	if (!known) {
		i = before->flow_count < SAVED_FLOWS ? before->flow_count++ : at % SAVED_FLOWS;
		before->flows[i].from = m->from;
		before->flows[i].to = m->to;
	}
	uint32_t *next = &before->flows[i].next, end = at + syn + (uint32_t)b->n;
	int32_t seen = known && !syn ? (int32_t)(*next - at) : 0;
	if (seen > REPEAT_MAX) /* another connection, of which the beginning is not there */
		seen = 0;
	else if (known && !syn && (int32_t)(end - *next) <= 0)
		end = *next;
	*next = end;
	skip(b, seen <= 0 ? 0 : (size_t)seen < b->n ? (size_t)seen : b->n);
	return b->n != 0;
}

static bool skip_ports(struct saved *s, struct saved_packets *before, struct bytes *b, struct packet *m, unsigned proto,
	bool cut)
{
	if (b->n < 8)
		return false;
	m->from.port = (uint16_t)u16(b->p);
	m->to.port = (uint16_t)u16(b->p + 2);
	if (proto == PROTO_UDP) {
		m->transport = TRANSPORT_UDP;
		s->cut += cut;
		return !cut && skip(b, 8);
	}
	if (proto != PROTO_TCP || b->n < 20)
		return false;
	m->transport = TRANSPORT_TCP;
	uint32_t at = u32(b->p + 4);
	bool syn = b->p[13] & TCP_SYN;
	s->cut += cut;
	return skip(b, (b->p[12] >> 4) * 4u) && is_new(before, m, at, syn, b);
}

/* ---- which way ---- */

static bool is_own(const struct saved_packets *before, const struct addr *a)
{
	for (unsigned i = 0; i < before->own_count && i < SAVED_OWN; i++)
		if (addr_equal(&before->own[i], a))
			return true;
	return false;
}

static bool arrived(struct saved_packets *before, const struct packet *m, enum saved_way way)
{
	if (way)
		return way == SAVED_ARRIVED;
	if (is_own(before, &m->from))
		return false;
	if (!is_own(before, &m->to))
		before->own[before->own_count++ % SAVED_OWN] = m->to;
	return true;
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

static void take_comments(struct packet_view *v, const struct saved_packet *p)
{
	if (strncmp(p->verdict, "pid ", 4) != 0)
		return;
	take_text(v, PACKET_BOND, p->verdict, "; bond ");
	take_text(v, PACKET_MEMBER, p->verdict, "; member ");
	take_text(v, PACKET_ROUTE, p->verdict, "; route ");
	if (strstr(p->verdict, "; the program did not get it"))
		v->packet.flags |= PACKET_UNSEEN;
	take_shown(v, p->host);
}

void saved_packet_put(struct saved *s, struct saved_packets *before, const struct saved_packet *p)
{
	struct packet_view v = {.packet = {.at = p->at}};
	struct bytes b = {p->bytes, p->n};
	enum saved_way way = p->way;
	unsigned proto = 0;

	for (int i = 0; i < PACKET_TEXTS; i++)
		v.texts[i] = "";
	if (!skip_link(&b, p, &way) || b.n < 20)
		return;
	if (b.p[0] >> 4 == 4 ? !skip_ipv4(s, &b, &v.packet, &proto)
			     : b.p[0] >> 4 != 6 || !skip_ipv6(s, &b, &v.packet, &proto))
		return;
	if (!skip_ports(s, before, &b, &v.packet, proto, p->n < p->whole) || !b.n)
		return;
	v.packet.flags = arrived(before, &v.packet, way) ? PACKET_ARRIVED : 0;
	take_comments(&v, p);
	v.wire = v.host = (const char *)b.p;
	v.packet.wire = v.packet.wire_whole = (uint32_t)b.n;
	v.host_n = b.n;
	ladder_put(s->ladder, &v);
}
