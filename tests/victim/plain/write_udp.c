/* SPDX-License-Identifier: MIT */
/* write() and writev() on connected datagram sockets, pwrite, sendfile and splice beside them. */
#include "../victim.h"

#include <sys/sendfile.h>

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), file = memfd_create("x", 0);
	struct iovec iov[4] = {
		{(void *)SIP, 3}, {NULL, 0}, {(char *)SIP + 3, 10}, {(char *)SIP + 13, 1}};

	DID(write(s, SIP, SIP_LEN));
	DID(writev(s, iov, 4));
	MUST(connect(s, &to.sa, to.len));
	DID(write(s, SIP, SIP_LEN));
	say_heard("ear", ear);
	DID(write(s, SIP, 0));
	DID(writev(s, iov, 4));
	say_heard("ear", ear);
	DID(writev(s, iov, 0));
	DID(writev(s, iov, -1));
	DID(writev(s, iov, 1025));
	DID(writev(s, NULL, 1));
	DID(pwrite(s, SIP, SIP_LEN, 0));
	DID(pwritev2(s, iov, 4, -1, 0));
	say_heard("ear", ear);
	DID(write(file, SIP, SIP_LEN));
	DID(lseek(file, 0, SEEK_SET));
	DID(sendfile(s, file, NULL, 100));
	say_heard("ear", ear);
	DID(write(s, calloc(1, 70000), 70000));
	return 0;
}
