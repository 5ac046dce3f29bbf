/* SPDX-License-Identifier: MIT */
/* Plain files by way of stdio or pread(), anything else by bare calls:
 * other preloads of the host need not see a close() that is not the host's. */
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/raw.h"

#define FILE_MAX (1 << 28) /* bytes; a million prefixes are 30 MiB */
#define PATIENCE 2000      /* milliseconds without a byte of a pipe */

struct sink {
	char *text;
	size_t n, room;
};

/* Makes room for at least one more byte. */
static int widen(struct sink *s)
{
	if (s->n < s->room)
		return 0;
	if (s->n == FILE_MAX)
		return EFBIG;
	size_t room = s->room ? s->room * 2 : 1 << 16;
	char *bigger = realloc(s->text, room);
	if (!bigger)
		return ENOMEM;
	s->text = bigger;
	s->room = room;
	return 0;
}

static int read_plain(struct sink *s, const char *file)
{
	FILE *f = fopen(file, "re");
	int error = 0;
	if (!f)
		return errno;
	setvbuf(f, NULL, _IONBF, 0);
	while ((error = widen(s)) == 0) {
		size_t got = fread(s->text + s->n, 1, s->room - s->n, f);
		s->n += got;
		if (s->n < s->room) {
			error = ferror(f) ? errno : 0;
			break;
		}
	}
	fclose(f);
	return error;
}

/* A pipe may have no writer yet: then it has an end, and no sign of one. */
static int read_waiting(struct sink *s, int fd, bool pipe)
{
	int error;
	while ((error = widen(s)) == 0) {
		long got = raw_read(fd, s->text + s->n, s->room - s->n);
		if (got > 0) {
			s->n += (size_t)got;
			continue;
		}
		if ((got == 0 && (s->n || !pipe)) || (got < 0 && got != -EAGAIN && got != -EINTR))
			return (int)-got;
		struct pollfd p = {fd, POLLIN, 0};
		struct timespec limit = {PATIENCE / 1000, PATIENCE % 1000 * 1000000};
		long ready = raw_syscall(SYS_ppoll, (long)&p, 1, (long)&limit, 0);
		if (ready == 0)
			return ETIMEDOUT;
		if (got == 0 && !(p.revents & POLLIN))
			return 0;
	}
	return error;
}

static bool is_itself(const char *file)
{
	return strncmp(file, TEXT_ITSELF, strlen(TEXT_ITSELF)) == 0;
}

const char *text_name(const char *file)
{
	return is_itself(file) ? TEXT_ITSELF_NAME : file;
}

int text_read(const char *file, char **text, size_t *n)
{
	if (is_itself(file)) {
		*n = strlen(file) - strlen(TEXT_ITSELF);
		*text = strdup(file + strlen(TEXT_ITSELF));
		return *text ? 0 : ENOMEM;
	}
	struct sink s = {0};
	struct stat st;
	int error, fd;
	if (stat(file, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
		error = read_plain(&s, file);
	} else if ((fd = raw_open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)) < 0) {
		error = -fd;
	} else {
		error = read_waiting(&s, fd, S_ISFIFO(st.st_mode));
		raw_close(fd);
	}
	*text = s.text;
	*n = s.n;
	return error;
}

int text_read_stream(int fd, char **text, size_t *n)
{
	struct sink s = {0};
	int error;
	while ((error = widen(&s)) == 0) {
		ssize_t got = read(fd, s.text + s.n, s.room - s.n);
		if (got < 0 && errno != EINTR)
			error = errno;
		if (got == 0 || error)
			break;
		s.n += got > 0 ? (size_t)got : 0;
	}
	*text = s.text;
	*n = s.n;
	return error;
}

int text_read_open(int fd, char **text, size_t *n)
{
	struct sink s = {0};
	int error;
	while ((error = widen(&s)) == 0) {
		ssize_t got = pread(fd, s.text + s.n, s.room - s.n, (off_t)s.n);
		if (got < 0)
			error = errno;
		if (got <= 0)
			break;
		s.n += (size_t)got;
	}
	*text = s.text;
	*n = s.n;
	return error;
}
