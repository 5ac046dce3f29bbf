/* SPDX-License-Identifier: MIT */
/* The message itself, where it leaves changed: the host's own names become those of the member, and what
 * libbond wrote for the host alone is removed. The host's memory is not written. */
#ifndef BOND_DATAGRAM_EDITED_H
#define BOND_DATAGRAM_EDITED_H

#include "leaving.h"

/* The number of the member by which it leaves, of a response too, or SELECT_NONE. */
uint32_t edited_member(const struct leaving *l, const struct verdict *v);

/* The name under which the message leaves, where the host wrote another of its own. */
const struct name *edited_title(const struct leaving *l, const struct verdict *v);

/* Sends the message as send_datagram() does, with its own fields renamed and libbond's marks removed.
 * What does not fit once it is edited fails with ENETUNREACH. */
ssize_t edited_send(struct leaving *l, struct verdict *v, bool *refused);

#endif
