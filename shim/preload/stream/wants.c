/* SPDX-License-Identifier: MIT */
/* By the ports that were seen first, so that most connections cost no system call. */
#include "wants.h"

#include <errno.h>

#include "follow.h"
#include "preload/hot.h"
#include "preload/real/real.h"
#include "preload/sockets/ask.h"
#include "preload/trace/log.h"

_Atomic bool stream_any;

/* The connection's ends by the kernel's word. False: it is not connected yet. */
static bool ask_ends(int fd, struct fd_record *r)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int saved = errno;

	bool connected = getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
		addr_from_sockaddr(&r->peer, &ss, len) == 0;
	len = sizeof(ss);
	if (connected)
		connected = real.getsockname(fd, &ss, &len) == 0 &&
			addr_from_sockaddr(&r->local, &ss, len) == 0;
	errno = saved;
	return connected;
}

/* Where unknown TLS connections are shut, those that came in and are none of SIP must be known, too. */
static uint32_t follow_only(int fd, struct fd_record *r, const struct side_ends *ends)
{
	if (!(ends->bits & FD_ACCEPTED) || !side_must_shut(ends) || !follow_wants(ends->rules) || !ask_ends(fd, r))
		return 0;
	r->cookie = ask_cookie(fd);
	return r->cookie ? FD_HELLOS : 0;
}

bool stream_begin(int fd, uint32_t bits)
{
	if (fd < 0 || fd >= this_host.sockets.max || !owner_may_change())
		return false;
	struct fd_record *r = record_of(fd);
	struct side_ends ends = {r, bits, TRANSPORT_TCP, rules_now()};
	bool known = bits & FD_CONNECTED;
	if (!known && !ask_ends(fd, r))
		return false;
	if (!side_may_be_sip(&ends)) {
		note_mark(fd, FD_PLAIN | follow_only(fd, r, &ends));
		return false;
	}
	if (known && !ask_ends(fd, r))
		return false;
	side_keep_shown(&ends, TRANSPORT_TCP);
	if (ends.rules->edits && side_is_flow(&ends))
		stream_say(fd, "the program does not listen on the member: Contact and Record-Route "
			       "name this connection, which a peer has to use again");
	r->cookie = ask_cookie(fd);
	uint32_t is = FD_STREAM | FD_CONNECTED | (follow_wants(ends.rules) ? FD_HELLOS : 0);
	note_mark(fd, r->cookie ? is : FD_PLAIN);
	atomic_store_explicit(&stream_any, true, memory_order_relaxed);
	return r->cookie != 0;
}

bool stream_begins_text(const char *p, size_t n)
{
	size_t at = 0;

	while (at < n && p[at] >= 'A' && p[at] <= 'Z')
		at++;
	return at && (at == n || p[at] == ' ' || p[at] == '/');
}

void stream_mark_plain(int fd, const struct side_ends *e, bool http)
{
	bool answers = http && side_is_accepted(e) && side_must_shut(e);

	note_mark(fd, FD_PLAIN | (answers ? FD_HTTP : 0));
}

void stream_say(int fd, const char *what)
{
	struct line l;

	if (!(page.p.mode & HOT_TRACE))
		return;
	line_start(&l);
	if (fd >= 0) {
		line_text(&l, "connection ");
		line_signed(&l, fd);
		line_text(&l, ": ");
	}
	line_text(&l, what);
	l.text[l.length] = 0;
	trace_say(l.text);
}
