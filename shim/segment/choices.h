/* SPDX-License-Identifier: MIT */
/* Memory that all forked processes of the host share (MAP_SHARED, made before the first fork): the
 * names under which steered connections show themselves, found by the socket's cookie, because the
 * descriptor may travel to a process that never saw the connect(); and where dialogs came in. Bounded,
 * lock-free: a cache whose oldest entry of a set is overwritten. */
#ifndef BOND_SEGMENT_CHOICES_H
#define BOND_SEGMENT_CHOICES_H

#include "sip/shown.h"

/* Once, in the constructor. Without the mapping the functions below do nothing. */
void shared_init(void);

/* SO_COOKIE, which names a socket in every process; 0: it has none. */
uint64_t shared_cookie(int fd);

/* Remembers that this connection was steered, and the address that getsockname() shall show for it
 * (family 0: the true one); or no longer. Asks the kernel for SO_COOKIE. */
void shared_remember_name(int fd, const struct addr *name);
void shared_forget_name(int fd);

/* Whether another process (or this one) remembered it; fills in name then, else leaves it alone. */
bool shared_find_name(int fd, struct addr *name);

/* Names of sockets that are no listeners (sip/shown.h); NULL: there is no memory for them. */
struct shown_table *shared_shown(void);

/* How a transaction's first request left: by a member, or by one of the host's own listeners. By its
 * address, because numbers of listeners are each process's own. */
struct shared_choice {
	struct addr at;
	uint8_t transport;
	bool is_listener;
	uint16_t bond; /* of a member: whose */
	uint32_t arrived; /* where its request came in, as arrival_print() has it; 0 = not known */
};

/* Keeps or finds the host's address to which a dialog's request came (key: arrival_read(),
 * arrival_formed_dialog(); 0 is none). The oldest give way when there are more than fit. */
void shared_keep_dialog(uint64_t key, const struct addr *at);
bool shared_find_dialog(uint64_t key, struct addr *at);

/* Whether any was kept. */
bool shared_has_dialogs(void);

/* Whether any choice is kept: without it nothing need be looked for. */
bool shared_has_choices(void);

/* Keeps or finds the choice of (hash of a branch, destination), for five minutes: longer than the
 * longest INVITE transaction of a proxy (RFC 3261 16.6, Timer C). transaction 0 is none. */
void shared_keep_choice(uint64_t transaction, const struct addr *dst, struct shared_choice choice);
bool shared_find_choice(uint64_t transaction, const struct addr *dst, struct shared_choice *choice);

#endif
