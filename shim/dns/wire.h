/* SPDX-License-Identifier: MIT */
/* The sockets of one c-ares channel. The host may close any number at any time and give it to
 * something else: each socket is known by its cookie, and a number that changed is left alone. */
#ifndef BOND_DNS_WIRE_H
#define BOND_DNS_WIRE_H

#include <ares.h>
#include <stdbool.h>
#include <stdint.h>

#include "io.h"

struct wire {
	const struct dns_io *io;
	int fd_floor;
	/* Called with each datagram before c-ares sees it. */
	void (*received)(void *ctx, const uint8_t *msg, size_t n);
	void *ctx;
	int count;
	struct {
		int fd;
		short events; /* what c-ares waits for, from 1.34 on */
		uint64_t cookie;
	} sockets[DNS_SOCKETS_MAX];
};

struct iovec;

/* What c-ares calls instead of the system's; ctx is the wire. */
ares_socket_t wire_socket(int domain, int type, int protocol, void *ctx);
int wire_close(ares_socket_t fd, void *ctx);
int wire_connect(ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len, void *ctx);
ares_ssize_t wire_receive(ares_socket_t fd, void *buf, size_t n, int flags, struct sockaddr *sa,
	ares_socklen_t *len, void *ctx);
ares_ssize_t wire_send(ares_socket_t fd, const struct iovec *iov, int count, void *ctx);
/* Keeps the events of a socket of the wire. */
void wire_watch(struct wire *w, int fd, short events);
/* Whether fd is still the socket that was opened here. */
bool wire_owns(const struct wire *w, int fd);

#endif
