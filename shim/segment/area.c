/* SPDX-License-Identifier: MIT */
/* See segment.h. The disk space is taken before anything is written: a full disk is an error here
 * and not a SIGBUS later. */
#include "area.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/raw.h"
#include "file.h"

#define DIRECTORY_MAX 256
#define SAME_PID_MAX 9 /* files of earlier hosts whose first process had this number */

static struct segment_head *head;
static pid_t maker;
static char path[DIRECTORY_MAX + 32]; /* "" = there is no file */
static ino_t inode;
static char trouble[DIRECTORY_MAX + 128];

static void note_trouble(const char *where, int error)
{
	snprintf(trouble, sizeof(trouble), "%s: %s", where,
		error == EPERM ? "it is not this user's own, or others may write in it"
			       : strerror(error));
}

/* Takes the space on the disk: later a write to the mapping could not be refused without a signal.
 * Cheaper than fallocate(2), whose extents have to be converted when they are written to. */
static int fill_with_zeros(int fd, size_t size)
{
	static char zeros[4096];
	struct iovec parts[64];
	struct rlimit limit;

	/* a write beyond it would be a signal, too */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size)
		return EFBIG;

	for (size_t done = 0; done < size;) {
		int count = 0;
		size_t n = 0;
		for (; count < 64 && done + n < size; count++, n += parts[count - 1].iov_len) {
			size_t left = size - done - n;
			parts[count] = (struct iovec){zeros, left < sizeof(zeros) ? left : sizeof(zeros)};
		}
		ssize_t written = pwritev(fd, parts, count, (off_t)done);
		if (written <= 0)
			return written < 0 ? errno : ENOSPC;
		done += (size_t)written;
	}
	return 0;
}

/* A new file of that size in the directory; its descriptor, or -1 with errno. */
static int make_file(int directory, const char *where, size_t size)
{
	char name[32];
	struct stat st;
	int fd = -1;

	snprintf(name, sizeof(name), "%d", (int)maker);
	for (int i = 1; i <= SAME_PID_MAX && fd < 0; i++) {
		fd = raw_openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
		if (fd < 0 && fd != -EEXIST) {
			errno = -fd;
			return -1;
		}
		if (fd < 0)
			snprintf(name, sizeof(name), "%d.%d", (int)maker, i);
	}
	if (fd < 0) {
		errno = EEXIST;
		return -1;
	}
	int error = fstat(fd, &st) == 0 ? fill_with_zeros(fd, size) : errno;
	if (error) {
		unlinkat(directory, name, 0);
		raw_close(fd);
		errno = error;
		return -1;
	}
	inode = st.st_ino;
	snprintf(path, sizeof(path), "%s/%s", where, name);
	return fd;
}

/* Maps a new file in that directory; NULL and a trouble noted. */
static void *map_in(const char *where, size_t size)
{
	void *p = MAP_FAILED;
	int directory = segment_open_directory(where, geteuid(), true), fd = -1;

	if (directory >= 0) {
		segment_sweep(directory, maker);
		fd = make_file(directory, where, size);
	}
	if (fd >= 0)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		note_trouble(where, errno);
	if (fd >= 0)
		raw_close(fd);
	if (directory >= 0)
		raw_close(directory);
	if (p != MAP_FAILED)
		return p;
	if (*path)
		unlink(path);
	*path = 0;
	return NULL;
}

static void *map_somewhere(size_t size)
{
	char where[DIRECTORY_MAX];
	const char *run = getauxval(AT_SECURE) ? NULL : getenv("XDG_RUNTIME_DIR");
	void *p = NULL;

	if (geteuid() == 0)
		p = map_in("/run/bond", size);
	if (!p && run && *run == '/' && strlen(run) < sizeof(where) - sizeof("/bond")) {
		snprintf(where, sizeof(where), "%s/bond", run);
		p = map_in(where, size);
	}
	if (!p) {
		snprintf(where, sizeof(where), "/dev/shm/bond-%u", (unsigned)geteuid());
		p = map_in(where, size);
	}
	if (p)
		return p;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void describe_ini(const char *ini)
{
	struct stat st;

	if (!realpath(ini, head->ini.path))
		snprintf(head->ini.path, sizeof(head->ini.path), "%s", ini);
	if (stat(ini, &st) != 0)
		return;
	head->ini.inode = st.st_ino;
	head->ini.size = (uint64_t)st.st_size;
	head->ini.changed = segment_changed(&st);
}

static void begin_fork(void)
{
	atomic_store(&head->forked, segment_now());
	atomic_fetch_add(&head->forks, 1);
}

static void child_forked(void)
{
	segment_join();
	atomic_fetch_add(&head->children, 1);
}

void *segment_init(const char *ini, size_t size)
{
	struct stat st;

	maker = getpid();
	head = map_somewhere(SEGMENT_HEAD_SIZE + size);
	if (!head)
		return NULL;
	snprintf(head->version, sizeof(head->version), "%s", BOND_VERSION);
	head->size = SEGMENT_HEAD_SIZE + size;
	head->table = size ? SEGMENT_HEAD_SIZE : 0;
	head->started = segment_now();
	head->numbering = segment_numbering(0);
	if (stat("/proc/self/exe", &st) == 0) {
		head->program[0] = st.st_dev;
		head->program[1] = st.st_ino;
	}
	describe_ini(ini);
	segment_join();
	pthread_atfork(begin_fork, NULL, child_forked);
	atomic_store_explicit(&head->magic, SEGMENT_MAGIC, memory_order_release);
	return size ? (char *)head + SEGMENT_HEAD_SIZE : NULL;
}

/* Takes a place that is free, its own, or, if `dead`, one of a process that is gone. */
static bool take_place(uint64_t me, bool dead)
{
	pid_t pid = segment_pid(me);

	for (unsigned n = 0; n < SEGMENT_PROBES; n++) {
		_Atomic uint64_t *place =
			&head->processes[(segment_place(pid) + n) % SEGMENT_PROCESSES];
		uint64_t now = atomic_load(place);
		bool free = now == 0 || segment_pid(now) == pid ||
			(dead && kill(segment_pid(now), 0) != 0 && errno == ESRCH);
		if (free && atomic_compare_exchange_strong(place, &now, me))
			return true;
	}
	return false;
}

void segment_join(void)
{
	int saved = errno;

	if (!head)
		return;
	uint64_t me = segment_process(getpid(), segment_now());
	if (!take_place(me, false))
		take_place(me, true);
	errno = saved;
}

const char *segment_trouble(void)
{
	return *path || !*trouble ? NULL : trouble;
}

void segment_end(void)
{
	struct stat st;

	/* after a chroot another file may have this name */
	if (head && *path && !segment_is_used(head, getpid()) && lstat(path, &st) == 0 &&
		st.st_ino == inode)
		unlink(path);
}
