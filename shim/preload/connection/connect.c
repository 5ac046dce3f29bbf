/* SPDX-License-Identifier: MIT */
/* The address is the host's memory, which another thread may write to: it is read once. */
#include "connect.h"

#include <errno.h>

#include "open.h"
#include "preload/readable.h"
#include "preload/rules_due.h"
#include "preload/real/real.h"
#include "preload/sockets/note.h"
#include "preload/turn.h"

/* By the newest rules that can be had. */
static void decide(struct verdict *v, struct sender *s)
{
	for (int tries = 0; tries < RENEW_TRIES; tries++) {
		v->rules = renew_rules();
		s->use = turn_bond(v->rules);
		decide_connection(&this_host, v, s);
		if (likely(renew_held(v->rules)))
			return;
		*v = (struct verdict)VERDICT_EMPTY;
	}
	v->rules = rules_now();
	v->why = WHY_RULES_GONE;
	v->action = ACTION_FAIL;
}

int connection_connect(int fd, const void *sa, socklen_t len, uint32_t bits, struct verdict *v)
{
	struct sockaddr_storage ss;
	struct opening opening = {.fd = fd, .sa = &ss, .len = len};
	struct addr dst;
	struct sender s = {.source = &record_of(fd)->host_bound,
		.dst = &dst,
		.bits = bits,
		.now = &turn_now};
	pid_t self = owner_may_change();
	/* at most what the kernel itself accepts */
	bool copied = self && len <= sizeof(ss) && readable_copy(&ss, sa, len, self);

	if (!copied) /* in a vfork child, too: what the table says is its parent's */
		return real.connect(fd, sa, len);
	/* an address of another family than the socket's is the kernel's to refuse */
	if (addr_from_sockaddr(&dst, &ss, len) != 0 ||
		(ss.ss_family == AF_INET6) != ((bits & FD_V6) != 0)) {
		int result = real.connect(fd, &ss, len);
		if (result == 0 && ss.ss_family == AF_UNSPEC)
			note_disconnect(fd);
		return result;
	}
	if (!s.source->family)
		s.source = &record_of(fd)->local; /* bound before we came */
	turn_settle();
	decide(v, &s);
	v->dst = dst;
	int result = (int)connection_open(&opening, v, &s);
	if (result == 0 || errno == EINPROGRESS)
		note_connect(fd, &dst);
	return result;
}
