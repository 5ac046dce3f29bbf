/* SPDX-License-Identifier: MIT */
#include "check_running.h"

#include <stdio.h>

#include "restart_open.h"
#include "running.h"

int check_running(struct check_listeners *heard, pid_t pid)
{
	struct running host;
	struct opens_by by;
	int status = running_find(&host, pid, stderr);

	if (status)
		return status;
	*heard = (struct check_listeners){.count = 0};
	opens_by_read(&by, &host);
	for (size_t i = 0; i < by.count; i++) {
		const struct adopted *a = &by.sockets[i];
		if (a->kind == ADOPTED_LISTENER)
			check_listeners_add(heard, a->transport == TRANSPORT_UDP, &a->addr);
	}
	opens_by_free(&by);
	running_free(&host);
	return 0;
}
