/* SPDX-License-Identifier: MIT */
/* Each line is cleared behind its end, and what is below the last: nothing flickers. */
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/terminal.h"

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	if (number != SIGWINCH)
		ended = 1;
}

void screen_start(void)
{
	const struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGWINCH, &action, NULL);
}

static size_t fit_line(const char *line, size_t n, unsigned columns)
{
	size_t i = 0, length;
	bool plain;

	for (unsigned c = 0; i < n && c < columns; c++, i += length)
		length = terminal_next(line + i, n - i, &plain);
	return i < n ? i : n;
}

void screen_fit(const char *text, size_t n, unsigned columns, unsigned lines, FILE *out)
{
	unsigned count = 0, line = 0;

	for (size_t i = 0; i < n; i++)
		count += text[i] == '\n';
	for (size_t i = 0; i < n && line < lines; line++) {
		const char *end = memchr(text + i, '\n', n - i);
		size_t length = end ? (size_t)(end - text) - i : n - i;
		if (line + 1 == lines && count > lines) {
			char more[40];
			int k = snprintf(more, sizeof(more), "... %u more lines", count - lines + 1);
			fwrite(more, 1, fit_line(more, (size_t)k, columns), out);
		} else {
			fwrite(text + i, 1, fit_line(text + i, length, columns), out);
		}
		fputs("\033[K\n", out);
		i += length + 1;
	}
}

void screen_show(const char *text, size_t n, bool first)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO)) {
		if (!first)
			putchar('\n');
		fwrite(text, 1, n, stdout);
		fflush(stdout);
		return;
	}
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2 || size.ws_col == 0)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	fputs("\033[H", stdout);
	screen_fit(text, n, size.ws_col, size.ws_row - 1u, stdout);
	fputs("\033[J", stdout);
	fflush(stdout);
}

bool screen_wait(unsigned milliseconds)
{
	if (!ended && !ferror(stdout))
		poll(NULL, 0, (int)milliseconds);
	return !ended && !ferror(stdout);
}
