/* SPDX-License-Identifier: MIT */
/* The host's own control data goes with a steered message (its TOS), in place and on another
 * descriptor, and the caller's headers and control buffer stay as they were. */
/*victim
case: same-port other-port
*/
/*expect
sendmsg = 205
control untouched
heard on M: peer saw 10.0.1.1:5060
sendmmsg = 1
control untouched
heard on M: peer saw 10.0.1.1:5060
peer: udp 10.0.1.1:5060 > 198.51.100.9:5060 tos 0x10: OPTIONS x2
*/
#include "steer.h"

int main(int argc, char **argv)
{
	struct ep routed = ep(ROUTED4, 5060);
	int h = udp(H4, argc > 1 && argv[1][0] == 'o' ? 5070 : 5060), m = udp(M4, 5060), tos = 0x10;
	struct iovec iov[2] = {{(void *)SIP, 100}, {(char *)SIP + 100, SIP_LEN - 100}};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control, control2;
	struct msghdr msg = {.msg_name = &routed.ss,
			      .msg_namelen = routed.len,
			      .msg_iov = iov,
			      .msg_iovlen = 2,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control)},
		      msg2 = msg;
	struct mmsghdr mm;

	memset(&control, 0, sizeof(control));
	control.head = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_TOS};
	memcpy(CMSG_DATA(&control.head), &tos, sizeof(int));
	control2 = control;
	say("sendmsg = %zd", sendmsg(h, &msg, 0));
	say("control %s",
		memcmp(&control, &control2, sizeof(control)) || memcmp(&msg, &msg2, sizeof(msg))
			? "changed"
			: "untouched");
	hear(EARS({"M", m}, {"H", h}));
	mm.msg_hdr = msg;
	say("sendmmsg = %d", sendmmsg(h, &mm, 1, 0));
	say("control %s", memcmp(&control, &control2, sizeof(control)) ||
					  memcmp(&mm.msg_hdr, &msg2, sizeof(msg))
				  ? "changed"
				  : "untouched");
	hear(EARS({"M", m}, {"H", h}));
	return 0;
}
