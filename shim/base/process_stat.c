/* SPDX-License-Identifier: MIT */
/* Reads /proc/PID/stat, whose second field may hold anything. */
#include "process_stat.h"

#include <stdio.h>
#include <string.h>

#include "raw.h"

/* Without libc's, which asks for the locale: a thread that libc does not know comes by, too. */
static uint64_t number(const char *p)
{
	uint64_t n = 0;

	while (*p == ' ')
		p++;
	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	return n;
}

bool process_stat_read(int fd, struct process_stat *s)
{
	char text[512], *p;
	long n = raw_syscall(SYS_pread64, fd, (long)text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = 0;
	p = strrchr(text, ')'); /* the program's name may hold anything */
	if (!p || p[1] != ' ')
		return false;
	s->state = p[2];
	for (int field = 2; p && field < 22; field++) {
		if (field == 20)
			s->threads = number(p);
		p = strchr(p + 1, ' ');
	}
	if (!p)
		return false;
	s->start = number(p);
	return true;
}

bool process_stat_of(pid_t pid, struct process_stat *s)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = raw_open(path, O_RDONLY, 0);
	if (fd < 0)
		return false;
	bool seen = process_stat_read(fd, s);
	raw_close(fd);
	return seen;
}
