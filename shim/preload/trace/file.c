/* SPDX-License-Identifier: MIT */
/* Two threads may write at once; a line is one write(2). */
#include "file.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/older.h"
#include "base/raw.h"
#include "line.h"
#include "preload/sockets/own.h"
#include "preload/sockets/owner.h"

struct identity {
	dev_t device;
	ino_t inode;
};

static _Atomic int log_fd = -1;
static _Atomic unsigned lost; /* lines, since the last that a pipe had room for */
static struct identity log_identity, stderr_identity;
static bool log_is_stderr;
static bool stderr_known;
static bool file_size_limited;
static char log_path[PATH_MAX];

static long raw_fcntl(int fd, int command, long arg)
{
	return raw_syscall(SYS_fcntl, fd, command, arg, 0);
}

static bool same(const struct identity *id, const struct stat *st)
{
	return st->st_ino == id->inode && st->st_dev == id->device;
}

static bool identify(int fd, struct stat *st)
{
	return raw_syscall(SYS_fstat, fd, (long)st, 0, 0) == 0;
}

/* The path as it will be found after a chdir(). */
static int make_path(const char *file)
{
	char *p = log_path, *end = log_path + sizeof(log_path);

	if (file[0] != '/') {
		if (!getcwd(log_path, sizeof(log_path)))
			return errno;
		p += strlen(p);
		if (p < end)
			*p++ = '/';
	}
	while (*file && p < end) {
		if (file[0] == '%' && file[1] == 'p') {
			p += snprintf(p, (size_t)(end - p), "%d", (int)getpid());
			file += 2;
		} else {
			*p++ = *file++;
		}
	}
	if (p >= end)
		return ENAMETOOLONG;
	*p = '\0';
	return 0;
}

/* Owner-only, because the lines show who calls whom. Opening a pipe does not wait for its reader. */
static int open_path(int flags)
{
	return raw_open(log_path, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK | flags, 0600);
}

/* Nor does writing into one: the host must not stand still because a reader does. */
static void wait_unless_pipe(int fd, const struct stat *st)
{
	if (!S_ISFIFO(st->st_mode))
		raw_fcntl(fd, F_SETFL, O_APPEND);
}

void tracefile_start(void)
{
	struct stat st;

	stderr_known = identify(2, &st);
	if (stderr_known)
		stderr_identity = (struct identity){st.st_dev, st.st_ino};
}

int tracefile_open(const char *file)
{
	struct stat st;
	struct rlimit size;
	int fd, copy;

	tracefile_close();
	log_is_stderr = !file || !file[0];
	if (log_is_stderr) {
		fd = 2;
	} else {
		int result = make_path(file);
		if (result)
			return result;
		fd = open_path(O_CREAT);
		if (fd < 0)
			return -fd;
	}
	copy = own_duplicate(fd, -1);
	if (!log_is_stderr)
		raw_close(fd);
	if (copy < 0)
		return -copy;
	if (!identify(copy, &st)) {
		raw_close(copy);
		return EBADF;
	}
	if (!log_is_stderr)
		wait_unless_pipe(copy, &st);
	log_identity = (struct identity){st.st_dev, st.st_ino};
	file_size_limited = getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur != RLIM_INFINITY;
	atomic_store(&log_fd, copy);
	return 0;
}

void tracefile_close(void)
{
	struct stat st;
	int fd = atomic_exchange(&log_fd, -1);

	if (fd >= 0 && identify(fd, &st) && same(&log_identity, &st))
		raw_close(fd);
}

/* The host closed our descriptor, and the number may be its own by now: it is left alone. Only the
 * very same file is taken again, so that a path means nothing else after chroot(). */
static int reopen(struct stat *st)
{
	int fd = log_is_stderr ? 2 : open_path(0), copy = -1;

	if (fd < 0)
		return -1;
	if (identify(fd, st) && same(&log_identity, st))
		copy = own_duplicate(fd, -1);
	if (!log_is_stderr)
		raw_close(fd);
	if (copy < 0)
		return -1;
	if (!log_is_stderr)
		wait_unless_pipe(copy, st);
	return copy;
}

/* A pipe without a reader, or a file that outgrows RLIMIT_FSIZE, must not kill the host. */
static long write_without_signal(int fd, const char *p, size_t n)
{
	const unsigned long set = 1UL << (SIGPIPE - 1) | 1UL << (SIGXFSZ - 1);
	const struct timespec now = {0, 0};
	unsigned long old = 0, pending = 0;
	long result;

	raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (long)&set, (long)&old, sizeof(set));
	raw_syscall(SYS_rt_sigpending, (long)&pending, sizeof(pending), 0, 0);
	result = raw_write(fd, p, n);
	if ((result == -EPIPE || result == -EFBIG) && !(pending & set))
		raw_syscall(SYS_rt_sigtimedwait, (long)&set, 0, (long)&now, sizeof(set));
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&old, 0, sizeof(old));
	return result;
}

/* The line before the first that a pipe has room for again. False: it has none. */
static bool tell_lost(int fd)
{
	struct line l;
	unsigned n = atomic_exchange(&lost, 0);

	if (!n)
		return true;
	line_start(&l);
	line_text(&l, "libbond[");
	line_signed(&l, raw_syscall(SYS_getpid, 0, 0, 0, 0));
	line_text(&l, "]: ");
	line_unsigned(&l, n);
	line_text(&l, n == 1 ? " line was" : " lines were");
	line_text(&l, " lost here: the reader of this pipe is too slow\n");
	if (write_without_signal(fd, l.text, l.length) != -EAGAIN)
		return true;
	atomic_fetch_add(&lost, n);
	return false;
}

static long write_line(int fd, const struct stat *st, const char *p, size_t n)
{
	bool pipe = S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode);
	long result = -EAGAIN;

	if (!pipe && !(file_size_limited && S_ISREG(st->st_mode)))
		return raw_write(fd, p, n);
	if (!pipe || tell_lost(fd))
		result = write_without_signal(fd, p, n);
	if (result == -EAGAIN)
		atomic_fetch_add(&lost, 1);
	return result;
}

/* For a thread with descriptors of its own: the log is fetched from the host's for one line. */
static void write_from_elsewhere(int fd, const char *p, size_t n)
{
	struct stat st;
	int process = (int)raw_syscall(SYS_pidfd_open, getpid(), 0, 0, 0);
	int copy = process < 0 ? -1 : (int)raw_syscall(SYS_pidfd_getfd, process, fd, 0, 0);

	if (copy >= 0 && identify(copy, &st) && same(&log_identity, &st))
		write_line(copy, &st, p, n);
	if (copy >= 0)
		raw_close(copy);
	if (process >= 0)
		raw_close(process);
}

bool tracefile_write(const char *p, size_t n)
{
	struct stat st;
	int fd = atomic_load_explicit(&log_fd, memory_order_acquire);
	long result;

	if (fd < 0)
		return false;
	if (owner_foreign) {
		write_from_elsewhere(fd, p, n);
		return true;
	}
	if (!identify(fd, &st) || !same(&log_identity, &st)) {
		if (!owner_may_change())
			return true; /* a vfork child: the number is its parent's */
		int fresh = reopen(&st);
		if (!atomic_compare_exchange_strong(&log_fd, &fd, fresh)) {
			if (fresh >= 0)
				raw_close(fresh); /* another thread was first */
			return fd >= 0;
		}
		fd = fresh;
		if (fd < 0)
			return false;
	}
	result = write_line(fd, &st, p, n);
	if (result == -EPIPE) {
		tracefile_close();
		return false;
	}
	return true;
}

int tracefile_descriptor(void)
{
	return atomic_load_explicit(&log_fd, memory_order_acquire);
}

bool tracefile_owns(int fd)
{
	return fd >= 0 && fd == tracefile_descriptor();
}

void tracefile_move_away(int fd)
{
	struct stat st;
	int copy;

	if (!tracefile_owns(fd) || !owner_may_change() || !identify(fd, &st) ||
		!same(&log_identity, &st))
		return;
	copy = own_duplicate(fd, fd);
	atomic_store(&log_fd, copy < 0 ? -1 : copy);
	raw_close(fd);
}

int tracefile_stderr(void)
{
	struct stat st;

	if (stderr_known && !(identify(2, &st) && same(&stderr_identity, &st)))
		return -1;
	return 2;
}
