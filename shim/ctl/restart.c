/* SPDX-License-Identifier: MIT */
/* A listener that stands already cannot be bound wide: the host has it, and what came in meanwhile waits in
 * it. One that is wide takes members of its port as they come. */
#include "restart.h"

#include <stdio.h>
#include <string.h>

#include "changes_settings.h"
#include "config/expand.h"
#include "core/held.h"

#define LINES_MAX 1000000 /* of such a file */

bool restart_read_socket(const char *line, uint16_t port, bool *any)
{
	char address[33];
	unsigned at, state;

	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", address, &at, &state) != 3 || at != port)
		return false;
	*any = strspn(address, "0") == strlen(address);
	return true;
}

/* Whether a socket of that transport and port is bound to one address, and none to all of them. */
static bool is_narrow(pid_t pid, enum transport t, uint16_t port)
{
	const char *const kinds[] = {"", "6"};
	bool narrow = false, wide = false, any;
	char path[64], line[512];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/%d/net/%s%s", (int)pid, t == TRANSPORT_UDP ? "udp" : "tcp",
			kinds[i]);
		FILE *f = fopen(path, "re");
		for (unsigned n = 0; f && n < LINES_MAX && fgets(line, sizeof(line), f); n++) {
			if (!restart_read_socket(line, port, &any))
				continue;
			narrow = narrow || !any;
			wide = wide || any;
		}
		if (f)
			fclose(f);
	}
	return narrow && !wide;
}

/* By such a member the listeners of its port were bound wide from the first. */
static bool had_open(const struct config *before, const struct member *m)
{
	for (size_t i = 0; i < before->member_count; i++) {
		const struct member *b = &before->members[i];
		if (b->open && b->transport == m->transport && b->addr.family == m->addr.family &&
			b->addr.port == m->addr.port)
			return true;
	}
	return false;
}

unsigned restart_list(const struct rules *before, const struct rules *now, const char *file, pid_t pid,
	const struct changes_out *to)
{
	const struct config *c = &now->config;
	char address[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 8];
	unsigned n = 0;

	if (!changes_same_programs(&before->config, c)) {
		changes_print_waits(to, &(struct change_waits){.key = "program", .file = file, .pid = (int)pid});
		n++;
	}
	for (size_t i = 0; i < c->member_count; i++) {
		const struct member *m = &c->members[i];
		if (!m->open || had_open(&before->config, m) ||
			!is_narrow(pid, (enum transport)m->transport, m->addr.port))
			continue;
		expand_print(&m->addr, address);
		snprintf(text, sizeof(text), "%s:%s", transport_names[m->transport], address);
		changes_print_waits(to, &(struct change_waits){"open", text,
			"its socket is bound to one address already", file, m->place.line, (int)pid});
		n++;
	}
	return n;
}

static unsigned setting(bool other, const char *key, const char *why, const char *file, pid_t pid,
	const struct changes_out *to)
{
	if (other)
		changes_print_waits(to, &(struct change_waits){key, NULL, why, file, 0, (int)pid});
	return other;
}

unsigned restart_settings(const struct config *before, const struct config *wanted, const char *file, pid_t pid,
	const struct changes_out *to)
{
	return setting(held_headers(wanted, before), "headers",
		       "dialogs that run know the host by the names that they were given", file, pid, to) +
		setting(held_header(wanted, before), "header",
			"the host's script was read with the name that it has", file, pid, to);
}
