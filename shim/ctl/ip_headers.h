/* SPDX-License-Identifier: MIT */
/* The headers of messages that were seen where the calls are, which have none: IPv4 or IPv6, and UDP or
 * TCP, with lengths and checksums as they must be (RFC 768, 791, 8200, 9293). PURE. */
#ifndef BOND_CTL_IP_HEADERS_H
#define BOND_CTL_IP_HEADERS_H

#include "config/addr.h"

#define IP_HEADERS_MAX 60
#define IP_DATAGRAM_MAX 65507 /* behind UDP and IPv4 */

/* What goes from one end to the other. Where one is not known (family 0) it is the address of nobody. */
struct ip_ends {
	struct addr from, to;
};

/* Both write the headers in front of n <= IP_DATAGRAM_MAX bytes, by TCP 20 less, and return their length. By TCP those
 * may be the first ones of `whole` <= as many, of which the headers speak then. */
size_t ip_headers_udp(uint8_t *headers, const struct ip_ends *e, const void *payload, size_t n);
size_t ip_headers_tcp(uint8_t *headers, const struct ip_ends *e, uint32_t sequence, uint32_t acknowledged,
	const void *payload, size_t n, size_t whole);

/* How far the streams between two ends are, by number of bytes, of all that were seen. */
struct ip_flows {
	struct ip_flow *slots; /* open addressing; a power of two */
	size_t size, count;
};

/* The place of e's next byte, *acknowledged: of the next one that comes back; n bytes go there now.
 * Without memory both are 1. */
uint32_t ip_flows_next(struct ip_flows *f, const struct ip_ends *e, size_t n, uint32_t *acknowledged);
void ip_flows_free(struct ip_flows *f);

#endif
