/* SPDX-License-Identifier: MIT */
/* What a look-up asks, and how long. */
#ifndef BOND_DNS_QUERY_SETUP_H
#define BOND_DNS_QUERY_SETUP_H

#include "config/model.h"
#include "io.h"

#define RESOLV_CONF "/etc/resolv.conf"

struct query_setup {
	const struct dns_io *io;
	const char *servers;  /* "127.0.0.53:5353,[::1]:53", NULL = resolv.conf */
	const char *fallback; /* where resolv.conf cannot be read (chroot): as servers, or NULL */
	uint32_t timeout_ms; /* for one question to one server, all tries; a look-up ends after four
			      */
	bool plain;          /* asks without EDNS first: query_plain() of an earlier look-up */
	int fd_floor;        /* sockets get numbers from here on, 0 = any */
	bool hosts_file; /* addresses of names in /etc/hosts come from there, as in most hosts */
};

/* Fills in s from [dns]; server (ADDR_TEXT_MAX bytes) must live as long as s. */
void query_setup_from(
	struct query_setup *s, const struct config *c, const struct dns_io *io, char *server);

/* The servers of resolv.conf, in the form of `servers`, for use as fallback. 0, ENOENT, ENOMEM. */
int query_setup_servers(char *buf, size_t size);

#endif
