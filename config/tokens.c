/* SPDX-License-Identifier: MIT */
/* What the edits of messages ask of [host]: a secret for their tokens, and care where libbond cannot
 * look into a message. Part of the load; called by finish_load(). */
#include "build.h"

static bool is_seen(const struct config *c, const struct member *m)
{
	return config_sees(c, m->transport);
}

static const struct member *find_member(
	const struct config *c, bool (*is)(const struct config *, const struct member *), bool wanted)
{
	for (size_t i = 0; i < c->member_count; i++)
		if (is(c, &c->members[i]) == wanted)
			return &c->members[i];
	return NULL;
}

/* Arrivals are proved by a key that every host makes for itself (core/roster.c): no secret is needed for these. */
static void check_secret(struct build *b)
{
	const struct config *c = b->c;

	if (!c->secret_count && !c->headers_keep && c->route_count && find_member(c, is_seen, true))
		build_say(b, FINDING_WARNING, (struct place){0}, 0,
			"no `secret` in [host]: the tokens that libbond writes into Via and URIs "
			"can be guessed; write secret = and what " SECRET_COMMAND " prints, the same on "
			"all nodes");
}

static void check_header(struct build *b)
{
	const struct config *c = b->c;
	const struct member *closed = find_member(c, is_seen, false);
	if (!c->header && c->header_over_tls_trust)
		build_say(b, FINDING_WARNING, b->header_over_tls, 1,
			"`header-over-tls` says nothing without `header`");
	if (c->header && closed && !c->header_over_tls_trust)
		build_say(b, FINDING_WARNING, b->header, strlen(c->header),
			"requests that come in over %s (member in line %u) get no %s-In, and their "
			"%s-Out is not obeyed: write header-over-tls = trust if the host's script "
			"removes these fields where a peer sent them",
			transport_names[closed->transport], closed->place.line, c->header,
			c->header);
}

/* Names that stand in messages only where messages are edited. */
static void check_names(struct build *b)
{
	const struct config *c = b->c;
	uint32_t line = 0;
	for (size_t i = 0; i < c->member_count && c->headers_keep; i++) {
		const struct member *m = &c->members[i];
		if (m->as_host && m->place.line != line)
			build_say(b, FINDING_WARNING, m->place, strlen(m->written),
				"`as` says nothing with headers = keep");
		line = m->place.line;
	}
	for (size_t i = 0; i < c->alias_count && c->headers_keep; i++) {
		if (i == 0 || c->aliases[i].place.line != c->aliases[i - 1].place.line)
			build_say(b, FINDING_WARNING, c->aliases[i].place,
				strlen(c->aliases[i].name),
				"`alias` says nothing with headers = keep");
	}
}

void tokens_check(struct build *b)
{
	check_secret(b);
	check_header(b);
	check_names(b);
}
