/* SPDX-License-Identifier: MIT */
/* What a host's file says of its members, read as bondctl reads it. */
#ifndef STATES_H
#define STATES_H

#include "segment/file.h"
#include "segment/states.c"

static struct states states_seen;

static bool states_read(pid_t host)
{
	static struct segment_head head;
	char path[64];

	snprintf(path, sizeof(path), "/run/bond/%d", (int)host);
	int fd = open(path, O_RDONLY);
	bool good = fd >= 0 && pread(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
		pread(fd, &states_seen, sizeof(states_seen), head.states) == (ssize_t)sizeof(states_seen);
	close(fd);
	return good;
}

static const char *state_name(int slot)
{
	return state_names[state_of(states_seen.members[slot].now)];
}

/* Waits until the states of the first members are these, separated by blanks, and says what they are. */
static void states_settle(pid_t host, const char *names)
{
	char now[512];
	struct timespec ts = {.tv_nsec = 20000000};

	for (int i = 0; i < 500; i++) {
		int members = 1, n = 0;
		for (const char *p = names; *p; p++)
			members += *p == ' ';
		if (!states_read(host))
			die("the host's file");
		for (int m = 0; m < members; m++)
			n += snprintf(now + n, sizeof(now) - (size_t)n, "%s%s", m ? " " : "", state_name(m));
		if (strcmp(now, names) == 0)
			break;
		syscall(SYS_nanosleep, &ts, NULL);
	}
	say("%s", now);
}

static void run_ip(const char *command)
{
	char line[200];

	snprintf(line, sizeof(line), "LD_PRELOAD= ip %s", command);
	if (system(line) != 0)
		die(command);
}

#endif
