/* SPDX-License-Identifier: MIT */
#include "who.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "config/terminal.h"

#define NAMED_MAX 16 /* processes that a complaint names */

int who_is_nobody(const char *word, const struct hosts *h)
{
	terminal_printf(stderr, "bondctl: no host is called %s here%s: bondctl status lists them\n",
		word, h->denied && geteuid() != 0 ? ", as far as this user can see" : "");
	return EXIT_FAILURE;
}

static int are_several(const char *word, const pid_t *pids, size_t count)
{
	terminal_printf(stderr,
		"bondctl: %zu hosts are called %s: write the number of one instead:", count, word);
	for (size_t i = 0; i < count && i < NAMED_MAX; i++)
		fprintf(stderr, "%s %d", i ? "," : "", (int)pids[i]);
	fputs(count > NAMED_MAX ? " ... (bondctl status lists all)\n"
				: " (bondctl status lists them)\n",
		stderr);
	return EXIT_FAILURE;
}

int who_among(const struct command *self, const char *word, const struct hosts *h, pid_t *pid)
{
	pid_t pids[NAMED_MAX];

	*pid = argument_pid(word);
	if (*pid)
		return 0;
	if (!word[strspn(word, "0123456789")])
		return bad_usage(self, "\"%s\" is no process id: write the number of one, or a program's name, as bondctl status lists them",
			word);
	size_t count = hosts_called(h, word, pids, NAMED_MAX);
	*pid = pids[0];
	if (count == 1)
		return 0;
	return count ? are_several(word, pids, count) : who_is_nobody(word, h);
}

int who_find(const struct command *self, const char *word, pid_t *pid)
{
	struct hosts h;

	*pid = argument_pid(word);
	if (*pid)
		return 0;
	int status = who_hosts(&h);
	if (status)
		return status;
	status = who_among(self, word, &h, pid);
	hosts_free(&h);
	return status;
}

int who_hosts(struct hosts *h)
{
	int error = hosts_find(h);

	if (error)
		fprintf(stderr, "bondctl: /proc: %s\n", strerror(error));
	return error ? EXIT_FAILURE : 0;
}
