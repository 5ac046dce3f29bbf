/* SPDX-License-Identifier: MIT */
/* Addresses are reserved first, then memory is mapped over them: anonymous, and the file if one can be made.
 * The file's disk space is taken before anything is written: a full disk is an error here and not a SIGBUS
 * later. */
#include "area.h"
#include "processes.h"

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

#include "base/generation.h"
#include "base/raw.h"
#include "tallies.h"

#define DIRECTORY_MAX 256
#define RESERVE_MAX SEGMENT_SIZE_MAX
#define RESERVE_PART 8 /* at most such a part of a limited address space */
#define SAME_PID_MAX 9 /* files of earlier hosts whose first process had this number */

static void note_trouble(struct segment *s, const char *where, int error)
{
	snprintf(s->trouble, sizeof(s->trouble), "%s: %s", where,
		error == EPERM ? "it is not this user's own, or others may write in it"
			       : strerror(error));
}

/* Takes the space on the disk: later a write to the mapping could not be refused without a signal.
 * Cheaper than fallocate(2), whose extents have to be converted when they are written to. */
static int fill_with_zeros(int fd, size_t from, size_t size)
{
	static const char zeros[4096];
	struct iovec parts[64];
	struct rlimit limit;

	/* a write beyond it would be a signal, too */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size)
		return EFBIG;

	for (size_t done = from; done < size;) {
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

static int write_all(int fd, const char *p, size_t n, size_t at)
{
	while (n) {
		ssize_t written = pwrite(fd, p, n, (off_t)at);
		if (written <= 0)
			return written < 0 ? errno : ENOSPC;
		p += written, at += (size_t)written, n -= (size_t)written;
	}
	return 0;
}

/* What is where. */
struct layout {
	const struct segment_wants *want;
	size_t live;     /* where the live trace has its place: a hole, see live.h */
	size_t tallies;  /* where they begin, */
	size_t dns;      /* and what DNS needs */
	size_t size;     /* what is written to, see segment_head */
	size_t image;    /* where the image begins */
	size_t end;      /* of it */
	size_t reserved; /* address space, from size on */
};

/* Behind the first image the file has room, of which nothing is taken yet: for images from within the host,
 * which has no descriptor to let the file grow by. */
static size_t tail_end(const struct layout *l)
{
	size_t end = l->end + SEGMENT_TAIL < l->reserved ? l->end + SEGMENT_TAIL : l->reserved;

	return end / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX;
}

/* A file beyond the limit would be a signal. */
static bool has_tail(const struct layout *l)
{
	struct rlimit limit;

	return tail_end(l) > l->end &&
		(getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= tail_end(l));
}

/* A new file with all that; its descriptor, or -1 with errno. */
static int make_file(struct segment *s, int directory, const char *where, const struct layout *l)
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
	int error = fstat(fd, &st) == 0 ? fill_with_zeros(fd, l->tallies, l->image) : errno;
	if (!error)
		error = ftruncate(fd, (off_t)l->image) == 0 ? fill_with_zeros(fd, 0, l->live) : errno;
	if (!error)
		error = write_all(fd, l->want->image, l->want->image_size, l->image);
	if (!error && has_tail(l) && ftruncate(fd, (off_t)tail_end(l)) != 0)
		error = errno;
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

/* The images can only be read: what is written to one is written by who made it. */
static bool map_parts(int fd, char *at, const struct layout *l)
{
	const int flags = MAP_SHARED | MAP_NORESERVE | MAP_FIXED;

	return mmap(at, l->size, PROT_READ | PROT_WRITE, flags, fd, 0) != MAP_FAILED &&
	       (l->reserved == l->size || mmap(at + l->size, l->reserved - l->size, PROT_READ, flags, fd,
						  (off_t)l->size) != MAP_FAILED);
}

/* Both views of the page are the same memory; in the library's own it is as it was. */
static bool map_page(int fd, void *page)
{
	union segment_page_room before;
	void *p = page ? page : &before;

	if (!page)
		return true;
	memcpy(&before, page, sizeof(before));
	p = mmap(page, sizeof(before), PROT_READ | PROT_WRITE,
		MAP_FIXED | MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd,
		fd < 0 ? 0 : offsetof(struct segment_file, page));
	if (p == MAP_FAILED)
		return false;
	memcpy(page, &before, sizeof(before));
	return true;
}

/* Maps a new file in that directory over the addresses at `at`; false, and a trouble noted. */
static bool map_in(struct segment *s, const char *where, void *at, const struct layout *l)
{
	bool mapped = false;
	int directory = segment_open_directory(where, geteuid(), true), fd = -1;

	if (directory >= 0) {
		segment_sweep(directory, s->maker);
		fd = make_file(s, directory, where, l);
	}
	mapped = fd >= 0 && map_parts(fd, at, l) && map_page(fd, l->want->page);
	if (!mapped)
		note_trouble(s, where, errno);
	if (fd >= 0)
		raw_close(fd);
	if (directory >= 0)
		raw_close(directory);
	if (mapped)
		return true;
	if (*s->path)
		unlink(s->path);
	*s->path = 0;
	return false;
}

/* In the first directory that takes one; false: none does. */
static bool map_file(struct segment *s, void *at, const struct layout *l)
{
	char where[DIRECTORY_MAX];
	const char *run = getauxval(AT_SECURE) ? NULL : getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0 && map_in(s, "/run/bond", at, l))
		return true;
	if (run && *run == '/' && strlen(run) < sizeof(where) - sizeof("/bond")) {
		snprintf(where, sizeof(where), "%s/bond", run);
		if (map_in(s, where, at, l))
			return true;
	}
	snprintf(where, sizeof(where), "/dev/shm/bond-%u", (unsigned)geteuid());
	return map_in(s, where, at, l);
}

static bool map_memory(void *at, size_t size)
{
	return mmap(at, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/* Instead of the file; what is reserved behind it is of no use then. */
static bool map_no_file(struct segment *s, char *at, struct layout *l)
{
	if (!map_memory(at, l->end) || !map_page(-1, l->want->page)) {
		note_trouble(s, "memory to share", errno);
		return false;
	}
	if (l->want->image_size)
		memcpy(at + l->image, l->want->image, l->want->image_size);
	munmap(at + l->end, l->reserved - l->end);
	l->reserved = l->end;
	return true;
}

/* How much is reserved at most: what mlockall(2) would have to lock must not be what makes it fail. Where
 * the caches are beyond its limit already it fails in any case. */
static size_t reserve_max(void)
{
	struct rlimit limit;
	size_t most = RESERVE_MAX;

	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
		limit.rlim_cur / RESERVE_PART < most)
		most = limit.rlim_cur / RESERVE_PART;
	if (geteuid() != 0 && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
		limit.rlim_cur > SEGMENT_FILE_AT && limit.rlim_cur / 4 < most)
		most = limit.rlim_cur / 4;
	return most / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX;
}

/* Addresses for the caches and, behind them, all that l has, of which l->reserved is filled in. */
static char *reserve(struct layout *l)
{
	size_t least = (l->end + SEGMENT_PAGE_MAX - 1) / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX;

	for (l->reserved = reserve_max();; l->reserved /= 2) {
		if (l->reserved < least || !l->want->ini)
			l->reserved = least;
		l->reserved = (l->reserved + SEGMENT_PAGE_MAX - 1) / SEGMENT_PAGE_MAX * SEGMENT_PAGE_MAX;
		char *p = mmap(NULL, SEGMENT_FILE_AT + l->reserved, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p != MAP_FAILED || l->reserved == least)
			return p != MAP_FAILED ? p : NULL;
	}
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

static size_t pages(size_t n)
{
	return (n + SEGMENT_PAGE_SIZE - 1) / SEGMENT_PAGE_SIZE * SEGMENT_PAGE_SIZE;
}

static struct layout layout_of(const struct segment_wants *want)
{
	struct layout l = {.want = want, .live = sizeof(struct segment_file)};

	l.tallies = l.live + pages(sizeof(struct live));
	l.dns = l.tallies + (want->pairs ? pages(tallies_size(want->pairs)) : 0);
	l.size = pages(l.dns + want->dns_size);
	l.image = l.size;
	l.end = l.image + want->image_size;
	return l;
}

/* Where what lies, for this process and in the head. */
static void lay_out(struct segment *s, char *area, const struct layout *l)
{
	struct segment_caches *c = (struct segment_caches *)area;
	struct segment_file *f = (struct segment_file *)(area + SEGMENT_FILE_AT);

	s->choices = &c->choices;
	s->begun = &c->begun;
	s->came = &c->came;
	s->dialogs = &c->dialogs;
	s->flows = &c->flows;
	s->socknames = &c->socknames;
	s->shown = &c->shown;
	s->streams = &c->streams;
	s->hellos = &c->hellos;
	s->handshakes = &c->handshakes;
	s->texts = &c->texts;
	s->websockets = &c->websockets;
	s->said = &c->said;
	s->locals = &c->locals;
	s->lookups = &c->lookups;
	s->head = &f->head;
	s->page = l->want->page ? l->want->page : &f->page.p;
	s->generation = &s->page->generation;
	s->counters = &f->counters;
	s->adopted = &f->adopted;
	s->states = &f->states;
	s->seat = &c->seat;
	s->live = (struct live *)((char *)f + l->live);
	s->tallies = l->want->pairs ? (struct tallies *)((char *)f + l->tallies) : NULL;
	s->dns = l->want->dns_size ? (char *)f + l->dns : NULL;
	f->head.size = l->size;
	f->head.reserved = l->reserved;
	f->head.tail = *s->path && has_tail(l) ? tail_end(l) : 0;
	f->head.page = offsetof(struct segment_file, page);
	f->head.counters = offsetof(struct segment_file, counters);
	f->head.counters_size = sizeof(f->counters);
	f->head.adopted = offsetof(struct segment_file, adopted);
	f->head.adopted_size = sizeof(f->adopted);
	f->head.states = offsetof(struct segment_file, states);
	f->head.live = (uint32_t)l->live;
	f->head.live_size = sizeof(struct live);
	f->head.table = s->dns ? (uint32_t)l->dns : 0;
	if (s->tallies) {
		tallies_format(s->tallies, l->want->pairs);
		f->head.tallies = (uint32_t)l->tallies;
		f->head.tallies_size = (uint32_t)tallies_size(l->want->pairs);
	}
	if (l->want->image_size)
		atomic_store(&s->page->current[0], UINT64_C(1) << 32 | l->image / SEGMENT_IMAGE_STEP);
	atomic_store(&s->page->allocated, l->end);
}

void segment_init(struct segment *s, const struct segment_wants *want)
{
	struct layout l = layout_of(want);
	char *p = reserve(&l);

	*s = (struct segment){.maker = getpid()};
	if (!p || !map_memory(p, SEGMENT_FILE_AT)) {
		note_trouble(s, "memory to share", errno);
		if (p)
			munmap(p, SEGMENT_FILE_AT + l.reserved);
		return;
	}
	/* a mapping that was refused may have left a hole */
	if (!(want->ini && map_file(s, p + SEGMENT_FILE_AT, &l)) && !map_no_file(s, p + SEGMENT_FILE_AT, &l)) {
		munmap(p, SEGMENT_FILE_AT + l.reserved);
		return;
	}
	lay_out(s, p, &l);
	if (!*s->generation)
		*s->generation = GENERATION_FIRST;
	if (!want->ini)
		return;
	describe_host(s->head);
	describe_ini(s->head, want->ini);
	segment_join(s);
	atomic_store_explicit(&s->head->magic, SEGMENT_MAGIC, memory_order_release);
}

void segment_tell_descriptors(struct segment *s, const void *table, size_t size)
{
	if (!s->head || !table)
		return;
	s->head->descriptors[0] = (uintptr_t)table;
	s->head->descriptors[1] = (uintptr_t)table + size;
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
