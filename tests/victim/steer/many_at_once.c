/* SPDX-License-Identifier: MIT */
/* sendmmsg and recvmmsg with messages of every kind: each is edited by itself, the lengths are those of
 * the host's messages going out and of what it reads coming in. */
/*expect
sendmmsg = 6
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-0
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-0;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-1;bond=*
on the wire from 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-3;bond=*
on the wire from 10.0.2.1:5060
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-5
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-5;bond=*
-- in
recvmmsg = 3 in all
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-0;bond=*
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-0
  - Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-0;bond=*;received=10.0.1.1
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-0;received=10.0.1.1
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: OPTIONS x4
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: TEST
peer: udp 10.0.2.1:5060 > 203.0.113.9:5080: OPTIONS
*/
#include "talk.h"

int main(void)
{
	int h = udp(H4, 5060), m = udp(M4, 5060);
	struct ep to[2] = {ep(ROUTED4, QUIET), ep(OTHER4, QUIET)}, at = ep(M4, 5060);
	static char rooms[6][2000];
	struct text *out[6], *wire = NULL;
	struct iovec iov[6][2];
	struct mmsghdr mm[6] = {0};
	int n;

	for (int i = 0; i < 6; i++) {
		out[i] = i == 4 ? sip("TEST") : sip(
			"OPTIONS sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\n"
			"From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: %d\nCSeq: 1 OPTIONS\n"
			"Subject: %0*d\n", i, i, i * 10 + 1, 0);
		iov[i][0] = (struct iovec){out[i]->p, 50 < out[i]->n ? 50 : out[i]->n};
		iov[i][1] = (struct iovec){out[i]->p + iov[i][0].iov_len, out[i]->n - iov[i][0].iov_len};
		mm[i].msg_hdr = (struct msghdr){.msg_name = &to[i == 2].ss,
			.msg_namelen = to[0].len,
			.msg_iov = iov[i],
			.msg_iovlen = 2};
	}
	n = sendmmsg(h, mm, 6, 0);
	say("sendmmsg = %d", n);
	for (int i = 0; i < n; i++) {
		if (mm[i].msg_len != out[i]->n)
			say("length %d is wrong", i);
		struct text *got = peer_got(i == 2 ? OTHER4 : ROUTED4);
		if (got)
			say_changes(out[i], got);
		if (got && i == 0)
			wire = got;
	}
	if (!wire)
		return 1;
	say("-- in");
	struct text *in[3] = {answer_to(wire, "180 Ringing", "", ""), sip("TEST"),
		answer_to(wire, "200 OK", ";received=10.0.1.1", "")};
	for (int i = 0; i < 3; i++) {
		peer_sends(ROUTED4, QUIET, &at, in[i]);
		iov[i][0] = (struct iovec){rooms[i], 60};
		iov[i][1] = (struct iovec){rooms[i] + 60, sizeof(rooms[i]) - 60};
		mm[i].msg_hdr = (struct msghdr){.msg_iov = iov[i], .msg_iovlen = 2};
	}
	n = recvmmsg(m, mm, 3, MSG_WAITFORONE, NULL);
	if (n > 0 && n < 3)
		n += recvmmsg(m, mm + n, 3 - n, 0, NULL);
	say("recvmmsg = %d in all", n);
	for (int i = 0; i < n; i++) {
		struct text *got = text_new();
		memcpy(got->p, rooms[i], got->n = mm[i].msg_len);
		say_changes(in[i], got);
	}
	return 0;
}
