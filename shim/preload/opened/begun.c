/* SPDX-License-Identifier: MIT */
/* A host of several threads may bind in one what another does not know of: it gets some seconds. */
#include "begun.h"

#include <errno.h>
#include <stdio.h>

#include "base/older.h"
#include "base/generation.h"
#include "base/in_handler.h"
#include "core/image.h"
#include "core/opened.h"
#include "preload/housekeeping/thread.h"
#include "preload/image_now.h"
#include "preload/lookup/attempt.h"
#include "preload/lookup/privilege.h"
#include "preload/process.h"
#include "preload/sockets/owner.h"
#include "segment/file.h"
#include "trouble.h"

#define THREADS_HAVE 300 /* hundredths of a second from the first listener on */

static uint64_t since; /* when the first was bound, 0 = none was that could be led to */

/* What the host has that a member could be opened by. */
struct has {
	bool port;                  /* a listener of its port, */
	const struct listener *led; /* one to which sk_lookup would lead it */
};

static struct has look(const struct rules *r, const struct member *m)
{
	const struct listeners *ls = &this_host.listeners;
	struct has has = {false, NULL};

	for (unsigned i = 0; i < listeners_count(ls); i++) {
		const struct listener *l = &ls->slots[i];
		if (!listeners_is_known(ls, i) || (l->transport == TRANSPORT_UDP) != (m->transport == TRANSPORT_UDP))
			continue;
		has.port = has.port || (l->addr.port == m->addr.port && (l->addr.family == m->addr.family || l->dual));
		if (!has.led && opened_could_lead(r, &l->addr, (enum transport)l->transport, m))
			has.led = l;
	}
	return has;
}

/* As the file has them, member by member; NULL: it is not to be had. */
static const struct image_member *written(const struct rules *r)
{
	const struct image *i = image_now();

	return i && image_count(i, IMAGE_MEMBERS) == r->config.member_count ? image_part(i, IMAGE_MEMBERS) : NULL;
}

/* Whether nothing opens it as the host is now; *led: a listener to which it could be led. */
static bool is_unopened(const struct rules *r, const struct image_member *as_written, const struct member *m,
	const struct listener **led)
{
	struct has has = {true, NULL};

	if (as_written->open == OPEN_ANY && m->open == OPEN_FILTER)
		has = look(r, m);
	*led = has.led;
	return !has.port && has.led;
}

static void explain(const struct member *m, const struct listener *led, char *text, size_t size)
{
	int error = attempt_error();

	snprintf(text, size, "the program has no listener at port %u, and a member of another port needs sk_lookup, which %s: "
			     "%slet it listen there, or give the member a port that it has, as %u (write open=filter if it listens "
			     "there later)",
		m->addr.port, attempt_reason(error),
		error == EPERM && !privilege_is_there() ? "start it as root or with AmbientCapabilities=CAP_BPF CAP_NET_ADMIN (capabilities of its file "
				 "keep libbond out), " : "", led->addr.port);
}

/* Whether all that the host binds at its start is bound, as far as can be told. */
static bool is_over(void)
{
	return __libc_single_threaded || segment_now() >= since + THREADS_HAVE;
}

static void judge(void)
{
	const struct rules *r = rules_now();
	const struct image_member *as_written = written(r);
	const struct listener *led;
	char text[768];

	if (!is_over() || !owner_may_change() || in_handler())
		return;
	housekeeping_at_calls(NULL);
	if (r->generation != GENERATION_FIRST)
		return;
	for (size_t i = 0; as_written && i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (!is_unopened(r, &as_written[i], m, &led))
			continue;
		states_set_opening(this_host.segment.states, m, OPENING_OTHER_PORT, (unsigned)attempt_error());
		explain(m, led, text, sizeof(text));
		trouble_member(m, true, text);
	}
}

void begun_listener(const struct rules *r)
{
	const struct image_member *as_written = r->opens && !since && attempt_error() ? written(r) : NULL;
	const struct listener *led;

	for (size_t i = 0; as_written && r->generation == GENERATION_FIRST && i < r->config.member_count; i++) {
		if (!is_unopened(r, &as_written[i], &r->config.members[i], &led))
			continue;
		since = segment_now();
		housekeeping_at_calls(judge);
		return;
	}
}

void begun_forks(void)
{
	if (housekeeping_call == judge)
		judge();
}
