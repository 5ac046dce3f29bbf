/* SPDX-License-Identifier: MIT */
/* What is known of each descriptor of a host: a word of bits and a record a number. PURE: memory that
 * those fill in who see the host's calls and ask the kernel.
 *
 *	bits[fd]     31             16 15          0
 *	            | listener + 1    | FD_...      |   0 = not known
 *	records[fd]  where it is bound, its peer, what the host takes both to be
 *
 * No lock; async-signal-safe; inherited by fork. */
#ifndef BOND_CORE_SOCKETS_H
#define BOND_CORE_SOCKETS_H

#include <stdatomic.h>

#include "config/addr.h"

#define FD_MAX (1 << 20) /* descriptors beyond are never steered */

enum {
	FD_OTHER = 1, /* not a UDP or TCP socket */
	FD_UDP = 2,
	FD_TCP = 4,
	FD_V6 = 8, /* its domain is AF_INET6 */

	FD_SEEN = 32,      /* its life was seen from bind on, here or before a fork */
	FD_CONNECTED = 64, /* record.peer holds */
	FD_LISTENER = 128, /* UDP on an explicit port, or TCP after listen() */
	FD_STEERED = 256,  /* libbond moved it; record.host_bound is what the host had bound */
	FD_SIP = 512,      /* SIP was sent on it */
	FD_MOVING = 8192,  /* a thread is rebinding it */

	/* of datagrams */
	FD_FLOATING = 16,    /* its port was or will be chosen by the kernel */
	FD_WIDE = 1024,      /* bound to every address for the host's one, record.named, and members'; a
	                      * listener's record.local is the host's one, too */
	FD_RECVERR = 4096,   /* the host set IP_RECVERR: ICMP errors come back from sends */
	FD_ARRIVALS = 16384, /* of a wildcard listener: libbond asks for each datagram's address */
	FD_PKTINFO = 32768,  /* the host asked for that itself */

	/* of streams; some bits mean something else there */
	FD_HELLOS = 16,     /* its TLS hellos are followed (preload/stream/follow.h) */
	FD_ACCEPTED = 1024, /* came from accept() */
	FD_HTTP = 4096,     /* beside FD_PLAIN: HTTP came, and its answers are looked at (preload/stream/websocket.h) */
	FD_STREAM = 2048,   /* SIP can be expected on this connection; record.cookie holds */
	FD_PLAIN = 16384,   /* it cannot, or something else came */
	FD_OPENED = 32768,  /* a listener that is bound to every address for the host's one and members', or what
	                     * was accepted on one: record.named is the host's name for it */

	FD_LISTENER_SHIFT = 16
};
_Static_assert((FD_HELLOS | FD_ACCEPTED | FD_HTTP | FD_STREAM | FD_PLAIN | FD_OPENED) < 1 << FD_LISTENER_SHIFT &&
		((FD_HELLOS | FD_ACCEPTED | FD_HTTP | FD_STREAM | FD_PLAIN | FD_OPENED) & (FD_UDP | FD_TCP | FD_SEEN | FD_CONNECTED |
			FD_LISTENER | FD_STEERED | FD_SIP | FD_MOVING)) == 0,
	"only bits of datagrams have a second meaning");

/* What the host set on a socket and its packets must show, whichever descriptor sends them. */
struct fd_marks {
	uint32_t mark; /* SO_MARK */
	uint32_t tos;  /* IP_TOS or IPV6_TCLASS */
};

/* A message on a connection of which not enough has arrived: SO_RCVLOWAT is above what is there. */
struct fd_hold {
	uint32_t at;    /* milliseconds: since when; 0 = there is none */
	uint32_t until; /* when the host is woken over it */
	uint32_t n;     /* bytes that were there */
	int lowat;      /* the host's own */
	bool released;  /* the host was woken */
};

struct fd_record {
	struct addr local;      /* bound to, as far as known; port 0 = chosen by the kernel */
	struct addr peer;       /* of connect() */
	struct addr host_bound; /* what the host gave to bind(); family 0 = nothing or not known */
	struct addr named;      /* getsockname()'s address on a steered connection, and what the host takes
				 * a client socket's name to be; family 0 = truth */
	struct fd_marks marks;
	uint64_t cookie;        /* SO_COOKIE of a connection, with FD_STREAM, and of what is published */
	struct fd_hold hold;    /* so */
	uint32_t hello;         /* of a TLS connection, its place in segment/hellos.h; 0 = none that is known */
	bool own_locked;        /* of a listener that hears opened members: SO_LOCK_FILTER as the host set it */
	bool by_lookup;         /* what comes to opened members is led to it by the kernel (preload/lookup/), */
	bool ports;             /* of other ports too: libbond asks to which each datagram came, */
	bool own_ports;         /* and the host does */
	bool own_gro;           /* the host asks for several datagrams in one (UDP_GRO) */
	uint16_t segment;       /* and sends such: how long each is (UDP_SEGMENT), 0 = it does not */
};

struct sockets {
	_Atomic uint32_t bits[FD_MAX]; /* untouched pages cost nothing */
	struct fd_record *records;     /* of max */
	int max;         /* descriptors that are followed; at most FD_MAX */
	_Atomic int end; /* beyond the highest number that was ever known */
	_Atomic uint32_t changes; /* of listeners, so far */
};

/* The bits as they stand, 0 if not known yet. */
static inline uint32_t sockets_bits(const struct sockets *s, int fd)
{
	return fd >= 0 && fd < s->max ? atomic_load_explicit(&s->bits[fd], memory_order_acquire)
				      : FD_OTHER;
}

/* Bounds a walk over the table. */
static inline int sockets_end(const struct sockets *s)
{
	return atomic_load_explicit(&s->end, memory_order_relaxed);
}

/* The number of the listener that these bits name, -1 = none. */
static inline int sockets_listener(uint32_t bits)
{
	return (int)(bits >> FD_LISTENER_SHIFT) - 1;
}

/* A datagram socket that hears more than the host believes: what it sends always needs a source. */
static inline bool sockets_is_wide(uint32_t bits)
{
	return (bits & (FD_UDP | FD_WIDE)) == (FD_UDP | FD_WIDE);
}

/* A listener that hears opened members besides what the host bound it to, or a connection that one of those
 * accepted. */
static inline bool sockets_is_opened(uint32_t bits)
{
	return bits & FD_UDP ? (bits & (FD_LISTENER | FD_WIDE)) == (FD_LISTENER | FD_WIDE)
			     : (bits & (FD_TCP | FD_OPENED)) == (FD_TCP | FD_OPENED);
}

/* Whether decisions may depend on a socket with that word: it sent SIP, or carries members. Those that
 * come and go with each call, for media and to ask the kernel for an address, do not. */
static inline bool sockets_matter(uint32_t bits)
{
	return (bits & FD_UDP) && ((bits & FD_SIP) || sockets_listener(bits) >= 0);
}

/* A descriptor other than `except` of listener number n, or -1. */
int sockets_of_listener(const struct sockets *s, int n, int except);

#endif
