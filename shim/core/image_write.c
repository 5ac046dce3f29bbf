/* SPDX-License-Identifier: MIT */
/* From a configuration and its compiled routes to an image. Done twice: counted, then written into
 * memory that is zero. Not for a host's calls: it allocates. */
#include "image.h"

#include <errno.h>
#include <stdlib.h>

#include "config/terminal.h"
#include "image_past.h"

struct writer {
	const struct config *c;
	const struct match *m;
	const struct image_past *past;
	struct image *image; /* the head, until the second pass a mere one */
	char *base;          /* NULL: only counted */
	uint64_t used;       /* of the arrays */
	char *texts;
	uint64_t text_used;
	const char *last_text; /* an interface's members have theirs in common */
	uint32_t last_at;
};

static const uint8_t sizes[IMAGE_MATCH] = {
	[IMAGE_BONDS] = sizeof(struct image_bond),
	[IMAGE_MEMBERS] = sizeof(struct image_member),
	[IMAGE_FIT] = sizeof(uint32_t),
	[IMAGE_ROUTES] = sizeof(struct image_route),
	[IMAGE_FROMS] = sizeof(uint16_t),
	[IMAGE_SOCKETS] = sizeof(struct socket_name),
	[IMAGE_TARGETS] = sizeof(struct image_target),
	[IMAGE_DOMAIN_NUMBERS] = sizeof(uint16_t),
	[IMAGE_ALIASES] = sizeof(struct image_alias),
	[IMAGE_PROGRAMS] = sizeof(uint32_t),
	[IMAGE_PORTS] = sizeof(uint16_t),
	[IMAGE_RETIRED] = sizeof(struct image_retired),
	[IMAGE_TOMBSTONES] = sizeof(struct image_tombstone),
};

size_t image_part_size(enum image_part part)
{
	if (part == IMAGE_TEXTS)
		return 1;
	return part < IMAGE_MATCH ? sizes[part] : match_part_size((enum match_part)(part - IMAGE_MATCH));
}

/* Room for the array, which begins where the last one ended; NULL while it is only counted. */
static void *take(struct writer *w, enum image_part part, size_t count)
{
	void *p = w->base ? w->base + w->used : NULL;

	w->image->parts[part] = (struct part){(uint32_t)w->used, (uint32_t)count};
	w->used += (count * image_part_size(part) + IMAGE_ALIGN - 1) & ~(uint64_t)(IMAGE_ALIGN - 1);
	return p;
}

static void put(struct writer *w, enum image_part part, const void *from, size_t count)
{
	void *p = take(w, part, count);

	if (p && count)
		memcpy(p, from, count * image_part_size(part));
}

static uint32_t put_text(struct writer *w, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (!n)
		return 0;
	if (s == w->last_text)
		return w->last_at;
	w->last_text = s;
	w->last_at = (uint32_t)w->text_used;
	if (w->texts)
		memcpy(w->texts + w->text_used, s, n);
	w->text_used += n + 1;
	return w->last_at;
}

/* Of a file's name, which may have any bytes, what may be printed. */
static uint32_t put_path(struct writer *w, const char *s)
{
	uint32_t at = put_text(w, s);
	size_t n = s ? strlen(s) : 0;

	for (size_t i = 0, length; at && w->texts && i < n; i += length) {
		bool plain;
		length = terminal_next(s + i, n - i, &plain);
		if (!plain)
			memset(w->texts + at + i, '?', length);
	}
	return at;
}

static void put_bonds(struct writer *w)
{
	struct image_bond *to = take(w, IMAGE_BONDS, w->c->bond_count);

	for (size_t i = 0; i < w->c->bond_count; i++) {
		const struct bond *b = &w->c->bonds[i];
		uint32_t name = put_text(w, b->name);
		if (!to)
			continue;
		to[i] = (struct image_bond){.name = name,
			.place = b->place,
			.first_member = b->first_member,
			.member_count = b->member_count,
			.slot = w->past->slots[IMAGE_BOND][i],
			.no_member = b->no_member,
			.source_port = b->source_port};
		memcpy(to[i].fit, b->fit, sizeof(to[i].fit));
	}
	put(w, IMAGE_FIT, w->c->fit, w->c->fit ? w->c->member_count : 0);
}

static void put_members(struct writer *w)
{
	struct image_member *to = take(w, IMAGE_MEMBERS, w->c->member_count);

	for (size_t i = 0; i < w->c->member_count; i++) {
		const struct member *m = &w->c->members[i];
		bool same = i && m->as_host == w->c->members[i - 1].as_host;
		uint32_t as_host = !same ? put_text(w, m->as_host) : to ? to[i - 1].as_host : 0;
		uint32_t written = put_text(w, m->written);
		if (!to)
			continue;
		to[i] = (struct image_member){.addr = m->addr,
			.as_host = as_host,
			.written = written,
			.slot = w->past->slots[IMAGE_MEMBER][i],
			.device_index = m->device_index,
			.place = m->place,
			.bond = m->bond,
			.as_port = m->as_port,
			.transport = m->transport,
			.open = m->open,
			.from_interface = m->from_interface};
		memcpy(to[i].device, m->device, strlen(m->device));
	}
}

static void put_socket(struct socket_name *to, const struct socket_name *s)
{
	to->addr = s->addr;
	to->transport = s->transport;
	to->place = s->place;
}

static void put_routes(struct writer *w)
{
	const struct config *c = w->c;
	struct image_route *to = take(w, IMAGE_ROUTES, c->route_count);
	size_t from_count = 0, socket_count = 0;

	for (size_t i = 0; i < c->route_count; i++) {
		const struct route *r = &c->routes[i];
		uint32_t name = put_text(w, r->name);
		if (to)
			to[i] = (struct image_route){.name = name,
				.to_count = r->to_count,
				.to_hash = r->to_hash,
				.place = r->place,
				.slot = w->past->slots[IMAGE_ROUTE][i],
				.bond = r->bond,
				.has_to = r->has_to,
				.transport = r->transport,
				.first_from = (uint32_t)from_count,
				.from_count = (uint32_t)r->from_count,
				.first_socket = (uint32_t)socket_count,
				.socket_count = (uint32_t)r->socket_count};
		from_count += r->from_count;
		socket_count += r->socket_count;
	}
	uint16_t *froms = take(w, IMAGE_FROMS, from_count);
	struct socket_name *sockets = take(w, IMAGE_SOCKETS, socket_count);
	for (size_t i = 0; w->base && i < c->route_count; i++) {
		for (size_t k = 0; k < c->routes[i].from_count; k++)
			*froms++ = c->routes[i].from[k];
		for (size_t k = 0; k < c->routes[i].socket_count; k++)
			put_socket(sockets++, &c->routes[i].sockets[k]);
	}
}

static void put_targets(struct writer *w)
{
	const struct config *c = w->c;
	struct image_target *to = take(w, IMAGE_TARGETS, w->m->domain_count);
	uint16_t *numbers = take(w, IMAGE_DOMAIN_NUMBERS, w->m->domain_count);

	for (size_t i = 0; i < c->target_count; i++) {
		const struct target *t = &c->targets[i];
		if (t->kind == TARGET_PREFIX)
			continue;
		uint32_t domain = put_text(w, t->domain);
		if (!to)
			continue;
		*to++ = (struct image_target){.domain = domain,
			.place = t->place,
			.port = t->port,
			.route = t->route,
			.kind = t->kind};
		*numbers++ = MODEL_NONE;
	}
}

static void put_host(struct writer *w)
{
	const struct config *c = w->c;
	struct image_alias *aliases = take(w, IMAGE_ALIASES, c->alias_count);

	for (size_t i = 0; i < c->alias_count; i++) {
		const struct alias *a = &c->aliases[i];
		uint32_t name = put_text(w, a->name);
		if (!aliases)
			continue;
		aliases[i].name = name;
		aliases[i].port = a->port;
		aliases[i].place = a->place;
		put_socket(&aliases[i].listener, &a->listener);
	}
	uint32_t *programs = take(w, IMAGE_PROGRAMS, c->program_count);
	for (size_t i = 0; i < c->program_count; i++) {
		uint32_t name = put_text(w, c->programs[i]);
		if (programs)
			programs[i] = name;
	}
	put(w, IMAGE_PORTS, c->sip_ports, c->sip_port_count);
}

static void put_past(struct writer *w)
{
	const struct image_past *p = w->past;
	struct image_tombstone *to;

	put(w, IMAGE_RETIRED, p->retired, p->retired_count);
	to = take(w, IMAGE_TOMBSTONES, p->name_count);
	for (size_t i = 0; i < p->name_count; i++) {
		uint32_t name = put_text(w, p->names[i].name);
		if (!to)
			continue;
		to[i] = p->names[i].stone;
		to[i].name = name;
	}
}

static void put_head(struct writer *w, const struct image *former)
{
	const struct config *c = w->c;
	struct image *i = w->image;

	i->magic = IMAGE_MAGIC;
	i->layout = IMAGE_LAYOUT;
	i->generation = former ? former->generation + 1 : 1;
	i->file = put_path(w, c->file);
	i->header = put_text(w, c->header);
	i->dns_timeout = c->dns_timeout;
	i->dns_refresh = c->dns_refresh;
	i->dns_server = c->dns_server;
	i->no_route = c->no_route;
	i->unknown = c->unknown;
	i->headers_keep = c->headers_keep;
	i->probe_ignore = c->probe_ignore;
	i->header_over_tls_trust = c->header_over_tls_trust;
	i->interfaces = c->interfaces;
	i->key_count = w->past->key_count;
	memcpy(i->slots_end, w->past->slots_end, sizeof(i->slots_end));
	memcpy(i->keys, w->past->keys, i->key_count * sizeof(i->keys[0]));
	if (former)
		i->proof = former->proof;
}

/* The size of all. */
static uint64_t put_all(struct writer *w, const struct image *former)
{
	w->used = (sizeof(struct image) + IMAGE_ALIGN - 1) & ~(uint64_t)(IMAGE_ALIGN - 1);
	w->text_used = 1;
	w->last_text = NULL;
	put_head(w, former);
	put_bonds(w);
	put_members(w);
	put_routes(w);
	put_targets(w);
	put_host(w);
	put_past(w);
	for (enum match_part i = 0; i < MATCH_PARTS; i++)
		put(w, (enum image_part)(IMAGE_MATCH + i), match_part_get(w->m, i), w->m->counts[i]);
	take(w, IMAGE_TEXTS, w->text_used);
	return w->used;
}

int image_write(struct image **out, const struct config *c, const struct match *m,
	const struct image *former, uint64_t now)
{
	struct image head = {0};
	struct image_past past;
	struct writer w = {.c = c, .m = m, .past = &past, .image = &head};
	int error = image_past_make(&past, c, former, now);

	if (!error) {
		uint64_t size = put_all(&w, former);
		if (size > UINT32_MAX)
			error = EFBIG;
		else if (!(w.base = calloc(1, size)))
			error = ENOMEM;
	}
	if (!error) {
		w.texts = w.base + head.parts[IMAGE_TEXTS].at;
		w.image = *out = (struct image *)w.base;
		(*out)->size = (uint32_t)put_all(&w, former);
		match_tag(w.base, &(*out)->parts[IMAGE_MATCH], list_tag((*out)->generation));
	}
	image_past_free(&past);
	return error;
}
