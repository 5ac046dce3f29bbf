/* SPDX-License-Identifier: MIT */
/* Edits datagrams that the host has just read; see arrive.h. */
#include "arrive.h"

#include <errno.h>
#include <netinet/in.h>

#include "act.h"
#include "arrival.h"
#include "identity.h"
#include "listeners.h"
#include "notices.h"
#include "real.h"
#include "scratch.h"
#include "shim.h"
#include "sip/reply.h"

/* Fields in which a name of the host's was put back. */
#define NAMES_OF_HOST \
	(EDIT_URI | EDIT_VIA | EDIT_ROUTE | EDIT_RECORD_ROUTE | EDIT_PATH | EDIT_SERVICE_ROUTE | \
		EDIT_CONTACT)

bool arrive_all;

void arrive_init(const struct config *c)
{
	arrive_all = c->member_count && (identity_marks || c->unknown != UNKNOWN_PASS);
}

/* Fills in where the message came in: on which listener, under which name. */
static void find_side(struct edit_side *side, int fd, const struct addr *to)
{
	int listener = fds_listener(fds_peek(fd));
	const struct names *n = identity();
	uint32_t member = identity_member_at(to, TRANSPORT_UDP);
	uint16_t bonds[ARRIVAL_BONDS];

	*side = (struct edit_side){.names = n,
		.transport = TRANSPORT_UDP,
		.in = true,
		.socket = listener < 0 ? NAMES_ANY : (uint16_t)listener};
	side->arrived = identity_name_at(n, to, TRANSPORT_UDP);
	side->as_member = side->arrived && side->arrived->given.n;
	side->mark = (identity_marks_all || (fds_peek(fd) & FD_ARRIVALS)) && side->arrived &&
		listener >= 0;
	if (n->header.n && member != UINT32_MAX &&
		arrival_bonds(&n->members[member], bonds)) {
		const char *name = shim_config->bonds[bonds[0]].name;
		side->bond = (struct span){name, strlen(name)};
	}
}

/* Answers 403, or nothing, in the host's place; from the address that the request came to, where it is
 * known (NULL = the socket's own). */
static void refuse(int fd, const char *p, size_t n, const struct addr *from, const struct addr *at)
{
	struct sockaddr_storage ss;
	struct scratch *room;
	struct addr to;
	int saved = errno;

	if (shim_config->unknown != UNKNOWN_403 || !from->family || !(room = scratch_take()))
		return;
	size_t size = reply_403(
		p, n, &identity()->keys[0], from, room->bytes, sizeof(room->bytes), &to);
	if (size) {
		uint32_t word = fds_peek(fd);
		struct outgoing o = {.call = SEND_SENDTO,
			.fd = fd,
			.flags = MSG_DONTWAIT | MSG_NOSIGNAL,
			.buf = room->bytes,
			.n = size,
			.to = &ss,
			.tolen = addr_to_sockaddr(&to, word & FD_V6 ? AF_INET6 : AF_INET, &ss)};
		struct sender s = {.word = word, .source = &fd_records[fd].local, .dst = &to,
			.reply = at};
		struct verdict v = VERDICT_EMPTY;
		bool refused;
		if (at && at->family == to.family)
			v.action = ACTION_PKTINFO;
		act_datagram(&o, &v, &s, &refused);
	}
	scratch_give(room);
	errno = saved;
}

/* Whether requests that arrive there are not for the host ([host] unknown): on whichever port, a
 * listener that no bond has. */
static bool is_for_nobody(int fd, const struct addr *to)
{
	return shim_config->unknown != UNKNOWN_PASS && (fds_peek(fd) & FD_LISTENER) &&
		identity_member_at(to ? to : &fd_records[fd].local, TRANSPORT_UDP) == UINT32_MAX;
}

static void scatter(const struct iovec *iov, size_t count, const char *p, size_t n)
{
	for (size_t i = 0; i < count && n; i++) {
		size_t piece = iov[i].iov_len < n ? iov[i].iov_len : n;
		memcpy(iov[i].iov_base, p, piece);
		p += piece;
		n -= piece;
	}
}

ssize_t arrive(int fd, const struct iovec *iov, size_t count, size_t n, const struct addr *from,
	const struct addr *to)
{
	struct scratch *scratch = NULL;
	struct edit_side side;
	struct edit e;
	size_t room = 0, changed = n;
	char *p = count ? iov[0].iov_base : NULL;

	for (size_t i = 0; i < count; i++)
		room += iov[i].iov_len;
	size_t there = n < room ? n : room; /* the kernel cuts what has no room */
	if (!there || !p || scan_is_foreign(*p))
		return (ssize_t)n;
	if (there > iov[0].iov_len) {
		scratch = scratch_take();
		size_t left = there, got = 0;
		for (size_t i = 0; scratch && i < count && left; i++) {
			size_t piece = iov[i].iov_len < left ? iov[i].iov_len : left;
			if (piece > sizeof(scratch->bytes) - got)
				break;
			memcpy(scratch->bytes + got, iov[i].iov_base, piece);
			got += piece;
			left -= piece;
		}
		if (!scratch || left) {
			scratch_give(scratch);
			return (ssize_t)n;
		}
		p = scratch->bytes;
	}
	if (there < n) {
		/* what is left of it is not edited, nor answered */
		bool refused = is_for_nobody(fd, to) && scan_is_request(p, there);
		scratch_give(scratch);
		return refused ? ARRIVE_DROPPED : (ssize_t)n;
	}
	if (!scan_is_request(p, n) && !scan_is_response(p, n))
		goto out;
	find_side(&side, fd, to ? to : &fd_records[fd].local);
	if (scan_is_request(p, n))
		arrival_set(side.arrived);
	if (is_for_nobody(fd, to) && scan_is_request(p, n)) {
		refuse(fd, p, n, from, to);
		scratch_give(scratch);
		return ARRIVE_DROPPED;
	}
	if (room > sizeof(scratch->bytes))
		room = sizeof(scratch->bytes);
	int error = edit_message(&side, p, n, room, &e);
	if (!error && e.dialog && identity_marks && !side.mark && side.arrived) {
		side.mark = true;
		error = edit_message(&side, p, n, room, &e);
	}
	notices_count(NOTICE_FOREIGN, e.foreign);
	notices_count(NOTICE_FORGED, (e.fields & EDIT_FORGED) != 0);
	notices_count(NOTICE_RESTORED, (e.fields & NAMES_OF_HOST) != 0);
	if (error || !e.count)
		goto out;
	changed = edit_apply(&e, p, n, room);
	if (!changed)
		changed = n;
	else if (scratch)
		scatter(iov, count, p, changed);
out:
	scratch_give(scratch);
	return (ssize_t)changed;
}
