/* SPDX-License-Identifier: MIT */
/* A piece is a view of the host's memory. The host's control data goes along with each, but that it may be as long as it
 * gets. */
#include "segments.h"

#include <errno.h>
#include <netinet/udp.h>

#include "base/cmsg.h"
#include "base/pieces.h"
#include "control.h"
#include "preload/process.h"
#include "preload/readable.h"
#include "preload/sockets/note.h"
#include "sip/scan.h"
#include "view.h"

#define PIECES_MAX 64     /* of the host's that one segment lies in */
#define CONTROL_COPIED 1024 /* of the host's that goes along */

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

_Atomic bool segments_any;

/* As the call asks, else as the socket is set. */
static size_t size_asked(const struct outgoing *o)
{
	const char *control = o->msg->msg_control;
	uint16_t size = record_of(o->fd)->segment;
	struct cmsg c = {.next = 0};

	if (!readable(control))
		return size;
	while (cmsg_next(&c, control, o->msg->msg_controllen)) {
		if (cmsg_is(&c, SOL_UDP, UDP_SEGMENT) && cmsg_size(&c) >= sizeof(size))
			memcpy(&size, cmsg_data(&c, control), sizeof(size));
	}
	return size;
}

static bool has_sip(const struct view *view, size_t size)
{
	for (size_t at = 0; at < view->n; at += size) {
		size_t n = view->n - at < size ? view->n - at : size;
		if (scan_is_request(view->p + at, n) || scan_is_response(view->p + at, n))
			return true;
	}
	return false;
}

size_t segments_size_slow(const struct outgoing *o)
{
	struct view view;

	if (!(classified(o->fd) & FD_UDP))
		return 0;
	size_t size = size_asked(o);
	if (!size || !view_open(&view, o->msg))
		return 0;
	bool cut = view.n > size && has_sip(&view, size);
	view_close(&view);
	return cut ? size : 0;
}

static size_t length(const struct msghdr *msg)
{
	size_t n = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		n += msg->msg_iov[i].iov_len;
	return n;
}

/* The host's control data, and behind it that the message is not cut (the last word counts, also against an option).
 * 0: it is more than that. */
static size_t whole(const struct msghdr *msg, char control[CONTROL_COPIED + CMSG_SPACE(sizeof(uint16_t))])
{
	size_t n = readable(msg->msg_control) ? CMSG_ALIGN(msg->msg_controllen) : 0;
	uint16_t none = 0;

	if (n > CONTROL_COPIED)
		return 0;
	if (n) {
		memset(control, 0, n);
		memcpy(control, msg->msg_control, msg->msg_controllen);
	}
	return n + control_put(control + n, SOL_UDP, UDP_SEGMENT, &none, sizeof(none));
}

/* Its room is not to be part of every send's stack. */
__attribute__((noinline)) ssize_t segments_send(const struct outgoing *o, struct verdict *v, size_t size,
	ssize_t (*send)(const struct outgoing *one, struct verdict *v))
{
	char control[CONTROL_COPIED + CMSG_SPACE(sizeof(uint16_t))] __attribute__((aligned(8)));
	size_t total = length(o->msg), control_n = whole(o->msg, control);
	int saved = errno;

	for (size_t at = 0; at < total; at += size) {
		struct iovec pieces[PIECES_MAX + 1]; /* of which the last is too many */
		size_t n = total - at < size ? total - at : size;
		struct msghdr msg = *o->msg;
		struct outgoing one = {SEND_SENDMSG, o->fd, o->flags, &msg};
		struct verdict of_it = VERDICT_EMPTY;
		msg.msg_iov = pieces;
		msg.msg_iovlen = pieces_slice(o->msg->msg_iov, o->msg->msg_iovlen, at, n, pieces, PIECES_MAX + 1);
		msg.msg_control = control;
		msg.msg_controllen = control_n;
		ssize_t result = -1;
		if (control_n && msg.msg_iovlen <= PIECES_MAX)
			result = send(&one, at ? &of_it : v);
		else
			errno = ENETUNREACH;
		if (result < 0 && !at)
			return -1;
		errno = saved; /* one that is lost on the way is no error of datagrams */
	}
	return (ssize_t)total;
}
