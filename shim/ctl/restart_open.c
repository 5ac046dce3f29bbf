/* SPDX-License-Identifier: MIT */
/* A listener that stands already cannot be bound wide: the host has it, and what came in meanwhile waits in
 * it. One that is wide takes members of its port as they come, and one to which the kernel leads, those of any
 * port; whatever way was meant. */
#include "restart_open.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/expand.h"
#include "inodes.h"

static bool read_part(const struct running *host, void *to, uint64_t at, size_t size)
{
	return at && pread(host->fd, to, size, (off_t)at) == (ssize_t)size;
}

/* Those of the table that live. */
static void keep_living(struct opens_by *by, const void *table, size_t size, const struct inodes *in)
{
	struct adopted a;
	uint64_t cookie;
	uint32_t at = 0;

	by->sockets = calloc(ADOPTED_MAX, sizeof(*by->sockets));
	while (by->sockets && by->count < ADOPTED_MAX && adopted_next(table, size, &at, &a, &cookie)) {
		if (inodes_have(in->items, in->count, a.inode))
			by->sockets[by->count++] = a;
	}
}

void opens_by_read(struct opens_by *by, const struct running *host)
{
	struct adopted_table *table = calloc(1, sizeof(*table));
	struct inodes in;

	*by = (struct opens_by){.states = calloc(1, sizeof(*by->states))};
	if (inodes_read(&in, host->pid) && table && host->head.adopted_size <= sizeof(*table) &&
		read_part(host, table, host->head.adopted, host->head.adopted_size))
		keep_living(by, table, host->head.adopted_size, &in);
	if (by->states && !read_part(host, by->states, host->head.states, sizeof(*by->states))) {
		free(by->states);
		by->states = NULL;
	}
	inodes_free(&in);
	free(table);
}

void opens_by_free(struct opens_by *by)
{
	free(by->sockets);
	free(by->states);
	*by = (struct opens_by){0};
}

/* What the host has for a member. */
struct has {
	bool itself;    /* a listener that hears it without being opened, */
	bool wide;      /* one of its port that hears members by a filter, */
	bool led;       /* or by sk_lookup, */
	bool narrow;    /* at one address, */
	bool inherited; /* so, and bound before the program was begun; */
	bool other;     /* one of another port, to which it could be led */
};

static struct has look(const struct rules *r, const struct opens_by *by, const struct member *m)
{
	enum transport t = (enum transport)m->transport;
	struct has has = {.itself = false};

	for (size_t i = 0; i < by->count; i++) {
		const struct adopted *a = &by->sockets[i];
		bool same_kind = transport_is_datagram(t) == (a->transport == TRANSPORT_UDP);
		if (a->kind != ADOPTED_LISTENER || a->addr.family != m->addr.family || addr_is_any(&a->addr)) {
			has.itself = has.itself || (a->kind == ADOPTED_LISTENER && adopted_carries(a, t, &m->addr));
			continue;
		}
		if (a->addr.port != m->addr.port) {
			has.other = has.other || (a->transport == t && rules_is_sip_port(r, a->addr.port));
			continue;
		}
		has.itself = has.itself || adopted_carries(a, t, &m->addr);
		has.led = has.led || (same_kind && (a->flags & ADOPTED_LEADS));
		has.wide = has.wide || (same_kind && (a->flags & ADOPTED_OPENS) && !(a->flags & ADOPTED_LEADS));
		has.narrow = has.narrow || (same_kind && !(a->flags & (ADOPTED_OPENS | ADOPTED_UNSEEN)));
		has.inherited = has.inherited || (same_kind && (a->flags & ADOPTED_UNSEEN));
	}
	return has;
}

static const char *without_lookup(uint32_t lookup)
{
	return lookup == STATES_LOOKUP_UNASKED ? "sk_lookup is begun when a program starts, and was not needed then"
		: lookup == STATES_LOOKUP_ERRNO + EPERM
		? "it began without CAP_BPF and CAP_NET_ADMIN, which sk_lookup needs"
		: "its kernel refused sk_lookup";
}

/* Why it is not opened before, or not as it is meant; NULL: it is, or nothing is known that keeps it from that. */
static const char *reason(const struct rules *r, const struct opens_by *by, const struct member *m)
{
	struct has has = look(r, by, m);
	bool lookup = by->states->lookup == STATES_LOOKUP_OPEN;

	if (has.itself)
		return NULL;
	if (has.wide)
		return m->open == OPEN_LOOKUP ? "until then its listener hears it by a filter, as others" : NULL;
	if (has.led)
		return m->open == OPEN_FILTER ? "until then it is led to its listener by sk_lookup, as others" : NULL;
	if (m->open == OPEN_LOOKUP || (m->open == OPEN_ANY && lookup))
		return lookup || !(has.narrow || has.inherited || has.other) ? NULL : without_lookup(by->states->lookup);
	if (has.narrow)
		return "its socket is bound to one address already";
	if (has.inherited)
		return "its socket was bound before the program began, and hears members by sk_lookup alone";
	return m->open == OPEN_ANY && has.other ? "no listener has its port, which takes sk_lookup (CAP_BPF and CAP_NET_ADMIN)"
						: NULL;
}

unsigned restart_open(const struct rules *now, const struct opens_by *by, const char *file, pid_t pid,
	const struct changes_out *to)
{
	char address[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 8];
	unsigned n = 0;

	for (size_t i = 0; by->sockets && by->states && i < now->config.member_count; i++) {
		const struct member *m = &now->config.members[i];
		const char *why = m->open ? reason(now, by, m) : NULL;
		if (!why)
			continue;
		expand_print(&m->addr, address);
		snprintf(text, sizeof(text), "%s:%s", transport_names[m->transport], address);
		changes_print_waits(to, &(struct change_waits){"open", text, why, file, m->place.line, (int)pid});
		n++;
	}
	return n;
}

bool restart_open_again(const struct rules *now, const struct opens_by *by)
{
	for (size_t i = 0; by->states && i < now->config.member_count; i++) {
		const struct member *m = &now->config.members[i];
		uint64_t of = states_identity((enum transport)m->transport, &m->addr, m->device);
		if (m->open && opening_of(states_opening(by->states, m->slot, of)) == OPENING_TAKEN)
			return true;
	}
	return false;
}
