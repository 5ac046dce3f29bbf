/* SPDX-License-Identifier: MIT */
/* Counts the host's own addresses. Written by fds.c when a socket starts or ends listening. */
#include "hears.h"

#include <netinet/in.h>

#include "config/machine.h"
#include "preload/sockets/note.h"
#include "preload/trace/notices.h"
#include "preload/datagram/fast.h"

#define LOCAL_MAX 4096
#define LISTS_MAX 4096 /* of the lists behind, each is taken for one with such addresses */

_Atomic uint16_t hears_counts[HEARS_SLOTS];

static struct addr local[LOCAL_MAX];
static size_t local_count;
static _Atomic uint16_t in_lists[LISTS_MAX];
static _Atomic uint32_t wildcards;

void hears_init(void)
{
	struct ifaddrs *list, *i;

	if (machine_addresses(&list) != 0)
		return;
	for (i = list; i; i = i->ifa_next) {
		if (local_count == LOCAL_MAX) {
			notices_full(NOTICE_ADDRESSES);
			break;
		}
		if (i->ifa_addr &&
			addr_from_sockaddr(&local[local_count], i->ifa_addr,
				sizeof(struct sockaddr_in6)) == 0)
			local_count++;
	}
	machine_free(list);
}

static void count_in_list(const struct addr *a, int by)
{
	uint32_t n = match_list4(shim_match, a->ip + 12) / LIST_STEP;

	if (a->family == AF_INET && n < LISTS_MAX &&
		atomic_fetch_add(&in_lists[n], (uint16_t)by) == 0)
		fast_outdate();
}

/* by: 1, or -1 */
static void count(const struct addr *a, int by)
{
	atomic_fetch_add(&hears_counts[hears_hash(hears_low(a), a->port)], (uint16_t)by);
	if (!addr_is_any(a)) {
		count_in_list(a, by);
		return;
	}
	for (size_t i = 0; i < local_count; i++)
		count_in_list(&local[i], by);
	if (atomic_fetch_add(&wildcards, (uint32_t)by) == 0)
		fast_outdate();
}

void hears_add(const struct addr *a)
{
	count(a, 1);
}

void hears_remove(const struct addr *a)
{
	count(a, -1);
}

bool hears_in_list(uint32_t list)
{
	return list / LIST_STEP >= LISTS_MAX || atomic_load(&in_lists[list / LIST_STEP]);
}

bool hears_everything(void)
{
	return atomic_load(&wildcards);
}

const struct addr *hears_addresses(size_t *count)
{
	*count = local_count;
	return local;
}

bool hears_is_local(const struct addr *a)
{
	if (addr_scope(a) == ADDR_LOOPBACK)
		return true;
	for (size_t i = 0; i < local_count; i++) {
		if (addr_same_host(&local[i], a))
			return true;
	}
	return false;
}

bool hears_at_slow(const struct addr *dst)
{
	uint32_t kind = FD_LISTENER | FD_UDP;

	for (int fd = 0, top = fds_top(); fd <= top; fd++) {
		const struct addr *a = &fd_records[fd].local;
		if ((fds_peek(fd) & kind) != kind || a->port != dst->port)
			continue;
		if (addr_same_host(a, dst))
			return true;
		/* [::] takes IPv4 too where it is dual-stack; 0.0.0.0 takes nothing else */
		if (addr_is_any(a) && (a->family == dst->family || a->family == AF_INET6) &&
			hears_is_local(dst))
			return true;
	}
	return false;
}
