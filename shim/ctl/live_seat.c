/* SPDX-License-Identifier: MIT */
/* The order counts: seat, lease, bits, span. A host that ends a trace looks at the lease once more behind
 * taking the bits away (preload/trace/live.c). */
#include "live_seat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "segment/ring_read.h"

#define LOCK_TRIES 300 /* hundredths of a second */

static off_t seat_at(const struct live_seat *s, unsigned number)
{
	return (off_t)(s->head->live + offsetof(struct live, seats) + number * sizeof(union live_place));
}

static off_t page_at(const struct live_seat *s, size_t member)
{
	return (off_t)(s->head->page + member);
}

#define PAGE_AT(s, member) page_at(s, offsetof(struct segment_page, member))
#define MODE_BYTE(s) (PAGE_AT(s, mode) + 1) /* the one that is ours */

static bool get(const struct live_seat *s, void *p, size_t n, off_t at)
{
	return pread(s->fd, p, n, at) == (ssize_t)n;
}

static bool put(const struct live_seat *s, const void *p, size_t n, off_t at)
{
	return pwrite(s->fd, p, n, at) == (ssize_t)n;
}

/* Whoever may read the file may hold the lock as long as he likes. */
static bool lock(const struct live_seat *s, int tries)
{
	for (; tries > 0; tries--) {
		if (flock(s->fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		usleep(10000);
	}
	return false;
}

static void unlock(const struct live_seat *s)
{
	flock(s->fd, LOCK_UN);
}

/* What proc(5) says that the process's CLOCK_MONOTONIC is ahead of the machine's. */
static int64_t offset_of(const char *process)
{
	char path[48], line[128];
	long long offset = 0;

	snprintf(path, sizeof(path), "/proc/%s/timens_offsets", process);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "monotonic %lld", &offset) == 1)
			break;
	if (f)
		fclose(f);
	return offset;
}

static uint32_t now(const struct live_seat *s)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)((int64_t)t.tv_sec + s->clock);
}

static int make_ring(const struct live_seat *s)
{
	static const union live_place nobody;
	off_t ring = (off_t)(s->head->live + offsetof(struct live, ring));
	int error = 0;

	if (ring_is_made(s->fd, ring))
		return 0;
	for (unsigned i = 0; i < LIVE_SEATS && !error; i++)
		error = put(s, &nobody, sizeof(nobody), seat_at(s, i)) ? 0 : errno ? errno : ENOSPC;
	if (!error)
		error = ring_make(s->fd, ring);
	if (error) /* the disk may be full of it */
		fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)s->head->live,
			sizeof(struct live));
	return error;
}

int live_seat_open(struct live_seat *s, const struct running *r, uint32_t wants, const struct filter *filter,
	FILE *complaints)
{
	char path[40], pid[16];
	struct timespec t;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &t);
	*s = (struct live_seat){.head = &r->head, .filter = filter, .wants = wants, .number = LIVE_SEATS,
		.mark = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec + ((uint64_t)getpid() << 40)};
	snprintf(pid, sizeof(pid), "%d", (int)r->pid);
	s->clock = offset_of(pid) - offset_of("self");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", r->fd);
	s->fd = open(path, O_RDWR | O_CLOEXEC);
	if (s->fd < 0) {
		error = errno;
	} else if (r->head.live_size != sizeof(struct live)) {
		error = ENOTSUP;
	} else if (!lock(s, LOCK_TRIES)) {
		error = EBUSY;
	} else {
		errno = 0;
		error = make_ring(s);
		unlock(s);
	}
	if (!error)
		return 0;
	fprintf(complaints, "bondctl: %d cannot be traced: %s\n", (int)r->pid,
		error == ENOSPC || error == EFBIG
			? "there is no room for it on the disk where its file lies (1.1 MiB)"
			: strerror(error));
	live_seat_close(s);
	return EXIT_FAILURE;
}

/* The seats that are taken; *wants: of all of them. */
static unsigned look_around(const struct live_seat *s, uint32_t *wants, unsigned *free)
{
	unsigned taken = 0;

	*wants = 0;
	*free = LIVE_SEATS;
	for (unsigned i = LIVE_SEATS; i-- > 0;) {
		uint32_t words[2] = {0}; /* until, wants */
		if (get(s, words, sizeof(words), seat_at(s, i)) && live_holds(words[0], now(s)))
			taken++, *wants |= words[1];
		else
			*free = i;
	}
	return taken;
}

/* Each closing of sendto()'s short way has a number of its own, see hot.h; 0 stays. */
static bool close_span(const struct live_seat *s)
{
	uint64_t span, begun;
	off_t at = seat_at(s, 0) + (off_t)(sizeof(union live_place) - sizeof(begun));

	if (!get(s, &span, sizeof(span), PAGE_AT(s, active_span)) || !get(s, &begun, sizeof(begun), at))
		return false;
	begun++;
	uint64_t closed = 1 + begun % (SEGMENT_SPAN_CLOSED - 1);
	return put(s, &begun, sizeof(begun), at) &&
	       (!span || put(s, &closed, sizeof(closed), PAGE_AT(s, active_span)));
}

static bool put_lease(const struct live_seat *s)
{
	uint32_t until = now(s) + LIVE_LEASE;

	return put(s, &until, sizeof(until), seat_at(s, s->number)) &&
	       put(s, &until, sizeof(until), PAGE_AT(s, trace_until));
}

static bool put_bits(const struct live_seat *s, uint32_t wants)
{
	unsigned char is, bits = (unsigned char)(((wants & LIVE_LINES ? SEGMENT_MODE_LIVE : 0) |
						       (wants & LIVE_PACKETS ? SEGMENT_MODE_PACKETS : 0)) >> 8);

	return get(s, &is, 1, MODE_BYTE(s)) && (is == bits || put(s, &bits, 1, MODE_BYTE(s)));
}

/* Sits down there; the lock is held. */
static bool sit_down(struct live_seat *s, unsigned number, uint32_t wants)
{
	const off_t at = seat_at(s, number);
	const uint32_t nobody = 0;

	s->number = number;
	return put(s, &nobody, sizeof(nobody), at) &&
	       put(s, &s->wants, sizeof(s->wants), at + (off_t)offsetof(union live_place, wants)) &&
	       put(s, s->filter, sizeof(*s->filter), at + (off_t)offsetof(union live_place, filter)) &&
	       put(s, &s->mark, sizeof(s->mark), at + (off_t)offsetof(union live_place, mark)) &&
	       put_lease(s) && put_bits(s, wants | s->wants) && close_span(s);
}

int live_seat_take(struct live_seat *s, FILE *complaints)
{
	const char *trouble = "its file cannot be written to";
	uint32_t wants;
	unsigned free;

	if (!lock(s, LOCK_TRIES)) {
		trouble = "another bondctl does not come to an end with it";
	} else {
		look_around(s, &wants, &free);
		if (free == LIVE_SEATS)
			trouble = "eight bondctl trace it already";
		else if (sit_down(s, free, wants))
			trouble = NULL;
		unlock(s);
	}
	if (trouble)
		fprintf(complaints, "bondctl: it cannot be traced: %s\n", trouble);
	return trouble ? EXIT_FAILURE : 0;
}

/* Whether the seat is still ours, and the host writes for it. */
static bool is_held(const struct live_seat *s)
{
	uint32_t until[2] = {0};
	uint64_t mark = 0;
	unsigned char bits = 0;

	return get(s, &until[0], sizeof(until[0]), seat_at(s, s->number)) &&
	       get(s, &until[1], sizeof(until[1]), PAGE_AT(s, trace_until)) &&
	       get(s, &mark, sizeof(mark), seat_at(s, s->number) + (off_t)offsetof(union live_place, mark)) &&
	       get(s, &bits, 1, MODE_BYTE(s)) && mark == s->mark && live_holds(until[0], now(s)) &&
	       live_holds(until[1], now(s)) && bits;
}

static bool is_open(const struct live_seat *s)
{
	uint64_t span;

	return get(s, &span, sizeof(span), PAGE_AT(s, active_span)) && span >= SEGMENT_SPAN_CLOSED;
}

enum live_seat_state live_seat_renew(struct live_seat *s)
{
	enum live_seat_state state = LIVE_SEAT_LOST;
	uint32_t wants;
	unsigned free;

	if (!lock(s, 10))
		return LIVE_SEAT_HELD; /* it lasts for some more tries */
	bool held = is_held(s);
	look_around(s, &wants, &free);
	if (held && put_lease(s) && put_bits(s, wants) && (!is_open(s) || close_span(s)))
		state = LIVE_SEAT_HELD;
	else if (!held && free < LIVE_SEATS && sit_down(s, free, wants))
		state = LIVE_SEAT_LAPSED;
	unlock(s);
	return state;
}

void live_seat_leave(struct live_seat *s)
{
	const uint32_t none = 0;
	uint32_t wants;
	unsigned free;

	if (s->number == LIVE_SEATS || !lock(s, LOCK_TRIES))
		return; /* the lease ends it */
	if (is_held(s)) {
		put(s, &none, sizeof(none), seat_at(s, s->number));
		if (look_around(s, &wants, &free))
			put_bits(s, wants);
		else
			put(s, &none, sizeof(none), PAGE_AT(s, trace_until));
	}
	unlock(s);
	s->number = LIVE_SEATS;
}

void live_seat_close(struct live_seat *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
