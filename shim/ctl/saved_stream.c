/* SPDX-License-Identifier: MIT */
/* What is ahead is held until what is missing comes, or the other end has acknowledged that, so that only the capture
 * lacks it: then the connection goes on behind the gap. */
#include "saved_stream.h"

#include <stdlib.h>
#include <string.h>

#include "config/model.h"

#define OTHER (1 << 20) /* bytes from what was seen: it is another connection, of which the beginning is not there */
#define HELD_MOST 64    /* segments of a direction */

struct stream_held {
	struct stream_held *next;
	uint32_t at;
	size_t n, whole;
	uint8_t bytes[];
};

static void drop_held(struct stream_flow *f)
{
	for (struct stream_held *h = f->held, *next; h; h = next) {
		next = h->next;
		free(h);
	}
	f->held = NULL;
	f->held_count = 0;
}

static struct stream_flow *find(struct stream_flows *flows, const struct addr *from, const struct addr *to)
{
	for (unsigned i = 0; i < flows->count; i++)
		if (addr_equal(&flows->of[i].from, from) && addr_equal(&flows->of[i].to, to))
			return &flows->of[i];
	return NULL;
}

static void gap(struct saved *s, const struct stream_flow *f)
{
	ladder_gap(s->ladder, &f->from, &f->to);
}

/* Bytes that begin at or before what is next; of the connection there were `whole`. */
static void take(struct saved *s, struct stream_flow *f, struct packet_view *v, uint32_t at, const uint8_t *bytes, size_t n,
	size_t whole)
{
	size_t seen = f->next - at;

	if (seen >= whole)
		return;
	if (seen < n)
		saved_put(s, v, bytes + seen, n - seen);
	if (n < whole)
		gap(s, f);
	f->next = at + (uint32_t)whole;
}

/* What is held and next now. */
static void take_held(struct saved *s, struct stream_flow *f, struct packet_view *v)
{
	struct stream_held *h;

	while ((h = f->held) && (int32_t)(h->at - f->next) <= 0) {
		f->held = h->next;
		f->held_count--;
		take(s, f, v, h->at, h->bytes, h->n, h->whole);
		free(h);
	}
}

/* What is missing before the first that is held does not come. */
static void give_up(struct saved *s, struct stream_flow *f)
{
	struct packet_view v = {.packet = {.at = f->at, .from = f->from, .to = f->to, .flags = (uint8_t)f->flags,
					.transport = TRANSPORT_TCP}};

	for (int i = 0; i < PACKET_TEXTS; i++)
		v.texts[i] = "";
	s->gaps++;
	gap(s, f);
	f->next = f->held->at;
	take_held(s, f, &v);
}

static void hold(struct saved *s, struct stream_flow *f, const struct stream_segment *segment)
{
	struct stream_held **place = &f->held, *h;

	while (*place && (int32_t)((*place)->at - segment->at) <= 0)
		place = &(*place)->next;
	h = malloc(sizeof(*h) + segment->n);
	if (!h)
		return;
	*h = (struct stream_held){.next = *place, .at = segment->at, .n = segment->n, .whole = segment->whole};
	memcpy(h->bytes, segment->bytes, segment->n);
	*place = h;
	if (++f->held_count > HELD_MOST)
		give_up(s, f);
}

/* That direction, which may be new; its next is set where that begins anew. */
static struct stream_flow *flow_of(struct saved *s, struct stream_flows *flows, const struct packet_view *v,
	const struct stream_segment *segment)
{
	struct stream_flow *f = find(flows, &v->packet.from, &v->packet.to);
	bool known = f;

	if (!f) {
		f = &flows->of[flows->count < STREAM_FLOWS ? flows->count++ : segment->at % STREAM_FLOWS];
		drop_held(f);
		*f = (struct stream_flow){.from = v->packet.from, .to = v->packet.to};
	}
	int32_t ahead = (int32_t)(segment->at - f->next);
	if (!known || segment->syn || ahead > OTHER || ahead < -OTHER) {
		if (known)
			gap(s, f);
		drop_held(f);
		f->next = segment->at + segment->syn;
	}
	f->flags = v->packet.flags;
	f->at = v->packet.at;
	return f;
}

void stream_put(struct saved *s, struct stream_flows *flows, struct packet_view *v, const struct stream_segment *segment)
{
	struct stream_flow *back = segment->acks ? find(flows, &v->packet.to, &v->packet.from) : NULL;

	while (back && back->held && (int32_t)(segment->acknowledged - back->held->at) > 0)
		give_up(s, back);
	if (!segment->whole && !segment->syn)
		return;
	struct stream_flow *f = flow_of(s, flows, v, segment);
	struct stream_segment rest = *segment;
	rest.at += rest.syn;
	if ((int32_t)(rest.at - f->next) > 0) {
		hold(s, f, &rest);
		return;
	}
	take(s, f, v, rest.at, rest.bytes, rest.n, rest.whole);
	take_held(s, f, v);
}

void stream_end(struct saved *s, struct stream_flows *flows)
{
	for (unsigned i = 0; i < flows->count; i++)
		while (flows->of[i].held)
			give_up(s, &flows->of[i]);
}
