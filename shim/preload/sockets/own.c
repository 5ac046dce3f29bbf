/* SPDX-License-Identifier: MIT */
#include "own.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/raw.h"
#include "owner.h"

#define FREE 0 /* places hold fd + 1, so that they begin as zeroed memory */

_Atomic int own_used;
static _Atomic int places[OWN_MAX];

int own_duplicate(int fd, int above)
{
	struct rlimit limit = {1024, 1024};
	long base, copy;

	raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit);
	base = (limit.rlim_cur < 1024 ? (long)limit.rlim_cur : 1024) - 64;
	if (base < 3)
		base = 3;
	copy = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, base > above ? base : above + 1, 0);
	if (copy < 0)
		copy = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3, 0);
	return (int)copy;
}

int own_keep(int fd)
{
	int copy = own_duplicate(fd, -1);

	raw_close(fd);
	for (int i = 0; copy >= 0 && i < OWN_MAX; i++) {
		int expected = FREE, used = atomic_load(&own_used);
		if (!atomic_compare_exchange_strong(&places[i], &expected, copy + 1))
			continue;
		while (used <= i && !atomic_compare_exchange_weak(&own_used, &used, i + 1))
			;
		return i;
	}
	if (copy >= 0)
		raw_close(copy);
	return copy < 0 ? copy : -EMFILE;
}

int own_at(int place)
{
	return place >= 0 && place < OWN_MAX ? atomic_load_explicit(&places[place], memory_order_acquire) - 1 : -1;
}

void own_close(int place)
{
	int fd = place >= 0 && place < OWN_MAX ? atomic_exchange(&places[place], FREE) - 1 : -1;

	if (fd >= 0)
		raw_close(fd);
}

void own_let_go(int fd)
{
	for (int i = 0; i < atomic_load(&own_used); i++) {
		int expected = fd + 1;
		atomic_compare_exchange_strong(&places[i], &expected, FREE);
	}
}

bool own_has(int fd)
{
	for (int i = 0; fd >= 0 && i < atomic_load(&own_used); i++) {
		if (own_at(i) == fd)
			return !owner_foreign;
	}
	return false;
}

void own_give_way(int fd, void (*moved)(int from, int to))
{
	for (int i = 0; i < atomic_load(&own_used); i++) {
		if (own_at(i) != fd || !owner_may_change())
			continue;
		int copy = own_duplicate(fd, fd);
		atomic_store(&places[i], copy < 0 ? FREE : copy + 1);
		if (copy >= 0 && moved)
			moved(fd, copy);
		raw_close(fd);
	}
}

int own_next(unsigned from)
{
	int next = -1;

	for (int i = 0; i < atomic_load(&own_used); i++) {
		int fd = own_at(i);
		if (fd >= 0 && (unsigned)fd >= from && (next < 0 || fd < next))
			next = fd;
	}
	return owner_foreign ? -1 : next;
}
