/* SPDX-License-Identifier: MIT */
/* `bondctl check --dns`: what DNS says today of the domains in a configuration, and whether the
 * bonds fit. For bondctl only: it blocks until DNS has answered. */
#ifndef BOND_CHECK_DNS_H
#define BOND_CHECK_DNS_H

#include "dns/rfc3263.h"
#include "config/ini.h"

struct check_dns {
	const struct config *config;
	const struct dns_io *io;
	/* One warning, about `length` characters at place; text ends without a newline. */
	void (*warn)(void *ctx, struct place place, size_t length, const char *text);
	void *ctx;
};

/* Warns of domains that do not resolve, of bonds without a member for what a domain leads to, and
 * of addresses that domains of different bonds share. Returns the number of warnings, or -errno. */
int check_dns(const struct check_dns *c);

/* The same into the findings of a load of `file`, in the order of its lines; what keeps it from
 * asking is told on standard error. */
void check_dns_findings(struct findings *f, const struct config *c, const char *file);

#endif
