/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/machine.h"
#include "core/opened.h"
#include "preload/process.h"
#include "preload/real/real.h"

/* What arrives on an interface of a VRF or bridge arrives on that as well. */
static bool belongs(const char *interface, const char *device)
{
	char path[64], target[256];

	if (strcmp(interface, device) == 0)
		return true;
	snprintf(path, sizeof(path), "/sys/class/net/%s/master", interface);
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = 0;
	const char *name = strrchr(target, '/');
	return strcmp(name ? name + 1 : target, device) == 0;
}

bool device_is_deaf(int fd, const struct addr *at, bool datagram)
{
	char device[IFNAMSIZ] = "";
	socklen_t len = sizeof(device);
	struct ifaddrs *list, *i;
	struct addr a;
	bool deaf = false;

	if (real.getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &len) != 0 || !device[0] ||
		machine_addresses(&list) != 0)
		return false;
	for (i = list; i && !deaf; i = i->ifa_next) {
		if (!i->ifa_addr || addr_from_sockaddr(&a, i->ifa_addr, sizeof(struct sockaddr_in6)) != 0)
			continue;
		a.port = at->port;
		deaf = !addr_same_host(&a, at) && opened_at(rules_now(), at, datagram, &a) &&
			!belongs(i->ifa_name, device);
	}
	machine_free(list);
	return deaf;
}
