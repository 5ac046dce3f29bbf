/* SPDX-License-Identifier: MIT */
/* A mapping's path is seen from here or from there, cut or renamed: only its end is looked at. */
#include "hosts.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/file.h"

/* The last part of a path and, in *parent, the one before it; both of n and *parent_n bytes. */
static const char *last_part(const char *path, size_t *n, const char **parent, size_t *parent_n)
{
	size_t end = strcspn(path, "\n"), at;
	static const char deleted[] = " (deleted)";

	if (end > sizeof(deleted) - 1 &&
		memcmp(path + end - (sizeof(deleted) - 1), deleted, sizeof(deleted) - 1) == 0)
		end -= sizeof(deleted) - 1;
	for (at = end; at > 0 && path[at - 1] != '/'; at--)
		;
	*n = end - at;
	*parent = path;
	*parent_n = 0;
	if (at > 0) {
		size_t begin = at - 1;
		while (begin > 0 && path[begin - 1] != '/')
			begin--;
		*parent = path + begin;
		*parent_n = at - 1 - begin;
	}
	return path + at;
}

static size_t digits(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && isdigit((unsigned char)s[i]))
		i++;
	return i;
}

/* bond/PID or bond-UID/PID, or so with ".N" behind: see segment/area.h. */
static bool is_host_file(const char *name, size_t n, const char *parent, size_t parent_n)
{
	size_t number = digits(name, n);

	if (number == 0 || !(number == n || (n == number + 2 && name[number] == '.')))
		return false;
	if (parent_n < 4 || memcmp(parent, "bond", 4) != 0)
		return false;
	return parent_n == 4 || (parent[4] == '-' && parent_n > 5 && digits(parent + 5, parent_n - 5) == parent_n - 5);
}

enum hosts_map hosts_read_map(const char *line, uint64_t *device, uint64_t *inode)
{
	unsigned major, minor;
	uint64_t number;
	char mode[5];
	int at = 0;
	size_t n, parent_n;
	const char *parent;

	if (sscanf(line, "%*x-%*x %4s %*x %x:%x %" SCNu64 " %n", mode, &major, &minor, &number, &at) < 4 || !at ||
		line[at] != '/')
		return HOSTS_MAP_OTHER;
	const char *name = last_part(line + at, &n, &parent, &parent_n);
	if (n == strlen("libbond.so") && memcmp(name, "libbond.so", n) == 0)
		return HOSTS_MAP_LIBRARY;
	if (strcmp(mode, "rw-s") != 0 || number == 0 || !is_host_file(name, n, parent, parent_n))
		return HOSTS_MAP_OTHER;
	*device = (uint64_t)major << 32 | minor;
	*inode = number;
	return HOSTS_MAP_FILE;
}

/* False: libbond is not in it, or it cannot be told. */
static bool look_at(struct hosts_process *p, bool *denied)
{
	char path[40], *line = NULL;
	size_t room = 0;
	bool loaded = false;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)p->pid);
	FILE *f = fopen(path, "re");
	if (!f) {
		*denied = *denied || errno == EACCES || errno == EPERM;
		return false;
	}
	while (!p->inode && getline(&line, &room, f) > 0)
		loaded = hosts_read_map(line, &p->device, &p->inode) != HOSTS_MAP_OTHER || loaded;
	*denied = *denied || (ferror(f) && (errno == EACCES || errno == EPERM));
	free(line);
	fclose(f);
	return loaded;
}

static pid_t own_number(pid_t pid)
{
	char path[40], line[256];
	pid_t own = pid;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return pid;
	while (fgets(line, sizeof(line), f)) {
		char *last = strrchr(line, '\t');
		if (strncmp(line, "NSpid:", 6) == 0 && last)
			own = (pid_t)atoi(last + 1);
	}
	fclose(f);
	return own > 0 ? own : pid;
}

static int add(struct hosts *h, const struct hosts_process *p)
{
	if ((h->count & (h->count - 1)) == 0) {
		void *more = realloc(h->processes, (h->count ? h->count * 2 : 1) * sizeof(*p));
		if (!more)
			return ENOMEM;
		h->processes = more;
	}
	h->processes[h->count++] = *p;
	return 0;
}

/* Those without a file come last. */
static int in_order(const void *a, const void *b)
{
	const struct hosts_process *x = a, *y = b;

	if (!x->inode != !y->inode)
		return x->inode ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

int hosts_find(struct hosts *h)
{
	struct dirent *e;
	int error = 0;
	DIR *dir = opendir("/proc");

	*h = (struct hosts){0};
	if (!dir)
		return errno;
	while (!error && (e = readdir(dir))) {
		struct hosts_process p = {.pid = isdigit((unsigned char)*e->d_name) ? (pid_t)atoi(e->d_name) : 0};
		if (p.pid <= 0 || !look_at(&p, &h->denied))
			continue;
		p.own = own_number(p.pid);
		p.process = segment_process(p.pid, segment_now());
		error = add(h, &p);
	}
	closedir(dir);
	if (error)
		hosts_free(h);
	if (h->count > 1)
		qsort(h->processes, h->count, sizeof(*h->processes), in_order);
	return error;
}

void hosts_free(struct hosts *h)
{
	free(h->processes);
	h->processes = NULL;
	h->count = 0;
}

size_t hosts_end(const struct hosts *h, size_t first)
{
	size_t end = first + 1;

	while (end < h->count && h->processes[end].inode == h->processes[first].inode &&
		h->processes[end].device == h->processes[first].device)
		end++;
	return end;
}

pid_t hosts_alive(const struct hosts *h, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (segment_is_alive(h->processes[i].process))
			return h->processes[i].pid;
	return 0;
}

size_t hosts_of_pid(const struct hosts *h, pid_t pid)
{
	size_t i = 0;

	while (i < h->count && h->processes[i].pid != pid)
		i++;
	return i;
}

size_t hosts_called(const struct hosts *h, const char *name, pid_t *pids, size_t max)
{
	char found[HOSTS_NAME_MAX];
	size_t count = 0;

	memset(pids, 0, max * sizeof(*pids));
	for (size_t i = 0, end; i < h->count; i = end) {
		end = hosts_end(h, i);
		if (!h->processes[i].inode && count)
			break;
		size_t k = i;
		for (; k < end; k++) {
			hosts_name(h->processes[k].pid, found);
			if (strcmp(found, name) == 0)
				break;
		}
		if (k < end && count++ < max)
			pids[count - 1] = h->processes[k].pid;
	}
	return count;
}

void hosts_name(pid_t pid, char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f || !fgets(name, HOSTS_NAME_MAX, f))
		strcpy(name, "?");
	name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
}
