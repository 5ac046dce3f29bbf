/* SPDX-License-Identifier: MIT */
/* Puts the list together and attaches the program; replacing one is atomic (socket(7)). */
#include "filter.h"

#include <errno.h>

#include "core/opened.h"
#include "preload/hot.h"
#include "preload/process.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/rules_due.h"
#include "preload/scratch.h"
#include "preload/sockets/wide_filter.h"
#include "trouble.h"

/* The members' addresses that a client socket hears: past ones too, whose calls it may have. */
static size_t client_list(const struct rules *r, struct addr *list, size_t count, size_t room)
{
	for (size_t i = 0; i < rules_members(r) && count < room; i++) {
		const struct member *m = &r->config.members[i];
		if (m->transport == TRANSPORT_UDP && m->addr.family == list->family &&
			!addr_is_among(list, count, &m->addr))
			list[count++] = m->addr;
	}
	return count;
}

/* The host's own address, the member that is needed now, and the others; room + 1: they are too many, which
 * a client does without. */
static size_t heard(struct addr *list, const struct filter_of *of, size_t room)
{
	const struct rules *r = rules_now();
	size_t count = 0;

	list[count++] = *of->own;
	if (of->first && !addr_same_host(&of->first->addr, of->own))
		list[count++] = of->first->addr;
	return of->listener ? opened_list(r, of->own, of->datagram, list, count, room + 1)
			    : client_list(r, list, count, room);
}

/* What a filter is made of is too large for the stack of a thread or a signal handler. */
struct filter_room {
	struct addr list[WIDE_FILTER_IPV4_MAX + 1];
	struct sock_filter program[WIDE_FILTER_LENGTH + 2 + BPF_MAXINSNS];
};
_Static_assert(sizeof(struct filter_room) <= sizeof(struct scratch), "a filter fits in a scratch");

int filter_attach(int fd, const struct filter_of *of, const struct sock_filter *then, size_t then_count)
{
	size_t room = of->own->family == AF_INET6 ? WIDE_FILTER_IPV6_MAX : WIDE_FILTER_IPV4_MAX;
	struct scratch *scratch = then_count > BPF_MAXINSNS ? NULL : scratch_wait();
	int error = EINVAL;

	if (!scratch)
		return then_count > BPF_MAXINSNS ? EINVAL : ENOMEM;
	struct filter_room *r = (void *)scratch->bytes;
	size_t count = heard(r->list, of, room);
	if (count <= room) {
		struct sock_fprog prog = {.filter = r->program};
		prog.len = (unsigned short)wide_filter(r->program, r->list, count, then, then_count);
		error = real.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0 ? 0 : errno;
	}
	scratch_give(scratch);
	return error;
}

void filter_detach(int fd)
{
	int none = 0;

	real.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none));
}

int filter_length(int fd)
{
	socklen_t count = 0;

	return real.getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count) == 0 ? (int)count : -1;
}

/* The socket's filter into scratch; how long it is, 0 = there is none, or it cannot be read. */
static size_t read_filter(int fd, struct scratch *scratch)
{
	socklen_t count = 0;

	return real.getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count) == 0 && count &&
			count * sizeof(struct sock_filter) <= sizeof(scratch->bytes) &&
			real.getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, scratch->bytes, &count) == 0
		? count
		: 0;
}

int filter_prefix(int fd, const struct filter_of *of)
{
	int n = filter_length(fd), error = EBUSY;

	if (n == 0)
		return filter_attach(fd, of, NULL, 0);
	struct scratch *scratch = n > 0 ? scratch_wait() : NULL;
	size_t count = scratch ? read_filter(fd, scratch) : 0;
	if (count)
		error = filter_attach(fd, of, (void *)scratch->bytes, count);
	scratch_give(scratch);
	return error;
}

void filter_host(int fd)
{
	struct scratch *scratch = scratch_wait();
	size_t count = scratch ? read_filter(fd, scratch) : 0, then_count = 0;
	const struct sock_filter *then =
		count ? wide_filter_then((void *)scratch->bytes, count, &then_count) : NULL;
	struct sock_fprog prog = {(unsigned short)then_count, (struct sock_filter *)(uintptr_t)then};

	if (then_count)
		real.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	else if (count)
		filter_detach(fd);
	scratch_give(scratch);
}

static struct filter_of filter_of(int fd, uint32_t bits)
{
	return (struct filter_of){.own = &record_of(fd)->named,
		.listener = bits & FD_LISTENER,
		.datagram = bits & FD_UDP};
}

int filter_again(int fd, uint32_t bits)
{
	struct filter_of of = filter_of(fd, bits);
	struct scratch *scratch = scratch_wait();
	size_t count = scratch ? read_filter(fd, scratch) : 0, then_count;
	int error = EBUSY;

	if (count) {
		const struct sock_filter *then = wide_filter_then((void *)scratch->bytes, count, &then_count);
		error = filter_attach(fd, &of, then, then_count);
	}
	scratch_give(scratch);
	return error;
}

int filter_set(int fd, uint32_t bits, int which, const void *value, socklen_t len)
{
	struct filter_of of = filter_of(fd, bits);
	struct sock_fprog prog = {0};

	if (which == SO_ATTACH_FILTER) {
		if (len != sizeof(prog))
			return real.setsockopt(fd, SOL_SOCKET, which, value, len);
		memcpy(&prog, value, sizeof(prog));
	}
	int error = filter_attach(fd, &of, prog.filter, prog.len);
	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* As sk_get_filter() does. */
int filter_get(int fd, void *value, socklen_t *len)
{
	struct scratch *scratch = scratch_wait();
	size_t count = scratch ? read_filter(fd, scratch) : 0, own = count;
	const struct sock_filter *then = scratch ? (void *)scratch->bytes : NULL;
	struct addr first;
	int error = !scratch ? ENOMEM : 0;

	if (count && wide_filter_first(then, count, &first))
		then = wide_filter_then(then, count, &own);
	if (!error && own && *len) {
		if (*len < own)
			error = EINVAL;
		else if (!readable(value))
			error = EFAULT;
		else
			memcpy(value, then, own * sizeof(*then));
	}
	scratch_give(scratch);
	if (!error)
		*len = (socklen_t)own;
	errno = error ? error : errno;
	return error ? -1 : 0;
}

void filter_renewed(void)
{
	int saved = errno;

	for (int fd = 0, end = sockets_end(&this_host.sockets); fd < end && (page.p.mode & HOT_CLIENTS); fd++) {
		uint32_t bits = sockets_bits(&this_host.sockets, fd);
		if (record_of(fd)->by_lookup)
			continue;
		if (!(sockets_is_wide(bits) ? record_of(fd)->named.family
					    : sockets_is_opened(bits) && (bits & FD_LISTENER)))
			continue;
		int error = filter_again(fd, bits);
		if (bits & FD_LISTENER)
			trouble_renewed(&record_of(fd)->named, bits & FD_UDP, error);
	}
	trouble_inherited();
	errno = saved;
}
