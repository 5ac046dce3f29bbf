/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/raw.h"
#include "place.h"
#include "preload/process.h"
#include "preload/sockets/note.h"
#include "preload/sockets/own.h"

int source_keep(const struct member *m)
{
	const struct listener *had = listeners_at(&this_host.listeners, TRANSPORT_UDP, &m->addr);
	struct sockaddr_storage ss;

	if (had && sockets_listener(bits_of(atomic_load(&had->fd))) == listeners_number(&this_host.listeners, had))
		return 0;
	int fd = place_open(m, true), place = fd < 0 ? fd : own_keep(fd);
	if (place < 0)
		return -place;
	fd = own_at(place);
	note_socket(fd, m->addr.family, SOCK_DGRAM, 0);
	note_bind(fd, &ss, addr_to_sockaddr(&m->addr, m->addr.family, &ss));
	return 0;
}

void source_end(int fd)
{
	own_let_go(fd);
	note_forget(fd);
	raw_close(fd);
}
