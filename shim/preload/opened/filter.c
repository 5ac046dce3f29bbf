/* SPDX-License-Identifier: MIT */
/* Puts the list together and attaches the program; replacing one is atomic (socket(7)). */
#include "filter.h"

#include <errno.h>

#include "base/raw.h"
#include "core/opened.h"
#include "core/opened_image.h"
#include "preload/hot.h"
#include "preload/sockets/owner.h"
#include "preload/lookup/lookup.h"
#include "preload/process.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/rules_due.h"
#include "preload/scratch.h"
#include "core/wide_filter.h"
#include "device.h"
#include "trouble.h"

/* Number n of the members that it is for, past ones behind the others; NULL: there are no more. */
static const struct member *member_of(const struct filter_of *of, uint32_t n, struct member *room)
{
	const struct rules *r = rules_now();

	if (of->image)
		return opened_image_member(of->image, n, lookup_is_open(), room) ? room : NULL;
	return n < rules_members(r) ? &r->config.members[n] : NULL;
}

/* A client socket hears past members, too, whose calls it may have. */
static bool hears(const struct filter_of *of, const struct member *m)
{
	return of->listener ? opened_heard(of->own, of->datagram, m)
			    : m->transport == TRANSPORT_UDP && m->addr.family == of->own->family;
}

/* The host's own address, the member that is needed now, and the others; room + 1: they are too many, which
 * a client does without. */
static size_t heard(struct addr *list, const struct filter_of *of, size_t room)
{
	size_t count = 0, most = of->listener ? room + 1 : room;
	const struct member *m;
	struct member copy;

	list[count++] = *of->own;
	if (of->first && !addr_same_host(&of->first->addr, of->own))
		list[count++] = of->first->addr;
	for (uint32_t n = 0; count < most && (m = member_of(of, n, &copy)); n++) {
		if (hears(of, m) && !addr_is_among(list, count, &m->addr))
			list[count++] = m->addr;
	}
	return count;
}

/* What a filter is made of is too large for the stack of a thread or a signal handler. */
struct filter_room {
	struct addr list[WIDE_FILTER_IPV4_MAX + 1];
	struct sock_filter program[WIDE_FILTER_LENGTH + 2 + BPF_MAXINSNS];
};
_Static_assert(sizeof(struct filter_room) <= sizeof(struct scratch), "a filter fits in a scratch");

/* As the kernel says it: a negative errno. */
static long set(int fd, int name, const void *value, socklen_t len)
{
	return raw_syscall5(SYS_setsockopt, fd, SOL_SOCKET, name, (long)value, len);
}

static long get(int fd, void *program, socklen_t *count)
{
	return raw_syscall5(SYS_getsockopt, fd, SOL_SOCKET, SO_GET_FILTER, (long)program, (long)count);
}

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
		error = (int)-set(fd, SO_ATTACH_FILTER, &prog, sizeof(prog));
	}
	scratch_give(scratch);
	return error;
}

void filter_detach(int fd)
{
	int none = 0;

	set(fd, SO_DETACH_FILTER, &none, sizeof(none));
}

int filter_length(int fd)
{
	socklen_t count = 0;

	return get(fd, NULL, &count) == 0 ? (int)count : -1;
}

/* The socket's filter into scratch; how long it is, 0 = there is none, or it cannot be read. */
static size_t read_filter(int fd, struct scratch *scratch)
{
	socklen_t count = 0;

	return get(fd, NULL, &count) == 0 && count &&
			count * sizeof(struct sock_filter) <= sizeof(scratch->bytes) &&
			get(fd, scratch->bytes, &count) == 0
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
		set(fd, SO_ATTACH_FILTER, &prog, sizeof(prog));
	else if (count)
		filter_detach(fd);
	scratch_give(scratch);
}

bool filter_is_listener(uint32_t bits)
{
	return (bits & FD_LISTENER) || ((bits & FD_TCP) && sockets_is_opened(bits) && !(bits & FD_ACCEPTED));
}

static struct filter_of filter_of(int fd, uint32_t bits)
{
	return (struct filter_of){.own = &record_of(fd)->named,
		.listener = filter_is_listener(bits),
		.datagram = bits & FD_UDP};
}

int filter_again(int fd, int at, uint32_t bits, const struct image *image)
{
	struct filter_of of = filter_of(fd, bits);
	struct scratch *scratch = scratch_wait();
	size_t count = scratch ? read_filter(at, scratch) : 0, then_count;
	struct addr first;
	int error = EBUSY;

	of.image = image;
	if (count && wide_filter_first((void *)scratch->bytes, count, &first) && addr_same_host(&first, of.own)) {
		const struct sock_filter *then = wide_filter_then((void *)scratch->bytes, count, &then_count);
		error = filter_attach(at, &of, then, then_count);
	}
	scratch_give(scratch);
	return error;
}

/* The host's own program, which is checked as sk_attach_filter() does: 0 or an errno. */
static int attach_host(int fd, const struct filter_of *of, const void *value)
{
	pid_t self = owner_may_change();
	struct scratch *scratch = NULL;
	struct sock_fprog prog;
	int error;

	if (!readable_copy(&prog, value, sizeof(prog), self))
		error = EFAULT;
	else if (!prog.filter || !prog.len || prog.len > BPF_MAXINSNS)
		error = EINVAL;
	else if (!(scratch = scratch_wait()))
		error = ENOMEM;
	else if (!readable_copy(scratch->bytes, prog.filter, prog.len * sizeof(*prog.filter), self))
		error = EFAULT;
	else
		error = filter_attach(fd, of, (void *)scratch->bytes, prog.len);
	scratch_give(scratch);
	return error;
}

static void tell_deaf(void *ctx, const struct addr *a)
{
	const struct filter_of *of = ctx;
	const struct member *m;
	struct member copy;

	for (uint32_t n = 0; (m = member_of(of, n, &copy)); n++) {
		if (hears(of, m) && addr_same_host(&m->addr, a))
			states_set_opening(this_host.segment.states, m, OPENING_DEVICE, 0);
	}
}

void filter_tell_deaf(int fd, int at, uint32_t bits, const struct image *image)
{
	struct filter_of of = filter_of(fd, bits);

	of.image = image;
	if (of.listener)
		device_each_deaf(at, tell_deaf, &of);
}

int filter_set(int fd, uint32_t bits, int which, const void *value, socklen_t len)
{
	struct filter_of of = filter_of(fd, bits);

	if (which == SO_ATTACH_FILTER && len != sizeof(struct sock_fprog))
		return real.setsockopt(fd, SOL_SOCKET, which, value, len);
	int error = which == SO_ATTACH_FILTER ? attach_host(fd, &of, value) : filter_attach(fd, &of, NULL, 0);
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

bool filter_is_on(int fd, uint32_t bits)
{
	if (record_of(fd)->by_lookup)
		return false;
	return sockets_is_wide(bits) ? record_of(fd)->named.family
				     : sockets_is_opened(bits) && !(bits & FD_ACCEPTED);
}

void filter_renewed(void)
{
	int saved = errno;

	for (int fd = 0, end = sockets_end(&this_host.sockets); fd < end && (page.p.mode & HOT_CLIENTS); fd++) {
		uint32_t bits = sockets_bits(&this_host.sockets, fd);
		if (!filter_is_on(fd, bits))
			continue;
		int error = filter_again(fd, fd, bits, NULL);
		if (filter_is_listener(bits))
			trouble_renewed(&record_of(fd)->named, bits & FD_UDP, error);
		filter_tell_deaf(fd, fd, bits, NULL);
	}
	trouble_inherited();
	errno = saved;
}
