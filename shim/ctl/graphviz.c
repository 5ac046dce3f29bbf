/* SPDX-License-Identifier: MIT */
/* Both pipes are served by poll(): dot may write before it has read all. */
#include "graphviz.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "svg.h"

struct text {
	char *bytes;
	size_t n, room;
};

/* 0 or an errno. */
static int start(pid_t *pid, int *to, int *from)
{
	char *argv[] = {"dot", "-Tsvg", NULL};
	extern char **environ;
	posix_spawn_file_actions_t actions;
	int in[2], back[2];

	if (pipe2(in, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(back, O_CLOEXEC) != 0) {
		int error = errno;
		close(in[0]);
		close(in[1]);
		return error;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, back[1], STDOUT_FILENO);
	int error = posix_spawnp(pid, "dot", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(back[1]);
	*to = in[1];
	*from = back[0];
	if (error) {
		close(*to);
		close(*from);
	}
	return error;
}

/* Reads what is there; false: that was all, or there is no memory. */
static bool take(int from, struct text *t)
{
	if (t->room - t->n < 4096) {
		size_t room = t->room ? t->room * 2 : 65536;
		char *more = realloc(t->bytes, room);
		if (!more)
			return false;
		t->bytes = more;
		t->room = room;
	}
	ssize_t n = read(from, t->bytes + t->n, t->room - t->n);
	if (n > 0)
		t->n += (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void talk(int to, int from, const char *dot, size_t n, struct text *t)
{
	size_t done = 0;

	fcntl(to, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd fds[] = {{.fd = from, .events = POLLIN}, {.fd = to, .events = POLLOUT}};
		if (poll(fds, to >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
			break;
		if (to >= 0 && fds[1].revents) {
			ssize_t more = write(to, dot + done, n - done);
			done += more > 0 ? (size_t)more : 0;
			if (done == n || (more < 0 && errno != EAGAIN && errno != EINTR)) {
				close(to);
				to = -1;
			}
		}
		if (fds[0].revents && !take(from, t))
			break;
	}
	if (to >= 0)
		close(to);
	close(from);
}

/* Behind the tag <svg ...>. */
static void print(const struct text *t, const char *dot, size_t n, FILE *out)
{
	const char *svg = memmem(t->bytes, t->n, "<svg", 4);
	const char *end = svg ? memchr(svg, '>', t->n - (size_t)(svg - t->bytes)) : NULL;
	size_t head = end ? (size_t)(end + 1 - t->bytes) : 0;

	fwrite(t->bytes, 1, head, out);
	if (head) {
		fputs("\n<metadata>", out);
		svg_put(out, dot, n);
		fputs("</metadata>", out);
	}
	fwrite(t->bytes + head, 1, t->n - head, out);
}

int graphviz_svg(const char *dot, size_t n, FILE *out)
{
	struct text t = {0};
	int to = -1, from = -1, status = 0;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	int error = start(&pid, &to, &from);
	if (error) {
		fprintf(stderr, "bondctl: dot: %s. %s\n", strerror(error),
			error == ENOENT ? "Install graphviz, or take --dot" : "--dot needs none");
		return EXIT_FAILURE;
	}
	talk(to, from, dot, n, &t);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0 && t.n;
	if (good)
		print(&t, dot, n, out);
	else if (WIFSIGNALED(status))
		fprintf(stderr, "bondctl: dot was killed by signal %d\n", WTERMSIG(status));
	else
		fprintf(stderr, "bondctl: dot failed with status %d\n", WEXITSTATUS(status));
	free(t.bytes);
	return good ? 0 : EXIT_FAILURE;
}
