/* SPDX-License-Identifier: MIT */
/* An IP endpoint in one form for both families: parse, print, compare, prefix.
 * PURE: no socket, no log, no allocation; async-signal-safe. */
#ifndef BOND_ADDR_H
#define BOND_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* IPv4 is kept v4-mapped, because SIP and the kernel's dual-stack sockets treat both writings
 * of it alike. A zeroed struct is "no address". */
struct addr {
	uint8_t ip[16];  /* network order; IPv4 as ::ffff:a.b.c.d */
	uint32_t scope;  /* interface index of a link-local address, else 0 */
	uint16_t port;   /* host order; 0 = none or any */
	uint16_t family; /* AF_INET, AF_INET6, or 0; a v4-mapped address is AF_INET */
};

enum addr_scope { ADDR_GLOBAL, ADDR_LOOPBACK, ADDR_LINK_LOCAL };

/* An address prefix; bits counts from the start of ip[], so an IPv4 /24 has bits 120. */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

#define ADDR_TEXT_MAX 72 /* "[" IPv6 "%" interface "]:65535" and its NUL */

/* Reads a kernel socket address of len bytes (any length, NULL included) without reading beyond
 * it. 0; EINVAL if it is too short; EAFNOSUPPORT if it is neither AF_INET nor AF_INET6. */
int addr_from_sockaddr(struct addr *a, const void *sa, socklen_t len);

/* Writes a for a socket of that domain (an AF_INET address becomes v4-mapped where the domain is
 * AF_INET6) and returns the length written, 0 if the domain cannot carry it. */
socklen_t addr_to_sockaddr(const struct addr *a, int domain, struct sockaddr_storage *ss);

/* Parses "1.2.3.4", "1.2.3.4:5060", "[v6]", "[v6]:5060" or a bare "v6" ("%scope" allowed,
 * as a number: names are for expand.c, which may ask the system).
 * n bytes, no NUL needed. 0 or EINVAL. A missing port leaves port 0. */
int addr_parse(struct addr *a, const char *s, size_t n);

/* Parses an address or ADDRESS/LENGTH (host bits are cleared). 0 or EINVAL. */
int prefix_parse(struct prefix *p, const char *s, size_t n);

/* Prints as in SIP (RFC 3261 25.1, RFC 5952): IPv6 in brackets, ":port" if it is not 0.
 * buf holds ADDR_TEXT_MAX bytes; returns the length without NUL. */
size_t addr_print(const struct addr *a, char *buf);

/* As addr_print, without brackets and without port. */
size_t addr_print_host(const struct addr *a, char *buf);

bool prefix_contains(const struct prefix *p, const struct addr *a);
enum addr_scope addr_scope(const struct addr *a);

static inline bool addr_same_host(const struct addr *a, const struct addr *b)
{
	uint64_t x[2], y[2]; /* compared inline: this stands on the path of every send */

	memcpy(x, a->ip, sizeof(x));
	memcpy(y, b->ip, sizeof(y));
	return x[0] == y[0] && x[1] == y[1];
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_same_host(a, b);
}

/* 0.0.0.0 (kept as ::ffff:0.0.0.0) and ::, which a dual-stack socket is bound to. */
bool addr_is_any(const struct addr *a);
struct addr addr_any(uint16_t family, uint16_t port);

/* Whether one of them has that address, ports aside. */
bool addr_is_among(const struct addr *list, size_t count, const struct addr *a);

#endif
