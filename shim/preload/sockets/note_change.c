/* SPDX-License-Identifier: MIT */
/* What is changed of a descriptor that is known: single bits of its word, and what options say of it. */
#include "note.h"

#include <errno.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "base/raw.h"
#include "preload/datagram/fast.h"
#include "preload/datagram/segments.h"
#include "preload/real/real.h"

void note_change(int fd, uint32_t clear, uint32_t set)
{
	if (fd < 0 || fd >= this_host.sockets.max)
		return;
	uint32_t bits = bits_of(fd);
	while (bits && !atomic_compare_exchange_weak(&this_host.sockets.bits[fd], &bits, (bits & ~clear) | set))
		;
	if (sockets_matter(bits) || ((bits & FD_UDP) && sockets_listener(set) >= 0))
		fast_outdate();
}

void note_mark(int fd, uint32_t set)
{
	if (fd < 0 || fd >= this_host.sockets.max || !owner_may_change())
		return;
	uint32_t bits = bits_of(fd);
	while (bits && !atomic_compare_exchange_weak(&this_host.sockets.bits[fd], &bits, bits | set))
		;
}

bool note_begin_move(int fd)
{
	for (int i = 0; i < 500; i++) {
		uint32_t bits = bits_of(fd);
		if (!(bits & FD_MOVING) &&
			atomic_compare_exchange_strong(&this_host.sockets.bits[fd], &bits, bits | FD_MOVING))
			return true;
		raw_syscall(SYS_sched_yield, 0, 0, 0, 0);
	}
	return false;
}

bool note_was_taken(int fd)
{
	int type, saved = errno;
	socklen_t len = sizeof(type);
	bool taken = real.getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 && errno == ENOTSOCK;

	if (taken)
		note_forget(fd);
	errno = saved;
	return taken;
}

/* Several datagrams in one, either way. What libbond edits comes one by one: where the host asks for more, it gets
 * what is right as well. */
static void note_several(int fd, int name, const void *value)
{
	struct fd_record *r = record_of(fd);
	int wanted;

	memcpy(&wanted, value, sizeof(wanted));
	if (name == UDP_SEGMENT) {
		r->segment = (uint16_t)wanted;
		if (wanted)
			atomic_store(&segments_any, true);
		fast_outdate();
		return;
	}
	r->own_gro = wanted;
	if (sockets_listener(bits_of(fd)) >= 0 || (bits_of(fd) & FD_SIP))
		note_singly(fd);
}

bool note_is_single(int fd)
{
	return page.p.mode != HOT_INERT && (classified(fd) & FD_UDP) && record_of(fd)->own_gro;
}

void note_singly(int fd)
{
	int off = 0, saved = errno;

	if (record_of(fd)->own_gro)
		real.setsockopt(fd, SOL_UDP, UDP_GRO, &off, sizeof(off));
	errno = saved;
}

/* What the kernel has taken: options of IPv4 may be of one byte, or of none, and those of IPv6 at no address. */
static int value_of(const void *value, socklen_t len)
{
	int number = 0;

	if (value && len >= sizeof(number))
		memcpy(&number, value, sizeof(number));
	else if (value && len)
		number = *(const unsigned char *)value;
	return number;
}

void note_option(int fd, int level, int name, const void *value, socklen_t len)
{
	if (level == SOL_UDP && (name == UDP_SEGMENT || name == UDP_GRO)) {
		if (value && len >= sizeof(int) && (classified(fd) & FD_UDP) && owner_may_change())
			note_several(fd, name, value);
		return;
	}
	bool mark = level == SOL_SOCKET && name == SO_MARK;
	bool pktinfo = note_is_pktinfo(level, name);
	bool tos = (level == IPPROTO_IP && name == IP_TOS) ||
		(level == IPPROTO_IPV6 && name == IPV6_TCLASS);
	bool ports = note_is_ports(level, name);

	if ((!mark && !tos && !pktinfo && !ports) || !(classified(fd) & (FD_UDP | FD_TCP)) || !owner_may_change())
		return;
	int wanted = value_of(value, len);
	if (pktinfo || ports) {
		if (ports) {
			record_of(fd)->own_ports = wanted;
			return;
		}
		note_change(fd, wanted ? 0 : FD_PKTINFO, wanted ? FD_PKTINFO : 0);
		return;
	}
	if (mark)
		record_of(fd)->marks.mark = (uint32_t)wanted;
	else
		record_of(fd)->marks.tos = (uint32_t)wanted;
	if (sockets_matter(bits_of(fd)))
		fast_outdate();
}
