/* SPDX-License-Identifier: MIT */
/* The epoll sets that a descriptor is in: a fresh socket under its number has to be put into them
 * again (epoll(7)). */
#ifndef BOND_CONNECTION_REGISTRATIONS_H
#define BOND_CONNECTION_REGISTRATIONS_H

#include <stdbool.h>
#include <sys/epoll.h>

#define REGISTRATIONS_MAX 16

struct registration {
	int epoll;
	struct epoll_event event;
};

struct registrations {
	struct registration list[REGISTRATIONS_MAX];
	int count;
	bool overflow;
};

/* Finds the epoll sets that hold fd, by /proc. False: it cannot tell, or they are more. */
bool registrations_find(struct registrations *r, int fd);

/* Puts fd, another socket by now, into them. */
void registrations_renew(const struct registrations *r, int fd);

#endif
