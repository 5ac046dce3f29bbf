/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <net/if.h>
#include <netinet/in.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/path.h"
#include "base/raw.h"
#include "config/machine.h"
#include "core/link_news.h"
#include "core/opened.h"
#include "preload/process.h"
#include "preload/scratch.h"

#define SYS_NET "/sys/class/net/"

/* The interface to which that one belongs, "" = none. */
static void read_master(const char *interface, char master[IFNAMSIZ])
{
	char path[sizeof(SYS_NET) + IFNAMSIZ + sizeof("/master")] = SYS_NET, target[256];
	size_t length = strnlen(interface, IFNAMSIZ - 1), at = sizeof(SYS_NET) - 1;

	memcpy(path + at, interface, length);
	memcpy(path + at + length, "/master", sizeof("/master"));
	long n = raw_syscall(SYS_readlinkat, AT_FDCWD, (long)path, (long)target, sizeof(target) - 1);
	*master = 0;
	if (n <= 0)
		return;
	target[n] = 0;
	const char *name = path_base(target);
	memcpy(master, name, strnlen(name, IFNAMSIZ - 1) + 1);
	master[IFNAMSIZ - 1] = 0;
}

/* What arrives on an interface of a VRF or bridge arrives on that as well. */
static bool belongs(const char *interface, const char *device)
{
	char master[IFNAMSIZ];

	if (strcmp(interface, device) == 0)
		return true;
	read_master(interface, master);
	return strcmp(master, device) == 0;
}

static bool read_device(int fd, char device[IFNAMSIZ])
{
	socklen_t len = IFNAMSIZ;

	*device = 0;
	return raw_syscall5(SYS_getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, (long)device, (long)&len) == 0 && *device;
}

bool device_is_deaf(int fd, const struct addr *at, bool datagram)
{
	char device[IFNAMSIZ] = "";
	struct ifaddrs *list, *i;
	struct addr a;
	bool deaf = false;

	if (!read_device(fd, device) || machine_addresses(&list) != 0)
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

static bool is_on(int netlink, uint32_t index, const char *device)
{
	struct ifreq r = {.ifr_ifindex = (int)index};

	/* one that is gone meanwhile is not told of */
	return raw_syscall(SYS_ioctl, netlink, SIOCGIFNAME, (long)&r, 0) != 0 || belongs(r.ifr_name, device);
}

void device_each_deaf(int fd, void (*tell)(void *ctx, const struct addr *a), void *ctx)
{
	char device[IFNAMSIZ], question[LINK_QUESTION_MAX];
	int netlink = read_device(fd, device)
		? (int)raw_syscall(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE, 0) : -1;
	struct scratch *room = netlink < 0 ? NULL : scratch_wait();
	struct link_news n = {.kind = NEWS_NONE};
	size_t size = link_news_ask(question, true, 1);
	bool more = room && raw_write(netlink, question, size) == (long)size;

	while (more) {
		const void *at = room->bytes;
		long got = raw_read(netlink, room->bytes, sizeof(room->bytes));
		size_t left = got > 0 ? (size_t)got : 0;
		more = left;
		while (link_news_next(&n, &at, &left)) {
			if (n.kind == NEWS_DONE || n.kind == NEWS_FAILED)
				more = false;
			else if (n.kind == NEWS_ADDRESS && !is_on(netlink, n.index, device))
				tell(ctx, &n.addr);
		}
	}
	scratch_give(room);
	if (netlink >= 0)
		raw_close(netlink);
}
