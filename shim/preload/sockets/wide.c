/* SPDX-License-Identifier: MIT */
/* Knows a widened socket by its filter. */
#include "wide.h"

#include <linux/filter.h>

#include "preload/process.h"
#include "preload/hot.h"
#include "preload/real/real.h"
#include "preload/scratch.h"
#include "core/wide_filter.h"
#include "sip/shown.h"

void wide_keep_name(int fd, const struct addr *shown, const struct addr *real_name)
{
	struct shown_pair pair = {*shown, *real_name};

	record_of(fd)->named = *shown;
	shown_keep(this_host.segment.shown, TRANSPORT_UDP, &pair);
}

/* The first address that a widened socket's filter takes, which is the host's own. */
static bool read_filter(int fd, struct addr *shown)
{
	socklen_t count = 0;

	if (real.getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count) != 0 || count == 0 ||
		count > BPF_MAXINSNS)
		return false;
	struct scratch *scratch = scratch_wait();
	if (!scratch)
		return false;
	struct sock_filter *program = (void *)scratch->bytes;
	bool is = real.getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, program, &count) == 0 &&
		wide_filter_first(program, count, shown);
	scratch_give(scratch);
	return is;
}

bool wide_was_opened(int fd, bool connection)
{
	struct fd_record *r = record_of(fd);
	struct addr shown;

	if ((!connection && !addr_is_any(&r->local)) || !read_filter(fd, &shown))
		return false;
	shown.port = r->local.port;
	shown.scope = r->local.scope;
	r->named = shown;
	if (!connection)
		r->local = r->host_bound = shown;
	hot_has_clients();
	return true;
}

bool wide_was_made(int fd)
{
	struct fd_record *r = record_of(fd);
	struct addr shown;

	if (!addr_is_any(&r->local) || !read_filter(fd, &shown))
		return false;
	r->host_bound = shown;
	shown.port = r->local.port;
	wide_keep_name(fd, &shown, &r->local);
	hot_has_clients();
	return true;
}
