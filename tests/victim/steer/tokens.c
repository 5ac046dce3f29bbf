/* SPDX-License-Identifier: MIT */
/* Tokens are the same in every process and for every copy of a message, with every one of the host's
 * sockets a different one; those of the old secret are still read, those of another are not. */
/*ini
[host]
secret = new-secret-of-this-test
secret = old-secret-of-this-test
[bond:ext]
member = udp:10.0.1.1:5060
[route:r]
to = 198.51.100.0/24
bond = ext
*/
/*expect
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@10.0.2.1:5070>
  + Contact: <sip:h@10.0.1.1:5060;bond=*>
on the wire from 10.0.1.1:5060
  - Contact: <sip:h@10.0.2.1>
  + Contact: <sip:h@10.0.1.1;bond=*>
other process: exit 0
copy 1, other socket 0, other process 1, names the socket 0
  - BYE sip:h@10.0.1.1;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x0
  + BYE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x0;bond-in=*
  - BYE sip:h@10.0.1.1;bond=* SIP/2.0
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x1
  + BYE sip:h@10.0.2.1 SIP/2.0
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x1;bond-in=*
  - Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x2
  + Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x2;bond-in=*
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x4
*/
#include "talk.h"

static char shown[8][20];

static void take(int fd, int port, int number)
{
	char own[30];

	snprintf(own, sizeof(own), port == 5060 ? "10.0.2.1" : "10.0.2.1:%d", port);
	struct text *wire = goes(fd, ROUTED4,
		sip("INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP x;branch=z9hG4bK-1\n"
		    "Call-ID: 1\nCSeq: 1 INVITE\nContact: <sip:h@%s>\n", own));
	if (wire)
		snprintf(shown[number], sizeof(shown[0]), "%s", part(wire, ";bond=", ">"));
}

int main(void)
{
	int h = udp(H4, 5060), p = udp(H4, 5070), m = udp(M4, 5060), pair[2];
	struct ep at = ep(M4, 5060);

	take(h, 5060, 0);
	take(h, 5060, 1);
	take(p, 5070, 2);
	MUST(pipe(pair));
	pid_t pid = fork();
	if (pid == 0) {
		take(h, 5060, 3);
		raw(SYS_write, pair[1], (long)shown[3], 20, 0, 0, 0);
		_exit(0);
	}
	say_child("other process", pid);
	raw(SYS_read, pair[0], (long)shown[3], 20, 0, 0, 0);
	say("copy %d, other socket %d, other process %d, names the socket %d",
		!strcmp(shown[0], shown[1]), !strcmp(shown[0], shown[2]),
		!strcmp(shown[0], shown[3]), strstr(shown[0], "10") != NULL);
	for (size_t i = 0; i < 3; i++) {
		/* of this secret, the old one, and another */
		static const char *const made[] = {NULL, "b2w2jqpasn", "bkm7mfrxso"};
		comes(m, ROUTED4, &at,
			sip("BYE sip:h@10.0.1.1;bond=%s SIP/2.0\n"
			    "Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK-x%zu\n"
			    "Call-ID: 1\nCSeq: 1 BYE\n", i ? made[i] : shown[0], i));
	}
	return 0;
}
