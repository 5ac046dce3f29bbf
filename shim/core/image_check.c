/* SPDX-License-Identifier: MIT */
/* Whether an image can be believed in every respect on which a reader relies: each number is less than
 * what it counts, each text ends and can be printed, each word of a choice is one. Reads everything once;
 * async-signal-safe. */
#include "image.h"

#include "config/terminal.h"

#define NAME_MAX_TEXT 255 /* of what stands in messages */

static bool check_head(const struct image *i, size_t size)
{
	return size >= sizeof(*i) && (uintptr_t)i % IMAGE_ALIGN == 0 && i->magic == IMAGE_MAGIC &&
		i->layout == IMAGE_LAYOUT && i->size == size && i->generation > 0;
}

static bool check_parts(const struct image *i)
{
	for (enum image_part p = 0; p < IMAGE_PARTS; p++) {
		const struct part *part = &i->parts[p];
		uint64_t bytes = part->count * (uint64_t)image_part_size(p);
		if (part->at % IMAGE_ALIGN || part->at < sizeof(*i) || part->at > i->size ||
			bytes > i->size - part->at)
			return false;
	}
	return true;
}

/* What a terminal would not obey, as in the INI; a value may have tabs. */
static bool check_texts(const struct image *i)
{
	const char *s = image_text(i, 0);
	size_t n = image_count(i, IMAGE_TEXTS);

	if (n == 0 || s[0] || s[n - 1])
		return false;
	for (size_t k = 0, length; k < n; k += length) {
		bool plain = true;
		length = 1;
		if (s[k] && s[k] != '\t')
			length = terminal_next(s + k, n - k, &plain);
		if (!plain)
			return false;
	}
	return true;
}

static bool is_text(const struct image *i, uint32_t text)
{
	return text < image_count(i, IMAGE_TEXTS);
}

/* A text that is written into messages: short, and one word. */
static bool is_name(const struct image *i, uint32_t text)
{
	if (!is_text(i, text))
		return false;
	const char *s = image_text(i, text);
	size_t n = 0;
	while (n <= NAME_MAX_TEXT && (unsigned char)s[n] > ' ')
		n++;
	return n <= NAME_MAX_TEXT && !s[n];
}

static bool is_address(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool four = memcmp(a->ip, mapped, sizeof(mapped)) == 0;

	return a->family == (four ? AF_INET : AF_INET6);
}

static bool is_socket(const struct socket_name *s)
{
	return s->transport < TRANSPORT_COUNT && is_address(&s->addr);
}

static bool check_host(const struct image *i)
{
	static const struct addr none;
	const char *header = image_text(i, i->header);

	if (i->no_route > NO_ROUTE_FAIL || i->unknown > UNKNOWN_DROP || i->headers_keep > 1 ||
		i->probe_ignore > 1 || i->header_over_tls_trust > 1 || i->interfaces > 1 || i->key_count < 1 ||
		i->key_count > 2 || !is_text(i, i->file) || !is_text(i, i->header))
		return false;
	for (; *header; header++) {
		if ((unsigned char)*header <= ' ' || *header == ':')
			return false;
	}
	for (int kind = 0; kind < IMAGE_KINDS; kind++) {
		if (i->slots_end[kind] > IMAGE_SLOTS_MAX)
			return false;
	}
	return memcmp(&i->dns_server, &none, sizeof(none)) == 0 || is_address(&i->dns_server);
}

/* The lists of members that fit follow each other, and are those of the bond, transport and family. */
static bool check_fit(const struct image *i, uint32_t bond, uint32_t *next)
{
	const struct image_bond *b = (const struct image_bond *)image_part(i, IMAGE_BONDS) + bond;
	const struct image_member *members = image_part(i, IMAGE_MEMBERS);
	const uint32_t *fit = image_part(i, IMAGE_FIT);

	for (int list = 0; list < 2 * TRANSPORT_COUNT; list++) {
		const struct fit *f = &b->fit[list / 2][list % 2];
		if (f->first != *next || f->count > image_count(i, IMAGE_FIT) - *next)
			return false;
		for (uint32_t k = 0; k < f->count; k++, ++*next) {
			if (fit[*next] >= image_count(i, IMAGE_MEMBERS) ||
				(k && fit[*next] <= fit[*next - 1]))
				return false;
			const struct image_member *m = &members[fit[*next]];
			if (m->bond != bond || m->transport != list / 2 ||
				family_index(m->addr.family) != list % 2)
				return false;
		}
	}
	return true;
}

static bool check_bonds(const struct image *i)
{
	const struct image_bond *b = image_part(i, IMAGE_BONDS);
	uint32_t member = 0, fit = 0;

	if (image_count(i, IMAGE_BONDS) >= MODEL_NONE)
		return false;
	for (uint32_t n = 0; n < image_count(i, IMAGE_BONDS); n++, b++) {
		if (!is_text(i, b->name) || b->first_member != member ||
			b->member_count > image_count(i, IMAGE_MEMBERS) - member ||
			b->no_member > NO_MEMBER_PASS || b->source_port > SOURCE_PORT_MEMBER ||
			b->slot >= i->slots_end[IMAGE_BOND] || !check_fit(i, n, &fit))
			return false;
		member += b->member_count;
	}
	return member == image_count(i, IMAGE_MEMBERS) && fit == image_count(i, IMAGE_FIT);
}

static bool is_device(const char *s)
{
	size_t n = strnlen(s, IFNAMSIZ);

	for (size_t k = 0, length; k < n; k += length) {
		bool plain;
		length = terminal_next(s + k, n - k, &plain);
		if (!plain || s[k] == ' ' || s[k] == '/')
			return false;
	}
	return n < IFNAMSIZ;
}

static bool check_members(const struct image *i)
{
	const struct image_member *m = image_part(i, IMAGE_MEMBERS);

	for (uint32_t n = 0; n < image_count(i, IMAGE_MEMBERS); n++, m++) {
		if (!is_address(&m->addr) || !m->addr.port || !is_name(i, m->as_host) ||
			!is_text(i, m->written) || m->slot >= i->slots_end[IMAGE_MEMBER] ||
			m->bond >= image_count(i, IMAGE_BONDS) || m->transport == TRANSPORT_NONE ||
			m->transport >= TRANSPORT_COUNT || m->open > OPEN_LOOKUP || m->from_interface > 1 ||
			!is_device(m->device))
			return false;
	}
	return true;
}

static bool check_routes(const struct image *i)
{
	const struct image_route *r = image_part(i, IMAGE_ROUTES);
	const uint16_t *froms = image_part(i, IMAGE_FROMS);
	const struct socket_name *sockets = image_part(i, IMAGE_SOCKETS);
	uint32_t bonds = image_count(i, IMAGE_BONDS), from = 0, socket = 0;

	if (image_count(i, IMAGE_ROUTES) >= MODEL_NONE)
		return false;
	for (uint32_t n = 0; n < image_count(i, IMAGE_ROUTES); n++, r++) {
		if (!is_text(i, r->name) || r->slot >= i->slots_end[IMAGE_ROUTE] ||
			(r->bond != ROUTE_BOND_NONE && r->bond >= bonds) || r->has_to > 1 ||
			r->transport >= TRANSPORT_COUNT || r->first_from != from ||
			r->from_count > image_count(i, IMAGE_FROMS) - from || r->first_socket != socket ||
			r->socket_count > image_count(i, IMAGE_SOCKETS) - socket)
			return false;
		from += r->from_count;
		socket += r->socket_count;
	}
	for (uint32_t n = 0; n < from; n++) {
		if (froms[n] >= bonds)
			return false;
	}
	for (uint32_t n = 0; n < socket; n++) {
		if (!is_socket(&sockets[n]))
			return false;
	}
	return from == image_count(i, IMAGE_FROMS) && socket == image_count(i, IMAGE_SOCKETS);
}

static bool check_lists(const struct image *i)
{
	static const struct socket_name none;
	const struct image_target *t = image_part(i, IMAGE_TARGETS);
	const struct image_alias *a = image_part(i, IMAGE_ALIASES);
	const uint32_t *programs = image_part(i, IMAGE_PROGRAMS);

	if (image_count(i, IMAGE_DOMAIN_NUMBERS) != image_count(i, IMAGE_TARGETS))
		return false;
	for (uint32_t n = 0; n < image_count(i, IMAGE_TARGETS); n++, t++) {
		if (!is_name(i, t->domain) || t->route >= image_count(i, IMAGE_ROUTES) ||
			(t->kind != TARGET_DOMAIN && t->kind != TARGET_WILDCARD))
			return false;
	}
	for (uint32_t n = 0; n < image_count(i, IMAGE_ALIASES); n++, a++) {
		if (!is_name(i, a->name) || (!is_socket(&a->listener) &&
				memcmp(&a->listener, &none, offsetof(struct socket_name, place)) != 0))
			return false;
	}
	for (uint32_t n = 0; n < image_count(i, IMAGE_PROGRAMS); n++) {
		if (!is_text(i, programs[n]))
			return false;
	}
	return true;
}

static bool check_past(const struct image *i)
{
	static const struct addr none;
	const struct image_retired *r = image_part(i, IMAGE_RETIRED);
	const struct image_tombstone *t = image_part(i, IMAGE_TOMBSTONES);

	if (image_count(i, IMAGE_RETIRED) > IMAGE_RETIRED_MAX ||
		image_count(i, IMAGE_TOMBSTONES) > IMAGE_TOMBSTONES_MAX)
		return false;
	for (uint32_t n = 0; n < image_count(i, IMAGE_RETIRED); n++, r++) {
		if (r->kind >= IMAGE_KINDS || r->slot >= i->slots_end[r->kind])
			return false;
	}
	for (uint32_t n = 0; n < image_count(i, IMAGE_TOMBSTONES); n++, t++) {
		bool nowhere = t->alias && memcmp(&t->addr, &none, sizeof(none)) == 0;
		if (!is_name(i, t->name) || t->alias > 1 || (!nowhere && !is_address(&t->addr)) ||
			t->transport >= TRANSPORT_COUNT ||
			(t->bond_slot != IMAGE_NO_SLOT && t->bond_slot >= i->slots_end[IMAGE_BOND]))
			return false;
	}
	return true;
}

bool image_check(const void *bytes, size_t size)
{
	const struct image *i = bytes;

	/* members before bonds: fit looks into them */
	return check_head(i, size) && check_parts(i) && check_texts(i) && check_host(i) &&
		check_members(i) && check_bonds(i) && check_routes(i) && check_lists(i) &&
		check_past(i) &&
		match_check(bytes, &i->parts[IMAGE_MATCH],
			&(struct match_expected){.routes = image_count(i, IMAGE_ROUTES),
				.domains = image_count(i, IMAGE_TARGETS),
				.tag = list_tag(i->generation)});
}
