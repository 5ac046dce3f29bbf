/* SPDX-License-Identifier: MIT */
/* The setup is made once at start, so that threads, forked children and signal handlers need no lock. */
#include "report.h"

#include <errno.h>

#include "addresses.h"
#include "arguments.h"
#include "base/raw.h"
#include "log.h"
#include "notices.h"
#include "preload/process.h"

#define RESULT_COLUMN 40 /* strace -a 40 */

static struct report_setup setup;

void report_init(const struct report_setup *s)
{
	setup = *s;
}

/* The configuration by which the verdict has numbers: what it names has its texts as long as the process
 * lives, also where other rules came meanwhile. */
static const struct config *config_of(const struct verdict *v)
{
	return v && v->rules ? &v->rules->config : setup.config;
}

bool report_begin(struct report *r, const struct trace_mark *m, const char *name, long result,
	const struct verdict *v)
{
	struct timespec now;

	r->error = errno;
	if (!trace_on)
		return false;
	notices_say();
	if (!filter_wants(&setup.filter, filter_call(name), result < 0 ? r->error : 0, v,
		    config_of(v)))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	r->taken = clock_nanoseconds(&now) - clock_nanoseconds(&m->start);
	r->result = result;
	r->verdict = v;
	line_start(&r->line);
	line_text(&r->line, "[pid ");
	line_signed(&r->line, raw_syscall(SYS_gettid, 0, 0, 0, 0));
	line_text(&r->line, "] ");
	clock_put(&r->line, &setup.clock, r->taken);
	line_char(&r->line, ' ');
	line_text(&r->line, name);
	line_char(&r->line, '(');
	return true;
}

bool report_start(struct report *r, const struct trace_mark *m, const char *name, int fd,
	long result, const struct verdict *v)
{
	if (!report_begin(r, m, name, result, v))
		return false;
	trace_put_fd(&r->line, m, fd);
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
		trace_put_fd(l, NULL, (int)r->result);
	else
		line_signed(l, r->result);
	line_text(l, " <");
	line_unsigned(l, (unsigned long)(r->taken / 1000000000));
	line_char(l, '.');
	line_padded(l, (unsigned long)(r->taken / 1000 % 1000000), 6);
	line_char(l, '>');
	if (r->verdict && r->verdict->why != WHY_NOTHING) {
		line_text(l, " ! ");
		verdict_print(l, r->verdict, config_of(r->verdict));
	}
}

void report_write(struct report *r)
{
	trace_put(&r->line);
	errno = r->error;
}

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
		addresses_sockaddr(l, sa, room < *len ? room : *len);
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
