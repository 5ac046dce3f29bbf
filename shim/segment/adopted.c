/* SPDX-License-Identifier: MIT */
/* An entry stands near where its cookie points to. One that is torn by two writers at a time is known by its
 * check. */
#include "adopted.h"

#include <errno.h>
#include <signal.h>

#define NEAR 32 /* places looked at for a socket */

_Static_assert(sizeof(struct adopted) <= CACHE_VALUE_MAX, "an entry holds one");
_Static_assert(NEAR % CACHE_WAYS == 0 && ADOPTED_MAX % NEAR == 0, "places are looked at in sets");

static uint32_t check_of(const struct adopted *a)
{
	uint64_t words[sizeof(*a) / 8], sum = 0;

	memcpy(words, a, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sum = hash_mix(sum ^ words[i]) >> 7 ^ sum << 13;
	return (uint32_t)hash_mix(sum);
}
_Static_assert(sizeof(struct adopted) % 8 == 0, "its words are all of it");

static struct cache_entry *near(struct adopted_table *t, uint64_t cookie)
{
	return &t->entries[cache_set(cookie, 32) * NEAR % ADOPTED_MAX];
}

/* The entry as it stands; false: none, or it is being written. */
static bool read_entry(const struct cache_entry *e, struct adopted *a, uint64_t *cookie)
{
	uint64_t stamp;

	*cookie = atomic_load_explicit(&e->key, memory_order_acquire);
	if (!*cookie)
		return false;
	memcpy(a, e->value, sizeof(*a));
	atomic_thread_fence(memory_order_acquire);
	stamp = atomic_load_explicit(&e->stamp, memory_order_relaxed);
	return atomic_load(&e->key) == *cookie && (uint32_t)stamp == check_of(a) && a->transport < TRANSPORT_COUNT &&
		a->kind <= ADOPTED_OPENED && (a->addr.family == AF_INET || a->addr.family == AF_INET6);
}

static bool is_gone(pid_t pid)
{
	int saved = errno;
	bool gone = kill(pid, 0) != 0 && errno == ESRCH;

	errno = saved;
	return gone;
}

/* How well an entry can be spared. */
static int spare(const struct cache_entry *e, uint64_t cookie)
{
	struct adopted a;
	uint64_t is;

	if (!read_entry(e, &a, &is))
		return is ? 3 : 4; /* torn, or free */
	if (is == cookie)
		return 5;
	return a.flags & ADOPTED_CLOSED ? 2 : is_gone((pid_t)a.pid) ? 1 : 0;
}

static void write_entry(struct cache_entry *e, uint64_t cookie, const struct adopted *a)
{
	cache_write(e, cookie, cache_stamp(a->since, check_of(a)), a, sizeof(*a));
}

static bool is_kept(const struct cache_entry *set, uint64_t cookie)
{
	for (unsigned i = 0; i < NEAR; i++) {
		if (atomic_load(&set[i].key) == cookie)
			return true;
	}
	return false;
}

bool adopted_keep(struct adopted_table *t, uint64_t cookie, const struct adopted *a)
{
	if (!t || !cookie)
		return false;
	struct cache_entry *set = near(t, cookie), *best = set;
	int most = spare(set, cookie);

	if ((a->flags & ADOPTED_UNSEEN) && is_kept(set, cookie))
		return false;

	for (unsigned i = 1; i < NEAR; i++) {
		int s = spare(&set[i], cookie);
		if (s > most || (s == most && cache_is_older(&set[i], best))) {
			best = &set[i];
			most = s;
		}
	}
	write_entry(best, cookie, a);
	return most == 0;
}

void adopted_close(struct adopted_table *t, uint64_t cookie, uint32_t pid)
{
	struct adopted a;
	uint64_t is;

	for (unsigned i = 0; t && cookie && i < NEAR; i++) {
		struct cache_entry *e = &near(t, cookie)[i];
		if (!read_entry(e, &a, &is) || is != cookie || a.pid != pid)
			continue;
		a.flags |= ADOPTED_CLOSED;
		write_entry(e, cookie, &a);
	}
}

bool adopted_next(const void *copy, size_t size, uint32_t *at, struct adopted *a, uint64_t *cookie)
{
	const struct adopted_table *t = copy;

	while (*at < ADOPTED_MAX && (*at + 1) * sizeof(t->entries[0]) <= size) {
		if (read_entry(&t->entries[(*at)++], a, cookie))
			return true;
	}
	return false;
}

bool adopted_carries(const struct adopted *a, enum transport t, const struct addr *member)
{
	bool any = addr_is_any(&a->addr);

	if (a->kind == ADOPTED_WIDE || (a->flags & ADOPTED_UNSEEN) || a->addr.port != member->port ||
		transport_is_datagram(t) != (a->transport == TRANSPORT_UDP))
		return false;
	return any ? a->addr.family == member->family || ((a->flags & ADOPTED_DUAL) && member->family == AF_INET)
		   : addr_same_host(&a->addr, member);
}

bool adopted_opens(const struct adopted *a, enum transport t, const struct addr *member)
{
	return a->kind == ADOPTED_LISTENER && (a->flags & ADOPTED_OPENS) && !(a->flags & ADOPTED_LEADS) &&
		a->addr.port == member->port &&
		a->addr.family == member->family && transport_is_datagram(t) == (a->transport == TRANSPORT_UDP);
}

bool adopted_leads(const struct adopted *a, enum transport t, const struct addr *member, uint16_t port)
{
	bool same_kind = member->port == port ? transport_is_datagram(t) == (a->transport == TRANSPORT_UDP)
					      : t == a->transport;

	return a->kind == ADOPTED_LISTENER && (a->flags & ADOPTED_LEADS) && a->addr.port == port &&
		a->addr.family == member->family && same_kind;
}

/* The tenth word of the line. */
bool adopted_inode(const char *line, size_t n, uint64_t *inode)
{
	size_t at = 0;

	for (int word = 0; word < 10; word++) {
		while (at < n && line[at] == ' ')
			at++;
		if (word == 9)
			break;
		while (at < n && line[at] != ' ')
			at++;
	}
	*inode = 0;
	for (; at < n && line[at] >= '0' && line[at] <= '9' && *inode < UINT64_MAX / 16; at++)
		*inode = *inode * 10 + (uint64_t)(line[at] - '0');
	return *inode != 0 && (at == n || line[at] == ' ' || line[at] == '\n');
}
