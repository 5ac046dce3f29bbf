/* SPDX-License-Identifier: MIT */
#include "in_use.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* What is asked for, and the inode that does not count. */
struct wanted {
	const struct addr *like;
	bool datagram, all;
	ino_t own;
};

/* The inode of the first such socket in that table, 0 = there is none. */
static unsigned long search(const char *table, const struct wanted *w, struct addr *at)
{
	char path[64], line[512];
	unsigned long inode, found = 0;
	unsigned state;

	snprintf(path, sizeof(path), "/proc/self/net/%s", table);
	FILE *f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		if (read_line(line, at, &state, &inode) && at->port == w->like->port && inode && inode != w->own &&
			(w->datagram || state == LISTENING) && is_in_the_way(at, w->like, w->all))
			found = inode;
	}
	if (f)
		fclose(f);
	return found;
}

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

static void find_owner(struct in_use *u, unsigned long inode)
{
	char link[64], path[300];
	DIR *d = opendir("/proc");
	struct dirent *e;

	snprintf(link, sizeof(link), "socket:[%lu]", inode);
	while (d && !u->pid && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !has_socket(e->d_name, link))
			continue;
		u->pid = (pid_t)strtol(e->d_name, NULL, 10);
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		FILE *f = fopen(path, "re");
		if (f && fgets(u->name, sizeof(u->name), f))
			u->name[strcspn(u->name, "\n")] = 0;
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
}

bool in_use_find(struct in_use *u, bool datagram, const struct addr *like, bool all, ino_t own)
{
	const char *tables[] = {datagram ? "udp" : "tcp", datagram ? "udp6" : "tcp6"};
	const struct wanted w = {like, datagram, all, own};
	unsigned long inode = 0;

	memset(u, 0, sizeof(*u));
	for (size_t i = 0; i < 2 && !inode; i++)
		inode = search(tables[i], &w, &u->at);
	if (inode)
		find_owner(u, inode);
	return inode != 0;
}

unsigned in_use_explain(bool datagram, const struct addr *like, bool all, ino_t own, char *text, size_t room)
{
	char where[ADDR_TEXT_MAX], who[64] = "another program";
	struct in_use u;
	bool found = in_use_find(&u, datagram, like, all, own);

	if (found || !all)
		addr_print(found ? &u.at : like, where);
	else
		snprintf(where, sizeof(where), "port %u", like->port);
	if (found && u.pid)
		snprintf(who, sizeof(who), "%s (process %d)", u.name, (int)u.pid);
	snprintf(text, room, "%s is in use by %s", where, who);
	return found ? (unsigned)u.pid : 0;
}
