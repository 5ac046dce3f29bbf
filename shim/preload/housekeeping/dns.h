/* SPDX-License-Identifier: MIT */
/* Looks up the domains of the rules: a task of the housekeeping thread, which alone calls this once it runs. */
#ifndef BOND_HOUSEKEEPING_DNS_H
#define BOND_HOUSEKEEPING_DNS_H

#include <poll.h>
#include <stdbool.h>

#include "core/image.h"

/* Once, in the constructor, while resolv.conf can be read. */
void dns_prepare(const struct config *c);

/* Whether rules of that image have domains to look up. */
bool dns_is_asked(const struct image *i);

/* Begins with the domains of that image, which is read before this returns, in place of others; without any
 * it does nothing. 0 or an errno. */
int dns_open(const struct image *i);

/* Whether the table is so full that domains which the rules do not name any more are to go. */
bool dns_is_short(void);

/* Zeros at first. */
struct dns_care {
	uint32_t generation; /* of the rules, and which were given back, when all was as it shall be */
	uint64_t swept;
};

/* Frees the numbers of domains that no rules name which anybody may still go by (preload/housekeeping/sweep.h),
 * if the table is short of room. Until then they keep their answers: one that comes back has them at once. */
void dns_make_room(struct dns_care *c, uint64_t swept);

/* What it waits for, and how long at most, in milliseconds. */
int dns_sockets(struct pollfd *fds, int max);
int dns_wait(void);

/* Goes on, with what poll() found of the `count` sockets. All may be called where nothing is open. */
void dns_step(const struct pollfd *fds, int count);

void dns_close(void);

#endif
