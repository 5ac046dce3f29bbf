/* SPDX-License-Identifier: MIT */
/* A program built for large files: fcntl64, open64, fopen64. */
/*victim
cc: -D_FILE_OFFSET_BITS=64
*/
#include "../victim.h"

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005);
	int ear = udp("127.0.0.1", 7005), s = udp("127.0.0.1", 7001), d, fd;
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};

	d = DID(fcntl(s, F_DUPFD_CLOEXEC, 10));
	DID(close(s));
	DID(sendto(d, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(close(d));
	fd = DID(open("/dev/null", O_RDWR));
	DID(write(fd, SIP, SIP_LEN));
	DID(fcntl(fd, F_GETFL) & O_ACCMODE);
	DID(fcntl(fd, F_SETFD, FD_CLOEXEC));
	fd = MUST(fileno(tmpfile()));
	DID(fcntl(fd, F_SETLK, &lock));
	DID(fcntl(fd, F_DUPFD, 10));
	DID(open("/no/such", O_RDWR | O_CREAT, 0600));
	DID(open("/tmp", O_TMPFILE | O_RDWR, 0600) > 0);
	DID(lseek(fd, 5000000000, SEEK_SET));
	DID(sendto(10, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_open(14);
	return 0;
}
