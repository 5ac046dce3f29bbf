/* SPDX-License-Identifier: MIT */
#include "in_use.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/process.h"
#include "segment/adopted.h"

#define LISTENING 10 /* TCP_LISTEN, as /proc/net/tcp has it */

/* A line of /proc/net/{udp,tcp}{,6} (proc_pid_net(5)): addresses are words as they stand in memory. */
static bool read_line(const char *line, struct addr *a, unsigned *state, unsigned long *inode)
{
	char local[64];
	unsigned port;
	size_t n;

	if (sscanf(line, " %*u: %63[0-9A-F]:%x %*[0-9A-F:] %x %*s %*s %*s %*u %*u %lu", local, &port, state,
		    inode) != 4)
		return false;
	n = strlen(local) / 8;
	if (n != 1 && n != 4)
		return false;
	uint32_t words[4];
	for (size_t i = 0; i < n; i++) {
		char word[9] = "";
		memcpy(word, local + 8 * i, 8);
		words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	memcpy(&four.sin_addr, words, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, words, n == 4 ? sizeof(six.sin6_addr) : 0);
	return (n == 1 ? addr_from_sockaddr(a, &four, sizeof(four)) : addr_from_sockaddr(a, &six, sizeof(six))) == 0;
}

/* Whether a socket at that address stands in the way: [::] takes IPv4, too, as far as can be seen here. */
static bool is_in_the_way(const struct addr *at, const struct addr *like, bool all)
{
	if (at->family != like->family)
		return at->family == AF_INET6 && addr_is_any(at);
	return all || addr_is_any(at) || addr_same_host(at, like);
}

/* What is asked for. */
struct wanted {
	const struct addr *like;
	bool datagram, all;
	bool shared; /* what in_use_shared() looks for */
	ino_t own;   /* the inode that does not count */
};

static bool has_socket(const char *pid, const char *link)
{
	char path[300], target[64];
	DIR *d;
	struct dirent *e;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		found = n > 0 && (target[n] = 0, strcmp(target, link) == 0);
	}
	if (d)
		closedir(d);
	return found;
}

/* The name of a process, as ps(1) has it. */
static void read_name(const char *pid, char *name, size_t size)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	FILE *f = fopen(path, "re");
	if (f && fgets(name, (int)size, f))
		name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
}

static void find_owner(struct in_use *u, unsigned long inode)
{
	char link[64];
	DIR *d = opendir("/proc");
	struct dirent *e;

	snprintf(link, sizeof(link), "socket:[%lu]", inode);
	while (d && !u->pid && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !has_socket(e->d_name, link))
			continue;
		u->pid = (pid_t)strtol(e->d_name, NULL, 10);
		read_name(e->d_name, u->name, sizeof(u->name));
	}
	if (d)
		closedir(d);
}

/* Whether some process of the host bound it. */
static bool is_own(uint64_t inode)
{
	const struct adopted_table *t = this_host.segment.adopted;
	struct adopted a;
	uint64_t cookie;
	uint32_t at = 0;

	while (t && adopted_next(t, sizeof(*t), &at, &a, &cookie)) {
		if (a.inode == inode)
			return true;
	}
	return false;
}

/* Whether the socket that u says where is one that counts; then u says whose it is. */
static bool counts(const struct wanted *w, struct in_use *u, unsigned state, unsigned long inode)
{
	char self[sizeof(u->name)] = "";

	if (u->at.port != w->like->port || !inode || inode == w->own || (!w->datagram && state != LISTENING) ||
		!is_in_the_way(&u->at, w->like, w->all))
		return false;
	if (w->shared && (u->at.family != w->like->family || is_own(inode)))
		return false;
	find_owner(u, inode);
	if (!w->shared || !u->pid)
		return true;
	read_name("self", self, sizeof(self));
	return strcmp(self, u->name) != 0;
}

/* The first such socket in that table. */
static bool search(const char *table, const struct wanted *w, struct in_use *u)
{
	char path[64], line[512];
	unsigned long inode;
	unsigned state;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/self/net/%s", table);
	FILE *f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		memset(u, 0, sizeof(*u));
		found = read_line(line, &u->at, &state, &inode) && counts(w, u, state, inode);
	}
	if (f)
		fclose(f);
	return found;
}

bool in_use_find(struct in_use *u, bool datagram, const struct addr *like, bool all, ino_t own)
{
	const char *tables[] = {datagram ? "udp" : "tcp", datagram ? "udp6" : "tcp6"};
	const struct wanted w = {.like = like, .datagram = datagram, .all = all, .own = own};

	return search(tables[0], &w, u) || search(tables[1], &w, u);
}

bool in_use_shared(struct in_use *u, const struct addr *like)
{
	const struct wanted w = {.like = like, .datagram = true, .shared = true};

	return search(like->family == AF_INET ? "udp" : "udp6", &w, u);
}

unsigned in_use_print(const struct in_use *u, char *text, size_t room)
{
	char where[ADDR_TEXT_MAX], who[64] = "another program";

	addr_print(&u->at, where);
	if (u->pid)
		snprintf(who, sizeof(who), "%s (process %d)", u->name, (int)u->pid);
	snprintf(text, room, "%s is in use by %s", where, who);
	return (unsigned)u->pid;
}

unsigned in_use_explain(bool datagram, const struct addr *like, bool all, ino_t own, char *text, size_t room)
{
	struct in_use u;
	bool found = in_use_find(&u, datagram, like, all, own);

	if (!found && all) {
		snprintf(text, room, "port %u is in use by another program", like->port);
		return 0;
	}
	if (!found)
		u = (struct in_use){.at = *like};
	return in_use_print(&u, text, room);
}
