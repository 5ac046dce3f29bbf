/* SPDX-License-Identifier: MIT */
/* Few addresses are asked for, and rarely: looked for one by one. */
#include "links.h"

void links_clear(struct links *l)
{
	l->link_count = l->address_count = 0;
	l->crowded = false;
}

static const struct link *find_link(const struct links *l, uint32_t index)
{
	for (uint32_t i = 0; i < l->link_count; i++) {
		if (l->links[i].index == index)
			return &l->links[i];
	}
	return NULL;
}

static const struct link *find_name(const struct links *l, const char *name)
{
	for (uint32_t i = 0; *name && i < l->link_count; i++) {
		if (strcmp(l->links[i].name, name) == 0)
			return &l->links[i];
	}
	return NULL;
}

static bool take_link(struct links *l, const struct link_news *n)
{
	const struct link *before = find_link(l, n->index);
	struct link now = {.index = n->index, .up = n->up, .carrier = n->carrier};

	memcpy(now.name, n->name, sizeof(now.name));
	if (before && !*now.name)
		memcpy(now.name, before->name, sizeof(now.name));
	if (before && before->up == now.up && before->carrier == now.carrier &&
		strcmp(before->name, now.name) == 0)
		return false;
	if (!before && l->link_count == LINKS_MAX) {
		l->crowded = true;
		return false;
	}
	l->links[before ? (uint32_t)(before - l->links) : l->link_count++] = now;
	return true;
}

/* Its addresses go with it, whether the kernel tells of each or not. */
static bool drop_link(struct links *l, uint32_t index)
{
	const struct link *link = find_link(l, index);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < l->address_count; i++) {
		if (l->addresses[i].index != index)
			l->addresses[kept++] = l->addresses[i];
	}
	bool changed = link || kept != l->address_count;
	l->address_count = kept;
	if (link)
		l->links[link - l->links] = l->links[--l->link_count];
	return changed;
}

static struct link_address *find_address(struct links *l, const struct link_news *n)
{
	for (uint32_t i = 0; i < l->address_count; i++) {
		if (l->addresses[i].index == n->index && addr_same_host(&l->addresses[i].addr, &n->addr))
			return &l->addresses[i];
	}
	return NULL;
}

static bool take_address(struct links *l, const struct link_news *n)
{
	struct link_address *a = find_address(l, n);
	struct link_address now = {n->addr, n->index, n->tentative, n->duplicate};

	if (a && a->tentative == now.tentative && a->duplicate == now.duplicate)
		return false;
	if (!a && l->address_count == HEARS_LOCAL_MAX) {
		l->crowded = true;
		return false;
	}
	if (!a)
		a = &l->addresses[l->address_count++];
	*a = now;
	return true;
}

/* The order stays: it is the kernel's, by which an interface's members stand. */
static bool drop_address(struct links *l, const struct link_news *n)
{
	struct link_address *a = find_address(l, n);

	if (!a)
		return false;
	size_t behind = (size_t)(l->addresses + l->address_count - (a + 1));
	memmove(a, a + 1, behind * sizeof(*a));
	l->address_count--;
	return true;
}

bool links_take(struct links *l, const struct link_news *n)
{
	switch (n->kind) {
	case NEWS_LINK:
		return take_link(l, n);
	case NEWS_LINK_GONE:
		return drop_link(l, n->index);
	case NEWS_ADDRESS:
		return take_address(l, n);
	case NEWS_ADDRESS_GONE:
		return drop_address(l, n);
	default:
		return false;
	}
}

static enum state state_of_link(const struct link *link)
{
	if (!link)
		return STATE_LINK_GONE;
	return !link->up ? STATE_LINK_DOWN : !link->carrier ? STATE_NO_CARRIER : STATE_UP;
}

static enum state state_of_address(const struct links *l, const struct link_address *a)
{
	enum state s = state_of_link(find_link(l, a->index));

	if (s == STATE_LINK_GONE || s == STATE_LINK_DOWN)
		return s;
	return a->duplicate ? STATE_DUPLICATE : a->tentative ? STATE_TENTATIVE : s;
}

/* Without a line of its own, all of 127.0.0.0/8 is the loopback interface's. */
static bool is_loopback(const struct link_address *a, const struct addr *at)
{
	return at->family == AF_INET && a->addr.family == AF_INET && addr_scope(at) == ADDR_LOOPBACK &&
	       addr_scope(&a->addr) == ADDR_LOOPBACK;
}

/* The best of all interfaces that have the address; NULL: none has. */
static const struct link_address *best_address(const struct links *l, const struct member *m, enum state *s)
{
	const struct link_address *best = NULL;

	for (uint32_t i = 0; i < l->address_count; i++) {
		const struct link_address *a = &l->addresses[i];
		if (!(addr_same_host(&a->addr, &m->addr) && (!m->addr.scope || m->addr.scope == a->index)) &&
			!is_loopback(a, &m->addr))
			continue;
		enum state now = state_of_address(l, a);
		if (best && (*s == STATE_UP || now != STATE_UP))
			continue;
		best = a;
		*s = now;
	}
	return best;
}

static void name_link(char to[IF_NAMESIZE], const struct link *link)
{
	if (link)
		memcpy(to, link->name, IF_NAMESIZE);
}

/* The address is not there: whether its interface is, says most. */
static enum state state_of_absent(const struct links *l, enum state before, const char *link)
{
	enum state s = *link ? state_of_link(find_name(l, link)) : STATE_UP;

	if (s == STATE_LINK_GONE || s == STATE_LINK_DOWN)
		return s;
	return before == STATE_UNKNOWN || before == STATE_NEVER ? STATE_NEVER : STATE_GONE;
}

enum state links_state(const struct links *l, const struct member *m, enum state before,
	char link[IF_NAMESIZE])
{
	enum state s = STATE_UP;
	const struct link_address *a = best_address(l, m, &s);

	if (a)
		name_link(link, find_link(l, a->index));
	else if (l->crowded)
		return STATE_UNKNOWN;
	else
		s = state_of_absent(l, before, link);
	if (*m->device) { /* what is sent is bound to it, whoever has the address */
		enum state device = state_of_link(find_name(l, m->device));
		if (device != STATE_UP && (s == STATE_UP || device != STATE_NO_CARRIER)) {
			memcpy(link, m->device, IF_NAMESIZE);
			s = device;
		}
	}
	return s;
}
