/* SPDX-License-Identifier: MIT */
/* Times fork, exec and end of PROGRAM, bare and with the variables NAME=VALUE, in turn:
 *	startup COUNT PROGRAM NAME=VALUE...
 * Prints the two medians and the median difference in microseconds. */
#include <err.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 10000

static double once(char **argv, char **env)
{
	struct timespec a, b;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &a);
	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, env) || waitpid(pid, &status, 0) < 0 ||
		status)
		errx(1, "%s does not run", argv[0]);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (b.tv_sec - a.tv_sec) * 1e6 + (b.tv_nsec - a.tv_nsec) / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

int main(int argc, char **argv)
{
	static double bare[MOST], with[MOST], more[MOST];
	char *none[] = {NULL}, *program[] = {NULL, NULL};
	int n = argc > 2 ? atoi(argv[1]) : 0;

	if (n < 1 || n > MOST)
		errx(2, "usage: startup COUNT PROGRAM NAME=VALUE...");
	program[0] = argv[2];
	for (int i = 0; i < n; i++) {
		bare[i] = once(program, none);
		with[i] = once(program, argv + 3);
		more[i] = with[i] - bare[i];
	}
	printf("%.1f %.1f %.1f\n", median(bare, n), median(with, n), median(more, n));
	return 0;
}
