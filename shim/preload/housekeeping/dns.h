/* SPDX-License-Identifier: MIT */
/* Looks up the domains of the rules: a task of the housekeeping thread, which alone calls this once it runs. */
#ifndef BOND_HOUSEKEEPING_DNS_H
#define BOND_HOUSEKEEPING_DNS_H

#include <poll.h>
#include <stdbool.h>

#include "config/model.h"

/* Once, in the constructor, while resolv.conf can be read. False: there is nothing to look up. c lives as
 * long as the process. */
bool dns_prepare(const struct config *c);

/* Begins; 0 or an errno. */
int dns_open(void);

/* What it waits for, and how long at most, in milliseconds. */
int dns_sockets(struct pollfd *fds, int max);
int dns_wait(void);

/* Goes on, with what poll() found of the `count` sockets. */
void dns_step(const struct pollfd *fds, int count);

void dns_close(void);

#endif
