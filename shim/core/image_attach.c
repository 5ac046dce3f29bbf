/* SPDX-License-Identifier: MIT */
/* From an image to rules: what holds pointers is made in the caller's room, all else stays in the image.
 * Runs in every process of a host, between two calls. */
#include "image.h"

struct carve {
	char *base; /* NULL: only counted */
	size_t used;
};

static void *take(struct carve *at, size_t count, size_t size)
{
	void *p = at->base ? at->base + at->used : NULL;

	at->used += (count * size + IMAGE_ALIGN - 1) & ~(size_t)(IMAGE_ALIGN - 1);
	return p;
}

struct room {
	struct match *match;
	struct bond *bonds;
	struct member *members;
	struct route *routes;
	struct target *targets;
	struct alias *aliases;
	const char **programs;
	struct past_name *past;
};

static size_t take_all(struct room *r, const struct image *i, void *base)
{
	struct carve at = {base, 0};

	r->match = take(&at, 1, sizeof(*r->match));
	r->bonds = take(&at, image_count(i, IMAGE_BONDS), sizeof(*r->bonds));
	r->members = take(&at, image_count(i, IMAGE_MEMBERS), sizeof(*r->members));
	r->routes = take(&at, image_count(i, IMAGE_ROUTES), sizeof(*r->routes));
	r->targets = take(&at, image_count(i, IMAGE_TARGETS), sizeof(*r->targets));
	r->aliases = take(&at, image_count(i, IMAGE_ALIASES), sizeof(*r->aliases));
	r->programs = take(&at, image_count(i, IMAGE_PROGRAMS), sizeof(*r->programs));
	r->past = take(&at, image_count(i, IMAGE_TOMBSTONES), sizeof(*r->past));
	return at.used;
}

size_t image_room(const struct image *i)
{
	struct room r;

	return take_all(&r, i, NULL);
}

static const char *text_or_null(const struct image *i, uint32_t text)
{
	return text ? image_text(i, text) : NULL;
}

static void attach_bonds(struct bond *to, const struct image *i)
{
	const struct image_bond *b = image_part(i, IMAGE_BONDS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_BONDS); n++, b++) {
		to[n] = (struct bond){.name = image_text(i, b->name),
			.place = b->place,
			.first_member = b->first_member,
			.member_count = b->member_count,
			.no_member = b->no_member,
			.source_port = b->source_port,
			.slot = b->slot};
		memcpy(to[n].fit, b->fit, sizeof(b->fit));
	}
}

static void attach_members(struct member *to, const struct image *i)
{
	const struct image_member *m = image_part(i, IMAGE_MEMBERS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_MEMBERS); n++, m++) {
		to[n] = (struct member){.addr = m->addr,
			.bond = m->bond,
			.transport = m->transport,
			.open = m->open,
			.from_interface = m->from_interface,
			.device_index = m->device_index,
			.as_host = text_or_null(i, m->as_host),
			.as_port = m->as_port,
			.slot = m->slot,
			.written = image_text(i, m->written),
			.place = m->place};
		memcpy(to[n].device, m->device, sizeof(m->device));
	}
}

static void attach_routes(struct route *to, const struct image *i)
{
	const struct image_route *r = image_part(i, IMAGE_ROUTES);
	uint16_t *froms = (uint16_t *)(uintptr_t)image_part(i, IMAGE_FROMS);
	struct socket_name *sockets = (struct socket_name *)(uintptr_t)image_part(i, IMAGE_SOCKETS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_ROUTES); n++, r++) {
		to[n] = (struct route){.name = image_text(i, r->name),
			.place = r->place,
			.has_to = r->has_to,
			.to_count = r->to_count,
			.to_hash = r->to_hash,
			.transport = r->transport,
			.bond = r->bond,
			.slot = r->slot,
			.from = froms + r->first_from,
			.from_count = r->from_count,
			.sockets = sockets + r->first_socket,
			.socket_count = r->socket_count};
	}
}

static void attach_texts(const struct room *r, const struct image *i)
{
	const struct image_target *t = image_part(i, IMAGE_TARGETS);
	const struct image_alias *a = image_part(i, IMAGE_ALIASES);
	const uint32_t *programs = image_part(i, IMAGE_PROGRAMS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_TARGETS); n++, t++) {
		r->targets[n] = (struct target){.kind = t->kind,
			.port = t->port,
			.route = t->route,
			.domain = image_text(i, t->domain),
			.place = t->place};
	}
	for (uint32_t n = 0; n < image_count(i, IMAGE_ALIASES); n++, a++) {
		r->aliases[n] = (struct alias){.name = image_text(i, a->name),
			.port = a->port,
			.listener = a->listener,
			.place = a->place};
	}
	for (uint32_t n = 0; n < image_count(i, IMAGE_PROGRAMS); n++)
		r->programs[n] = image_text(i, programs[n]);
}

static uint16_t bond_of_slot(const struct image *i, uint32_t slot)
{
	const struct image_bond *b = image_part(i, IMAGE_BONDS);

	for (uint32_t n = 0; slot != IMAGE_NO_SLOT && n < image_count(i, IMAGE_BONDS); n++) {
		if (b[n].slot == slot)
			return (uint16_t)n;
	}
	return MODEL_NONE;
}

/* Members first. Returns how many of them. */
static size_t attach_past(struct past_name *to, const struct image *i)
{
	const struct image_tombstone *stones = image_part(i, IMAGE_TOMBSTONES);
	size_t members = 0, count = 0;

	for (int alias = 0; alias < 2; alias++) {
		for (uint32_t n = 0; n < image_count(i, IMAGE_TOMBSTONES); n++) {
			if (stones[n].alias != alias)
				continue;
			to[count++] = (struct past_name){.addr = stones[n].addr,
				.given = text_or_null(i, stones[n].name),
				.port = stones[n].port,
				.bond = bond_of_slot(i, stones[n].bond_slot),
				.transport = stones[n].transport,
				.alias = alias};
		}
		members = alias ? members : count;
	}
	return members;
}

static struct config make_config(const struct room *r, const struct image *i)
{
	return (struct config){.file = image_text(i, i->file),
		.bonds = r->bonds,
		.bond_count = image_count(i, IMAGE_BONDS),
		.members = r->members,
		.member_count = image_count(i, IMAGE_MEMBERS),
		.fit = (uint32_t *)(uintptr_t)image_part(i, IMAGE_FIT),
		.routes = r->routes,
		.route_count = image_count(i, IMAGE_ROUTES),
		.targets = r->targets,
		.target_count = image_count(i, IMAGE_TARGETS),
		.programs = r->programs,
		.program_count = image_count(i, IMAGE_PROGRAMS),
		.sip_ports = (uint16_t *)(uintptr_t)image_part(i, IMAGE_PORTS),
		.sip_port_count = image_count(i, IMAGE_PORTS),
		.aliases = r->aliases,
		.alias_count = image_count(i, IMAGE_ALIASES),
		.no_route = i->no_route,
		.unknown = i->unknown,
		.headers_keep = i->headers_keep,
		.probe_ignore = i->probe_ignore,
		.header_over_tls_trust = i->header_over_tls_trust,
		.header = text_or_null(i, i->header),
		.dns_server = i->dns_server,
		.dns_timeout = i->dns_timeout,
		.dns_refresh = i->dns_refresh};
}

void image_attach(struct rules *r, const struct image *i, void *room)
{
	struct room to;

	take_all(&to, i, room);
	attach_bonds(to.bonds, i);
	attach_members(to.members, i);
	attach_routes(to.routes, i);
	attach_texts(&to, i);
	*r = (struct rules){.config = make_config(&to, i),
		.match = to.match,
		.generation = i->generation,
		.key_count = i->key_count};
	r->past = to.past;
	r->past_count = image_count(i, IMAGE_TOMBSTONES);
	r->past_members = attach_past(to.past, i);
	memcpy(r->keys, i->keys, i->key_count * sizeof(i->keys[0]));
	match_attach(to.match, &r->config, (const char *)i, &i->parts[IMAGE_MATCH]);
	rules_set_flags(r);
}
