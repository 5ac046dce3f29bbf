/* SPDX-License-Identifier: MIT */
/* bond_use(): the bond of this thread's sends, before all routes, until it is called again; other
 * threads are not touched; the rest of a transaction goes the same way afterwards. */
/*ini
[bond:in]
member = udp:10.0.2.1:5060
[bond:out]
member = udp:10.0.1.1:5060
[bond:third]
member = udp:10.0.3.1:5060
member = tcp:10.0.3.1:5060
[route:r]
to = 198.51.100.0/24
bond = third
*/
/*expect
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-1;bond=*
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-1
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-1;bond=*
bond_use(OUT) = 0 
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
-- another thread
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-3
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-3;bond=*
bond_use(nobody) = -1 ENOENT
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-4
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-4;bond=*
bond_use(in) = 0 
on the wire from 10.0.2.1:5060
-- in a connection: a bond without a member for it
5060: connect = -1 ENETUNREACH
bond_use(third) = 0 
5060: peer saw 10.0.3.1:*
bond_use(NULL) = 0 
on the wire from 10.0.3.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-6
  + Via: SIP/2.0/UDP 10.0.3.1;branch=z9hG4bK-6;bond=*
-- the rest of what it sent out
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
on the wire from 10.0.1.1:5060
  - Via: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-2
  + Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bK-2;bond=*
peer: tcp 10.0.3.1:* > 203.0.113.9:5060: OPTIONS
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: ACK
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: CANCEL
peer: udp 10.0.1.1:5060 > 198.51.100.9:5080: INVITE x3
peer: udp 10.0.2.1:5060 > 198.51.100.9:5080: INVITE
peer: udp 10.0.3.1:5060 > 198.51.100.9:5080: INVITE x4
*/
#include "dial.h"
#include "talk.h"

extern int bond_use(const char *bond) __attribute__((weak));

static int h, number;

static void send_one(const char *method)
{
	goes(h, ROUTED4,
		sip("%s sip:b@x SIP/2.0\nVia: SIP/2.0/UDP 10.0.2.1;branch=z9hG4bK-%d\n"
		    "From: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 %s\n",
			method, number, method));
}

static void use(const char *bond)
{
	errno = 0;
	int ret = bond_use ? bond_use(bond) : -2;

	say("bond_use(%s) = %d %s", bond ? bond : "NULL", ret, errno ? strerrorname_np(errno) : "");
}

static void *thread(void *arg)
{
	(void)arg;
	say("-- another thread");
	number = 3;
	send_one("INVITE");
	return NULL;
}

int main(void)
{
	pthread_t id;

	h = udp(H4, 5060), udp(M4, 5060), udp(T4, 5060);
	number = 1;
	send_one("INVITE");
	send_one("INVITE");
	use("OUT");
	number = 2;
	send_one("INVITE");
	send_one("INVITE");
	pthread_create(&id, NULL, thread, NULL);
	pthread_join(id, NULL);
	use("nobody");
	number = 4;
	send_one("INVITE");
	use("in");
	number = 5;
	send_one("INVITE");
	say("-- in a connection: a bond without a member for it");
	dial(ROUTED4, 5060);
	use("third");
	dial(OTHER4, 5060);
	use(NULL);
	number = 6;
	send_one("INVITE");
	say("-- the rest of what it sent out");
	number = 2;
	send_one("CANCEL");
	send_one("ACK");
	return 0;
}
