/* SPDX-License-Identifier: MIT */
/* One anonymous mapping, over whose end the file is mapped if one can be made. The file's disk space is
 * taken before anything is written: a full disk is an error here and not a SIGBUS later. */
#include "area.h"

#include <errno.h>
#include <fcntl.h>
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
#include "generation.h"

#define DIRECTORY_MAX 256
#define SAME_PID_MAX 9 /* files of earlier hosts whose first process had this number */

static void note_trouble(struct segment *s, const char *where, int error)
{
	snprintf(s->trouble, sizeof(s->trouble), "%s: %s", where,
		error == EPERM ? "it is not this user's own, or others may write in it"
			       : strerror(error));
}

/* Takes the space on the disk: later a write to the mapping could not be refused without a signal.
 * Cheaper than fallocate(2), whose extents have to be converted when they are written to. */
static int fill_with_zeros(int fd, size_t size)
{
	static const char zeros[4096];
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
			parts[count] = (struct iovec){(void *)(uintptr_t)zeros, left < sizeof(zeros) ? left : sizeof(zeros)};
		}
		ssize_t written = pwritev(fd, parts, count, (off_t)done);
		if (written <= 0)
			return written < 0 ? errno : ENOSPC;
		done += (size_t)written;
	}
	return 0;
}

/* A new file of that size in the directory; its descriptor, or -1 with errno. */
static int make_file(struct segment *s, int directory, const char *where, size_t size)
{
	char name[32];
	struct stat st;
	int fd = -1;

	snprintf(name, sizeof(name), "%d", (int)s->maker);
	for (int i = 1; i <= SAME_PID_MAX && fd < 0; i++) {
		fd = raw_openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
		if (fd < 0 && fd != -EEXIST) {
			errno = -fd;
			return -1;
		}
		if (fd < 0)
			snprintf(name, sizeof(name), "%d.%d", (int)s->maker, i);
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
	s->inode = st.st_ino;
	snprintf(s->path, sizeof(s->path), "%s/%s", where, name);
	return fd;
}

/* Maps a new file in that directory over the memory at `at`; false, and a trouble noted. */
static bool map_in(struct segment *s, const char *where, void *at, size_t size)
{
	void *p = MAP_FAILED;
	int directory = segment_open_directory(where, geteuid(), true), fd = -1;

	if (directory >= 0) {
		segment_sweep(directory, s->maker);
		fd = make_file(s, directory, where, size);
	}
	if (fd >= 0)
		p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	if (p == MAP_FAILED)
		note_trouble(s, where, errno);
	if (fd >= 0)
		raw_close(fd);
	if (directory >= 0)
		raw_close(directory);
	if (p != MAP_FAILED)
		return true;
	if (*s->path)
		unlink(s->path);
	*s->path = 0;
	return false;
}

/* In the first directory that takes one; false: none does. */
static bool map_file(struct segment *s, void *at, size_t size)
{
	char where[DIRECTORY_MAX];
	const char *run = getauxval(AT_SECURE) ? NULL : getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0 && map_in(s, "/run/bond", at, size))
		return true;
	if (run && *run == '/' && strlen(run) < sizeof(where) - sizeof("/bond")) {
		snprintf(where, sizeof(where), "%s/bond", run);
		if (map_in(s, where, at, size))
			return true;
	}
	snprintf(where, sizeof(where), "/dev/shm/bond-%u", (unsigned)geteuid());
	return map_in(s, where, at, size);
}

static void *map_memory(void *at, size_t size, int flags)
{
	return mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

static void describe_ini(struct segment_head *head, const char *ini)
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

static void describe_host(struct segment_head *head)
{
	struct stat st;

	snprintf(head->version, sizeof(head->version), "%s", BOND_VERSION);
	head->started = segment_now();
	head->numbering = segment_numbering(0);
	if (stat("/proc/self/exe", &st) == 0) {
		head->program[0] = st.st_dev;
		head->program[1] = st.st_ino;
	}
}

/* Where what lies, for this process and in the head. */
static void lay_out(struct segment *s, char *area, size_t dns_size)
{
	struct segment_caches *c = (struct segment_caches *)area;
	struct segment_file *f = (struct segment_file *)(area + SEGMENT_FILE_AT);

	s->choices = &c->choices;
	s->dialogs = &c->dialogs;
	s->socknames = &c->socknames;
	s->shown = &c->shown;
	s->streams = &c->streams;
	s->said = &c->said;
	s->head = &f->head;
	s->generation = &f->generation;
	s->counters = &f->counters;
	s->dns = dns_size ? f + 1 : NULL;
	f->head.size = sizeof(*f) + dns_size;
	f->head.generation = offsetof(struct segment_file, generation);
	f->head.counters = offsetof(struct segment_file, counters);
	f->head.counters_size = sizeof(f->counters);
	f->head.table = dns_size ? sizeof(*f) : 0;
}

void segment_init(struct segment *s, const char *ini, size_t dns_size)
{
	const size_t before = SEGMENT_FILE_AT, size = sizeof(struct segment_file) + dns_size;
	char *p = map_memory(NULL, before + size, 0);

	*s = (struct segment){.maker = getpid()};
	/* a mapping that was refused may have left a hole */
	if (p != MAP_FAILED && ini && !map_file(s, p + before, size) &&
		map_memory(p + before, size, MAP_FIXED) == MAP_FAILED) {
		munmap(p, before + size);
		p = MAP_FAILED;
	}
	if (p == MAP_FAILED) {
		note_trouble(s, "memory to share", errno);
		return;
	}
	lay_out(s, p, dns_size);
	*s->generation = GENERATION_FIRST;
	if (!ini)
		return;
	describe_host(s->head);
	describe_ini(s->head, ini);
	segment_join(s);
	atomic_store_explicit(&s->head->magic, SEGMENT_MAGIC, memory_order_release);
}

void segment_begin_fork(struct segment *s)
{
	if (!s->head)
		return;
	atomic_store(&s->head->forked, segment_now());
	atomic_fetch_add(&s->head->forks, 1);
}

void segment_child_forked(struct segment *s)
{
	if (!s->head)
		return;
	segment_join(s);
	atomic_fetch_add(&s->head->children, 1);
}

/* Takes a place that is free, its own, or, if `dead`, one of a process that is gone. */
static bool take_place(struct segment_head *head, uint64_t me, bool dead)
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

void segment_join(struct segment *s)
{
	int saved = errno;

	if (!s->head)
		return;
	uint64_t me = segment_process(getpid(), segment_now());
	if (!take_place(s->head, me, false))
		take_place(s->head, me, true);
	errno = saved;
}

const char *segment_trouble(const struct segment *s)
{
	return *s->path || !*s->trouble ? NULL : s->trouble;
}

void segment_end(struct segment *s)
{
	struct stat st;

	/* after a chroot another file may have this name */
	if (*s->path && !segment_is_used(s->head, getpid()) && lstat(s->path, &st) == 0 &&
		st.st_ino == s->inode)
		unlink(s->path);
}
