/* SPDX-License-Identifier: MIT */
#include "restart.h"

#include "changes_settings.h"
#include "core/held.h"

unsigned restart_list(const struct rules *before, const struct rules *now, const char *file, pid_t pid,
	const struct changes_out *to)
{
	if (changes_same_programs(&before->config, &now->config))
		return 0;
	changes_print_waits(to, &(struct change_waits){.key = "program", .file = file, .pid = (int)pid});
	return 1;
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
