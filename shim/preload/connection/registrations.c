/* SPDX-License-Identifier: MIT */
/* proc(5): /proc/PID/fdinfo of an epoll descriptor has a line for each descriptor in its set. */
#include "registrations.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/raw.h"

/* "tfd: 5 events: 1d data: 5 pos:0 ..." of proc(5), /proc/PID/fdinfo */
static void read_line(struct registrations *r, int epoll, const char *line, int fd)
{
	const char *p;

	if (strncmp(line, "tfd:", 4) != 0 || strtol(line + 4, NULL, 10) != fd)
		return;
	if (r->count == REGISTRATIONS_MAX) {
		r->overflow = true;
		return;
	}
	struct registration *g = &r->list[r->count++];
	g->epoll = epoll;
	p = strstr(line, "events:");
	g->event.events = p ? (uint32_t)strtoul(p + 7, NULL, 16) : 0;
	p = strstr(line, "data:");
	g->event.data.u64 = p ? strtoull(p + 5, NULL, 16) : 0;
}

static void read_fdinfo(struct registrations *r, int epoll, int fd)
{
	char path[48] = "/proc/self/fdinfo/", digits[12], text[512];
	size_t n = 0, end = strlen(path);
	unsigned value = (unsigned)epoll;
	long got;

	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n)
		path[end++] = digits[--n];
	path[end] = 0;
	int info = raw_open(path, O_RDONLY, 0);
	if (info < 0)
		return;
	while ((got = raw_read(info, text + n, sizeof(text) - 1 - n)) > 0) {
		char *line = text, *eol;
		n += (size_t)got;
		text[n] = 0;
		while ((eol = strchr(line, '\n')) != NULL) {
			*eol = 0;
			read_line(r, epoll, line, fd);
			line = eol + 1;
		}
		n = (size_t)(text + n - line);
		if (n == sizeof(text) - 1)
			n = 0; /* no line of ours is that long */
		memmove(text, line, n);
	}
	raw_close(info);
}

struct linux_dirent64 {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

bool registrations_find(struct registrations *r, int fd)
{
	char buf[2048] __attribute__((aligned(8)));
	int dir = raw_open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY, 0);
	long got;

	r->count = 0;
	r->overflow = false;
	if (dir < 0)
		return false;
	while ((got = raw_syscall(SYS_getdents64, dir, (long)buf, sizeof(buf), 0)) > 0) {
		for (long at = 0; at < got;) {
			struct linux_dirent64 *d = (struct linux_dirent64 *)(buf + at);
			if (d->name[0] >= '0' && d->name[0] <= '9')
				read_fdinfo(r, atoi(d->name), fd);
			at += d->reclen;
		}
	}
	raw_close(dir);
	return !r->overflow;
}

void registrations_renew(const struct registrations *r, int fd)
{
	for (int i = 0; i < r->count; i++) {
		struct epoll_event event = r->list[i].event;
		epoll_ctl(r->list[i].epoll, EPOLL_CTL_ADD, fd, &event);
	}
}
