/* SPDX-License-Identifier: MIT */
/* The side that reads; preload/trace/packet.c writes. */
#include "packet.h"

#include "config/model.h"

static bool is_address(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return !a->family || a->family == AF_INET6 ||
		(a->family == AF_INET && memcmp(a->ip, mapped, sizeof(mapped)) == 0);
}

static bool is_sound(const struct packet *p)
{
	return p->at >= 0 && is_address(&p->from) && is_address(&p->to) && is_address(&p->shown) &&
		p->transport < TRANSPORT_COUNT && p->wire <= PACKET_BYTES_MAX && p->host <= PACKET_BYTES_MAX &&
		p->wire_whole >= p->wire && p->host_whole >= p->host &&
		(!p->host || !(p->flags & (PACKET_SAME | PACKET_UNSEEN)));
}

bool packet_read(struct packet_view *v, const void *record, size_t n)
{
	const char *at = record;

	if (n < sizeof(v->packet))
		return false;
	memcpy(&v->packet, at, sizeof(v->packet));
	at += sizeof(v->packet), n -= sizeof(v->packet);
	if (!is_sound(&v->packet))
		return false;
	for (int i = 0; i < PACKET_TEXTS; i++) {
		size_t size = v->packet.texts[i];
		if (size > n || size > (i == PACKET_VERDICT ? PACKET_VERDICT_MAX : PACKET_NAME_MAX))
			return false;
		v->texts[i] = at;
		at += size, n -= size;
	}
	if (n != (size_t)v->packet.wire + v->packet.host)
		return false;
	v->wire = at;
	v->host = v->packet.flags & PACKET_SAME ? at : at + v->packet.wire;
	v->host_n = v->packet.flags & PACKET_SAME ? v->packet.wire : v->packet.host;
	return true;
}
