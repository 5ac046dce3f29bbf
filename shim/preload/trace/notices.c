/* SPDX-License-Identifier: MIT */
/* Notices and counts, in memory that the host's processes share. */
#include "notices.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "line.h"
#include "log.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "segment/streams.h"

#define STRAYS 64

struct notices {
	_Atomic uint64_t counts[NOTICE_COUNTS];
	_Atomic uint64_t full[NOTICE_TABLES];
	_Atomic bool full_said[NOTICE_TABLES];
	_Atomic uint64_t large[1024]; /* a bit a route */
	_Atomic uint64_t strays[STRAYS];
	_Atomic uint32_t stray_count;
};

static struct notices *notices;

void notices_init(void)
{
	void *p = mmap(NULL, sizeof(*notices), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);

	notices = p == MAP_FAILED ? NULL : p;
}

void notices_count(enum notice_count what, uint32_t n)
{
	if (notices && n)
		atomic_fetch_add_explicit(&notices->counts[what], n, memory_order_relaxed);
}

static uint64_t notices_counted(enum notice_count what)
{
	return notices ? atomic_load(&notices->counts[what]) : 0;
}

/* As in the manual's table of limits. */
static const struct {
	const char *name, *what;
} tables[NOTICE_TABLES] = {
	[NOTICE_LISTENERS] = {"listeners", "a further one carries no member, and its name is no own name"},
	[NOTICE_NAMES] = {"own names", "the listeners bound last are not renamed"},
	[NOTICE_SCRATCH] = {"gathering", "a message in several pieces found no memory to be read in"},
	[NOTICE_CHOICES] = {"transactions", "the oldest are decided anew, if they send again"},
	[NOTICE_ADDRESSES] = {"local addresses",
		"a wildcard socket is not known to hear those beyond"},
};

static void say_once(enum notice_table table)
{
	struct line l;

	if (!(hot.mode & HOT_TRACE) || atomic_exchange(&notices->full_said[table], true))
		return;
	line_start(&l);
	line_text(&l, "the table of ");
	line_text(&l, tables[table].name);
	line_text(&l, " is full: ");
	line_text(&l, tables[table].what);
	line_text(&l, " (LIMITS in libbond(8))");
	l.text[l.length] = '\0';
	trace_say(l.text);
}

void notices_full(enum notice_table table)
{
	if (!notices)
		return;
	atomic_fetch_add_explicit(&notices->full[table], 1, memory_order_relaxed);
	say_once(table);
}

void notices_full_at_start(void)
{
	for (int i = 0; i < NOTICE_TABLES; i++) {
		if (notices_full_count((enum notice_table)i))
			say_once((enum notice_table)i);
	}
}

uint64_t notices_full_count(enum notice_table table)
{
	return notices ? atomic_load(&notices->full[table]) : 0;
}

void notices_large(uint16_t route)
{
	uint64_t bit = UINT64_C(1) << route % 64;

	if (!notices || !(hot.mode & HOT_TRACE) || route >= config_now()->route_count ||
		(atomic_fetch_or(&notices->large[route / 64], bit) & bit))
		return;
	struct line l;
	line_start(&l);
	line_text(&l, "a request by route ");
	line_name(&l, config_now()->routes[route].name, 60);
	line_text(&l, " is over 1300 bytes once its names are edited: UDP may not carry it (RFC 3261 "
		      "18.1.1)");
	l.text[l.length] = '\0';
	trace_say(l.text);
}

void notices_stray(const struct addr *dst)
{
	uint64_t key, low;
	char text[ADDR_TEXT_MAX];

	if (!notices || !(hot.mode & HOT_TRACE))
		return;
	memcpy(&key, dst->ip + 8, sizeof(key));
	memcpy(&low, dst->ip, sizeof(low));
	key = (key ^ low * UINT64_C(0x9E3779B97F4A7C15)) + dst->port;
	uint32_t n = atomic_load(&notices->stray_count);
	for (uint32_t i = 0; i < STRAYS && i < n; i++) {
		if (atomic_load(&notices->strays[i]) == key)
			return;
	}
	atomic_store(&notices->strays[atomic_fetch_add(&notices->stray_count, 1) % STRAYS], key);
	text[addr_print(dst, text)] = '\0';
	struct line l;
	line_start(&l);
	line_text(&l, "a request within a dialog goes to ");
	line_text(&l, text);
	line_text(&l, " by no route, from a socket of no bond: list every signalling address of the "
		      "peer in a `to`");
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
	for (int i = 0; i < NOTICE_TABLES; i++) {
		if (!notices_full_count((enum notice_table)i))
			continue;
		line_text(&l, between);
		put_count(&l, notices_full_count((enum notice_table)i), " in the table of ");
		line_text(&l, tables[i].name);
		between = ",";
	}
	l.text[l.length] = '\0';
	if (l.length)
		trace_say(l.text);
}

void notices_end(void)
{
	uint64_t edited = notices_counted(NOTICE_EDITED) + stream_counted(STREAM_EDITED);
	uint64_t broken = stream_counted(STREAM_BROKEN);
	uint64_t foreign = notices_counted(NOTICE_FOREIGN) + stream_counted(STREAM_FOREIGN);
	uint64_t forged = notices_counted(NOTICE_FORGED) + stream_counted(STREAM_FORGED);
	uint64_t uneditable = notices_counted(NOTICE_UNEDITABLE) + stream_counted(STREAM_UNEDITED);
	uint64_t crowded = stream_counted(STREAM_CROWDED), shut = stream_counted(STREAM_SHUT);
	struct line l;

	if (hot.mode & HOT_TRACE)
		say_full();
	if (!(hot.mode & HOT_TRACE) ||
		!(edited + broken + crowded + shut + foreign + forged + uneditable +
			notices_counted(NOTICE_RESTORED) + notices_counted(NOTICE_CLOSED)))
		return;
	line_start(&l);
	line_text(&l, "so far in this program's processes:");
	put_things(&l, edited, " message", " edited,");
	put_count(&l, notices_counted(NOTICE_RESTORED), " restored,");
	put_things(&l, foreign, " token", " not ours,");
	put_things(&l, forged, " forged mark", ",");
	put_count(&l, uneditable, " not editable,");
	put_count(&l, notices_counted(NOTICE_CLOSED), " unreadable refused,");
	put_things(&l, broken, " stream", " out of frame,");
	put_count(&l, crowded, " crowded out,");
	put_count(&l, shut, " shut");
	l.text[l.length] = '\0';
	trace_say(l.text);
}
