/* SPDX-License-Identifier: MIT */
/* How long what a thread has read last is what it works for. A connection is decided by that request
 * (arrival.h), and the connection of another one must never be: so it ends where the thread waits, for the
 * next thing may be for anybody, and, where the process has other threads, at each call by which they
 * hand things over. A thread alone in its process keeps it over locks, sleeps, and answers of servers
 * that it asks in between, as of a database. Who reads a TLS connection until there is no more still has what came
 * last: a read of that connection which cannot wait ends nothing by itself. Async-signal-safe. */
#ifndef BOND_TURN_H
#define BOND_TURN_H

#include "base/likely.h"
#include "core/decide.h"

/* What this thread has read last: for hosts that handle one request at a time. Unknown from the next wait
 * on, and where a response was read last. */
extern _Thread_local struct arrival_now turn_now __attribute__((visibility("hidden")));
extern _Atomic uint32_t turn_stamp __attribute__((visibility("hidden"))); /* of the last one */

/* The slot of the bond that bond_use() set for this thread's sends, or TURN_ROUTES. */
#define TURN_ROUTES UINT32_MAX
extern _Thread_local uint32_t turn_use __attribute__((visibility("hidden")));

/* For sender.use. */
static inline uint16_t turn_bond(const struct rules *r)
{
	return likely(turn_use == TURN_ROUTES) ? DECIDE_USE_ROUTES : rules_bond_of_slot(r, turn_use);
}

/* A request was read that came to that name (NULL = to none of the names), by those rules. */
void turn_set(const struct rules *r, const struct name *arrived);

/* The thread waits. */
static inline void turn_end(void)
{
	turn_now.known = false;
}

/* What was read last came by the connection of that cookie (streams.h). */
static inline void turn_came_by(uint64_t cookie)
{
	turn_now.stream = cookie;
}

/* The whole question of turn_records(). */
void turn_records_known(int fd);

/* A read of TLS records: of a connection of which it is not known what they carry, they may carry anything. */
static inline void turn_records(int fd)
{
	if (unlikely(turn_now.known))
		turn_records_known(fd);
}

/* A read of what TLS carries on the connection of that cookie, whose library waits on fd (-1: on none). Called where
 * turn_now.known alone, as the descriptor is to be asked for. */
void turn_inside(uint64_t cookie, int fd);

/* The thread does what may be a turn to another one's work. */
static inline void turn_may(void)
{
	turn_now.turned = true;
}

/* The whole question of turn_poll(), turn_select() and turn_read(). */
void turn_poll_known(const void *fds, unsigned long count);
void turn_select_known(int count, const void *in, const void *out);
void turn_read_known(int fd);

/* poll() or select() on these: a wait for the next request if SIP can come by one of them. Read as the
 * kernel is about to. */
static inline void turn_poll(const void *fds, unsigned long count)
{
	if (unlikely(turn_now.known))
		turn_poll_known(fds, count);
}

static inline void turn_select(int count, const void *in, const void *out)
{
	if (unlikely(turn_now.known))
		turn_select_known(count, in, out);
}

/* read() of a descriptor: pipes and eventfds carry work. */
static inline void turn_read(int fd)
{
	if (unlikely(turn_now.known))
		turn_read_known(fd);
}

/* syscall(n) with that second argument: the same for what does not pass libc's own functions. */
void turn_syscall(long n, long second);

/* Before a connection is decided: settles whether what was read last still counts. errno is kept. May
 * ask the kernel how many threads there are. */
void turn_settle(void);

/* Messages of one call, as recvmmsg(2): where they did not all come in on the same bonds, the one that is
 * handled next is not known. Zeroed at first; turn_batch_add() after each. */
struct turn_batch {
	bool any, mixed;
	struct arrival_now last;
};

void turn_batch_add(struct turn_batch *b);
void turn_batch_end(const struct turn_batch *b);

#endif
