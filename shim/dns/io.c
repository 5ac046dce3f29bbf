/* SPDX-License-Identifier: MIT */
/* Of a program that has no hooks. */
#include "io.h"

#include <fcntl.h>
#include <unistd.h>

const struct dns_io dns_io_own = {
	.socket = socket,
	.close = close,
	.connect = connect,
	.recvfrom = recvfrom,
	.sendmsg = sendmsg,
	.fcntl = fcntl,
	.getsockopt = getsockopt,
	.poll = poll,
};
