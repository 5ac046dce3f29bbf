/* SPDX-License-Identifier: MIT */
/* Edits datagrams that the host has just read; see arrive.h. */
#include "arrive.h"

#include <errno.h>
#include <netinet/in.h>

#include "arrival.h"
#include "identity.h"
#include "listeners.h"
#include "real.h"
#include "scratch.h"
#include "shim.h"
#include "sip/reply.h"

bool arrive_wants(int fd)
{
	uint32_t word = fds_get(fd);

	return (word & FD_UDP) && shim_config->member_count &&
		(identity_marks || (word & FD_ARRIVALS) ||
			shim_config->unknown != UNKNOWN_PASS);
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

/* Answers 403, or nothing, in the host's place. */
static void refuse(int fd, const char *p, size_t n, const struct addr *from)
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
		socklen_t len = addr_to_sockaddr(
			&to, fds_peek(fd) & FD_V6 ? AF_INET6 : AF_INET, &ss);
		real.sendto(fd, room->bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, &ss, len);
	}
	scratch_give(room);
	errno = saved;
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
	if (!n || n > room || !p || scan_is_foreign(*p))
		return (ssize_t)n; /* cut by the kernel: what is left of it is not edited */
	if (n > iov[0].iov_len) {
		scratch = scratch_take();
		size_t left = n, got = 0;
		for (size_t i = 0; scratch && i < count && left; i++) {
			size_t piece = iov[i].iov_len < left ? iov[i].iov_len : left;
			memcpy(scratch->bytes + got, iov[i].iov_base, piece);
			got += piece;
			left -= piece;
		}
		if (!scratch || left)
			return (ssize_t)n;
		p = scratch->bytes;
	}
	if (!scan_is_request(p, n) && !scan_is_response(p, n))
		goto out;
	find_side(&side, fd, to ? to : &fd_records[fd].local);
	if (scan_is_request(p, n))
		arrival_set(side.arrived);
	if (shim_config->unknown != UNKNOWN_PASS && fds_listener(fds_peek(fd)) >= 0 &&
		identity_member_at(to ? to : &fd_records[fd].local, TRANSPORT_UDP) ==
			UINT32_MAX &&
		scan_is_request(p, n)) {
		refuse(fd, p, n, from);
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
