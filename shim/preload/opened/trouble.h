/* SPDX-License-Identifier: MIT */
/* A listener by which members are to be opened stays at the host's address alone. Where the host is starting,
 * that is its end: what the peers of those members send would be lost. Else they are down, and why is kept for
 * bondctl. */
#ifndef BOND_OPENED_TROUBLE_H
#define BOND_OPENED_TROUBLE_H

#include <stdbool.h>

#include "segment/states.h"
#include "config/model.h"

/* Once, in the constructor, before members are opened: the INI's name, and whether the host goes on whatever is
 * wrong. */
void trouble_init(const char *file, bool goes_on);
bool trouble_goes_on(void);

/* The listener fd at that address is bound, and its members are not heard: for that errno. May end the
 * process, with a sentence on stderr. */
void trouble_bind(int fd, const struct addr *at, bool datagram, int error);

/* Whether another program shares the port with the host's datagram socket, which is not bound yet, so that what comes to
 * a member, or to every address, may reach that one: then the socket is not to be one that hears every address. */
bool trouble_is_shared(int fd, const struct addr *at);

/* What is known of all members that a listener there opens: how they are heard, or why not. */
void trouble_tell(const struct addr *at, bool datagram, enum opening o, unsigned detail);

/* A listener there hears members by a filter: so it hears none of another port, which sk_lookup would lead to it. */
void trouble_mixed(const struct addr *at, bool datagram);

/* What has become of them with other rules, of which error kept the listener from hearing more: 0 = it hears all. */
void trouble_renewed(const struct addr *at, bool datagram, int error);

/* The same of members of listeners that were bound before libbond was there. */
void trouble_inherited(void);

/* The member is not heard: why, as the end of a sentence. Where the host is starting that is said, and is its end;
 * else the trace has it. */
void trouble_member(const struct member *m, bool starting, const char *why);

#endif
