/* SPDX-License-Identifier: MIT */
/* A sentence names the member's line, the cause and the remedy. */
#include "trouble.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/generation.h"
#include "config/terminal.h"
#include "core/opened.h"
#include "in_use.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "preload/sockets/wide_filter.h"
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

void trouble_end(const struct member *m, const char *shown, const char *why)
{
	terminal_printf(stderr, "%s:%u:%u: error: member %s cannot be opened: %s\n", setup.file ? setup.file : "libbond",
		m->place.line, m->place.column, shown, why);
	terminal_printf(stderr, "libbond: %s is not started; BOND_ON_ERROR=pass starts it without the member\n",
		program_invocation_short_name);
	fflush(stderr);
	_exit(EX_CONFIG);
}

void trouble_tell(const struct addr *at, bool datagram, enum opening o, unsigned detail)
{
	const struct rules *r = rules_now();

	for (size_t i = 0; i < r->config.member_count; i++) {
		const struct member *m = &r->config.members[i];
		if (m->open != OPEN_LOOKUP && opened_fits(at, datagram, m) && !addr_same_host(&m->addr, at))
			states_set_opening(this_host.segment.states, m->slot, o, detail);
	}
}

/* Of the port: who has it. Returns the process, 0 = it cannot be told. */
static unsigned explain_in_use(int fd, const struct addr *at, bool datagram, char *text, size_t room)
{
	char where[ADDR_TEXT_MAX], who[64] = "another program";
	struct in_use u;
	struct stat st;

	bool found = in_use_find(&u, datagram, at, fstat(fd, &st) == 0 ? st.st_ino : 0);
	if (found)
		addr_print(&u.at, where);
	else
		snprintf(where, sizeof(where), "port %u", at->port);
	if (found && u.pid)
		snprintf(who, sizeof(who), "%s (process %d)", u.name, (int)u.pid);
	snprintf(text, room, "%s is in use by %s: let that one have another port or end it, or take `open` out of "
			     "the member", where, who);
	return found ? (unsigned)u.pid : 0;
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
		*detail = explain_in_use(fd, at, datagram, text, room);
		return OPENING_IN_USE;
	}
	if (error == EINVAL || error == ENOMEM) {
		snprintf(text, room, "the members at its port are more than a socket can hear: open at most %d "
				     "addresses, or raise net.core.optmem_max",
			(six ? WIDE_FILTER_IPV6_MAX : WIDE_FILTER_IPV4_MAX) - 1);
		return OPENING_FULL;
	}
	if (error == EBUSY)
		snprintf(text, room, "the program has put a filter of its own on its socket that cannot be read "
				     "(SO_ATTACH_BPF): take `open` out of the member");
	else
		snprintf(text, room, "the kernel says \"%s\": take `open` out of the member", strerrordesc_np(error));
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
	return !setup.goes_on && rules_now()->generation == GENERATION_FIRST;
}

void trouble_bind(int fd, const struct addr *at, bool datagram, int error)
{
	const struct member *m = opened_first(rules_now(), at, datagram);
	char text[512], at_text[ADDR_TEXT_MAX], what[ADDR_TEXT_MAX + 8];
	unsigned detail;

	if (!m)
		return;
	enum opening o = explain(fd, at, datagram, error, text, sizeof(text), &detail);
	trouble_tell(at, datagram, o, detail);
	addr_print(&m->addr, at_text);
	snprintf(what, sizeof(what), "%s:%s", transport_names[m->transport], at_text);
	if (is_start(at, datagram))
		trouble_end(m, what, text);
	if (page.p.mode & HOT_TRACE) {
		char line[768];
		snprintf(line, sizeof(line), "member %s is down: %s", what, text);
		trace_say(line);
	}
}
