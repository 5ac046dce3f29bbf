/* SPDX-License-Identifier: MIT */
/* Tells bondctl which sockets carry members (segment/adopted.h): once, when they come to it. A few system
 * calls; async-signal-safe; errno stays as it is. */
#ifndef BOND_SOCKETS_PUBLISH_H
#define BOND_SOCKETS_PUBLISH_H

#include "preload/process.h"

/* One of the host's listeners, which stands in the table already. */
void publish_listener(int fd, const struct listener *l);

/* A client socket that was made to hear every member's address. */
void publish_wide(int fd);

/* This process has no descriptor of it any more, fd was the last. */
void publish_end(int fd);

#endif
