/* SPDX-License-Identifier: MIT */
/* Asks the system for the addresses behind a name. Called while a configuration loads, before the
 * host has begun; the state is the caller's. */
#include "expand.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"

static const struct expand_system real = {
	machine_addresses, machine_free, if_nametoindex, if_indextoname, getaddrinfo, freeaddrinfo, NULL, NULL};
const struct expand_system *expand_system = &real;

void expand_start(struct expand *x)
{
	*x = (struct expand){0};
}

int expand_list(struct expand *x)
{
	if (!x->listed) {
		x->listed = true;
		if (expand_system->getifaddrs(&x->interfaces) != 0) {
			x->interfaces = NULL;
			x->error = errno;
		}
	}
	return x->error;
}

void expand_end(struct expand *x)
{
	if (x->interfaces)
		expand_system->freeifaddrs(x->interfaces);
	free(x->found);
	*x = (struct expand){0};
}

/* An IPv4 address may carry a label, "eth0:1", in place of its interface's name. */
static size_t name_length(const char *name)
{
	const char *colon = strchr(name, ':');
	return colon ? (size_t)(colon - name) : strlen(name);
}

static bool is_named(const struct ifaddrs *i, const char *name, size_t n)
{
	return name_length(i->ifa_name) == n && memcmp(i->ifa_name, name, n) == 0;
}

static socklen_t address_length(const struct sockaddr *sa)
{
	if (sa && sa->sa_family == AF_INET)
		return sizeof(struct sockaddr_in);
	return sa && sa->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : 0;
}

static bool interface_address(const struct ifaddrs *i, struct addr *a)
{
	return addr_from_sockaddr(a, i->ifa_addr, address_length(i->ifa_addr)) == 0;
}

static int add(struct expand *x, const struct addr *a)
{
	for (size_t i = 0; i < x->count; i++)
		if (addr_same_host(&x->found[i], a) && x->found[i].scope == a->scope)
			return 0;
	if (x->count == x->room) {
		size_t room = x->room ? x->room * 2 : 8;
		struct addr *found = realloc(x->found, room * sizeof(*found));
		if (!found)
			return ENOMEM;
		x->found = found;
		x->room = room;
	}
	x->found[x->count] = *a;
	x->found[x->count++].port = 0;
	return 0;
}

bool expand_add(struct expand *x, const struct addr *a)
{
	return add(x, a) == 0;
}

int expand_interface(struct expand *x, const char *name, size_t n)
{
	bool known = false;
	int error = expand_list(x);
	x->count = 0;
	if (error)
		return error;
	for (const struct ifaddrs *i = x->interfaces; i; i = i->ifa_next) {
		struct addr a;
		if (!is_named(i, name, n))
			continue;
		known = true;
		if (interface_address(i, &a) && addr_scope(&a) != ADDR_LINK_LOCAL && add(x, &a))
			return ENOMEM;
	}
	return known || expand_index(x, name, n) ? 0 : ENODEV;
}

int expand_host(struct expand *x, const char *name, size_t n)
{
	/* One answer an address, whatever the transport. */
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *list = NULL;
	char text[NI_MAXHOST];
	x->count = 0;
	if (n >= sizeof(text))
		return EAI_NONAME;
	memcpy(text, name, n);
	text[n] = 0;
	int error = expand_system->getaddrinfo(text, NULL, &hints, &list);
	if (error)
		return error;
	for (const struct addrinfo *i = list; i && !error; i = i->ai_next) {
		struct addr a;
		if (addr_from_sockaddr(&a, i->ai_addr, i->ai_addrlen) == 0 && add(x, &a))
			error = EAI_MEMORY;
	}
	expand_system->freeaddrinfo(list);
	if (!error && !x->count)
		error = EAI_NONAME;
	return error;
}

static uint32_t ask_index(unsigned (*ask)(const char *name), const char *name, size_t n)
{
	char text[IF_NAMESIZE];
	if (n == 0 || n >= sizeof(text))
		return 0;
	memcpy(text, name, n);
	text[n] = 0;
	return ask(text);
}

uint32_t expand_index(struct expand *x, const char *name, size_t n)
{
	(void)x;
	return ask_index(expand_system->if_nametoindex, name, n);
}

uint32_t expand_index_meant(struct expand *x, const char *name, size_t n)
{
	(void)x;
	return ask_index(expand_system->assume ? expand_system->assume : expand_system->if_nametoindex, name, n);
}

const char *expand_interface_of(struct expand *x, const struct addr *a)
{
	expand_list(x);
	for (const struct ifaddrs *i = x->interfaces; i; i = i->ifa_next) {
		struct addr own;
		if (interface_address(i, &own) && addr_same_host(&own, a) &&
			(!a->scope || own.scope == a->scope))
			return i->ifa_name;
	}
	return a->family == AF_INET && addr_scope(a) == ADDR_LOOPBACK ? "lo" : NULL;
}

bool expand_present(struct expand *x, const struct addr *a)
{
	return expand_interface_of(x, a) != NULL;
}

size_t expand_print(const struct addr *a, char *buf)
{
	struct addr plain = *a;
	char name[IF_NAMESIZE], rest[16];
	size_t n = expand_system->print ? expand_system->print(a, buf) : 0;
	if (n)
		return n;
	if (!a->scope || !expand_system->if_indextoname(a->scope, name))
		return addr_print(a, buf);
	plain.scope = 0;
	n = addr_print(&plain, buf);
	size_t close = (size_t)(strchr(buf, ']') - buf);
	strcpy(rest, buf + close); /* "]:65535" at most */
	n += (size_t)sprintf(buf + close, "%%%s%s", name, rest) - strlen(rest);
	return n;
}

void expand_suggest(struct expand *x, struct suggest *s)
{
	expand_list(x);
	for (const struct ifaddrs *i = x->interfaces; i; i = i->ifa_next)
		suggest_offer(s, i->ifa_name);
}
