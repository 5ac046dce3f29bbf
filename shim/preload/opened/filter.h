/* SPDX-License-Identifier: MIT */
/* The filter by which a socket that is bound to every address hears what it should: the host's own address,
 * and members' (core/wide_filter.h). Of listeners those that are opened by it, of client sockets all.
 * Async-signal-safe. */
#ifndef BOND_OPENED_FILTER_H
#define BOND_OPENED_FILTER_H

#include <linux/filter.h>
#include <sys/socket.h>

#include "core/image.h"

/* Whom a filter is for. */
struct filter_of {
	const struct addr *own;     /* the host's address; with its port, of a listener */
	const struct member *first; /* a member that is needed before others, or NULL */
	const struct image *image;  /* of whose members; NULL: of those that the process goes by */
	bool listener, datagram;
};

/* Attaches it; `then` is the host's own filter, which judges what is taken (then_count 0: none). 0 or an
 * errno: EINVAL, ENOMEM: it would be too long; or the kernel has no memory for it. */
int filter_attach(int fd, const struct filter_of *of, const struct sock_filter *then, size_t then_count);

/* Takes off whatever filter there is. */
void filter_detach(int fd);

/* How many instructions the filter of the socket has, 0 = there is none; -1: it has one that is not to be
 * read, as an eBPF program is. */
int filter_length(int fd);

/* Attaches it before whatever filter the host has put there. 0 or an errno; EBUSY: that cannot be read. */
int filter_prefix(int fd, const struct filter_of *of);

/* Leaves the host's own filter alone of what filter_prefix() attached. */
void filter_host(int fd);

/* Attaches it anew; the host's own filter stays. image as above. `at` is a descriptor of the same socket, which may
 * be one of another table, as reach.h has them. 0 or an errno; EBUSY: there is none of ours. */
int filter_again(int fd, int at, uint32_t bits, const struct image *image);

/* Tells bondctl of the members which such a listener is to hear and does not, as the host has bound it to a device that
 * is not theirs. Everything as above. */
void filter_tell_deaf(int fd, int at, uint32_t bits, const struct image *image);

/* Whether a descriptor with those bits has one that a reload changes. */
bool filter_is_on(int fd, uint32_t bits);

/* Whether such a socket hears as a listener does: one for connections from bind() on, before it listens. */
bool filter_is_listener(uint32_t bits);

/* The host attaches a filter of its own to such a socket, or takes it off (which = an option of
 * SOL_SOCKET). As setsockopt(). */
int filter_set(int fd, uint32_t bits, int which, const void *value, socklen_t len);

/* The host's own filter, as getsockopt(2) of SO_GET_FILTER tells it (*len: instructions). */
int filter_get(int fd, void *value, socklen_t *len);

/* All such sockets hear the members of the rules that the process goes by from now on. */
void filter_renewed(void);

#endif
