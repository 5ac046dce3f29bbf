/* SPDX-License-Identifier: MIT */
/* A sentence names the member's line, the cause and the remedy. */
#include "trouble.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/older.h"
#include "base/generation.h"
#include "config/terminal.h"
#include "core/opened.h"
#include "in_use.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "preload/real/real.h"
#include "core/wide_filter.h"
#include "preload/trace/log.h"

static struct {
	const char *file;
	bool goes_on;
} setup;

void trouble_init(const char *file, bool goes_on)
{
	setup.file = file;
	setup.goes_on = goes_on;
}

bool trouble_goes_on(void)
{
	return setup.goes_on;
}

void trouble_tell(const struct addr *at, bool datagram, enum opening o, unsigned detail)
{
	const struct rules *r = rules_now();

	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (opened_heard(at, datagram, m))
			states_set_opening(this_host.segment.states, m, o, detail);
	}
}

void trouble_mixed(const struct addr *at, bool datagram)
{
	const struct rules *r = rules_now();
	enum transport t = datagram ? TRANSPORT_UDP : rules_listener_transport(r, at);

	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (m->addr.port != at->port && opened_leads(r, at, t, m) &&
			!listeners_leading(&this_host.listeners, r, m, false))
			states_set_opening(this_host.segment.states, m, OPENING_MIXED, 0);
	}
}

void trouble_renewed(const struct addr *at, bool datagram, int error)
{
	const struct rules *r = rules_now();
	const struct states *all = this_host.segment.states;
	bool full = error == EINVAL || error == ENOMEM;

	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		uint64_t of = states_identity((enum transport)m->transport, &m->addr, m->device);
		if (!opened_heard(at, datagram, m) ||
			(error && opening_of(states_opening(all, m->slot, of)) == OPENING_FILTER))
			continue; /* what it heard, it hears */
		states_set_opening(this_host.segment.states, m,
			!error ? OPENING_FILTER : full ? OPENING_FULL : OPENING_REFUSED, (unsigned)error);
	}
	trouble_mixed(at, datagram);
}

static bool is_set(int fd, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return real.getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 && value;
}

/* Who shares the port at a member that a listener there opens, or at every address. */
static bool find_shared(const struct addr *at, struct in_use *u)
{
	const struct rules *r = rules_now();

	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (opened_heard(at, true, m) && in_use_shared(u, &m->addr))
			return true;
	}
	return false;
}

bool trouble_is_shared(int fd, const struct addr *at)
{
	struct in_use u;

	return (is_set(fd, SO_REUSEADDR) || is_set(fd, SO_REUSEPORT)) && find_shared(at, &u);
}

/* The begin of a sentence that says who has the port. */
static unsigned explain_in_use(int fd, const struct addr *at, bool datagram, char *text, size_t room)
{
	struct in_use u;
	struct stat st;

	if (datagram && find_shared(at, &u))
		return in_use_print(&u, text, room);
	return in_use_explain(datagram, at, true, fstat(fd, &st) == 0 ? st.st_ino : 0, text, room);
}

/* The cause and the remedy, as the end of a sentence. Returns what bondctl is told. */
static enum opening explain(int fd, const struct addr *at, bool datagram, int error, char *text, size_t room,
	unsigned *detail)
{
	bool six = at->family == AF_INET6;

	*detail = 0;
	if (error == ENODEV) {
		snprintf(text, room, "the program bound its socket to another device (SO_BINDTODEVICE): take its "
				     "interface out of the program's settings, or `open` out of the member");
		return OPENING_DEVICE;
	}
	if (error == EADDRINUSE) {
		char who[160];
		*detail = explain_in_use(fd, at, datagram, who, sizeof(who));
		snprintf(text, room, "%s: let that one have another port or end it, or take `open` out of the member", who);
		return OPENING_IN_USE;
	}
	int most = six ? WIDE_FILTER_IPV6_MAX : WIDE_FILTER_IPV4_MAX;
	if (error == EINVAL) {
		snprintf(text, room, "the members at its port are more than a socket can hear: open at most %d addresses", most - 1);
		return OPENING_FULL;
	}
	if (error == ENOMEM) {
		*detail = ENOMEM;
		snprintf(text, room, "the filter for the members at its port is larger than net.core.optmem_max allows: raise that, "
				     "to 20480 for %d addresses, or open fewer", most);
		return OPENING_FULL;
	}
	if (error == EPERM && !datagram)
		snprintf(text, room, "this kernel takes a filter for connections from programs with CAP_NET_ADMIN alone: give "
				     "the program that (systemd: AmbientCapabilities), or take `open` out of the member");
	else if (error == EBUSY)
		snprintf(text, room, "the program has put a filter of its own on its socket that cannot be read "
				     "(SO_ATTACH_BPF): take `open` out of the member");
	else
		snprintf(text, room, "the kernel says \"%s\": take `open` out of the member", error_text(error));
	*detail = (unsigned)error;
	return OPENING_REFUSED;
}

/* Whether the host is starting: it goes by the INI with which it began, and no listener of those members has
 * been bound before. */
static bool is_start(const struct addr *at, bool datagram)
{
	const struct listeners *ls = &this_host.listeners;

	for (unsigned i = 0; i < listeners_count(ls); i++) {
		const struct listener *l = &ls->slots[i];
		if (listeners_is_known(ls, i) && datagram == (l->transport == TRANSPORT_UDP) &&
			l->addr.port == at->port && l->addr.family == at->family)
			return false;
	}
	return rules_now()->generation == GENERATION_FIRST;
}

void trouble_inherited(void)
{
	const struct listeners *ls = &this_host.listeners;

	for (unsigned i = 0; rules_now()->opens && i < listeners_count(ls); i++) {
		const struct listener *l = &ls->slots[i];
		if (listeners_is_known(ls, i) && !l->seen && !l->opened)
			trouble_tell(&l->addr, l->transport == TRANSPORT_UDP, OPENING_INHERITED, 0);
	}
}

void trouble_member(const struct member *m, bool starting, const char *why)
{
	char what[ADDR_TEXT_MAX], line[1024];

	addr_print(&m->addr, what);
	if (starting && !setup.goes_on) {
		terminal_printf(stderr, "%s:%u:%u: error: member %s:%s cannot be opened: %s\n",
			setup.file ? setup.file : "libbond", m->place.line, m->place.column,
			transport_names[m->transport], what, why);
		terminal_printf(stderr, "libbond: %s is not started; BOND_ON_ERROR=pass starts it without the member\n",
			program_invocation_short_name);
		fflush(stderr);
		_exit(EX_CONFIG);
	}
	if (page.p.mode & HOT_TRACE) {
		snprintf(line, sizeof(line), "member %s:%s (line %u) is down: %s", transport_names[m->transport], what,
			m->place.line, why);
		trace_say(line);
	}
}

void trouble_bind(int fd, const struct addr *at, bool datagram, int error)
{
	const struct member *m = opened_first(rules_now(), at, datagram);
	char text[512];
	unsigned detail;

	if (!m)
		return;
	enum opening o = explain(fd, at, datagram, error, text, sizeof(text), &detail);
	trouble_tell(at, datagram, o, detail);
	trouble_member(m, is_start(at, datagram), text);
}
