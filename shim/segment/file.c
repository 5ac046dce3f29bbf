/* SPDX-License-Identifier: MIT */
/* The side that reads. No lock: a file is made under a name that nobody has, and removed when every
 * process that it names is gone. Descriptors by raw calls: other preloads count what they see. */
#include "file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/process_stat.h"
#include "base/raw.h"

#define FRESH 1000 /* hundredths of a second: so long a forked child may take to enter itself */

uint64_t segment_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 100 + (uint64_t)now.tv_nsec / 10000000;
}

uint64_t segment_numbering(pid_t pid)
{
	char path[40];
	struct stat st;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat(pid ? path : "/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

bool segment_is_alive(uint64_t process)
{
	pid_t pid = segment_pid(process);
	struct process_stat s;

	if (pid <= 0 || (kill(pid, 0) != 0 && errno == ESRCH))
		return false;
	if (!process_stat_of(pid, &s))
		return true; /* without /proc the number must do */
	return (s.state != 'Z' || s.threads > 1) && s.start <= process - segment_process(pid, 0);
}

uint64_t segment_find_process(const struct segment_head *head, pid_t pid)
{
	for (unsigned n = 0; n < SEGMENT_PROBES; n++) {
		uint64_t p = atomic_load(
			&head->processes[(segment_place(pid) + n) % SEGMENT_PROCESSES]);
		if (p && segment_pid(p) == pid)
			return p;
	}
	return 0;
}

bool segment_is_private(int directory, uid_t owner)
{
	struct stat st;

	return fstat(directory, &st) == 0 && (owner == SEGMENT_ANY_OWNER || st.st_uid == owner) &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

int segment_open_directory(const char *path, uid_t owner, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
	int fd = raw_open(path, flags, 0);
	if (fd == -ENOENT && make) {
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return -1;
		fd = raw_open(path, flags, 0);
	}
	if (fd < 0) {
		errno = -fd;
		return -1;
	}
	if (segment_is_private(fd, owner))
		return fd;
	raw_close(fd);
	errno = EPERM;
	return -1;
}

bool segment_open_file(int directory, const char *name, struct segment_head *head, int *fd)
{
	struct stat st, dir;

	memset(head, 0, sizeof(*head));
	*fd = raw_openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (*fd < 0) {
		errno = -*fd;
		return false;
	}
	if (fstat(*fd, &st) == 0 && fstat(directory, &dir) == 0 && S_ISREG(st.st_mode) &&
		st.st_uid == dir.st_uid && pread(*fd, head, sizeof(*head), 0) >= 0) {
		head->version[sizeof(head->version) - 1] = 0;
		head->ini.path[sizeof(head->ini.path) - 1] = 0;
		return true;
	}
	raw_close(*fd);
	return false;
}

static bool lies_in(uint64_t n, uint32_t at, uint32_t size)
{
	return at <= n && size <= n - at && at % 8 == 0;
}

bool segment_is_whole(const struct segment_head *head, off_t size)
{
	uint64_t n = head->size;

	return n <= SEGMENT_SIZE_MAX && size >= 0 && n <= (uint64_t)size && n >= sizeof(struct segment_file) &&
	       (!head->table || (head->table >= sizeof(struct segment_file) && head->table < n)) &&
	       head->page % SEGMENT_PAGE_SIZE == 0 && head->page <= n - SEGMENT_PAGE_SIZE &&
	       head->reserved >= n && head->reserved <= SEGMENT_SIZE_MAX &&
	       lies_in(n, head->counters, head->counters_size) && lies_in(n, head->adopted, head->adopted_size) &&
	       lies_in(n, head->tallies, head->tallies_size) &&
	       head->states % sizeof(uint64_t) == 0 && lies_in(n, head->states, sizeof(struct states)) &&
	       lies_in(n, head->live, head->live_size) && head->live % SEGMENT_PAGE_SIZE == 0;
}

/* A lease for reading is granted only if nobody has the file open for writing, and a shared mapping
 * keeps it so (fcntl(2)). */
int segment_is_mapped(int fd)
{
	long result = raw_syscall(SYS_fcntl, fd, F_SETLEASE, F_RDLCK, 0);

	if (result == 0)
		raw_syscall(SYS_fcntl, fd, F_SETLEASE, F_UNLCK, 0);
	return result == 0 ? 0 : result == -EAGAIN ? 1 : -1;
}

bool segment_is_used(const struct segment_head *head, pid_t self)
{
	uint64_t now = segment_now(), forked = atomic_load(&head->forked);

	if (atomic_load(&head->forks) != atomic_load(&head->children) && forked <= now &&
		now - forked < FRESH)
		return true;
	for (unsigned i = 0; i < SEGMENT_PROCESSES; i++) {
		uint64_t p = atomic_load(&head->processes[i]);
		if (p && segment_pid(p) != self && segment_is_alive(p))
			return true;
	}
	return false;
}

/* The process that made the file, by its name "PID" or "PID.N"; 0 = it is no such file. */
static pid_t maker_of(const char *name)
{
	char *end;
	long pid = isdigit((unsigned char)*name) ? strtol(name, &end, 10) : 0;

	if (pid <= 0 || pid > INT32_MAX || (*end && (*end != '.' || strlen(end) != 2)))
		return 0;
	return (pid_t)pid;
}

void segment_sweep(int directory, pid_t self)
{
	struct segment_head head;
	struct dirent *e;
	uint64_t own = segment_numbering(0);
	int fd, copy = raw_openat(directory, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir) {
		if (copy >= 0)
			raw_close(copy);
		return;
	}
	while ((e = readdir(dir))) {
		pid_t maker = maker_of(e->d_name);
		/* whoever made it lives, or another process has its number: not worth a look */
		if (!maker || (maker != self && (kill(maker, 0) == 0 || errno != ESRCH)) ||
			!segment_open_file(directory, e->d_name, &head, &fd))
			continue;
		int mapped = segment_is_mapped(fd);
		/* numbers of another namespace say nothing here; of this one they must agree, as some file
		 * systems keep the count of mappings elsewhere */
		bool foreign = head.numbering && own && head.numbering != own;
		bool used = mapped == 1 || (foreign ? mapped == -1 : segment_is_used(&head, self));
		if (!used)
			unlinkat(directory, e->d_name, 0);
		raw_close(fd);
	}
	closedir(dir);
}
