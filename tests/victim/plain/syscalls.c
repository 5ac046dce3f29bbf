/* SPDX-License-Identifier: MIT */
/* syscall() with no to six arguments: results and errno. */
#include "../victim.h"

#include <linux/futex.h>

int main(void)
{
	struct ep to = ep("127.0.0.1", 7005), from = {.len = sizeof(from.ss)};
	char text[600] = "";
	int file = memfd_create("x", 0), ear = udp("127.0.0.1", 7005), s, pair[2], word = 0;
	char *page;
	long copied;
	loff_t at = 0;

	DID(syscall(SYS_getpid) == getpid());
	DID(syscall(SYS_gettid) == gettid());
	DID(syscall(SYS_umask, 022) >= 0);
	DID(syscall(SYS_dup2, 1, 50));
	DID(syscall(SYS_write, file, "0123456789", 10L));
	DID(syscall(SYS_pread64, file, text, 4L, 3L));
	say("%s", text);
	DID(syscall(SYS_splice, file, NULL, 0, NULL, 0L, 0));
	page = (char *)syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_SHARED, file, 0L);
	say("%.10s", page);
	page = (char *)syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_SHARED, file, 123L);
	say("%p %s", (void *)page, strerrorname_np(errno));
	at = 2;
	copied = DID(syscall(SYS_copy_file_range, file, &at, file, &(loff_t){20}, 4L, 0U));
	say("%ld %ld", copied, (long)at);
	DID(syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL, NULL, 0));
	DID(syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0));
	DID(syscall(SYS_futex, (void *)8, FUTEX_WAIT, 1, NULL, NULL, 0));
	DID(syscall(-1));
	DID(syscall(100000, 1, 2, 3, 4, 5, 6));
	DID(syscall(SYS_close, -1));
	DID(syscall(SYS_close, 77777));
	s = DID(syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0));
	from = ep("127.0.0.1", 7001);
	DID(syscall(SYS_bind, s, &from.sa, (long)from.len));
	from.len = sizeof(from.ss);
	DID(syscall(SYS_sendto, s, SIP, SIP_LEN, 0, &to.sa, (long)to.len));
	DID(syscall(SYS_recvfrom, ear, text, sizeof(text), 0, &from.sa, &from.len));
	say("%s", ep_text(&from));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(syscall(SYS_getsockname, s, &from.sa, &from.len));
	DID(syscall(SYS_connect, s, NULL, 0));
	DID(syscall(SYS_fcntl, s, F_DUPFD, 30));
	DID(syscall(SYS_dup, s));
	DID(syscall(SYS_dup3, s, 31, O_CLOEXEC));
	DID(sendto(31, SIP, SIP_LEN, 0, &to.sa, to.len));
	say_heard("ear", ear);
	DID(syscall(SYS_pipe2, pair, O_CLOEXEC));
	DID(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair));
	DID(write(pair[0], SIP, SIP_LEN));
	DID(syscall(SYS_close_range, pair[0], pair[1], 0));
	DID(syscall(SYS_epoll_create1, 0));
	DID(syscall(SYS_listen, s, 5));
	DID(syscall(SYS_accept, s, NULL, NULL));
	DID(syscall(SYS_close, s));
	DID(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	errno = 55;
	syscall(SYS_getpid);
	say("errno %d", errno);
	say_open(60);
	return 0;
}
