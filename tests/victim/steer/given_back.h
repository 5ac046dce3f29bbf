/* SPDX-License-Identifier: MIT */
/* For rules_given_back.c and its like: a host that is given other rules while it stands still, and goes on
 * when those before them were replaced more than five minutes ago. No bondctl comes again. */
#ifndef GIVEN_BACK_H
#define GIVEN_BACK_H

#include "counts.h"

#include <grp.h>
#include <sys/mman.h>

#include "core/image.h"
#include "core/image_rest.h"
#include "segment/file.h"
#include "segment/source.h"

static struct segment_head gb_head;
static int gb_fd; /* of the host's file */
static int turns[2][2], answers[2];
static struct ep routed;

#ifndef GB_MORE
#define GB_MORE ""
#endif
#define GB_RULES(member) "[bond:ext]\nmember = udp:" member ":5060\n[route:r]\nto = 198.51.100.0/24\nbond = ext\n" GB_MORE

static const char *const gb_rules[] = {GB_RULES(M4), GB_RULES(T4)};

static void gb_read(void *p, size_t n, uint64_t at)
{
	if (pread(gb_fd, p, n, (off_t)at) != (ssize_t)n)
		die("the host's file");
}

static struct segment_page gb_page(void)
{
	struct segment_page page;

	gb_read(&page, sizeof(page), gb_head.page);
	return page;
}

/* Bytes of images that were replaced which lie on the disk. */
static long gb_held(void)
{
	struct segment_page page = gb_page();
	off_t end = (off_t)segment_current_offset(segment_current(&page)), at = (off_t)gb_head.size;
	long held = 0;

	while ((at = lseek(gb_fd, at, SEEK_DATA)) >= 0 && at < end) {
		off_t hole = lseek(gb_fd, at, SEEK_HOLE);
		held += (long)((hole < end ? hole : end) - at);
		at = hole;
	}
	return held;
}

static void gb_reload(const char *rules)
{
	char command[9000], path[] = "/tmp/victim-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, rules, strlen(rules)) != (ssize_t)strlen(rules))
		die("write");
	close(fd);
	snprintf(command, sizeof(command), "env -u LD_PRELOAD XDG_RUNTIME_DIR=\"$XDG_RUNTIME_DIR\" %s/bondctl reload %d %s "
					   "> /dev/null",
		beside_library(), (int)getpid(), path);
	if (system(command) != 0)
		die("bondctl");
	unlink(path);
}

/* Time goes by: the rules that count came more than five minutes ago. */
static void gb_age(void)
{
	struct segment_page page = gb_page();
	uint64_t at = segment_current_offset(segment_current(&page)), published;
	struct image i;

	gb_read(&i, sizeof(i), at);
	at += source_at(i.size) + offsetof(struct source, published);
	gb_read(&published, sizeof(published), at);
	published -= IMAGE_REST + 1;
	if (pwrite(gb_fd, &published, sizeof(published), (off_t)at) != sizeof(published))
		die("the host's file");
}

static void gb_settle(void)
{
	struct timespec ts = {.tv_nsec = 20000000};
	struct segment_page page = gb_page();

	for (int i = 0; i < 1500 && gb_held(); i++)
		raw(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
	page = gb_page();
	say("replaced rules hold %ld bytes; the oldest are those that count: %s", gb_held(),
		page.oldest == segment_current_generation(segment_current(&page)) ? "yes" : "no");
}

static void gb_turn(int who)
{
	char byte;

	raw(SYS_write, turns[who][1], (long)"x", 1, 0, 0, 0);
	raw(SYS_read, answers[0], (long)&byte, 1, 0, 0, 0);
}

static void gb_stop(pid_t pid)
{
	int status;

	kill(pid, SIGSTOP);
	raw(SYS_wait4, pid, (long)&status, WUNTRACED, 0, 0, 0);
}

static void gb_lock_in(void)
{
	char dir[] = "/tmp/victim-XXXXXX";

	if (!mkdtemp(dir))
		die("mkdtemp");
	MUST(chroot(dir));
	MUST(chdir("/"));
	MUST(setgroups(0, NULL));
	MUST(setgid(65534));
	MUST(setuid(65534));
}

/* Two processes of the host, each of which sends a request in its turn. The first has the thread. */
static pid_t gb_process(const char *how, pid_t *second)
{
	int who = 0;
	pid_t pid = fork();
	char byte;

	if (pid) {
		raw(SYS_read, answers[0], (long)second, sizeof(*second), 0, 0, 0);
		return pid;
	}
	int h = udp(H4, 5060), m = udp(M4, 5060), t = udp(T4, 5060);
	pid = fork();
	if (pid == 0)
		who = 1;
	else
		raw(SYS_write, answers[1], (long)&pid, sizeof(pid), 0, 0, 0);
	if (strcmp(how, "locked") == 0)
		gb_lock_in();
	if (strcmp(how, "mlocked") == 0)
		MUST(mlockall(MCL_CURRENT | MCL_FUTURE));
	while (raw(SYS_read, turns[who][0], (long)&byte, 1, 0, 0, 0) == 1) {
		ask("sendto", h, &routed, EARS({"H", h}, {"M", m}, {"T", t}));
		raw(SYS_write, answers[1], (long)"x", 1, 0, 0, 0);
	}
	_exit(0);
}

static void gb_wait_for_seat(pid_t pid)
{
	struct timespec ts = {.tv_nsec = 20000000};
	char command[200];

	for (int i = 0; i < 1500; i++) {
		snprintf(command, sizeof(command), "grep -qsx libbond /proc/%d/task/*/comm", (int)pid);
		if (system(command) == 0)
			return;
		raw(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
	}
}

static void gb_many(pid_t pid, int reloads)
{
	gb_stop(pid);
	for (int i = 1; i <= reloads; i++)
		gb_reload(gb_rules[i % 2]);
	long held = gb_held();
	say("%d reloads while it stands still: replaced rules are held: %s", reloads, held > 0 ? "yes" : "no");
	gb_age();
}

static void gb_killed(pid_t pid)
{
	gb_many(pid, 3);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	say("the one that looked after it is killed");
	gb_turn(1);
	gb_settle();
}

static void gb_stopped(pid_t pid, pid_t second)
{
	kill(second, SIGSTOP);
	gb_many(pid, 5);
	kill(pid, SIGCONT);
	gb_settle();
	kill(second, SIGCONT);
	say("one that was stopped from the first rules on");
	gb_turn(1);
	gb_turn(0);
}

static void gb_alone(pid_t pid)
{
	gb_many(pid, 3);
	kill(pid, SIGCONT);
	gb_settle();
	gb_turn(0);
	say("-- and once more");
	gb_many(pid, 2);
	kill(pid, SIGCONT);
	gb_settle();
	gb_turn(1);
}

static int gb_main(const char *name)
{
	char path[64];
	pid_t second = 0;

	if (getenv("VICTIM_BARE"))
		return 1;
	routed = ep(ROUTED4, 5060);
	MUST(pipe(turns[0]));
	MUST(pipe(turns[1]));
	MUST(pipe(answers));
	snprintf(path, sizeof(path), "/run/bond/%d", (int)getpid());
	gb_fd = (int)raw(SYS_open, (long)path, O_RDWR | O_CLOEXEC, 0, 0, 0, 0);
	gb_read(&gb_head, sizeof(gb_head), 0);
	pid_t pid = gb_process(name, &second);
	if (strcmp(name, "locked") != 0) /* who is locked in gets it by its first call */
		gb_wait_for_seat(pid);
	gb_turn(0);
	if (strcmp(name, "killed") == 0)
		gb_killed(pid);
	else if (strcmp(name, "stopped") == 0)
		gb_stopped(pid, second);
	else
		gb_alone(pid);
	kill(second, SIGKILL);
	kill(pid, SIGKILL);
	return 0;
}

#endif
