/* SPDX-License-Identifier: MIT */
/* Each name gets an address of its own of a network that nobody has, 100::/64 (RFC 6666). So two names differ,
 * and a name that stands twice is seen. */
#include "offline.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/expand.h"

static char **names;
static unsigned name_count;

static int no_interfaces(struct ifaddrs **list)
{
	*list = NULL;
	return 0;
}

static void free_nothing(struct ifaddrs *list)
{
	(void)list;
}

static unsigned unknown(const char *name)
{
	(void)name;
	return 0;
}

/* From 1 on; 0: no memory. */
static unsigned number_of(const char *name)
{
	for (unsigned i = 0; i < name_count; i++)
		if (strcasecmp(names[i], name) == 0)
			return i + 1;
	if ((name_count & (name_count - 1)) == 0) {
		char **more = realloc(names, (name_count ? name_count * 2 : 1) * sizeof(*more));
		if (!more)
			return 0;
		names = more;
	}
	names[name_count] = strdup(name);
	return names[name_count] ? ++name_count : 0;
}

static char *name_of(unsigned number, char *name)
{
	if (!number || number > name_count) {
		errno = ENXIO;
		return NULL;
	}
	snprintf(name, IF_NAMESIZE, "%s", names[number - 1]);
	return name;
}

struct one {
	struct addrinfo info; /* first: it is given back by it */
	struct sockaddr_in6 address;
};

static int stand_in(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	unsigned number = number_of(name);
	struct one *p = number ? calloc(1, sizeof(*p)) : NULL;

	(void)service;
	(void)hints;
	if (!p)
		return EAI_MEMORY;
	p->address = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr.s6_addr = {1}};
	for (int i = 0; i < 4; i++)
		p->address.sin6_addr.s6_addr[15 - i] = (uint8_t)(number >> 8 * i);
	p->info = (struct addrinfo){.ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&p->address,
		.ai_addrlen = sizeof(p->address)};
	*list = &p->info;
	return 0;
}

static void free_one(struct addrinfo *list)
{
	free(list);
}

static size_t print_name(const struct addr *a, char *buf)
{
	static const uint8_t network[12] = {1};
	const uint8_t *ip = a->ip;
	unsigned number = (unsigned)ip[12] << 24 | (unsigned)ip[13] << 16 | (unsigned)ip[14] << 8 | ip[15];

	if (a->family != AF_INET6 || memcmp(ip, network, sizeof(network)) != 0 || !number || number > name_count)
		return 0;
	int n = snprintf(buf, ADDR_TEXT_MAX, "%.*s", ADDR_TEXT_MAX - 7, names[number - 1]);
	if (a->port)
		n += snprintf(buf + n, (size_t)(ADDR_TEXT_MAX - n), ":%u", a->port);
	return (size_t)n;
}

void offline_begin(void)
{
	static const struct expand_system offline = {
		no_interfaces, free_nothing, unknown, name_of, stand_in, free_one, number_of, print_name};

	expand_system = &offline;
}
