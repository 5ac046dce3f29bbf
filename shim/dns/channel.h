/* SPDX-License-Identifier: MIT */
/* One c-ares channel, by the calls that its release has: channel.c those of 1.34, in which the ones of
 * channel_older.c are deprecated. */
#ifndef BOND_DNS_CHANNEL_H
#define BOND_DNS_CHANNEL_H

#include <ares.h>

#include "wire.h"

#define CHANNEL_IS_OLDER (ARES_VERSION < 0x012200)

/* What asked; lives until it was answered. */
struct channel_call {
	/* Called once, also for what was cancelled: a c-ares status, and the message; n 0 = there is none. */
	void (*answered)(struct channel_call *call, int status, const uint8_t *msg, size_t n);
};

/* As ares_init_options(), with the sockets of w, which outlives it. A c-ares status. */
int channel_open(ares_channel *channel, struct ares_options *options, int mask, struct wire *w);
/* Asks for records of the Internet; it may have answered before this returns. plain = without EDNS, which the
 * channel adds else. */
void channel_ask(ares_channel channel, const char *name, uint16_t type, bool plain, struct channel_call *call);
/* What to poll for, at most `max`; returns how many it is. */
int channel_sockets(ares_channel channel, const struct wire *w, struct pollfd *fds, int max);
/* Its first `most` servers, as many as fit as a whole, in the form "127.0.0.53:5353,[::1]:53"; how many it has in
 * *count. A c-ares status. */
int channel_servers(ares_channel channel, unsigned most, char *buf, size_t size, unsigned *count);

#endif
