/* SPDX-License-Identifier: MIT */
/* The short ways of sendto(), by which most hosts send: what most calls cost is counted in instructions.
 *
 *	hooks/send.c: sendto()
 *	  |-- its first 16 bytes are no SIP's ---------------------------------> the host's own call
 *	  |-- sendto_request(): may be a request
 *	  |     |-- sendto_by_list(): a usual line, and a way is kept (fast.h) -> done again, sendto_way()
 *	  |     '-- sendto_decided()                                        --> leave()
 *	  |-- sendto_beside_wide(): some sockets are widened
 *	  |     |-- sendto_foreign(): no SIP's ------------------------------> the host's own call, or from where it is shown
 *	  |     |-- sendto_wide(): a usual line, and a way is kept ----------> so, or sendto_way()
 *	  |     '-- as below
 *	  '-- sendto_unusual(): short, of a stream, traced
 *	        |-- no SIP's, after all ---------------------------------------> the host's own call
 *	        |-- may be a request ------------------------------------------> sendto_request()
 *	        '-- sendto_decided()                                        --> leave()
 *
 * Each step that may end a call is a function with sendto()'s own arguments: it has them in the registers
 * where they came, and its last act, the next step or the real call, is a jump. */
#ifndef BOND_DATAGRAM_SENDTO_H
#define BOND_DATAGRAM_SENDTO_H

#include <sys/socket.h>

#include "core/rules.h"
#include "sip/scan.h"

/* What may pass at once; nothing, where what is no SIP has to be looked at on sockets of SIP. */
extern struct scan_most sendto_most __attribute__((visibility("hidden")));

/* What r asks to be looked at, from now on. */
void sendto_take(const struct rules *r);

/* A message that is not foreign, of at least 64 bytes which can be read. A pointer, since what the rules ask
 * to be looked at does not change from call to call. */
extern ssize_t (*sendto_request)(int fd, const void *buf, size_t n, int flags, const void *to,
	socklen_t tolen) __attribute__((visibility("hidden")));

/* Where some sockets hear members besides their own address, and nothing is traced: nothing is known of the arguments. */
__attribute__((noinline)) ssize_t sendto_beside_wide(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen);

/* Whatever else: nothing is known of the arguments. */
__attribute__((noinline)) ssize_t sendto_unusual(
	int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen);

/* Whether a send is of a connection: the middle of a stream's message, or what opens it. */
static inline __attribute__((always_inline)) bool sendto_is_of_stream(const void *to, int flags)
{
#if defined(__x86_64__) && defined(__GCC_ASM_FLAG_OUTPUTS__)
	bool either;

	/* one branch for both: bt leaves the zero flag as it is */
	__asm__("test %1, %1\n\tbt %3, %2" : "=@ccbe"(either) : "r"(to), "r"(flags), "i"(29));
	_Static_assert(MSG_FASTOPEN == 1 << 29, "the bit that is tested");
	return either;
#else
	return !to || (flags & MSG_FASTOPEN);
#endif
}

#endif
