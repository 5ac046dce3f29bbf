/* SPDX-License-Identifier: MIT */
/* The functions of libbond.h, for hosts with a scripting interface. */
#include "libbond.h"

#include <errno.h>

#include "core/decide.h"
#include "preload/real/real.h"
#include "process.h"
#include "rules_due.h"
#include "sockets/note.h"
#include "turn.h"
#include "preload/datagram/fast.h"

#define EXPORT __attribute__((visibility("default")))

/* Fills in the local name of a socket. False: errno says why. */
static bool local_name(const struct rules *r, int fd, struct name *name)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint32_t bits;

	if (real.getsockname(fd, &ss, &len) != 0)
		return false;
	if (addr_from_sockaddr(&name->addr, &ss, len) != 0) {
		errno = EAFNOSUPPORT;
		return false;
	}
	bits = classified(fd);
	name->transport = TRANSPORT_UDP;
	if (bits & FD_TCP) {
		/* of the stream transports the port tells, where it is a member's */
		name->transport = TRANSPORT_TCP;
		for (size_t i = 0; i < r->config.member_count; i++) {
			const struct member *m = &r->config.members[i];
			if (m->transport != TRANSPORT_UDP && addr_equal(&m->addr, &name->addr))
				name->transport = m->transport;
		}
	}
	return true;
}

static size_t bonds_of(const struct rules *r, int fd, uint16_t bonds[ARRIVAL_BONDS])
{
	struct name name;

	return local_name(r, fd, &name) ? arrival_bonds(r, &name, bonds) : 0;
}

EXPORT const char *bond_of(int fd)
{
	uint16_t bonds[ARRIVAL_BONDS];
	int saved = errno;
	const struct rules *r = renew_rules();
	size_t count = bonds_of(r, fd, bonds);

	errno = saved;
	return count ? r->config.bonds[bonds[0]].name : NULL;
}

EXPORT int bond_belongs(int fd, const char *bond)
{
	uint16_t bonds[ARRIVAL_BONDS];
	const struct rules *r = renew_rules();
	uint16_t wanted = bond ? config_find_bond(&r->config, bond, strlen(bond)) : MODEL_NONE;
	struct name name;

	if (wanted == MODEL_NONE) {
		errno = ENOENT;
		return -1;
	}
	if (!local_name(r, fd, &name))
		return -1;
	for (size_t i = arrival_bonds(r, &name, bonds); i-- > 0;) {
		if (bonds[i] == wanted)
			return 1;
	}
	return 0;
}

EXPORT int bond_use(const char *bond)
{
	const struct rules *r = renew_rules();
	uint32_t wanted = TURN_ROUTES;

	if (bond) {
		uint16_t number = config_find_bond(&r->config, bond, strlen(bond));
		if (number == MODEL_NONE) {
			errno = ENOENT;
			return -1;
		}
		wanted = r->config.bonds[number].slot;
	}
	turn_use = wanted;
	fast_clear();
	return 0;
}
