/* SPDX-License-Identifier: MIT */
/* What a host's file says of its members, read as bondctl reads it. */
#ifndef STATES_H
#define STATES_H

#include "core/image.h"
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

/* Waits until the rules that count have, of IPv4, so many members, all of that address. */
static void rules_settle(pid_t host, uint32_t members, const char *address)
{
	static struct segment_head head;
	static struct segment_page page;
	static char bytes[65536] __attribute__((aligned(IMAGE_ALIGN)));
	const struct image *image = (const struct image *)bytes;
	struct timespec ts = {.tv_nsec = 20000000};
	struct in_addr wanted = {0};
	char path[64];

	inet_pton(AF_INET, address, &wanted);
	snprintf(path, sizeof(path), "/run/bond/%d", (int)host);
	int fd = open(path, O_RDONLY);
	for (int i = 0; i < 500; i++) {
		uint32_t count = 0;
		if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
			pread(fd, &page, sizeof(page), head.page) != (ssize_t)sizeof(page) ||
			pread(fd, bytes, sizeof(bytes), (off_t)segment_current_offset(segment_current(&page))) <= 0)
			die("the host's file");
		const struct image_member *m = image_part(image, IMAGE_MEMBERS);
		bool alike = true;
		for (uint32_t n = 0; n < image_count(image, IMAGE_MEMBERS); n++) {
			if (m[n].addr.family != AF_INET)
				continue;
			count++;
			alike = alike && memcmp(m[n].addr.ip + 12, &wanted, 4) == 0;
		}
		if (alike && count == members)
			break;
		syscall(SYS_nanosleep, &ts, NULL);
	}
	close(fd);
}

static void run_ip(const char *command)
{
	char line[200];

	unsetenv("LD_PRELOAD"); /* the shell would read the INI as well */
	snprintf(line, sizeof(line), "ip %s", command);
	if (system(line) != 0)
		die(command);
}

#endif
