/* SPDX-License-Identifier: MIT */
/* Whatever returns a descriptor may return the number of a socket that is gone. */
#include "../victim.h"

#include <dirent.h>
#include <linux/openat2.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static struct ep to;

/* The number is a UDP socket for a while, then is closed unseen. */
static void before(void)
{
	int s = udp("127.0.0.1", 7001);

	MUST(sendto(s, SIP, SIP_LEN, 0, &to.sa, to.len));
	raw(SYS_close, s, 0, 0, 0, 0, 0);
}

static void use(int fd)
{
	say_what(fd);
	DID(sendto(fd, SIP, SIP_LEN, MSG_DONTWAIT, &to.sa, to.len));
	DID(write(fd, SIP, 1) == 1);
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* What open() of a fortified program is. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

#define NEW(...) (before(), errno = 0, say("%s", #__VA_ARGS__), use(__VA_ARGS__))

int main(void)
{
	char names[][20] = {"/tmp/victim-XXXXXX", "/tmp/victim-XXXXXX", "/tmp/victim-XXXXXX", "/tmp/victim-XXXXXX"};
	char suffixed[][24] = {"/tmp/victim-XXXXXX.c", "/tmp/victim-XXXXXX.c", "/tmp/victim-XXXXXX.c", "/tmp/victim-XXXXXX.c"};
	struct file_handle none = {0}; /* of no file: it fails */
	int ear = udp("127.0.0.1", 7005), small = 1, pair[2];
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	to = ep("127.0.0.1", 7005);
	setsockopt(ear, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	sigemptyset(&set);
	NEW(open("/dev/null", O_RDWR));
	NEW(open64("/dev/null", O_RDWR));
	NEW(openat(AT_FDCWD, "/dev/null", O_RDWR));
	NEW(openat64(AT_FDCWD, "/dev/null", O_RDWR));
	NEW(__open_2("/dev/null", O_RDWR));
	NEW(__open64_2("/dev/null", O_RDWR));
	NEW(__openat_2(AT_FDCWD, "/dev/null", O_RDWR));
	NEW(__openat64_2(AT_FDCWD, "/dev/null", O_RDWR));
	NEW(creat("/dev/null", 0600));
	NEW(creat64("/dev/null", 0600));
	NEW(mkstemp(names[0]));
	NEW(mkstemp64(names[1]));
	NEW(mkostemp(names[2], O_CLOEXEC));
	NEW(mkostemp64(names[3], O_CLOEXEC));
	NEW(mkstemps(suffixed[0], 2));
	NEW(mkstemps64(suffixed[1], 2));
	NEW(mkostemps(suffixed[2], 2, O_CLOEXEC));
	NEW(mkostemps64(suffixed[3], 2, O_CLOEXEC));
	for (int i = 0; i < 4; i++)
		unlink(names[i]), unlink(suffixed[i]);
	NEW(shm_open("/victim", O_RDWR | O_CREAT, 0600));
	shm_unlink("/victim");
	NEW(posix_openpt(O_RDWR));
	NEW(getpt());
	NEW(open_by_handle_at(AT_FDCWD, &none, O_RDONLY));
	NEW(eventfd(0, EFD_NONBLOCK));
	NEW(epoll_create(1));
	NEW(epoll_create1(EPOLL_CLOEXEC));
	NEW(timerfd_create(CLOCK_MONOTONIC, 0));
	NEW(signalfd(-1, &set, 0));
	NEW(memfd_create("x", 0));
	NEW(inotify_init());
	NEW(inotify_init1(IN_CLOEXEC));
	NEW(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY)); /* of root; else it fails */
	NEW(pidfd_open(getpid(), 0));
#if __GLIBC_PREREQ(2, 36)
	int own = pidfd_open(getpid(), 0);
	NEW(pidfd_getfd(own, 0, 0));
	close(own);
#endif
#if __GLIBC_PREREQ(2, 39)
	char *words[] = {"true", NULL};
	int spawned;
	NEW((MUST(pidfd_spawn(&spawned, "/bin/true", NULL, NULL, words, environ)), spawned));
	NEW((MUST(pidfd_spawnp(&spawned, "true", NULL, NULL, words, environ)), spawned));
#endif
	struct open_how how = {.flags = O_RDWR};
#if __GLIBC_PREREQ(2, 43)
	NEW(openat2(AT_FDCWD, "/dev/null", &how, sizeof(how)));
#endif
	NEW((int)syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how)));
	NEW(fileno(fopen("/dev/null", "r+")));
	NEW(fileno(fopen64("/dev/null", "r+")));
	NEW(fileno(tmpfile()));
	NEW(fileno(tmpfile64()));
	NEW(fileno(popen("cat >/dev/null", "w")));
	NEW(dirfd(opendir("/")));
	NEW(socket(AF_UNIX, SOCK_DGRAM, 0));
	NEW(socket(AF_INET6, SOCK_DGRAM, 0));
	NEW(dup(0));
	NEW(fcntl(0, F_DUPFD, 3));
	NEW(fcntl(0, F_DUPFD_CLOEXEC, 3));
	NEW(dup2(0, 4));
	NEW((MUST(pipe(pair)), close(pair[0]), pair[1]));
	NEW((MUST(pipe(pair)), close(pair[1]), pair[0]));
	NEW((MUST(pipe2(pair, O_CLOEXEC)), close(pair[1]), pair[0]));
	NEW((MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)), close(pair[1]), pair[0]));
	NEW(open("/", O_PATH));
	return 0;
}
