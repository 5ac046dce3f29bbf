/* SPDX-License-Identifier: MIT */
#include "trace_reader.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

int trace_reader_open(struct trace_reader *t, const struct running *r, uint32_t wants,
	const struct filter *filter, FILE *complaints)
{
	memset(t, 0, sizeof(*t));
	t->host = r;
	if (live_seat_open(&t->seat, r, wants, filter, complaints))
		return EXIT_FAILURE;
	t->ring = ring_open(t->seat.fd, (off_t)(r->head.live + offsetof(struct live, ring)));
	if (!t->ring)
		fprintf(complaints, "bondctl: %d cannot be traced: %s\n", (int)r->pid, strerror(errno));
	else if (live_seat_take(&t->seat, complaints) == 0) {
		t->renewed = now();
		t->bit = live_seat_bit(&t->seat);
		return 0;
	}
	trace_reader_close(t);
	return EXIT_FAILURE;
}

/* Whether a task has that number for itself, in the namespace that numbers the host's. */
static bool has_number(const char *process, const char *task, pid_t number)
{
	char path[600], line[256];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/status", process, task);
	FILE *f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *last = strrchr(line, '\t');
		found = strncmp(line, "NSpid:", 6) == 0 && last && atoi(last + 1) == number;
	}
	if (f)
		fclose(f);
	return found;
}

static bool has_task(const char *process, pid_t number)
{
	char path[280];
	struct dirent *e;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%s/task", process);
	DIR *dir = opendir(path);
	while (dir && !found && (e = readdir(dir)))
		found = *e->d_name != '.' && has_number(process, e->d_name, number);
	if (dir)
		closedir(dir);
	return found;
}

/* A thread of another process namespace: looked for among all that are in it. */
static bool is_dead_elsewhere(uint64_t numbering, pid_t thread)
{
	struct dirent *e;
	bool found = false;
	DIR *dir = opendir("/proc");

	if (!dir)
		return false;
	while (!found && (e = readdir(dir))) {
		pid_t pid = (pid_t)atoi(e->d_name);
		found = pid > 0 && segment_numbering(pid) == numbering && has_task(e->d_name, thread);
	}
	closedir(dir);
	return !found;
}

static bool is_dead(void *ctx, pid_t thread)
{
	const struct segment_head *head = ctx;

	if (head->numbering && head->numbering != segment_numbering(0))
		return is_dead_elsewhere(head->numbering, thread);
	return !segment_is_alive(segment_process(thread, segment_now()));
}

/* Whether a process of the host lives: the one that was asked for, or another. */
static bool is_host_there(const struct trace_reader *t)
{
	static struct segment_head head;
	struct stat st;

	if (fstat(t->seat.fd, &st) != 0 || st.st_nlink == 0)
		return false;
	if (segment_is_alive(segment_process(t->host->pid, segment_now())))
		return true;
	return !t->host->elsewhere && pread(t->seat.fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       segment_is_used(&head, 0);
}

/* What is done once a second. */
static void keep(struct trace_reader *t, uint64_t at)
{
	enum live_seat_state state = live_seat_renew(&t->seat);

	t->renewed = at;
	ring_free_dead(t->ring, is_dead, (void *)(uintptr_t)&t->host->head);
	t->bit = live_seat_bit(&t->seat);
	t->lapsed += state == LIVE_SEAT_LAPSED;
	if (!is_host_there(t))
		t->why = "it has ended";
	else if (state == LIVE_SEAT_LOST)
		t->why = "its file cannot be written to any more, or others have taken the place";
	if (t->why)
		t->left = at;
}

enum trace_outcome trace_reader_next(struct trace_reader *t, struct ring_record *record)
{
	uint64_t at = now();

	if (!t->left && at - t->renewed >= SECOND)
		keep(t, at);
	for (;;) {
		enum ring_outcome found = ring_next(t->ring, at, record);
		if (found == RING_WRONG)
			t->why = "its file is damaged";
		if (found == RING_WRONG || (t->left && at - t->left > (found == RING_RECORD ? SECOND : SECOND / 5)))
			return TRACE_ENDED;
		if (found == RING_NOTHING)
			return TRACE_NOTHING;
		if (record->readers & t->bit)
			return TRACE_RECORD;
	}
}

void trace_reader_leave(struct trace_reader *t)
{
	live_seat_leave(&t->seat);
	t->left = now();
}

uint64_t trace_reader_lost(const struct trace_reader *t)
{
	return ring_lost(t->ring);
}

void trace_reader_close(struct trace_reader *t)
{
	live_seat_leave(&t->seat);
	live_seat_close(&t->seat);
	if (t->ring)
		ring_close(t->ring);
	t->ring = NULL;
}
