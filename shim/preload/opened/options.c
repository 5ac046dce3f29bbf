/* SPDX-License-Identifier: MIT */
/* The filter, which SO_GET_FILTER tells by the number of SO_ATTACH_FILTER, and its lock: each says what the
 * kernel would say of the host's own. IPV6_V6ONLY is 1 of every socket that is bound to an IPv6 address. */
#include "options.h"

#include <errno.h>

#include "device.h"
#include "filter.h"
#include "preload/readable.h"
#include "preload/real/real.h"
#include "preload/sockets/note.h"
#include "trouble.h"

static bool is_filter(int level, int name)
{
	return level == SOL_SOCKET && (name == SO_ATTACH_FILTER || name == SO_DETACH_FILTER ||
		name == SO_LOCK_FILTER || name == SO_ATTACH_BPF);
}

/* An accepted connection has its listener's filter, which it can do without; the others cannot. */
static bool needs_filter(uint32_t bits)
{
	return sockets_is_wide(bits) || (sockets_is_opened(bits) && !(bits & FD_ACCEPTED));
}

bool options_are_ours_slow(int fd, int level, int name)
{
	bool device = level == SOL_SOCKET && name == SO_BINDTODEVICE;
	uint32_t bits = device || is_filter(level, name) ? classified(fd) : 0;

	if (!bits || fd < 0 || fd >= this_host.sockets.max || record_of(fd)->by_lookup)
		return false;
	if (is_filter(level, name)) {
		return needs_filter(bits) || (name == SO_GET_FILTER && sockets_is_opened(bits));
	}
	return device && sockets_is_opened(bits);
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* SO_LOCK_FILTER is kept to itself: the filter has to be changed when members come and go. */
static int set_lock(struct fd_record *r, const void *value, socklen_t len)
{
	int on;

	if (len < sizeof(on))
		return fail(EINVAL);
	if (!readable_copy(&on, value, sizeof(on), owner_may_change()))
		return fail(EFAULT);
	if (!on && r->own_locked)
		return fail(EPERM);
	r->own_locked = on;
	return 0;
}

/* Members on another one are deaf from then on. */
static int set_device(int fd, const void *value, socklen_t len)
{
	int result = real.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, value, len), saved = errno;
	uint32_t bits = bits_of(fd);

	if (result == 0 && filter_is_listener(bits) && device_is_deaf(fd, &record_of(fd)->named, bits & FD_UDP))
		trouble_bind(fd, &record_of(fd)->named, bits & FD_UDP, ENODEV);
	errno = saved;
	return result;
}

int options_set(int fd, int level, int name, const void *value, socklen_t len)
{
	struct fd_record *r = record_of(fd);

	if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
		return set_device(fd, value, len);
	if (level != SOL_SOCKET || !needs_filter(bits_of(fd)))
		return real.setsockopt(fd, level, name, value, len);
	if (name == SO_LOCK_FILTER)
		return set_lock(r, value, len);
	if (r->own_locked || name == SO_ATTACH_BPF)
		return fail(EPERM); /* in no program of eBPF can the other one be put */
	if (len < sizeof(int))
		return fail(EINVAL);
	if (!readable(value))
		return fail(EFAULT);
	if (name == SO_DETACH_FILTER) {
		socklen_t own = 0;
		if (filter_get(fd, NULL, &own) == 0 && !own)
			return fail(ENOENT);
	}
	return filter_set(fd, bits_of(fd), name, value, len);
}

static int get_number(int own, void *value, socklen_t *len)
{
	if (*len > sizeof(own))
		*len = sizeof(own);
	memcpy(value, &own, *len);
	return 0;
}

int options_get(int fd, int level, int name, void *value, socklen_t *len)
{
	struct fd_record *r = record_of(fd);

	if (level == SOL_SOCKET && name == SO_GET_FILTER)
		return readable(len) ? filter_get(fd, value, len) : fail(EFAULT);
	int result = real.getsockopt(fd, level, name, value, len);
	if (result == 0 && level == SOL_SOCKET && name == SO_LOCK_FILTER)
		return get_number(r->own_locked, value, len);
	return result;
}
