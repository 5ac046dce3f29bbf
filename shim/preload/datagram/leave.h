/* SPDX-License-Identifier: MIT */
/* The way of one send of the host: what it is, who decides, what is edited, how it leaves. The send
 * hooks hand everything over to here. */
#ifndef BOND_DATAGRAM_LEAVE_H
#define BOND_DATAGRAM_LEAVE_H

#include "leaving.h"

/* Sends o, whatever it is. Returns what the host's call returns, with errno. */
ssize_t leave(const struct outgoing *o, struct verdict *v);

/* The two halves of it for datagrams: false = the host's own call as it is. */
bool leave_decide(struct leaving *l, const struct outgoing *o, struct verdict *v);
ssize_t leave_send(struct leaving *l, struct verdict *v);

#endif
