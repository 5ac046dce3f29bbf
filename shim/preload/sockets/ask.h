/* SPDX-License-Identifier: MIT */
/* What the kernel says of a descriptor, and of this machine. Real system calls; async-signal-safe, but
 * for ask_init(). */
#ifndef BOND_SOCKETS_ASK_H
#define BOND_SOCKETS_ASK_H

#include "preload/process.h"

/* Learns the range of ports that the kernel chooses from. Once, in the constructor. */
void ask_init(void);

/* The network that this process is in, as SO_NETNS_COOKIE has it; 0 = the kernel does not say. */
uint64_t ask_network(void);

/* This machine's addresses into h->local. False: there are more than fit. */
bool ask_addresses(struct hears *h);

/* Whether the kernel chooses that port by itself (ip_local_port_range). */
bool ask_is_ephemeral(uint16_t port);

/* An option of SOL_SOCKET that is a number, -1 with errno: it cannot be had. */
int ask_option(int fd, int name);
bool ask_is_v6only(int fd);

/* FD_... of a socket of that kind, as the arguments of socket(2) have it; FD_OTHER = of another one. */
uint32_t ask_kind(int domain, int type, int protocol);

/* Where the socket is bound, as the kernel has it; false, and *a zeroed, if it does not say. */
bool ask_local_name(int fd, struct addr *a);

/* The address that the kernel takes for datagrams to that one, where a socket has none; false: it does not
 * say. For a moment it takes the number of a descriptor. */
bool ask_source(const struct addr *to, struct addr *a);

/* SO_COOKIE, which names a socket in every process, or its inode where the kernel has none; 0: no socket. */
uint64_t ask_cookie(int fd);

/* The other known descriptor of the same socket (by its cookie), or -1. */
int ask_twin(const struct sockets *s, int fd);

/* Lets the kernel tell the address that each datagram came to (ip(7), ipv6(7)), or no longer. */
void ask_for_arrivals(int fd, uint32_t bits, int on);

/* The port, too, where that need not be the socket's. */
void ask_for_ports(int fd, uint32_t bits);

#endif
