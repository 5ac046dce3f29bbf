/* SPDX-License-Identifier: MIT */
/* A machine of fixed interfaces and names for the tests of the configuration, in place of the real
 * one: fake_system() switches it on for this test's process. */
#ifndef BOND_TEST_FAKE_SYSTEM_H
#define BOND_TEST_FAKE_SYSTEM_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "config/expand.h"

static const struct {
	const char *interface; /* or its label */
	const char *address;   /* NULL = the link itself */
	unsigned index;
} fake_addresses[] = {
	{"lo", NULL, 1}, {"eth0", NULL, 2}, {"eth1", NULL, 3}, {"bare0", NULL, 4},
	{"local0", NULL, 5}, {"lo", "127.0.0.1", 1}, {"eth0", "192.0.2.10", 2},
	{"eth0:1", "192.0.2.11", 2}, {"eth1", "10.0.0.1", 3}, {"local0", "169.254.7.7", 5},
	{"lo", "::1", 1}, {"eth0", "2001:db8::10", 2}, {"eth0", "fe80::10", 2},
	{"eth1", "fd00::1", 3}, {"eth1", "fe80::11", 3}, {"local0", "fe80::12", 5},
};
#define FAKE_COUNT (sizeof(fake_addresses) / sizeof(fake_addresses[0]))

static const struct {
	const char *name, *address;
} fake_names[] = {
	{"sip.example.com", "192.0.2.20"}, {"sip.example.com", "2001:db8::20"},
	{"sip.example.com", "192.0.2.20"}, {"localhost", "127.0.0.1"}, {"localhost", "::1"},
	{"here.example.com", "192.0.2.10"},
};

static struct sockaddr *fake_sockaddr(const char *text, unsigned scope)
{
	struct sockaddr_storage *ss = calloc(1, sizeof(*ss));
	struct addr a;
	if (addr_parse(&a, text, strlen(text)))
		abort();
	if (addr_scope(&a) == ADDR_LINK_LOCAL && a.family == AF_INET6)
		a.scope = scope;
	addr_to_sockaddr(&a, a.family, ss);
	return (struct sockaddr *)ss;
}

static int fake_getifaddrs(struct ifaddrs **list)
{
	struct ifaddrs *all = calloc(FAKE_COUNT, sizeof(*all));
	for (size_t i = 0; i < FAKE_COUNT; i++) {
		all[i].ifa_name = (char *)fake_addresses[i].interface;
		if (fake_addresses[i].address)
			all[i].ifa_addr = fake_sockaddr(fake_addresses[i].address,
				fake_addresses[i].index);
		if (i + 1 < FAKE_COUNT)
			all[i].ifa_next = &all[i + 1];
	}
	*list = all;
	return 0;
}

static void fake_freeifaddrs(struct ifaddrs *list)
{
	for (size_t i = 0; i < FAKE_COUNT; i++)
		free(list[i].ifa_addr);
	free(list);
}

static unsigned fake_nametoindex(const char *name)
{
	for (size_t i = 0; i < FAKE_COUNT; i++)
		if (!fake_addresses[i].address && strcmp(fake_addresses[i].interface, name) == 0)
			return fake_addresses[i].index;
	return 0;
}

static char *fake_indextoname(unsigned index, char *name)
{
	for (size_t i = 0; i < FAKE_COUNT; i++)
		if (!fake_addresses[i].address && fake_addresses[i].index == index)
			return strcpy(name, fake_addresses[i].interface);
	return NULL;
}

static void fake_freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;
		free(list->ai_addr);
		free(list);
		list = next;
	}
}

static int fake_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
	struct addrinfo **list)
{
	struct addrinfo **end = list;
	(void)service;
	(void)hints;
	*list = NULL;
	if (strcmp(name, "busy.example.com") == 0)
		return EAI_AGAIN;
	for (size_t i = 0; i < sizeof(fake_names) / sizeof(fake_names[0]); i++) {
		if (strcmp(fake_names[i].name, name) != 0)
			continue;
		*end = calloc(1, sizeof(**end));
		(*end)->ai_addr = fake_sockaddr(fake_names[i].address, 0);
		(*end)->ai_addrlen = (*end)->ai_addr->sa_family == AF_INET ?
			sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
		end = &(*end)->ai_next;
	}
	return *list ? 0 : EAI_NONAME;
}

static inline void fake_system(void)
{
	static const struct expand_system fake = {fake_getifaddrs, fake_freeifaddrs,
		fake_nametoindex, fake_indextoname, fake_getaddrinfo, fake_freeaddrinfo, NULL, NULL};
	expand_system = &fake;
}

#endif
