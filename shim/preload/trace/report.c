/* SPDX-License-Identifier: MIT */
/* The setup is made once at start, so that threads, forked children and signal handlers need no lock. */
#include "report.h"

#include <errno.h>

#include "addresses.h"
#include "arguments.h"
#include "base/raw.h"
#include "live.h"
#include "log.h"
#include "notices.h"
#include "preload/hot.h"
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
	return v && v->rules ? &v->rules->config : setup.config ? setup.config : &rules_now()->config;
}

/* Who wants a line of it: says so in r. */
static bool find_readers(struct report *r, const struct wants_call *call)
{
	r->to_log = trace_on && wants(&setup.filter, call);
	r->readers = live_readers(LIVE_LINES, call);
	return r->to_log || r->readers;
}

static void put_head(struct report *r)
{
	if (r->to_log) {
		line_text(&r->line, "[pid ");
		line_signed(&r->line, raw_syscall(SYS_gettid, 0, 0, 0, 0));
		line_text(&r->line, "] ");
		clock_put(&r->line, &setup.clock, r->at);
		line_char(&r->line, ' ');
	}
	r->text_at = (uint16_t)r->line.length;
}

bool report_begin(struct report *r, const struct trace_mark *m, const char *name, int fd, long result,
	const struct verdict *v, const struct about *about)
{
	struct timespec now, today;
	struct wants_call call = {.call = filter_call(name), .verdict = v, .config = config_of(v)};

	r->error = errno;
	call.error = result < 0 ? r->error : 0;
	if (!trace_on && !(page.p.mode & HOT_LIVE))
		return false;
	notices_say();
	if (!find_readers(r, &call))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	clock_gettime(CLOCK_REALTIME, &today);
	line_start(&r->line);
	/* A datagram that went out was read from all of the host's arguments. */
	r->line.trusted = result >= 0 && (bits_of(fd) & FD_UDP) &&
		!(about && about->several && result != (long)about->count);
	about_look(about, m, fd, &r->line, &r->call_ids, &call);
	if (!find_readers(r, &call))
		return false;
	r->taken = clock_nanoseconds(&now) - clock_nanoseconds(&m->start);
	r->at = clock_nanoseconds(&today) - r->taken;
	r->result = result;
	r->verdict = v;
	put_head(r);
	line_text(&r->line, name);
	line_char(&r->line, '(');
	return true;
}

bool report_start(struct report *r, const struct trace_mark *m, const char *name, int fd, long result,
	const struct verdict *v, const struct about *about)
{
	if (!report_begin(r, m, name, fd, result, v, about))
		return false;
	trace_put_fd(&r->line, m, fd);
	return true;
}

/* Who reads along fills up the line by itself, as its head is another. */
static void pad(struct report *r)
{
	struct line *l = &r->line;

	r->pad_at = (uint16_t)l->length;
	while (r->to_log && l->length < RESULT_COLUMN)
		line_char(l, ' ');
	r->pad = (uint16_t)(l->length - r->pad_at);
}

void report_result(struct report *r, bool result_is_fd)
{
	struct line *l = &r->line;

	line_text(l, ") ");
	pad(r);
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
	call_ids_print(&r->call_ids, l);
}

static void write_live(struct report *r)
{
	const struct line *l = &r->line;
	size_t behind = (size_t)r->pad_at + r->pad;
	struct ring_line head = {.at = r->at, .pad_at = (uint32_t)(r->pad_at - r->text_at)};

	live_put(RING_LINE, r->readers,
		(struct iovec[]){{&head, sizeof(head)}, {(char *)(uintptr_t)l->text + r->text_at, head.pad_at},
			{(char *)(uintptr_t)l->text + behind, l->length - behind}}, 3);
}

void report_write(struct report *r)
{
	write_live(r);
	if (r->to_log)
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
