/* SPDX-License-Identifier: MIT */
/* A socket is open if its inode stands in the tables of the network namespace where the host runs. */
#include "status_sockets.h"

#include <string.h>

#include "inodes.h"
#include "segment/adopted.h"
#include "status_store.h"

/* As this user sees the process; 0: it is gone. */
static pid_t seen_as(const struct status *s, uint32_t own)
{
	for (size_t i = 0; i < s->process_count; i++)
		if ((uint32_t)s->processes[i].own == own)
			return s->processes[i].pid;
	return 0;
}

static bool add_socket(struct status *s, struct status_member *m, const struct adopted *a)
{
	struct status_socket *more =
		status_keep(s, (m->socket_count + 1) * sizeof(*more)); /* hardly ever more than one */
	bool opened = a->kind == ADOPTED_OPENED || !adopted_carries(a, (enum transport)m->transport, &m->addr);

	if (!more)
		return false;
	if (m->socket_count)
		memcpy(more, m->sockets, m->socket_count * sizeof(*more));
	more[m->socket_count++] = (struct status_socket){
		.pid = a->flags & ADOPTED_CLOSED ? 0 : seen_as(s, a->pid),
		.fd = a->fd,
		.opened = opened};
	m->sockets = more;
	m->use = opened && m->use != USE_ADOPTED ? USE_OPENED : USE_ADOPTED;
	return true;
}

/* A listener of its port that stands at another address: it is not bound anew for a member that is to be
 * opened by a filter. One that was bound before the program is begun will be again. */
static bool is_narrow(const struct adopted *a, const struct status_member *m)
{
	enum opening o = opening_of(m->opening);

	if (o == OPENING_LOOKUP || o == OPENING_TAKEN || o == OPENING_NO_LOOKUP || o == OPENING_INHERITED)
		return false;
	return a->kind == ADOPTED_LISTENER && !addr_is_any(&a->addr) && a->addr.port == m->addr.port &&
	       a->addr.family == m->addr.family &&
	       transport_is_datagram((enum transport)m->transport) == (a->transport == TRANSPORT_UDP);
}

/* Whether a listener hears the member because it is opened. */
static bool opens(const struct adopted *a, const struct status_member *m)
{
	switch (opening_of(m->opening)) {
	case OPENING_UNKNOWN: /* of a listener that was made wide before this member was there */
	case OPENING_FILTER: return adopted_opens(a, (enum transport)m->transport, &m->addr);
	case OPENING_LOOKUP:
		return adopted_leads(a, (enum transport)m->transport, &m->addr, (uint16_t)opening_detail(m->opening));
	default: return false;
	}
}

static bool is_open(const struct adopted *a, const uint64_t *inodes, size_t count)
{
	return inodes_have(inodes, count, a->inode);
}

static bool take_member(struct status *s, struct status_member *m, const void *copy, size_t size,
	const uint64_t *inodes, size_t count)
{
	struct adopted a;
	uint64_t cookie;
	uint32_t at = 0;
	bool was_bound = false, narrow = false;

	while (m->socket_count < STATUS_SOCKETS_MAX && adopted_next(copy, size, &at, &a, &cookie)) {
		bool carries = adopted_carries(&a, (enum transport)m->transport, &m->addr) || (m->open && opens(&a, m));
		if (!carries && !is_narrow(&a, m))
			continue;
		was_bound = was_bound || carries;
		if (!is_open(&a, inodes, count))
			continue;
		narrow = narrow || !carries;
		if (carries && !add_socket(s, m, &a))
			return false;
	}
	if (m->socket_count == 0)
		m->use = m->open && narrow ? USE_AT_RESTART :
			!transport_is_datagram((enum transport)m->transport) ? USE_CONNECTIONS :
			was_bound ? USE_CLOSED : USE_NEVER;
	return true;
}

bool status_take_sockets(struct status *s, const void *copy, size_t size, const uint64_t *inodes,
	size_t count)
{
	struct adopted a;
	uint64_t cookie, used = 0;

	for (size_t i = 0; i < s->member_count; i++)
		if (!take_member(s, &s->members[i], copy, size, inodes, count))
			return false;
	for (uint32_t at = 0; adopted_next(copy, size, &at, &a, &cookie); used++)
		;
	status_add_table(s, "adopted sockets", "sockets", used, ADOPTED_MAX,
		s->counters.full[FULL_ADOPTED]);
	return true;
}

bool status_sockets(struct status *s)
{
	const struct segment_head *head = &s->host.head;
	const void *copy = head->adopted ? status_part(s, head->adopted, head->adopted_size) : NULL;
	struct inodes in;

	if (!copy || !s->has_rules)
		return true;
	bool read = inodes_read(&in, s->host.pid);
	bool good = !in.out_of_memory &&
		(!read || status_take_sockets(s, copy, head->adopted_size, in.items, in.count));
	inodes_free(&in);
	return good;
}
