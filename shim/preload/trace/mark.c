/* SPDX-License-Identifier: MIT */
/* Of the table of descriptors what it knows already: nothing is asked for the trace's sake. */
#include "mark.h"

#include "addresses.h"
#include "arguments.h"
#include "preload/process.h"

void trace_begin(struct trace_mark *m)
{
	clock_gettime(CLOCK_MONOTONIC, &m->start);
	m->fd = -1;
	m->room = TRACE_NO_ROOM;
}

static void read_record(struct trace_mark *m, int fd)
{
	m->bits = bits_of(fd);
	m->local.family = m->peer.family = 0;
	if ((unsigned)fd < FD_MAX && (m->bits & (FD_UDP | FD_TCP))) {
		m->local = record_of(fd)->local;
		m->peer = record_of(fd)->peer;
	}
}

void trace_begin_call(struct trace_mark *m, int fd, const socklen_t *len)
{
	trace_begin(m);
	m->fd = fd;
	read_record(m, fd);
	if (len && arguments_readable(len, sizeof(*len)))
		m->room = *len;
}

void trace_put_fd(struct line *l, const struct trace_mark *m, int fd)
{
	struct trace_mark now;

	if (!m || m->fd != fd) {
		read_record(&now, fd);
		m = &now;
	}
	addresses_fd(l, fd, m->bits, &m->local, &m->peer);
}
