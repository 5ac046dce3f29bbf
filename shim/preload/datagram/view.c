/* SPDX-License-Identifier: MIT */
/* A look at one piece is a look at the host's memory; several are gathered in scratch. */
#include "view.h"

#include <limits.h>

#include "preload/readable.h"

bool view_copy(struct view *view, const struct msghdr *msg)
{
	view->scratch = scratch_wait();
	if (!view->scratch)
		return false;
	view->p = view->scratch->bytes;
	view->n = scratch_gather(view->scratch, msg->msg_iov, msg->msg_iovlen, SIZE_MAX);
	if (view->n && view->n <= UINT16_MAX)
		return true;
	scratch_give(view->scratch);
	view->scratch = NULL;
	return false;
}

bool view_open(struct view *view, const struct msghdr *msg)
{
	const struct iovec *iov = msg->msg_iov;
	size_t count = msg->msg_iovlen;

	view->scratch = NULL;
	if (!count || count > IOV_MAX || !readable(iov))
		return false;
	if (count == 1) {
		view->p = iov[0].iov_base;
		view->n = iov[0].iov_len;
		return view->n && view->n <= UINT16_MAX && readable(view->p);
	}
	return view_copy(view, msg);
}

void view_close(struct view *view)
{
	scratch_give(view->scratch);
}
