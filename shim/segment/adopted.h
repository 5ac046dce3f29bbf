/* SPDX-License-Identifier: MIT */
/* The sockets that carry members, as the processes of the host bound them: each is published once, when it is
 * bound, under its SO_COOKIE. They lie in the file, where bondctl finds them. A socket is no one's: others
 * may have it when the process that bound it is gone. So an entry stays, and whether the socket lives is told
 * by its inode, which stands in /proc/PID/net/{udp,tcp}{,6} as long as anybody has it. Async-signal-safe; t
 * may be NULL: there is no memory. */
#ifndef BOND_SEGMENT_ADOPTED_H
#define BOND_SEGMENT_ADOPTED_H

#include "base/cache.h"
#include "config/model.h"

#define ADOPTED_MAX 1024 /* sockets, in 64 KiB */

enum adopted_kind {
	ADOPTED_LISTENER, /* the host's own, that carries each member which adopted_carries() tells */
	ADOPTED_WIDE,     /* a client socket of the host's, made to hear every member's address (datagram/rebind.h);
	                   * addr is where it is bound */
	ADOPTED_OPENED    /* libbond's own */
};

struct adopted {
	uint64_t inode;
	uint32_t pid;   /* which bound it, as itself has its number, */
	int32_t fd;     /* and its descriptor there */
	struct addr addr; /* where it is bound */
	uint32_t since; /* seconds since the machine was booted */
	uint8_t transport; /* enum transport; of a listener for connections what it speaks */
	uint8_t kind;
	uint8_t flags;  /* ADOPTED_... */
	uint8_t unused;
};

enum {
	ADOPTED_DUAL = 1, /* bound to [::], takes IPv4 too */
	ADOPTED_UNSEEN = 2, /* bound before libbond was there: carries no member */
	ADOPTED_OPENS = 8,  /* hears the members of its port, too, that the INI opens */
	ADOPTED_LEADS = 16, /* so, by sk_lookup, which leads what comes to them there */
	ADOPTED_CLOSED = 4  /* by who bound it, who has no descriptor of it any more; others may */
};

struct adopted_table {
	struct cache_entry entries[ADOPTED_MAX];
};

/* Publishes the socket of that cookie, or what has become of it; one that is unseen only if nobody who has
 * seen it did. cookie 0 is none. True: another one that may live, but was bound long ago, had to give way. */
bool adopted_keep(struct adopted_table *t, uint64_t cookie, const struct adopted *a);

/* Process pid, if it bound the socket, has no descriptor of it any more. */
void adopted_close(struct adopted_table *t, uint64_t cookie, uint32_t pid);

/* The side that reads, of a copy of size bytes, aligned to 8, of whoever's file: the next entry from *at on,
 * which is 0 at first, and its cookie. False: there is none. Which it is stands in no order. */
bool adopted_next(const void *copy, size_t size, uint32_t *at, struct adopted *a, uint64_t *cookie);

/* Whether a listener carries the member of that transport and address, if it lives. */
bool adopted_carries(const struct adopted *a, enum transport t, const struct addr *member);

/* Whether a listener hears that member by a filter, if the INI opens it. */
bool adopted_opens(const struct adopted *a, enum transport t, const struct addr *member);

/* Whether a listener is one of that port to which what comes to the member is led, whatever the member's port. */
bool adopted_leads(const struct adopted *a, enum transport t, const struct addr *member, uint16_t port);

/* The inode in a line of n bytes of /proc/PID/net/{udp,tcp}{,6} (proc_net_tcp(5)); false: it has none. */
bool adopted_inode(const char *line, size_t n, uint64_t *inode);

#endif
