/* SPDX-License-Identifier: MIT */
/* A socket is open if its inode stands in the tables of the network namespace where the host runs. */
#include "status_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "segment/adopted.h"
#include "status_store.h"

struct inodes {
	uint64_t *items;
	size_t count;
	bool out_of_memory;
};

static void add_inode(struct inodes *in, uint64_t inode)
{
	if ((in->count & (in->count - 1)) == 0) {
		void *more = realloc(in->items, (in->count ? in->count * 2 : 1) * sizeof(*in->items));
		in->out_of_memory = in->out_of_memory || !more;
		if (!more)
			return;
		in->items = more;
	}
	in->items[in->count++] = inode;
}

/* False: there is no such table, as where the machine has no IPv6. */
static bool read_table(struct inodes *in, pid_t pid, const char *name)
{
	char path[48], *line = NULL;
	size_t room = 0;
	ssize_t n;
	uint64_t inode;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, name);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	while ((n = getline(&line, &room, f)) > 0 && !in->out_of_memory)
		if (adopted_inode(line, (size_t)n, &inode))
			add_inode(in, inode);
	free(line);
	fclose(f);
	return true;
}

static int in_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

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
 * opened. */
static bool is_narrow(const struct adopted *a, const struct status_member *m)
{
	return a->kind == ADOPTED_LISTENER && !addr_is_any(&a->addr) && a->addr.port == m->addr.port &&
	       transport_is_datagram((enum transport)m->transport) == (a->transport == TRANSPORT_UDP);
}

static bool is_open(const struct adopted *a, const uint64_t *inodes, size_t count)
{
	return count && bsearch(&a->inode, inodes, count, sizeof(*inodes), in_order);
}

static bool take_member(struct status *s, struct status_member *m, const void *copy, size_t size,
	const uint64_t *inodes, size_t count)
{
	struct adopted a;
	uint64_t cookie;
	uint32_t at = 0;
	bool was_bound = false, narrow = false;

	while (m->socket_count < STATUS_SOCKETS_MAX && adopted_next(copy, size, &at, &a, &cookie)) {
		bool carries = adopted_carries(&a, (enum transport)m->transport, &m->addr) ||
			(m->open && adopted_opens(&a, (enum transport)m->transport, &m->addr));
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
	static const char *const tables[] = {"udp", "udp6", "tcp", "tcp6"};
	const struct segment_head *head = &s->host.head;
	const void *copy = head->adopted ? status_part(s, head->adopted, head->adopted_size) : NULL;
	struct inodes in = {0};
	bool read = false;

	if (!copy || !s->has_rules)
		return true;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		read = read_table(&in, s->host.pid, tables[i]) || read;
	if (in.count)
		qsort(in.items, in.count, sizeof(*in.items), in_order);
	bool good = !in.out_of_memory &&
		(!read || status_take_sockets(s, copy, head->adopted_size, in.items, in.count));
	free(in.items);
	return good;
}
