/* SPDX-License-Identifier: MIT */
/* The mount namespace itself is not entered: getaddrinfo() would load its modules from
 * there. Files are copied into one of our own instead, where nobody else sees them. */
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <nss.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/older.h"

#define COPY_MAX (1 << 20) /* bytes of a file that is copied */
#define WORKSHOP "/tmp"    /* covered for a moment */

int inside_root(pid_t pid)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int inside_open(int root, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_RDONLY | O_NONBLOCK | O_NOCTTY)),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};

	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 && errno == ENOSYS ? inside_walk(root, path, flags) : fd;
}

/* The next part of a path, into name of NAME_MAX + 1 bytes; false: it is too long. "" = there is none. */
static bool next_part(const char **path, char *name)
{
	*path += strspn(*path, "/");
	size_t n = strcspn(*path, "/");
	if (n > NAME_MAX)
		return false;
	memcpy(name, *path, n);
	name[n] = 0;
	*path += n;
	*path += strspn(*path, "/");
	return true;
}

int inside_walk(int root, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	int at = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), next;

	if (!*path) {
		close(at);
		errno = ENOENT;
		return -1;
	}
	for (; at >= 0; at = next) {
		bool good = next_part(&path, name) && strcmp(name, "..") != 0;
		const char *part = *name ? name : ".";
		errno = good ? errno : ELOOP;
		if (!good)
			next = -1;
		else if (*path)
			next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		else
			next = openat(at, part, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		int error = errno;
		close(at);
		errno = error;
		if (next < 0 || !*path)
			return next;
	}
	return -1;
}

static bool stat_namespace(struct stat *st, pid_t pid, const char *kind)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	return stat(path, st) == 0;
}

bool inside_same(pid_t pid, const char *kind)
{
	struct stat its, own;

	return !stat_namespace(&its, pid, kind) || !stat_namespace(&own, getpid(), kind) ||
	       (its.st_dev == own.st_dev && its.st_ino == own.st_ino);
}

static int enter_network(pid_t pid)
{
	char path[40];

	if (inside_same(pid, "net"))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 || setns(fd, CLONE_NEWNET) != 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return error;
}

/* False: there is no such plain file inside, or it is too large. */
static bool copy(int root, const char *path, const char *to)
{
	static char text[COPY_MAX + 1];
	struct stat st;
	size_t n = 0;
	ssize_t got = 0;
	int from = inside_open(root, path, 0);

	bool good = from >= 0 && fstat(from, &st) == 0 && S_ISREG(st.st_mode);
	while (good && n < sizeof(text) && (got = read(from, text + n, sizeof(text) - n)) > 0)
		n += (size_t)got;
	if (from >= 0)
		close(from);
	if (!good || got < 0 || n > COPY_MAX)
		return false;
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	good = out >= 0 && write(out, text, n) == (ssize_t)n;
	if (out >= 0)
		close(out);
	return good;
}

static int take_files(int root)
{
	static const char *const files[][2] = {
		{"/etc/hosts", WORKSHOP "/hosts"}, {"/etc/resolv.conf", WORKSHOP "/resolv.conf"}};

	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("none", WORKSHOP, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4m,mode=755") != 0)
		return errno;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (copy(root, files[i][0], files[i][1]))
			mount(files[i][1], files[i][0], NULL, MS_BIND, NULL);
	umount2(WORKSHOP, MNT_DETACH);
	/* By these files and by nothing that runs on this side, as a cache or a resolver. */
	__nss_configure_lookup("hosts", "files dns");
	return 0;
}

int inside_enter(pid_t pid, int root)
{
	int error = enter_network(pid);

	if (!inside_same(pid, "mnt")) {
		int files = root < 0 ? EPERM : take_files(root);
		error = error ? error : files;
	}
	return error;
}
