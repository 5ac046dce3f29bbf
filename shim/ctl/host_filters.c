/* SPDX-License-Identifier: MIT */
/* Whoever attaches, the host or this, makes the same filter of the same rules; so nothing is lost where both do. */
#include "host_filters.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/older.h"
#include "config/expand.h"
#include "config/terminal.h"
#include "core/opened.h"
#include "core/wide_filter.h"
#include "hosts.h"

/* A descriptor of what the process has at that number, or -1. */
static int fetch(pid_t pid, int number)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, number, 0);

	if (process >= 0)
		close(process);
	return fd;
}

/* So, of the socket with that inode. */
static int fetch_of(pid_t pid, uint64_t inode)
{
	char path[64], link[64], target[64];
	struct dirent *e;
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	snprintf(link, sizeof(link), "socket:[%llu]", (unsigned long long)inode);
	DIR *d = opendir(path);
	while (d && fd < 0 && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = 0;
		if (strcmp(target, link) == 0)
			fd = fetch(pid, atoi(e->d_name));
	}
	if (d)
		closedir(d);
	return fd;
}

/* From whichever process of the host that has it. */
static int fetch_from(const struct hosts *h, pid_t pid, uint64_t inode)
{
	size_t one = hosts_of_pid(h, pid);
	int fd = -1;

	for (size_t i = 0; i < h->count && one < h->count && fd < 0; i++) {
		if (h->processes[i].inode && h->processes[i].inode == h->processes[one].inode &&
			h->processes[i].device == h->processes[one].device)
			fd = fetch_of(h->processes[i].pid, inode);
	}
	return fd;
}

/* The host's own address and the members, at most room of them; room + 1: there are more. */
static size_t heard(struct addr *list, const struct addr *own, const struct rules *now, size_t room)
{
	size_t count = 1;

	list[0] = *own;
	for (size_t i = 0; i < now->config.member_count && count <= room; i++) {
		const struct member *m = &now->config.members[i];
		if (opened_heard(own, false, m) && !addr_is_among(list, count, &m->addr))
			list[count++] = m->addr;
	}
	return count;
}

struct programs {
	struct addr list[WIDE_FILTER_IPV4_MAX + 1];
	bool changed; /* the last one, by this */
	struct sock_filter had[BPF_MAXINSNS], wanted[WIDE_FILTER_LENGTH + 2 + BPF_MAXINSNS];
};

/* 0: the socket hears what it should; ENOENT: it has no filter of libbond's; or an errno. */
static int renew(struct programs *p, int fd, const struct addr *own, const struct rules *now)
{
	size_t room = own->family == AF_INET6 ? WIDE_FILTER_IPV6_MAX : WIDE_FILTER_IPV4_MAX, then_count;
	socklen_t count = BPF_MAXINSNS;
	struct addr first;

	p->changed = false;
	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, p->had, &count) != 0 || !wide_filter_first(p->had, count, &first) ||
		!addr_same_host(&first, own))
		return ENOENT;
	size_t addresses = heard(p->list, own, now, room);
	if (addresses > room)
		return EINVAL;
	const struct sock_filter *then = wide_filter_then(p->had, count, &then_count);
	size_t n = wide_filter(p->wanted, p->list, addresses, then, then_count);
	if (n == count && memcmp(p->wanted, p->had, n * sizeof(*p->had)) == 0)
		return 0;
	struct sock_fprog prog = {(unsigned short)n, p->wanted};
	p->changed = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0;
	return p->changed ? 0 : errno;
}

/* Whether the host has bound it to a device: then it hears those members that are on that, as itself knows. */
static bool has_device(int fd)
{
	char device[IFNAMSIZ];
	socklen_t len = sizeof(device);

	return getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &len) == 0 && len;
}

/* As the host would have told it, had it been let. */
static void tell(const struct running *host, int fd, const struct addr *own, const struct rules *now)
{
	for (size_t i = 0; i < now->config.member_count; i++) {
		const struct member *m = &now->config.members[i];
		uint64_t word = opening_word(
			OPENING_FILTER, 0, states_identity((enum transport)m->transport, &m->addr, m->device));
		if (!opened_heard(own, false, m) || m->slot >= STATES_MAX || !host->head.states)
			continue;
		uint64_t at = host->head.states + offsetof(struct states, openings) + m->slot * sizeof(word);
		if (pwrite(fd, &word, sizeof(word), (off_t)at) != sizeof(word))
			return; /* status says what the host says */
	}
}

static void complain(FILE *to, pid_t pid, const struct addr *own, int error)
{
	char address[ADDR_TEXT_MAX];

	expand_print(own, address);
	if (error == EPERM || error == EACCES)
		terminal_printf(to, "bondctl: %d: its listener tcp:%s hears the members that it heard before, until it restarts: "
				    "this kernel takes filters for connections from programs with CAP_NET_ADMIN alone, which it has "
				    "given up; bondctl reload as root changes them\n", (int)pid, address);
	else
		terminal_printf(to, "bondctl: %d: its listener tcp:%s hears the members that it heard before, until it restarts: %s\n",
			(int)pid, address, error == EINVAL || error == ENOMEM ? "these are more than a filter holds" : strerror(error));
}

unsigned host_filters_renew(const struct running *host, int fd, const struct opens_by *by, const struct rules *now,
	FILE *complaints)
{
	struct programs *p = malloc(sizeof(*p));
	struct hosts h = {0};
	unsigned stale = 0;
	bool found = p && by->count && hosts_find(&h) == 0;

	for (size_t i = 0; found && i < by->count; i++) {
		const struct adopted *a = &by->sockets[i];
		if (a->kind != ADOPTED_LISTENER || a->transport == TRANSPORT_UDP || !(a->flags & ADOPTED_OPENS) ||
			(a->flags & ADOPTED_LEADS))
			continue;
		int at = fetch_from(&h, host->pid, a->inode);
		int error = at < 0 ? 0 : renew(p, at, &a->addr, now);
		if (at >= 0 && !error && p->changed && !has_device(at))
			tell(host, fd, &a->addr, now);
		if (at >= 0)
			close(at);
		if (!error || error == ENOENT)
			continue;
		stale++;
		if (complaints)
			complain(complaints, host->pid, &a->addr, error);
	}
	if (found)
		hosts_free(&h);
	free(p);
	return stale;
}
