/* SPDX-License-Identifier: MIT */
/* What is said once, and the counts as text. */
#include "notices.h"

#include "line.h"
#include "log.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "segment/said.h"

/* As in the manual's table of limits. */
static const struct {
	const char *name, *what;
} tables[FULL_TABLES] = {
	[FULL_LISTENERS] = {"listeners", "a further one carries no member, and its name is no own name"},
	[FULL_NAMES] = {"own names", "the listeners bound last are not renamed"},
	[FULL_SCRATCH] = {"gathering", "a message in several pieces found no memory to be read in"},
	[FULL_CHOICES] = {"transactions", "the oldest are decided anew, if they send again"},
	[FULL_ADDRESSES] = {"local addresses",
		"a wildcard socket is not known to hear those beyond"},
	[FULL_FLOWS] = {"flows", "requests to some peers leave from the host's address"},
	[FULL_HELLOS] = {"TLS connections", "a further one passes untouched"},
	[FULL_TEXTS] = {"texts of TLS",
		"a new TLS connection is not edited, and one that was is shut"},
	[FULL_TALLIES] = {"counts", "what further routes and members do is counted together"},
	[FULL_ADOPTED] = {"adopted sockets", "bondctl does not show the oldest"},
};

static void say_table(enum full_table table)
{
	struct line l;

	line_start(&l);
	line_text(&l, "the table of ");
	line_text(&l, tables[table].name);
	line_text(&l, " is full: ");
	line_text(&l, tables[table].what);
	line_text(&l, " (LIMITS in libbond(8))");
	l.text[l.length] = '\0';
	trace_say(l.text);
}

void notices_say(void)
{
	if (!(page.p.mode & HOT_TRACE))
		return;
	for (int i = 0; i < FULL_TABLES; i++) {
		if (counters_of_full(this_host.segment.counters, (enum full_table)i) &&
			said_full(this_host.segment.said, (enum full_table)i))
			say_table((enum full_table)i);
	}
}

void notices_large(const struct rules *r, uint16_t route)
{
	struct line l;

	if (!(page.p.mode & HOT_TRACE) || route >= r->config.route_count ||
		!said_large(this_host.segment.said, r->config.routes[route].slot))
		return;
	line_start(&l);
	line_text(&l, "a request by route ");
	line_name(&l, r->config.routes[route].name, 60);
	line_text(&l, " is over 1300 bytes once its names are edited: UDP may not carry it (RFC 3261 "
		      "18.1.1)");
	l.text[l.length] = '\0';
	trace_say(l.text);
}

void notices_stray(const struct addr *dst)
{
	char text[ADDR_TEXT_MAX];
	struct line l;

	if (!(page.p.mode & HOT_TRACE) || !said_stray(this_host.segment.said, dst))
		return;
	text[addr_print(dst, text)] = '\0';
	line_start(&l);
	line_text(&l, "a request within a dialog goes to ");
	line_text(&l, text);
	line_text(&l, " by no route, from a socket of no bond: list every signalling address of the "
		      "peer in a `to`");
	l.text[l.length] = '\0';
	trace_say(l.text);
}

void notices_heard(const struct member *m, const struct addr *at)
{
	char text[ADDR_TEXT_MAX];
	struct line l;

	if (!(page.p.mode & HOT_TRACE) || !said_heard(this_host.segment.said, m->transport == TRANSPORT_UDP))
		return;
	line_start(&l);
	line_text(&l, "the program listens at ");
	text[addr_print(at, text)] = '\0';
	line_text(&l, text);
	line_text(&l, " and hears ");
	line_text(&l, transport_names[m->transport]);
	line_char(&l, ':');
	text[addr_print(&m->addr, text)] = '\0';
	line_text(&l, text);
	line_text(&l, " by itself: there is nothing to open");
	l.text[l.length] = '\0';
	trace_say(l.text);
}

static void put_count(struct line *l, uint64_t n, const char *what)
{
	line_char(l, ' ');
	line_unsigned(l, n);
	line_text(l, what);
}

/* "1 message edited," or "3 messages edited,". */
static void put_things(struct line *l, uint64_t n, const char *thing, const char *rest)
{
	put_count(l, n, thing);
	line_text(l, n == 1 ? "" : "s");
	line_text(l, rest);
}

/* What found no room, table by table. */
static void say_full(void)
{
	struct line l;
	const char *between = "found no room so far:";

	line_start(&l);
	for (int i = 0; i < FULL_TABLES; i++) {
		if (!counters_of_full(this_host.segment.counters, (enum full_table)i))
			continue;
		line_text(&l, between);
		put_count(&l, counters_of_full(this_host.segment.counters, (enum full_table)i), " in the table of ");
		line_text(&l, tables[i].name);
		between = ",";
	}
	l.text[l.length] = '\0';
	if (l.length)
		trace_say(l.text);
}

void notices_end(void)
{
	const struct counters *c = this_host.segment.counters;
	uint64_t edited = counters_of(c, COUNTER_EDITED), restored = counters_of(c, COUNTER_RESTORED);
	uint64_t foreign = counters_of(c, COUNTER_FOREIGN), forged = counters_of(c, COUNTER_FORGED);
	uint64_t unedited = counters_of(c, COUNTER_UNEDITED), closed = counters_of(c, COUNTER_CLOSED);
	uint64_t broken = counters_of(c, COUNTER_BROKEN), crowded = counters_of(c, COUNTER_CROWDED);
	uint64_t shut = counters_of(c, COUNTER_SHUT);
	struct line l;

	if (!(page.p.mode & HOT_TRACE))
		return;
	notices_say();
	say_full();
	if (!(edited + broken + crowded + shut + foreign + forged + unedited +
			restored + closed))
		return;
	line_start(&l);
	line_text(&l, "so far in this program's processes:");
	put_things(&l, edited, " message", " edited,");
	put_count(&l, restored, " restored,");
	put_things(&l, foreign, " token", " not ours,");
	put_things(&l, forged, " forged mark", ",");
	put_count(&l, unedited, " not editable,");
	put_count(&l, closed, " unreadable refused,");
	put_things(&l, broken, " stream", " out of frame,");
	put_count(&l, crowded, " crowded out,");
	put_count(&l, shut, " shut");
	l.text[l.length] = '\0';
	trace_say(l.text);
}
