/* SPDX-License-Identifier: MIT */
#include "locals.h"

#include <sys/socket.h>

#include "base/generation.h"
#include "base/raw.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "segment/locals.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static bool is_of_host(const struct locals *s, int fd)
{
	uint64_t network = 0;
	socklen_t n = sizeof(network);

	return s->network &&
		raw_syscall5(SYS_getsockopt, fd, SOL_SOCKET, SO_NETNS_COOKIE, (long)&network, (long)&n) == 0 &&
		network == s->network;
}

/* Its number; LOCALS_MAX: there is no room. */
static uint32_t find_or_add(struct locals *s, const struct addr *a, bool *changed)
{
	uint32_t count = atomic_load(&s->count), i = 0;

	while (i < count && !addr_same_host(&s->addrs[i], a))
		i++;
	if (i < count || i == LOCALS_MAX)
		return i;
	s->addrs[i] = *a;
	atomic_store_explicit(&s->count, i + 1, memory_order_release);
	*changed = true;
	return i;
}

void locals_follow(const struct links *l, int fd)
{
	struct locals *s = this_host.segment.locals;
	uint8_t here[LOCALS_MAX] = {0};
	bool changed = false;

	if (!s || l->crowded || !is_of_host(s, fd))
		return;
	for (uint32_t n = 0; n < l->address_count; n++) {
		uint32_t i = find_or_add(s, &l->addresses[n].addr, &changed);
		if (i < LOCALS_MAX)
			here[i] = 1;
	}
	for (uint32_t i = 0, count = atomic_load(&s->count); i < count; i++) {
		if (atomic_load(&s->gone[i]) == here[i]) {
			atomic_store(&s->gone[i], !here[i]);
			changed = true;
		}
	}
	if (!changed)
		return;
	atomic_fetch_add(&page.p.addresses, 1);
	generation_next(this_host.segment.generation);
}
