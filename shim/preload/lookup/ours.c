/* SPDX-License-Identifier: MIT */
/* Reads proc_net_udp(5) without stdio. */
#include "ours.h"

#include "base/raw.h"
#include "preload/process.h"
#include "segment/adopted.h"

#define ENDPOINT_MAX 40 /* four words, a colon and a port */

/* Words as they stand in memory. */
static size_t put_hex(char *to, uint32_t value, size_t digits)
{
	for (size_t i = 0; i < digits; i++)
		to[i] = "0123456789ABCDEF"[value >> 4 * (digits - 1 - i) & 15];
	return digits;
}

/* How the table has it, between its blanks. */
static size_t write_endpoint(char *to, const struct addr *a)
{
	size_t n = 0;
	uint32_t word;

	for (size_t i = a->family == AF_INET ? 12 : 0; i < 16; i += 4) {
		memcpy(&word, a->ip + i, sizeof(word));
		n += put_hex(to + n, word, 8);
	}
	to[n++] = ':';
	return n + put_hex(to + n, a->port, 4);
}

/* The second word of a line, behind its number. */
static bool is_at(const char *line, size_t n, const char *endpoint, size_t length)
{
	size_t at = 0;

	while (at < n && line[at] != ':')
		at++;
	return at + 2 + length < n && memcmp(line + at + 2, endpoint, length) == 0 && line[at + 2 + length] == ' ';
}

static bool is_ours(uint64_t inode)
{
	const struct adopted_table *t = this_host.segment.adopted;
	struct adopted a;
	uint64_t cookie;
	uint32_t at = 0;

	while (t && adopted_next(t, sizeof(*t), &at, &a, &cookie)) {
		if (a.kind == ADOPTED_OPENED && a.inode == inode)
			return true;
	}
	return false;
}

struct lines {
	int fd;
	char bytes[4096];
	size_t have;
};

/* Drops what was looked at, and reads on; how many bytes the next line has, 0 = there is none. */
static size_t next_line(struct lines *l, size_t seen)
{
	memmove(l->bytes, l->bytes + seen, l->have - seen);
	l->have -= seen;
	for (;;) {
		const char *end = memchr(l->bytes, '\n', l->have);
		if (end)
			return (size_t)(end - l->bytes) + 1;
		long n = raw_read(l->fd, l->bytes + l->have, sizeof(l->bytes) - l->have);
		if (n <= 0)
			return 0;
		l->have += (size_t)n;
	}
}

bool ours_alone(const struct addr *at)
{
	char endpoint[ENDPOINT_MAX];
	size_t length = write_endpoint(endpoint, at), n = 0;
	struct lines l = {.fd = raw_open(at->family == AF_INET ? "/proc/self/net/udp" : "/proc/self/net/udp6", O_RDONLY, 0)};
	unsigned own = 0, others = 0;
	uint64_t inode;

	while (l.fd >= 0 && (n = next_line(&l, n))) {
		if (!is_at(l.bytes, n, endpoint, length))
			continue;
		if (adopted_inode(l.bytes, n, &inode) && is_ours(inode))
			own++;
		else
			others++;
	}
	if (l.fd >= 0)
		raw_close(l.fd);
	return own && !others;
}
