/* SPDX-License-Identifier: MIT */
/* See trace.h. Called by hooks/ around each call; the filter and the log are set once at start, so
 * that threads, forked children and signal handlers need no lock here. */
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "filter.h"
#include "arguments.h"
#include "base/raw.h"
#include "report.h"
#include "file.h"
#include "verdict.h"

#define RESULT_COLUMN 40 /* strace -a 40 */

int trace_on;

static struct filter filter;
static const struct config *config;
static struct words_domains *domains; /* one a route; lives as long as the process */
static long zone_offset;              /* seconds east of UTC at start; localtime() takes a lock */

static void complain(const char *variable, const char *value, const char *text)
{
	dprintf(2, "libbond[%d]: %s=%s: %s. Tracing is off.\n", (int)getpid(), variable, value, text);
}

static void find_domains(const struct config *c)
{
	free(domains);
	domains = calloc(c->route_count ? c->route_count : 1, sizeof(*domains));
	for (size_t i = 0; domains && i < c->target_count; i++) {
		const struct target *t = &c->targets[i];
		if (t->kind == TARGET_PREFIX || t->route >= c->route_count)
			continue;
		if (!domains[t->route].count++)
			domains[t->route].first = t->domain;
	}
}

void trace_init(const struct config *c)
{
	const char *words = getenv("BOND_TRACE"), *file = getenv("BOND_TRACE_FILE");
	char error[FILTER_ERROR_SIZE];
	time_t now = time(NULL);
	struct tm local;
	int result;

	trace_on = 0;
	tracefile_close();
	tracefile_start();
	if (!words || !words[0] || getauxval(AT_SECURE))
		return;
	if (filter_parse(&filter, words, c, error)) {
		complain("BOND_TRACE", words, error);
		return;
	}
	result = tracefile_open(file);
	if (result) {
		complain("BOND_TRACE_FILE", file && file[0] ? file : "(stderr)",
			result == ENXIO ? "nobody reads this pipe" : strerror(result));
		return;
	}
	config = c;
	if (c)
		find_domains(c);
	if (localtime_r(&now, &local))
		zone_offset = local.tm_gmtoff;
	trace_on = 1;
}

bool trace_owns(int fd)
{
	return tracefile_owns(fd);
}

int trace_descriptor(void)
{
	return tracefile_descriptor();
}

void trace_move_away(int fd)
{
	tracefile_move_away(fd);
}

void trace_begin(struct trace_mark *m)
{
	clock_gettime(CLOCK_MONOTONIC, &m->start);
	m->fd = -1;
	m->room = TRACE_NO_ROOM;
}

static void read_record(struct trace_mark *m, int fd)
{
	m->bits = bits_of(fd);
	m->local.family = m->peer.family = 0;
	if ((unsigned)fd < FD_MAX && (m->bits & (FD_UDP | FD_TCP))) {
		m->local = record_of(fd)->local;
		m->peer = record_of(fd)->peer;
	}
}

void trace_begin_call(struct trace_mark *m, int fd, const socklen_t *len)
{
	trace_begin(m);
	m->fd = fd;
	read_record(m, fd);
	if (len && arguments_readable(len, sizeof(*len)))
		m->room = *len;
}

static void put_fd(struct line *l, const struct trace_mark *m, int fd)
{
	struct trace_mark now;

	if (!m || m->fd != fd) {
		read_record(&now, fd);
		m = &now;
	}
	arguments_fd(l, fd, m->bits, &m->local, &m->peer);
}

static long long nanoseconds(const struct timespec *t)
{
	return t->tv_sec * 1000000000LL + t->tv_nsec;
}

/* 2026-11-28T (RFC 3339), from days since 1970; years of 365.2425 days, in eras of 400 of them that
 * begin in March. */
static void put_date(struct line *l, long days)
{
	unsigned long day = (unsigned long)(days + 719468), era = day / 146097, of_era = day % 146097;
	unsigned long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned long of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned long month = (5 * of_year + 2) / 153;

	day = of_year - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	line_padded(l, year + era * 400 + (month <= 2), 4);
	line_char(l, '-');
	line_padded(l, month, 2);
	line_char(l, '-');
	line_padded(l, day, 2);
	line_char(l, 'T');
}

static void put_zone(struct line *l)
{
	unsigned long minutes = (unsigned long)(zone_offset < 0 ? -zone_offset : zone_offset) / 60;

	line_char(l, zone_offset < 0 ? '-' : '+');
	line_padded(l, minutes / 60, 2);
	line_char(l, ':');
	line_padded(l, minutes % 60, 2);
}

static void put_time(struct line *l, long long taken)
{
	struct timespec now;
	long long at;
	long local, second;

	clock_gettime(CLOCK_REALTIME, &now);
	at = nanoseconds(&now) - taken;
	local = (long)(at / 1000000000) + zone_offset;
	second = local % 86400;
	if (second < 0)
		second += 86400;
	if (filter.date)
		put_date(l, (local - second) / 86400);
	line_padded(l, (unsigned long)second / 3600, 2);
	line_char(l, ':');
	line_padded(l, (unsigned long)second / 60 % 60, 2);
	line_char(l, ':');
	line_padded(l, (unsigned long)second % 60, 2);
	line_char(l, '.');
	line_padded(l, (unsigned long)(at / 1000 % 1000000), 6);
	if (filter.date)
		put_zone(l);
}

/* The line up to the opening parenthesis, or false. */
static bool start(struct report *r, const struct trace_mark *m, const char *name, long result,
	const struct verdict *v)
{
	struct timespec now;

	r->error = errno;
	if (!trace_on)
		return false;
	if (!filter_wants(&filter, filter_call(name), result < 0 ? r->error : 0, v, config))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	r->taken = nanoseconds(&now) - nanoseconds(&m->start);
	r->result = result;
	r->verdict = v;
	line_start(&r->line);
	line_text(&r->line, "[pid ");
	line_signed(&r->line, raw_syscall(SYS_gettid, 0, 0, 0, 0));
	line_text(&r->line, "] ");
	put_time(&r->line, r->taken);
	line_char(&r->line, ' ');
	line_text(&r->line, name);
	line_char(&r->line, '(');
	return true;
}

bool report_start(struct report *r, const struct trace_mark *m, const char *name, int fd,
	long result, const struct verdict *v)
{
	if (!start(r, m, name, result, v))
		return false;
	put_fd(&r->line, m, fd);
	/* A datagram that went out was read from all of the host's arguments. */
	r->line.trusted = result >= 0 && (bits_of(fd) & FD_UDP);
	return true;
}

void report_result(struct report *r, bool result_is_fd)
{
	struct line *l = &r->line;

	line_text(l, ") ");
	while (l->length < RESULT_COLUMN)
		line_char(l, ' ');
	line_text(l, "= ");
	if (r->result == -1)
		arguments_error(l, r->error);
	else if (result_is_fd)
		put_fd(l, NULL, (int)r->result);
	else
		line_signed(l, r->result);
	line_text(l, " <");
	line_unsigned(l, (unsigned long)(r->taken / 1000000000));
	line_char(l, '.');
	line_padded(l, (unsigned long)(r->taken / 1000 % 1000000), 6);
	line_char(l, '>');
	if (r->verdict && r->verdict->why != WHY_NOTHING) {
		line_text(l, " ! ");
		words_print(l, r->verdict, config, domains);
	}
}

void report_write(struct report *r)
{
	struct line *l = &r->line;

	l->text[l->length] = '\n';
	if (!tracefile_write(l->text, l->length + 1))
		trace_on = 0;
	errno = r->error;
}

static void finish(struct report *r, bool result_is_fd)
{
	report_result(r, result_is_fd);
	report_write(r);
}

static void put_flags_argument(struct line *l, int flags)
{
	line_text(l, ", ");
	arguments_message_flags(l, flags);
}

void trace_send(const struct trace_mark *m, const char *name, int fd, const void *buf, size_t len,
	int flags, const void *to, socklen_t tolen, long ret, const struct verdict *v)
{
	struct report r;

	/* As strace shows it: send() is sendto() without an address. */
	if (!report_start(&r, m, strcmp(name, "send") ? name : "sendto", fd, ret, v))
		return;
	line_text(&r.line, ", ");
	arguments_string(&r.line, buf, len);
	line_text(&r.line, ", ");
	line_unsigned(&r.line, len);
	put_flags_argument(&r.line, flags);
	line_text(&r.line, ", ");
	arguments_sockaddr(&r.line, to, tolen);
	line_text(&r.line, ", ");
	line_signed(&r.line, (int)tolen);
	finish(&r, false);
}

void trace_write(const struct trace_mark *m, int fd, const void *buf, size_t len, long ret,
	const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, "write", fd, ret, v))
		return;
	line_text(&r.line, ", ");
	arguments_string(&r.line, buf, len);
	line_text(&r.line, ", ");
	line_unsigned(&r.line, len);
	finish(&r, false);
}

void trace_writev(const struct trace_mark *m, int fd, const struct iovec *iov, int count, long ret,
	const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, "writev", fd, ret, v))
		return;
	line_text(&r.line, ", ");
	arguments_iovec(&r.line, iov, count < 0 ? 0 : (size_t)count);
	line_text(&r.line, ", ");
	line_signed(&r.line, count);
	finish(&r, false);
}

void trace_sendmsg(const struct trace_mark *m, int fd, const struct msghdr *msg, int flags,
	long ret, const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, "sendmsg", fd, ret, v))
		return;
	line_text(&r.line, ", ");
	arguments_msghdr(&r.line, msg);
	put_flags_argument(&r.line, flags);
	finish(&r, false);
}

void trace_sendmmsg(const struct trace_mark *m, int fd, const struct mmsghdr *msgs, unsigned count,
	int flags, long ret, const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, "sendmmsg", fd, ret, v))
		return;
	r.line.trusted = r.line.trusted && ret == (long)count;
	line_text(&r.line, ", ");
	arguments_mmsghdr(&r.line, msgs, count, ret);
	line_text(&r.line, ", ");
	line_unsigned(&r.line, count);
	put_flags_argument(&r.line, flags);
	finish(&r, false);
}

void trace_address(const struct trace_mark *m, const char *name, int fd, const void *sa,
	socklen_t len, long ret, const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, name, fd, ret, v))
		return;
	line_text(&r.line, ", ");
	arguments_sockaddr(&r.line, sa, len);
	line_text(&r.line, ", ");
	line_signed(&r.line, (int)len);
	finish(&r, false);
}

/* What the kernel wrote: as much of the address as the host had room for, and [room => length]. */
void report_answer(struct line *l, const void *sa, const socklen_t *len, socklen_t room)
{
	bool sa_ok;

	if (!arguments_readable(len, sizeof(*len))) {
		line_pointer(l, sa);
		line_text(l, ", ");
		line_pointer(l, len);
		return;
	}
	if (room == TRACE_NO_ROOM)
		room = *len;
	sa_ok = room >= sizeof(sa_family_t);
	if (sa_ok)
		arguments_sockaddr(l, sa, room < *len ? room : *len);
	else
		line_pointer(l, sa);
	line_text(l, ", [");
	if (room != *len) {
		line_signed(l, (int)room);
		line_text(l, " => ");
	}
	line_signed(l, (int)*len);
	line_char(l, ']');
}

void trace_answer(const struct trace_mark *m, const char *name, int fd, const void *sa,
	const socklen_t *len, int flags, long ret, const struct verdict *v)
{
	struct report r;

	if (!report_start(&r, m, name, fd, ret, v))
		return;
	r.line.trusted = false;
	line_text(&r.line, ", ");
	if (ret >= 0) {
		report_answer(&r.line, sa, len, m->room);
	} else {
		line_pointer(&r.line, sa);
		line_text(&r.line, ", ");
		if (r.error != EFAULT && arguments_readable(len, sizeof(*len))) {
			line_char(&r.line, '[');
			line_signed(&r.line, (int)*len);
			line_char(&r.line, ']');
		} else {
			line_pointer(&r.line, len);
		}
	}
	if (flags != -1) {
		line_text(&r.line, ", ");
		arguments_accept_flags(&r.line, flags);
	}
	finish(&r, strcmp(name, "getsockname") != 0);
}

void trace_socket(const struct trace_mark *m, int domain, int type, int protocol, long ret)
{
	struct report r;

	if (!start(&r, m, "socket", ret, NULL))
		return;
	arguments_socket(&r.line, domain, type, protocol);
	finish(&r, true);
}

void trace_numbers(const struct trace_mark *m, const char *name, int fd, const long *numbers,
	int count, long ret)
{
	struct report r;
	enum filter_call call = filter_call(name);

	if (!start(&r, m, name, ret, NULL))
		return;
	if (call == CALL_CLOSE_RANGE)
		line_unsigned(&r.line, (unsigned)fd);
	else
		put_fd(&r.line, m, fd);
	for (int i = 0; i < count; i++) {
		line_text(&r.line, ", ");
		arguments_number(&r.line, name, i, numbers[i]);
	}
	finish(&r, call == CALL_DUP || call == CALL_DUP2 || call == CALL_DUP3 ||
			(call == CALL_FCNTL && count &&
				(numbers[0] == F_DUPFD || numbers[0] == F_DUPFD_CLOEXEC)));
}

void trace_say(const char *text)
{
	struct line l;
	int fd;

	line_start(&l);
	line_text(&l, "libbond[");
	line_signed(&l, raw_syscall(SYS_getpid, 0, 0, 0, 0));
	line_text(&l, "]: ");
	line_text(&l, text);
	l.text[l.length] = '\n';
	if (trace_on && tracefile_write(l.text, l.length + 1))
		return;
	fd = tracefile_stderr();
	if (fd >= 0)
		raw_write(fd, l.text, l.length + 1);
}
