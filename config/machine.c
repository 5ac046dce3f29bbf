/* SPDX-License-Identifier: MIT */
/* Called while a configuration loads and by the constructor, before the host has begun. The socket is made by bare calls, as other preloads of the host count what they see. */
#include "machine.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/raw.h"

#define REQUESTS_MAX (1 << 16) /* IPv4 addresses that are asked for */

struct entry {
	struct ifaddrs base; /* first: the list is of these */
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	char name[IF_NAMESIZE];
};

static const char own; /* ifa_data of a list that is made here */

/* address NULL = the interface alone */
static bool add(struct ifaddrs ***end, const char *name, const void *address, size_t size)
{
	struct entry *e = calloc(1, sizeof(*e));
	if (!e)
		return false;
	snprintf(e->name, sizeof(e->name), "%s", name);
	e->base.ifa_name = e->name;
	e->base.ifa_data = (void *)(uintptr_t)&own;
	if (address) {
		memcpy(&e->addr, address, size);
		e->base.ifa_addr = &e->addr.sa;
	}
	**end = &e->base;
	*end = &e->base.ifa_next;
	return true;
}

/* "  eth0: 1234 ..." behind two lines of heads */
static bool add_names(struct ifaddrs ***end)
{
	char line[512], name[IF_NAMESIZE];
	FILE *f = fopen("/proc/self/net/dev", "re");
	bool good = true;
	while (f && good && fgets(line, sizeof(line), f)) {
		char *colon = strrchr(line, ':');
		if (!colon)
			continue;
		*colon = 0;
		good = sscanf(line, " %15s", name) != 1 || add(end, name, NULL, 0);
	}
	if (f)
		fclose(f);
	return good;
}

/* Into a buffer with room to spare: one that is filled may have been cut. 0 or an errno. */
static int ask_ipv4(int fd, struct ifconf *c)
{
	for (size_t count = 64; count <= REQUESTS_MAX; count *= 4) {
		free(c->ifc_buf);
		c->ifc_len = (int)(count * sizeof(struct ifreq));
		c->ifc_buf = malloc((size_t)c->ifc_len);
		if (!c->ifc_buf)
			return ENOMEM;
		long error = raw_syscall(SYS_ioctl, fd, SIOCGIFCONF, (long)c, 0);
		if (error < 0)
			return (int)-error;
		if ((size_t)c->ifc_len < count * sizeof(struct ifreq))
			break;
	}
	return 0;
}

static bool add_ipv4(struct ifaddrs ***end)
{
	struct ifconf c = {0};
	int fd = (int)raw_syscall(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0);
	if (fd < 0)
		return true;
	int error = ask_ipv4(fd, &c);
	raw_close(fd);
	size_t n = error ? 0 : (size_t)c.ifc_len / sizeof(struct ifreq);
	for (size_t i = 0; i < n && !error; i++) {
		const struct ifreq *r = &c.ifc_req[i];
		if (r->ifr_addr.sa_family == AF_INET &&
			!add(end, r->ifr_name, &r->ifr_addr, sizeof(struct sockaddr_in)))
			error = ENOMEM;
	}
	free(c.ifc_buf);
	return error != ENOMEM;
}

/* "fe800000000000000000000000000001 02 40 20 80 eth0": address, index, length, scope, flags, name */
static bool add_ipv6(struct ifaddrs ***end)
{
	char line[256], hex[33], name[IF_NAMESIZE];
	unsigned index;
	FILE *f = fopen("/proc/self/net/if_inet6", "re");
	bool good = true;
	while (f && good && fgets(line, sizeof(line), f)) {
		struct sockaddr_in6 sa = {.sin6_family = AF_INET6};
		if (sscanf(line, "%32[0-9a-f] %x %*x %*x %*x %15s", hex, &index, name) != 3 ||
			strlen(hex) != 32)
			continue;
		for (int i = 0; i < 16; i++)
			sscanf(hex + 2 * i, "%2hhx", &sa.sin6_addr.s6_addr[i]);
		if (IN6_IS_ADDR_LINKLOCAL(&sa.sin6_addr))
			sa.sin6_scope_id = index;
		good = add(end, name, &sa, sizeof(sa));
	}
	if (f)
		fclose(f);
	return good;
}

int machine_addresses(struct ifaddrs **list)
{
	struct ifaddrs **end = list;
	if (getifaddrs(list) == 0)
		return 0;
	int error = errno;
	*list = NULL;
	if (!add_names(&end) || !add_ipv4(&end) || !add_ipv6(&end)) {
		machine_free(*list);
		*list = NULL;
		error = ENOMEM;
	}
	errno = error;
	return *list ? 0 : -1;
}

void machine_free(struct ifaddrs *list)
{
	if (!list || list->ifa_data != &own) {
		freeifaddrs(list);
		return;
	}
	while (list) {
		struct ifaddrs *next = list->ifa_next;
		free(list);
		list = next;
	}
}
