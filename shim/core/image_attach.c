/* SPDX-License-Identifier: MIT */
/* From an image to rules: the compiled routes stay in the image, all else is made in the caller's room.
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

/* All but the compiled routes, so that nothing else of rules changes when an image is gone. */
struct room {
	struct match *match;
	struct bond *bonds;
	struct member *members;
	struct route *routes;
	struct target *targets;
	struct alias *aliases;
	const char **programs;
	uint32_t *fit;
	uint16_t *froms, *ports;
	struct socket_name *sockets;
	char *texts;
	uint32_t past_members, past_aliases;
};

static void count_past(struct room *r, const struct image *i)
{
	const struct image_tombstone *t = image_part(i, IMAGE_TOMBSTONES);

	r->past_members = r->past_aliases = 0;
	for (uint32_t n = 0; n < image_count(i, IMAGE_TOMBSTONES); n++)
		t[n].alias ? r->past_aliases++ : r->past_members++;
}

/* One route more than there are: what reads zeros finds the first, which leads nowhere. */
static size_t take_all(struct room *r, const struct image *i, void *base)
{
	struct carve at = {base, 0};

	count_past(r, i);
	r->match = take(&at, 1, sizeof(*r->match));
	r->bonds = take(&at, image_count(i, IMAGE_BONDS), sizeof(*r->bonds));
	r->members = take(&at, (size_t)image_count(i, IMAGE_MEMBERS) + r->past_members,
		sizeof(*r->members));
	r->routes = take(&at, (size_t)image_count(i, IMAGE_ROUTES) + 1, sizeof(*r->routes));
	r->targets = take(&at, image_count(i, IMAGE_TARGETS), sizeof(*r->targets));
	r->aliases = take(&at, (size_t)image_count(i, IMAGE_ALIASES) + r->past_aliases,
		sizeof(*r->aliases));
	r->programs = take(&at, image_count(i, IMAGE_PROGRAMS), sizeof(*r->programs));
	r->fit = take(&at, image_count(i, IMAGE_FIT), sizeof(*r->fit));
	r->froms = take(&at, image_count(i, IMAGE_FROMS), sizeof(*r->froms));
	r->sockets = take(&at, image_count(i, IMAGE_SOCKETS), sizeof(*r->sockets));
	r->ports = take(&at, image_count(i, IMAGE_PORTS), sizeof(*r->ports));
	r->texts = take(&at, image_count(i, IMAGE_TEXTS), 1);
	return at.used;
}

static void copy(void *to, const struct image *i, enum image_part part)
{
	memcpy(to, image_part(i, part), image_count(i, part) * image_part_size(part));
}

size_t image_room(const struct image *i)
{
	struct room r;

	return take_all(&r, i, NULL);
}

static const char *text_or_null(const struct room *r, uint32_t text)
{
	return text ? r->texts + text : NULL;
}

static void attach_bonds(const struct room *r, const struct image *i)
{
	struct bond *to = r->bonds;
	const struct image_bond *b = image_part(i, IMAGE_BONDS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_BONDS); n++, b++) {
		to[n] = (struct bond){.name = r->texts + b->name,
			.place = b->place,
			.first_member = b->first_member,
			.member_count = b->member_count,
			.no_member = b->no_member,
			.source_port = b->source_port,
			.slot = b->slot};
		memcpy(to[n].fit, b->fit, sizeof(b->fit));
	}
}

static void attach_members(const struct room *r, const struct image *i)
{
	struct member *to = r->members;
	const struct image_member *m = image_part(i, IMAGE_MEMBERS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_MEMBERS); n++, m++) {
		to[n] = (struct member){.addr = m->addr,
			.bond = m->bond,
			.transport = m->transport,
			.open = m->open,
			.from_interface = m->from_interface,
			.device_index = m->device_index,
			.as_host = text_or_null(r, m->as_host),
			.as_port = m->as_port,
			.slot = m->slot,
			.written = r->texts + m->written,
			.place = m->place};
		memcpy(to[n].device, m->device, sizeof(m->device));
	}
}

/* What is gone: the bond of a member, where it is still one, by its slot. */
static uint16_t bond_of_slot(const struct image *i, uint32_t slot)
{
	const struct image_bond *b = image_part(i, IMAGE_BONDS);

	for (uint32_t n = 0; slot != IMAGE_NO_SLOT && n < image_count(i, IMAGE_BONDS); n++) {
		if (b[n].slot == slot)
			return (uint16_t)n;
	}
	return MODEL_NONE;
}

/* Behind those that are there. */
static void attach_past(const struct room *r, const struct image *i)
{
	const struct image_tombstone *t = image_part(i, IMAGE_TOMBSTONES);
	struct member *member = r->members + image_count(i, IMAGE_MEMBERS);
	struct alias *alias = r->aliases + image_count(i, IMAGE_ALIASES);

	for (uint32_t n = 0; n < image_count(i, IMAGE_TOMBSTONES); n++, t++) {
		if (t->alias)
			*alias++ = (struct alias){.name = r->texts + t->name,
				.port = t->port,
				.listener = {.addr = t->addr, .transport = t->transport}};
		else
			*member++ = (struct member){.addr = t->addr,
				.bond = bond_of_slot(i, t->bond_slot),
				.transport = t->transport,
				.as_host = text_or_null(r, t->name),
				.as_port = t->port,
				.slot = IMAGE_NO_SLOT,
				.written = r->texts};
	}
}

static void attach_routes(const struct room *at, const struct image *i)
{
	const struct image_route *r = image_part(i, IMAGE_ROUTES);
	struct route *to = at->routes;
	uint32_t n;

	for (n = 0; n < image_count(i, IMAGE_ROUTES); n++, r++) {
		to[n] = (struct route){.name = at->texts + r->name,
			.place = r->place,
			.has_to = r->has_to,
			.to_count = r->to_count,
			.to_hash = r->to_hash,
			.transport = r->transport,
			.bond = r->bond,
			.slot = r->slot,
			.from = at->froms + r->first_from,
			.from_count = r->from_count,
			.sockets = at->sockets + r->first_socket,
			.socket_count = r->socket_count};
	}
	to[n] = (struct route){.name = at->texts, .bond = ROUTE_BOND_NONE};
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
			.domain = r->texts + t->domain,
			.place = t->place};
	}
	for (uint32_t n = 0; n < image_count(i, IMAGE_ALIASES); n++, a++) {
		r->aliases[n] = (struct alias){.name = r->texts + a->name,
			.port = a->port,
			.listener = a->listener,
			.place = a->place};
	}
	for (uint32_t n = 0; n < image_count(i, IMAGE_PROGRAMS); n++)
		r->programs[n] = r->texts + programs[n];
}

static struct config make_config(const struct room *r, const struct image *i)
{
	return (struct config){.file = r->texts + i->file,
		.bonds = r->bonds,
		.bond_count = image_count(i, IMAGE_BONDS),
		.members = r->members,
		.member_count = image_count(i, IMAGE_MEMBERS),
		.fit = r->fit,
		.routes = r->routes,
		.route_count = image_count(i, IMAGE_ROUTES),
		.targets = r->targets,
		.target_count = image_count(i, IMAGE_TARGETS),
		.programs = r->programs,
		.program_count = image_count(i, IMAGE_PROGRAMS),
		.sip_ports = r->ports,
		.sip_port_count = image_count(i, IMAGE_PORTS),
		.aliases = r->aliases,
		.alias_count = image_count(i, IMAGE_ALIASES),
		.no_route = i->no_route,
		.unknown = i->unknown,
		.headers_keep = i->headers_keep,
		.probe_ignore = i->probe_ignore,
		.header_over_tls_trust = i->header_over_tls_trust,
		.interfaces = i->interfaces,
		.header = text_or_null(r, i->header),
		.dns_server = i->dns_server,
		.dns_timeout = i->dns_timeout,
		.dns_refresh = i->dns_refresh};
}

void image_attach(struct rules *r, const struct image *i, void *room)
{
	struct room to;

	take_all(&to, i, room);
	copy(to.texts, i, IMAGE_TEXTS);
	copy(to.fit, i, IMAGE_FIT);
	copy(to.froms, i, IMAGE_FROMS);
	copy(to.sockets, i, IMAGE_SOCKETS);
	copy(to.ports, i, IMAGE_PORTS);
	attach_bonds(&to, i);
	attach_members(&to, i);
	attach_routes(&to, i);
	attach_texts(&to, i);
	attach_past(&to, i);
	*r = (struct rules){.config = make_config(&to, i),
		.past_members = to.past_members,
		.past_aliases = to.past_aliases,
		.match = to.match,
		.generation = i->generation,
		.proof = i->proof,
		.key_count = i->key_count};
	memcpy(r->keys, i->keys, i->key_count * sizeof(i->keys[0]));
	match_attach(to.match, &r->config, (const char *)i, &i->parts[IMAGE_MATCH]);
	rules_set_flags(r);
}
