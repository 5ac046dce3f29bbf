/* SPDX-License-Identifier: MIT */
/* What is known of each descriptor of the host: a flat table, one atomic word and one record a
 * number. A zero word is "not known": it is classified at its first use, and every call that
 * returns or ends a descriptor forgets the number first. No lock; async-signal-safe; inherited
 * by fork; a vfork child shares it with its parent and therefore never changes it. */
#ifndef BOND_SOCKETS_NOTE_H
#define BOND_SOCKETS_NOTE_H

#include <netinet/in.h>
#include <stdatomic.h>

#include "config/addr.h"

#define FD_MAX (1 << 20) /* descriptors beyond are never steered */

/* As many descriptors as this process can have; never more than FD_MAX. */
extern int fd_max __attribute__((visibility("hidden")));

/* Bits of a word; the upper half is the listener's number + 1, see listeners.h. */
enum {
	FD_OTHER = 1,       /* not a UDP or TCP socket */
	FD_UDP = 2,
	FD_TCP = 4,
	FD_V6 = 8,          /* its domain is AF_INET6 */
	FD_FLOATING = 16,   /* its port was or will be chosen by the kernel */
	FD_SEEN = 32,       /* its life was seen from bind on, here or before a fork */
	FD_CONNECTED = 64,  /* record.peer holds */
	FD_LISTENER = 128,  /* UDP on an explicit port, or TCP after listen() */
	FD_STEERED = 256,   /* libbond moved it; record.host_bound is what the host had bound */
	FD_SIP = 512,       /* SIP was sent on it */
	FD_ACCEPTED = 1024, /* came from accept(); of UDP, FD_WIDE */
	FD_WIDE = 1024,     /* bound to every address for the host's one, record.named, and members' */
	FD_STREAM = 2048,   /* SIP can be expected on this connection; record.cookie holds */
	FD_PLAIN = 16384,   /* it cannot, or something else came; of streams, FD_ARRIVALS of others */
	FD_RECVERR = 4096,  /* the host set IP_RECVERR: ICMP errors come back from sends */
	FD_MOVING = 8192,   /* a thread is rebinding it */
	FD_ARRIVALS = 16384, /* a wildcard listener that libbond asks for each datagram's address */
	FD_PKTINFO = 32768, /* the host asked for that itself */
	FD_LISTENER_SHIFT = 16
};

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
				 * a client socket's name to be (client.h); family 0 = truth */
	struct fd_marks marks;
	uint64_t cookie;        /* SO_COOKIE of a connection, with FD_STREAM */
	struct fd_hold hold;    /* so */
};

extern _Atomic uint32_t fd_bits[FD_MAX] __attribute__((visibility("hidden")));
extern struct fd_record *fd_records __attribute__((visibility("hidden")));

/* The word as it stands, 0 if not known yet. */
static inline uint32_t fds_peek(int fd)
{
	return fd >= 0 && fd < fd_max
		? atomic_load_explicit(&fd_bits[fd], memory_order_acquire)
		: FD_OTHER;
}

static inline int fds_listener(uint32_t bits)
{
	return (int)(bits >> FD_LISTENER_SHIFT) - 1;
}

/* The word, after asking the kernel what the descriptor is if it is not known. errno is kept. */
uint32_t fds_classify(int fd);

static inline uint32_t fds_get(int fd)
{
	uint32_t bits = fds_peek(fd);
	return bits ? bits : fds_classify(fd);
}

/* Set in a thread whose descriptors are its own and not the host's: what it opens and closes says
 * nothing of the host's numbers. */
extern _Thread_local bool fds_foreign __attribute__((visibility("hidden")));

/* Once, in the constructor. */
void fds_init(void);

/* This process's pid; 0 where fds_foreign is set, and in a vfork child (or another process that shares
 * this memory): the table is its parent's. In a forked child the first call sets the process up again.
 * One getpid(): what changes the table asks by itself, unless it says that its caller has asked. */
pid_t fds_may_change(void);

/* fd is about to be closed, or has just been returned by a call that makes descriptors. */
void fds_forget(int fd);
void fds_forget_range(unsigned first, unsigned last);

/* After a call on fd that failed: whether it is no socket at all, because the host ended the one that
 * was known by a way that is not seen (io_uring). The number is forgotten then. errno is kept. */
bool fds_was_taken(int fd);

/* `to` was made a duplicate of `from`. */
void fds_copy(int from, int to);

/* Sets and clears bits of a known descriptor. The caller has asked fds_may_change(). */
void fds_change(int fd, uint32_t clear, uint32_t set);

/* Sets bits on which no decision was made so far. */
void fds_mark(int fd, uint32_t set);

/* Takes the right to rebind a socket, which other threads of the host may be sending on; false: not
 * within about a millisecond (a signal handler may have interrupted the thread that has it). Give it
 * back with fds_change(fd, FD_MOVING, ...). */
bool fds_begin_move(int fd);

/* A socket that the host just made, bound, listened on or connected. They never fail; a descriptor
 * beyond FD_MAX is not followed. */
void fds_note_socket(int fd, int domain, int type, int protocol);
void fds_note_bind(int fd, const void *sa, socklen_t len);
void fds_note_listen(int fd);
void fds_note_accept(int listener, int fd);
/* The caller has asked fds_may_change(). */
void fds_note_connect(int fd, const struct addr *peer);
void fds_note_disconnect(int fd);

/* The options by which a datagram's local address is told (ip(7), ipv6(7)). */
static inline bool fds_is_pktinfo(int level, int name)
{
	return (level == IPPROTO_IP && name == IP_PKTINFO) ||
		(level == IPPROTO_IPV6 && name == IPV6_RECVPKTINFO);
}

/* IP_TOS and SO_MARK, which another descriptor that sends in its place must show too. */
void fds_note_option(int fd, int level, int name, const void *value, socklen_t len);
/* The first SIP that is sent on fd: a listener on a port that the configuration does not mention
 * is known as the host's own from now on. */
void fds_note_sip(int fd);

/* Where the socket is bound, as the kernel has it; false, and *a zeroed, if it does not say. */
bool fds_local_name(int fd, struct addr *a);

/* The highest number that was ever known, -1 at first: bounds a walk over the table. */
int fds_top(void);

/* A descriptor other than `except` of listener number n, or -1. */
int fds_find_listener(int n, int except);

/* The other known descriptor of the same socket (by SO_COOKIE), or -1. Asks the kernel. */
int fds_find_twin(int fd);

/* Whether the kernel chooses that port by itself (ip_local_port_range). */
bool fds_port_is_ephemeral(uint16_t port);

#endif
