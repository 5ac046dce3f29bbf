/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "base/raw.h"
#include "segment/adopted.h"
#include "segment/counters.h"
#include "segment/file.h"

static void publish(int fd, struct adopted *a)
{
	struct fd_record *r = record_of(fd);
	struct stat st;
	int saved = errno;

	r->cookie = ask_cookie(fd);
	if (this_host.segment.adopted && r->cookie && raw_syscall(SYS_fstat, fd, (long)&st, 0, 0) == 0) {
		a->inode = st.st_ino;
		a->pid = (uint32_t)getpid();
		a->fd = fd;
		a->since = (uint32_t)(segment_now() / 100);
		if (adopted_keep(this_host.segment.adopted, r->cookie, a))
			counters_add_full(this_host.segment.counters, FULL_ADOPTED);
	}
	errno = saved;
}

void publish_listener(int fd, const struct listener *l)
{
	struct adopted a = {.kind = l->opened == OPENED_SOURCE ? ADOPTED_OPENED : ADOPTED_LISTENER,
		.addr = l->addr,
		.transport = l->transport,
		.flags = (uint8_t)((l->dual ? ADOPTED_DUAL : 0) | (l->opened ? ADOPTED_OPENS : 0) |
			 (l->opened == OPENED_LOOKUP ? ADOPTED_LEADS : 0) |
			 (l->seen ? 0 : ADOPTED_UNSEEN))};

	publish(fd, &a);
}

void publish_wide(int fd)
{
	struct adopted a = {
		.kind = ADOPTED_WIDE, .addr = record_of(fd)->local, .transport = TRANSPORT_UDP};

	publish(fd, &a);
}

void publish_end(int fd)
{
	if (record_of(fd)->cookie)
		adopted_close(this_host.segment.adopted, record_of(fd)->cookie, (uint32_t)getpid());
}
