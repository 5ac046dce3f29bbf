/* SPDX-License-Identifier: MIT */
/* A host that names its source itself by IP_PKTINFO: steered as one bound to it would be, left
 * alone where that source is a member or the destination has no route. */
/*expect
from H to the routed side: 205
heard on ANY: peer saw 10.0.1.1:5060
from M to the routed side: 205
heard on ANY: peer saw 10.0.1.1:5060
from H to the other side: 205
heard on ANY: peer saw 10.0.2.1:5060
control untouched
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060: OPTIONS x2
peer: udp 10.0.2.1:5060 > 203.0.113.9:5060: OPTIONS
*/
#include "steer.h"

static union {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} control, before;

static void from_to(int fd, const char *source, const struct ep *to)
{
	struct iovec iov = {(void *)SIP, SIP_LEN};
	struct msghdr msg = {.msg_name = (void *)&to->ss,
		.msg_namelen = to->len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct in_pktinfo info = {.ipi_spec_dst = ep(source, 0).v4.sin_addr};

	memset(&control, 0, sizeof(control));
	control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(info)),
		.cmsg_level = IPPROTO_IP,
		.cmsg_type = IP_PKTINFO};
	memcpy(CMSG_DATA(&control.head), &info, sizeof(info));
	before = control;
	say("from %s to the %s side: %zd", strcmp(source, M4) ? "H" : "M",
		to->v4.sin_addr.s_addr == ep(ROUTED4, 0).v4.sin_addr.s_addr ? "routed" : "other",
		sendmsg(fd, &msg, 0));
	hear(EARS({"ANY", fd}));
}

int main(void)
{
	struct ep routed = ep(ROUTED4, 5060), other = ep(OTHER4, 5060);
	int any = udp("0.0.0.0", 5060);

	from_to(any, H4, &routed);
	from_to(any, M4, &routed);
	from_to(any, H4, &other);
	say("control %s", memcmp(&control, &before, sizeof(control)) ? "changed" : "untouched");
	return 0;
}
