/* SPDX-License-Identifier: MIT */
/* The one list of hooked libc calls. It makes the pointers to the real functions (real.h), their
 * early resolvers (real.c), the one-line forget-hooks (forget.c) and the export map.
 *
 * CALL(type, name, parameters, arguments)    a hook written out in one of hooks/
 * NEWFD(name, parameters, arguments)         int; returns a new descriptor: its number is forgotten
 * STREAM(name, parameters, arguments)        FILE *; the same for the descriptor inside
 * WAIT(type, name, parameters, arguments)    what the thread does next may be for anybody: turn.h
 * TURN(type, name, parameters, arguments)    the same, if it is not alone in its process
 * ALONE(name, parameters, arguments)         int; must not meet a thread that libc does not know: bare.h
 *
 * Variadic calls are listed with their last word as a plain argument: on every Linux ABI that this
 * is built for, an int or a pointer travels alike in both forms.
 *
 * What a release of glibc brought is listed from that one on: a program that looks for it finds what its
 * libc has. */

#ifdef CALL
CALL(ssize_t, send, (int fd, const void *buf, size_t n, int flags), (fd, buf, n, flags))
CALL(ssize_t, sendto,
	(int fd, const void *buf, size_t n, int flags, const void *to, socklen_t tolen),
	(fd, buf, n, flags, to, tolen))
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags), (fd, msg, flags))
CALL(int, sendmmsg, (int fd, struct mmsghdr *msgs, unsigned count, int flags),
	(fd, msgs, count, flags))
CALL(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))
CALL(ssize_t, writev, (int fd, const struct iovec *iov, int count), (fd, iov, count))

CALL(ssize_t, recv, (int fd, void *buf, size_t n, int flags), (fd, buf, n, flags))
CALL(ssize_t, recvfrom,
	(int fd, void *buf, size_t n, int flags, void *from, socklen_t *fromlen),
	(fd, buf, n, flags, from, fromlen))
CALL(ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n))
CALL(ssize_t, readv, (int fd, const struct iovec *iov, int count), (fd, iov, count))
CALL(ssize_t, __recv_chk, (int fd, void *buf, size_t n, size_t room, int flags),
	(fd, buf, n, room, flags))
CALL(ssize_t, __recvfrom_chk,
	(int fd, void *buf, size_t n, size_t room, int flags, void *from, socklen_t *fromlen),
	(fd, buf, n, room, flags, from, fromlen))
CALL(ssize_t, __read_chk, (int fd, void *buf, size_t n, size_t room), (fd, buf, n, room))
CALL(ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags), (fd, msg, flags))
CALL(int, recvmmsg,
	(int fd, struct mmsghdr *msgs, unsigned count, int flags, struct timespec *timeout),
	(fd, msgs, count, flags, timeout))

CALL(int, ioctl, (int fd, unsigned long request, void *arg), (fd, request, arg))

CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
CALL(int, socketpair, (int domain, int type, int protocol, int pair[2]),
	(domain, type, protocol, pair))
CALL(int, bind, (int fd, const void *sa, socklen_t len), (fd, sa, len))
CALL(int, listen, (int fd, int backlog), (fd, backlog))
CALL(int, connect, (int fd, const void *sa, socklen_t len), (fd, sa, len))
CALL(int, accept, (int fd, void *sa, socklen_t *len), (fd, sa, len))
CALL(int, accept4, (int fd, void *sa, socklen_t *len, int flags), (fd, sa, len, flags))
CALL(int, getsockname, (int fd, void *sa, socklen_t *len), (fd, sa, len))
CALL(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
	(fd, level, name, value, len))

CALL(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len),
	(fd, level, name, value, len))
CALL(int, dup, (int fd), (fd))
CALL(int, dup2, (int from, int to), (from, to))
CALL(int, dup3, (int from, int to, int flags), (from, to, flags))
CALL(int, fcntl, (int fd, int command, void *arg), (fd, command, arg))
CALL(int, fcntl64, (int fd, int command, void *arg), (fd, command, arg))
CALL(int, close, (int fd), (fd))
#if __GLIBC_PREREQ(2, 34)
CALL(int, close_range, (unsigned first, unsigned last, int flags), (first, last, flags))
CALL(void, closefrom, (int first), (first))
#endif
CALL(long, syscall, (long n, long a, long b, long c, long d, long e, long f),
	(n, a, b, c, d, e, f))

CALL(int, poll, (void *fds, unsigned long count, int timeout), (fds, count, timeout))
CALL(int, ppoll,
	(void *fds, unsigned long count, const struct timespec *timeout, const void *mask),
	(fds, count, timeout, mask))
CALL(int, __poll_chk, (void *fds, unsigned long count, int timeout, size_t room),
	(fds, count, timeout, room))
CALL(int, __ppoll_chk,
	(void *fds, unsigned long count, const struct timespec *timeout, const void *mask,
		size_t room),
	(fds, count, timeout, mask, room))
CALL(int, select, (int count, void *in, void *out, void *except, void *timeout),
	(count, in, out, except, timeout))
CALL(int, pselect,
	(int count, void *in, void *out, void *except, const struct timespec *timeout,
		const void *mask),
	(count, in, out, except, timeout, mask))
CALL(int, epoll_wait, (int fd, void *events, int count, int timeout),
	(fd, events, count, timeout))
CALL(int, epoll_pwait, (int fd, void *events, int count, int timeout, const void *mask),
	(fd, events, count, timeout, mask))
#if __GLIBC_PREREQ(2, 35)
CALL(int, epoll_pwait2,
	(int fd, void *events, int count, const struct timespec *timeout, const void *mask),
	(fd, events, count, timeout, mask))
#endif

CALL(int, pthread_mutex_lock, (void *mutex), (mutex))
CALL(int, pthread_mutex_trylock, (void *mutex), (mutex))
CALL(int, pthread_mutex_timedlock, (void *mutex, const void *until), (mutex, until))
CALL(int, pthread_mutex_clocklock, (void *mutex, int clock, const void *until),
	(mutex, clock, until))

CALL(int, getaddrinfo,
	(const char *node, const char *service, const void *hints, struct addrinfo **list),
	(node, service, hints, list))
CALL(struct hostent *, gethostbyname, (const char *name), (name))
CALL(struct hostent *, gethostbyname2, (const char *name, int family), (name, family))
CALL(int, gethostbyname_r,
	(const char *name, struct hostent *host, char *buf, size_t n, struct hostent **found,
		int *error),
	(name, host, buf, n, found, error))
CALL(int, gethostbyname2_r,
	(const char *name, int family, struct hostent *host, char *buf, size_t n,
		struct hostent **found, int *error),
	(name, family, host, buf, n, found, error))
#if __GLIBC_PREREQ(2, 34) /* before, these are macros of resolv.h alone */
CALL(int, res_query, (const char *name, int class, int type, unsigned char *msg, int n),
	(name, class, type, msg, n))
CALL(int, res_search, (const char *name, int class, int type, unsigned char *msg, int n),
	(name, class, type, msg, n))
CALL(int, res_querydomain,
	(const char *name, const char *domain, int class, int type, unsigned char *msg, int n),
	(name, domain, class, type, msg, n))
CALL(int, res_send, (const unsigned char *query, int length, unsigned char *msg, int n),
	(query, length, msg, n))
CALL(int, res_nquery,
	(void *state, const char *name, int class, int type, unsigned char *msg, int n),
	(state, name, class, type, msg, n))
CALL(int, res_nsearch,
	(void *state, const char *name, int class, int type, unsigned char *msg, int n),
	(state, name, class, type, msg, n))
CALL(int, res_nquerydomain,
	(void *state, const char *name, const char *domain, int class, int type,
		unsigned char *msg, int n),
	(state, name, domain, class, type, msg, n))
CALL(int, res_nsend,
	(void *state, const unsigned char *query, int length, unsigned char *msg, int n),
	(state, query, length, msg, n))
#endif
CALL(int, __res_query, (const char *name, int class, int type, unsigned char *msg, int n),
	(name, class, type, msg, n))
CALL(int, __res_search, (const char *name, int class, int type, unsigned char *msg, int n),
	(name, class, type, msg, n))
CALL(int, __res_querydomain,
	(const char *name, const char *domain, int class, int type, unsigned char *msg, int n),
	(name, domain, class, type, msg, n))
CALL(int, __res_send, (const unsigned char *query, int length, unsigned char *msg, int n),
	(query, length, msg, n))
CALL(int, __res_nquery,
	(void *state, const char *name, int class, int type, unsigned char *msg, int n),
	(state, name, class, type, msg, n))
CALL(int, __res_nsearch,
	(void *state, const char *name, int class, int type, unsigned char *msg, int n),
	(state, name, class, type, msg, n))
CALL(int, __res_nquerydomain,
	(void *state, const char *name, const char *domain, int class, int type,
		unsigned char *msg, int n),
	(state, name, domain, class, type, msg, n))
CALL(int, __res_nsend,
	(void *state, const unsigned char *query, int length, unsigned char *msg, int n),
	(state, query, length, msg, n))

CALL(int, daemon, (int nochdir, int noclose), (nochdir, noclose))
CALL(int, fclose, (FILE *f), (f))
CALL(int, pclose, (FILE *f), (f))
CALL(int, closedir, (DIR *d), (d))
CALL(DIR *, opendir, (const char *path), (path))
CALL(FILE *, freopen, (const char *path, const char *mode, FILE *f), (path, mode, f))
CALL(FILE *, freopen64, (const char *path, const char *mode, FILE *f), (path, mode, f))
CALL(int, pipe, (int pair[2]), (pair))
CALL(int, pipe2, (int pair[2], int flags), (pair, flags))
#if __GLIBC_PREREQ(2, 39)
CALL(int, pidfd_spawn,
	(int *pidfd, const char *path, const void *actions, const void *attributes, char *const argv[],
		char *const env[]),
	(pidfd, path, actions, attributes, argv, env))
CALL(int, pidfd_spawnp,
	(int *pidfd, const char *file, const void *actions, const void *attributes, char *const argv[],
		char *const env[]),
	(pidfd, file, actions, attributes, argv, env))
#endif
#endif

#ifdef NEWFD
NEWFD(open, (const char *path, int flags, unsigned mode), (path, flags, mode))
NEWFD(open64, (const char *path, int flags, unsigned mode), (path, flags, mode))
NEWFD(openat, (int dir, const char *path, int flags, unsigned mode), (dir, path, flags, mode))
NEWFD(openat64, (int dir, const char *path, int flags, unsigned mode), (dir, path, flags, mode))
NEWFD(__open_2, (const char *path, int flags), (path, flags))
NEWFD(__open64_2, (const char *path, int flags), (path, flags))
NEWFD(__openat_2, (int dir, const char *path, int flags), (dir, path, flags))
NEWFD(__openat64_2, (int dir, const char *path, int flags), (dir, path, flags))
NEWFD(creat, (const char *path, unsigned mode), (path, mode))
NEWFD(creat64, (const char *path, unsigned mode), (path, mode))
NEWFD(mkstemp, (char *path), (path))
NEWFD(mkstemp64, (char *path), (path))
NEWFD(mkostemp, (char *path, int flags), (path, flags))
NEWFD(mkostemp64, (char *path, int flags), (path, flags))
NEWFD(mkstemps, (char *path, int suffix), (path, suffix))
NEWFD(mkstemps64, (char *path, int suffix), (path, suffix))
NEWFD(mkostemps, (char *path, int suffix, int flags), (path, suffix, flags))
NEWFD(mkostemps64, (char *path, int suffix, int flags), (path, suffix, flags))
NEWFD(shm_open, (const char *name, int flags, unsigned mode), (name, flags, mode))
NEWFD(posix_openpt, (int flags), (flags))
NEWFD(getpt, (void), ())
NEWFD(open_by_handle_at, (int mount, void *handle, int flags), (mount, handle, flags))
NEWFD(eventfd, (unsigned initial, int flags), (initial, flags))
NEWFD(epoll_create, (int size), (size))
NEWFD(epoll_create1, (int flags), (flags))
NEWFD(timerfd_create, (int clock, int flags), (clock, flags))
NEWFD(signalfd, (int fd, const void *mask, int flags), (fd, mask, flags))
NEWFD(memfd_create, (const char *name, unsigned flags), (name, flags))
NEWFD(inotify_init, (void), ())
NEWFD(inotify_init1, (int flags), (flags))
NEWFD(fanotify_init, (unsigned flags, unsigned event_flags), (flags, event_flags))
#if __GLIBC_PREREQ(2, 36)
NEWFD(pidfd_open, (int pid, unsigned flags), (pid, flags))
NEWFD(pidfd_getfd, (int pidfd, int fd, unsigned flags), (pidfd, fd, flags))
#endif
#if __GLIBC_PREREQ(2, 43)
NEWFD(openat2, (int dir, const char *path, const void *how, size_t size), (dir, path, how, size))
#endif
#endif

#ifdef STREAM
STREAM(fopen, (const char *path, const char *mode), (path, mode))
STREAM(fopen64, (const char *path, const char *mode), (path, mode))
STREAM(tmpfile, (void), ())
STREAM(tmpfile64, (void), ())
STREAM(popen, (const char *command, const char *mode), (command, mode))
#endif

#ifdef WAIT
WAIT(int, sem_wait, (void *sem), (sem))
WAIT(int, sem_timedwait, (void *sem, const void *until), (sem, until))
WAIT(int, sem_clockwait, (void *sem, int clock, const void *until), (sem, clock, until))
WAIT(int, pthread_cond_wait, (void *cond, void *mutex), (cond, mutex))
WAIT(int, pthread_cond_timedwait, (void *cond, void *mutex, const void *until),
	(cond, mutex, until))
WAIT(int, pthread_cond_clockwait, (void *cond, void *mutex, int clock, const void *until),
	(cond, mutex, clock, until))
WAIT(int, cnd_wait, (void *cond, void *mutex), (cond, mutex))
WAIT(int, cnd_timedwait, (void *cond, void *mutex, const void *until), (cond, mutex, until))
WAIT(int, pthread_barrier_wait, (void *barrier), (barrier))
WAIT(int, sigwait, (const void *set, int *number), (set, number))
WAIT(int, sigwaitinfo, (const void *set, void *info), (set, info))
WAIT(int, sigtimedwait, (const void *set, void *info, const void *timeout), (set, info, timeout))
WAIT(int, sigsuspend, (const void *mask), (mask))
WAIT(int, pause, (void), ())
WAIT(ssize_t, msgrcv, (int queue, void *msg, size_t n, long type, int flags),
	(queue, msg, n, type, flags))
WAIT(ssize_t, mq_receive, (int queue, char *msg, size_t n, unsigned *priority),
	(queue, msg, n, priority))
WAIT(ssize_t, mq_timedreceive,
	(int queue, char *msg, size_t n, unsigned *priority, const void *until),
	(queue, msg, n, priority, until))
#endif

#ifdef TURN
TURN(int, pthread_rwlock_rdlock, (void *lock), (lock))
TURN(int, pthread_rwlock_wrlock, (void *lock), (lock))
TURN(int, pthread_rwlock_tryrdlock, (void *lock), (lock))
TURN(int, pthread_rwlock_trywrlock, (void *lock), (lock))
TURN(int, pthread_rwlock_timedrdlock, (void *lock, const void *until), (lock, until))
TURN(int, pthread_rwlock_timedwrlock, (void *lock, const void *until), (lock, until))
TURN(int, pthread_spin_lock, (void *lock), (lock))
TURN(int, pthread_spin_trylock, (void *lock), (lock))
TURN(int, pthread_join, (unsigned long thread, void **result), (thread, result))
TURN(int, mtx_lock, (void *mutex), (mutex))
TURN(int, mtx_trylock, (void *mutex), (mutex))
TURN(int, mtx_timedlock, (void *mutex, const void *until), (mutex, until))
TURN(int, thrd_join, (unsigned long thread, int *result), (thread, result))
TURN(void, thrd_yield, (void), ())
TURN(int, thrd_sleep, (const void *time, void *left), (time, left))
TURN(int, sem_trywait, (void *sem), (sem))
TURN(int, semop, (int set, void *operations, size_t count), (set, operations, count))
TURN(int, semtimedop, (int set, void *operations, size_t count, const void *timeout),
	(set, operations, count, timeout))
TURN(int, sched_yield, (void), ())
TURN(int, nanosleep, (const void *time, void *left), (time, left))
TURN(int, clock_nanosleep, (int clock, int flags, const void *time, void *left),
	(clock, flags, time, left))
TURN(int, usleep, (unsigned time), (time))
TURN(unsigned, sleep, (unsigned time), (time))
#endif

#ifdef ALONE
ALONE(setuid, (unsigned id), (id))
ALONE(setgid, (unsigned id), (id))
ALONE(seteuid, (unsigned id), (id))
ALONE(setegid, (unsigned id), (id))
ALONE(setreuid, (unsigned real_id, unsigned id), (real_id, id))
ALONE(setregid, (unsigned real_id, unsigned id), (real_id, id))
ALONE(setresuid, (unsigned real_id, unsigned id, unsigned saved_id), (real_id, id, saved_id))
ALONE(setresgid, (unsigned real_id, unsigned id, unsigned saved_id), (real_id, id, saved_id))
ALONE(setgroups, (size_t count, const void *ids), (count, ids))
ALONE(initgroups, (const char *user, unsigned id), (user, id))
ALONE(capset, (void *head, const void *sets), (head, sets))
ALONE(unshare, (int flags), (flags))
ALONE(setns, (int fd, int kind), (fd, kind))
#endif
