/* SPDX-License-Identifier: MIT */
#include "about.h"

#include <limits.h>

#include "arguments.h"
#include "preload/datagram/view.h"
#include "preload/process.h"

#define MESSAGES_MAX 64       /* of one call */
#define STREAM_LOOK_MAX 65535 /* bytes of what a connection sends */

static void add_peer(struct wants_call *call, const struct msghdr *msg, const struct line *l)
{
	socklen_t n = msg->msg_namelen;
	struct addr a;

	if (n > sizeof(struct sockaddr_storage))
		n = sizeof(struct sockaddr_storage);
	if (!msg->msg_name || n < sizeof(sa_family_t) || call->peer_count == WANTS_PEERS ||
		!arguments_can_read(l, msg->msg_name, n) || addr_from_sockaddr(&a, msg->msg_name, n) != 0)
		return;
	for (unsigned i = 0; i < call->peer_count; i++)
		if (addr_equal(&a, &call->peers[i]))
			return;
	call->peers[call->peer_count++] = a;
}

static bool can_read_pieces(const struct msghdr *msg, const struct line *l)
{
	const struct iovec *iov = msg->msg_iov;

	if (l->trusted)
		return true;
	if (!msg->msg_iovlen || msg->msg_iovlen > IOV_MAX ||
		!arguments_can_read(l, iov, msg->msg_iovlen * sizeof(*iov)))
		return false;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		size_t n = iov[i].iov_len < STREAM_LOOK_MAX ? iov[i].iov_len : STREAM_LOOK_MAX;
		if (n && !arguments_can_read(l, iov[i].iov_base, n))
			return false;
	}
	return true;
}

static void add_call_ids(struct call_ids *ids, const struct msghdr *msg, bool stream, const struct line *l)
{
	struct iovec first;
	struct msghdr look = {.msg_iov = msg->msg_iov, .msg_iovlen = msg->msg_iovlen};
	struct view view;

	if (!can_read_pieces(msg, l))
		return;
	if (stream && msg->msg_iovlen == 1) {
		first = *msg->msg_iov;
		first.iov_len = first.iov_len < STREAM_LOOK_MAX ? first.iov_len : STREAM_LOOK_MAX;
		look.msg_iov = &first;
	}
	if (!view_open(&view, &look))
		return;
	if (stream)
		call_ids_of_stream(ids, view.p, view.n);
	else
		call_ids_of_message(ids, view.p, view.n);
	view_close(&view);
}

static void look_at(const struct msghdr *msg, uint32_t bits, const struct about *a, const struct line *l,
	struct call_ids *ids, struct wants_call *call)
{
	if (!arguments_can_read(l, msg, sizeof(*msg)))
		return;
	add_peer(call, msg, l);
	if ((bits & (FD_UDP | FD_TCP)) && !a->call_ids && !ids->cut)
		add_call_ids(ids, msg, bits & FD_TCP, l);
}

/* Whom the descriptor is connected to, as it was before the call if that changed it. */
static void add_connected(struct wants_call *call, const struct trace_mark *m, int fd)
{
	uint32_t bits = m->fd == fd ? m->bits : bits_of(fd);

	if (fd < 0 || fd >= FD_MAX || !(bits & FD_CONNECTED) || !(bits & (FD_UDP | FD_TCP)))
		return;
	call->peers[0] = m->fd == fd ? m->peer : record_of(fd)->peer;
	call->peer_count = call->peers[0].family != 0;
}

void about_look(const struct about *a, const struct trace_mark *m, int fd, const struct line *l,
	struct call_ids *ids, struct wants_call *call)
{
	static const struct about nothing;
	uint32_t bits = bits_of(fd);

	a = a ? a : &nothing;
	call_ids_start(ids);
	call->peer_count = 0;
	if (a->one)
		look_at(a->one, bits, a, l, ids, call);
	for (unsigned i = 0; a->several && i < a->count && i < MESSAGES_MAX; i++) {
		if (!arguments_can_read(l, &a->several[i], sizeof(a->several[i])))
			break;
		look_at(&a->several[i].msg_hdr, bits, a, l, ids, call);
	}
	if (!call->peer_count)
		add_connected(call, m, a->made ? a->made - 1 : fd);
	if (a->call_ids)
		*ids = *a->call_ids;
	call->call_ids = ids;
}
