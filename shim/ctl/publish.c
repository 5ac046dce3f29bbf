/* SPDX-License-Identifier: MIT */
/* No address is used twice: a reader that was stopped meets its own bytes, or zeros. What was written and
 * not published was seen by nobody, and the next writer writes over it. */
#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static int write_all(int fd, const char *p, size_t n, uint64_t at)
{
	while (n) {
		ssize_t written = pwrite(fd, p, n, (off_t)at);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? errno : ENOSPC;
		p += written, at += (uint64_t)written, n -= (size_t)written;
	}
	return 0;
}

static uint64_t field_at(const struct publish *p, size_t field)
{
	return p->head->page + field;
}
#define AT(p, name) field_at(p, offsetof(struct segment_page, name))

static int read_field(const struct publish *p, void *to, size_t n, uint64_t at)
{
	return pread(p->fd, to, n, (off_t)at) == (ssize_t)n ? 0 : EINVAL;
}

/* Behind all that was ever published. */
static int allocate(const struct publish *p, const struct host_image *former, size_t size, uint64_t *at)
{
	uint64_t end = 0;
	int error = read_field(p, &end, sizeof(end), AT(p, allocated));

	if (error || end > p->head->reserved)
		return EINVAL;
	if (end < former->end)
		end = former->end;
	if (end < p->head->size)
		end = p->head->size;
	*at = (end + SEGMENT_IMAGE_STEP - 1) / SEGMENT_IMAGE_STEP * SEGMENT_IMAGE_STEP;
	return *at > p->head->reserved || size > p->head->reserved - *at ||
			former->image->generation == UINT32_MAX ? ERANGE : 0;
}

static bool is_unchanged(const struct publish *p)
{
	uint64_t current;
	uint8_t turn;

	return host_image_current(p->fd, p->head, &current, &turn) == 0 && current == p->current &&
		turn == p->turn;
}

/* Those that wait for nothing else, as a thread whose host sits in a call. Where it cannot be done they look soon. */
static void wake(const struct publish *p)
{
	void *page = mmap(NULL, SEGMENT_PAGE_SIZE, PROT_READ, MAP_SHARED, p->fd, (off_t)p->head->page);

	if (page == MAP_FAILED)
		return;
	segment_wake(page);
	munmap(page, SEGMENT_PAGE_SIZE);
}

/* First the word that nobody reads, then the byte that says that it counts: nothing is half done. */
static int turn_over(const struct publish *p, uint64_t current)
{
	uint8_t turn = (uint8_t)(p->turn + 1);
	uint64_t seen = 0, at = AT(p, current) + (turn & 1) * sizeof(current);
	int error = write_all(p->fd, (const char *)&current, sizeof(current), at);

	if (!error)
		error = read_field(p, &seen, sizeof(seen), at);
	if (!error && (seen != current || !is_unchanged(p)))
		error = ESTALE;
	/* of memory that others have mapped: what was written is there before the byte is */
	atomic_thread_fence(memory_order_seq_cst);
	return error ? error : write_all(p->fd, (const char *)&turn, 1, field_at(p, SEGMENT_TURN_AT));
}

/* What nobody has seen goes, unless another one has published behind it: the disk may be full of it. */
static void take_back(const struct publish *p, off_t before, uint64_t at, size_t size)
{
	if (!lease_renew(p->lease) || !is_unchanged(p))
		return;
	if (before >= 0 && (uint64_t)before <= at + size && ftruncate(p->fd, before) == 0 && (uint64_t)before <= at)
		return;
	fallocate(p->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)size);
}

int publish(const struct publish *p, const struct host_image *former, const void *bytes, size_t size)
{
	uint64_t at, end;
	struct stat st;
	int error = allocate(p, former, size, &at);

	if (error)
		return error;
	if (fstat(p->fd, &st) != 0)
		return errno;
	signal(SIGXFSZ, SIG_IGN); /* EFBIG instead */
	error = write_all(p->fd, bytes, size, at);
	end = at + size;
	if (!error && (!lease_renew(p->lease) || !is_unchanged(p)))
		error = ESTALE;
	/* the end first: processes believe no image beyond it */
	if (!error)
		error = write_all(p->fd, (const char *)&end, sizeof(end), AT(p, allocated));
	if (!error)
		error = turn_over(p, (uint64_t)(former->image->generation + 1) << 32 | at / SEGMENT_IMAGE_STEP);
	if (!error)
		wake(p);
	if (error && error != ESTALE)
		take_back(p, st.st_size, at, size);
	return error;
}

void publish_sweep(const struct publish *p, struct image_rest *rest)
{
	uint32_t oldest = 0;

	rest_look(rest, p->fd, p->head, p->current);
	if (rest->due <= p->head->size || read_field(p, &oldest, sizeof(oldest), AT(p, oldest)) ||
		!lease_renew(p->lease))
		return;
	if (oldest < rest->generation &&
		write_all(p->fd, (const char *)&rest->generation, sizeof(rest->generation), AT(p, oldest)))
		return;
	atomic_thread_fence(memory_order_seq_cst);
	fallocate(p->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)p->head->size,
		(off_t)(rest->due - p->head->size));
}
