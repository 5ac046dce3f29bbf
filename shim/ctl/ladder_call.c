/* SPDX-License-Identifier: MIT */
/* What is shown of a message, and between which ends. */
#include "ladder_call.h"

#include "config/model.h"
#include "sip/scan.h"

/* As much of a text as is shown; what is no plain ASCII as '?'. */
static void copy(char *to, size_t room, const char *p, size_t n)
{
	if (n >= room)
		n = room - 1;
	for (size_t i = 0; i < n; i++)
		to[i] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '?';
	to[n] = 0;
}

static void copy_text(char *to, const struct packet_view *v, enum packet_text text)
{
	copy(to, LADDER_NAME, v->texts[text], v->packet.texts[text]);
}

/* "Ringing" of "SIP/2.0 180 Ringing". */
static void copy_reason(char *to, struct span line)
{
	const char *p = line.p, *end = p + line.n;

	for (int blanks = 0; blanks < 2 && p < end; blanks += *p++ == ' ')
		;
	while (end > p && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
		end--;
	copy(to, LADDER_NAME, p, (size_t)(end - p));
}

static void describe(struct ladder_message *to, const struct scan_message *m)
{
	size_t digits = 0;

	while (digits < m->cseq.n && m->cseq.p[digits] >= '0' && m->cseq.p[digits] <= '9')
		digits++;
	to->response = !m->request;
	if (m->request) {
		copy(to->start, sizeof(to->start), m->method.p, m->method.n);
		copy(to->cseq, sizeof(to->cseq), m->cseq.p, digits);
		return;
	}
	snprintf(to->start, sizeof(to->start), "%u", (unsigned)m->status);
	copy_reason(to->reason, m->line);
	copy(to->cseq, sizeof(to->cseq), m->cseq.p, m->cseq.n);
}

/* How often the same bytes went that way before, of those that are remembered: a datagram is sent again
 * as it was (RFC 3261 17). */
static unsigned seen_before(struct ladder_call *c, const struct packet_view *v, const char *p, size_t n)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ (v->packet.flags & PACKET_ARRIVED);

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)p[i]) * UINT64_C(1099511628211);
	for (int i = 0; i < 16; i++)
		hash = (hash ^ v->packet.from.ip[i] ^ (unsigned)v->packet.to.ip[i] << 8) *
			UINT64_C(1099511628211);
	hash = (hash ^ v->packet.from.port ^ (uint64_t)v->packet.to.port << 16) * UINT64_C(1099511628211);
	for (unsigned i = 0; i < c->seen_count && i < LADDER_SEEN; i++)
		if (c->seen[i] == hash)
			return c->seen_times[i] < UINT8_MAX ? ++c->seen_times[i] : UINT8_MAX;
	c->seen[c->seen_count % LADDER_SEEN] = hash;
	c->seen_times[c->seen_count++ % LADDER_SEEN] = 0;
	return 0;
}

/* Where a new one stands: the host's own in the middle, H before M, the peer that began on their left. */
static unsigned place_of(const struct ladder_call *c, uint8_t role)
{
	unsigned at = c->column_count;

	if (role == COLUMN_PEER)
		return at;
	for (at = c->came_in; at < c->column_count; at++) {
		const struct ladder_column *k = &c->columns[c->order[at]];
		if (k->role == COLUMN_PEER || (role == COLUMN_H && k->role == COLUMN_M))
			break;
	}
	return at;
}

/* The column of that end, which may be new; one that came when there was no room is the last one's. */
static uint8_t column(struct ladder_call *c, const struct addr *at, uint8_t role)
{
	for (unsigned i = 0; i < c->column_count; i++) {
		struct ladder_column *k = &c->columns[i];
		if (addr_equal(&k->at, at) && !k->role == !role) {
			k->role |= k->role & COLUMN_M ? 0 : role; /* where answers come to a member */
			return (uint8_t)i;
		}
	}
	c->others |= c->column_count == LADDER_COLUMNS;
	if (c->others)
		return LADDER_COLUMNS - 1;
	unsigned place = place_of(c, role), i = c->column_count++;
	memmove(c->order + place + 1, c->order + place, i - place);
	c->order[place] = (uint8_t)i;
	c->columns[i] = (struct ladder_column){.at = *at, .role = role};
	return (uint8_t)i;
}

void ladder_call_add(struct ladder_call *c, const struct packet_view *v, const struct scan_message *m,
	const char *bytes, size_t n)
{
	const struct packet *p = &v->packet;
	struct ladder_message *to = &c->messages[c->message_count++];
	bool arrived = p->flags & PACKET_ARRIVED;
	const struct addr *own = arrived ? &p->to : &p->from, *peer = arrived ? &p->from : &p->to;
	bool elsewhere = p->shown.family && !addr_equal(&p->shown, own);
	if (!c->column_count)
		c->came_in = arrived;
	uint8_t far = column(c, peer, COLUMN_PEER);
	uint8_t host = column(c, elsewhere ? &p->shown : own, COLUMN_H);
	uint8_t near = elsewhere ? column(c, own, COLUMN_M) : host;

	*to = (struct ladder_message){.at = p->at,
		.from = arrived ? far : near,
		.to = arrived ? near : far,
		.host = host,
		.arrived = arrived,
		.unseen = p->flags & PACKET_UNSEEN,
		.transport = p->transport,
		.peer = *peer,
		.own = *own};
	describe(to, m);
	if (transport_is_datagram((enum transport)p->transport))
		to->again = seen_before(c, v, bytes, n);
	copy_text(to->bond, v, PACKET_BOND);
	copy_text(to->route, v, PACKET_ROUTE);
	if (to->bond[0])
		memcpy(c->columns[near].bond, to->bond, sizeof(to->bond));
	if (!c->first)
		c->first = c->drawn = p->at;
	c->last = p->at;
}

void ladder_call_drop(struct ladder_call *c)
{
	if (c->message_count)
		c->drawn = c->messages[c->message_count - 1].at;
	c->message_count = 0;
}
