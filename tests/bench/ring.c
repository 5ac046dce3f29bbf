/* SPDX-License-Identifier: MIT */
/* The cost of a line of the trace, 300 bytes: OPERATION FILE COUNT, prints nanoseconds a line.
 *	ring     into the ring of a live trace, which nobody reads
 *	write    by one write(2) into FILE */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "segment/ring_read.h"

int main(int argc, char **argv)
{
	char line[300];
	struct ring_line head = {0};
	struct timespec begin, end;
	unsigned long count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;

	if (!count)
		errx(2, "usage: ring OPERATION FILE COUNT");
	memset(line, 'x', sizeof(line));
	int fd = open(argv[2], O_RDWR | O_CREAT | O_APPEND, 0600);
	int memory = memfd_create("ring", MFD_CLOEXEC);
	if (fd < 0 || memory < 0 || ring_make(memory, 0) != 0)
		err(1, "%s", argv[2]);
	struct ring *ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (ring == MAP_FAILED)
		err(1, "mmap");
	struct ring_what what = {RING_LINE, 1, getpid()};
	struct iovec pieces[] = {{&head, sizeof(head)}, {line, 40}, {line + 40, sizeof(line) - 40}};
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned long i = 0; i < count; i++) {
		if (strcmp(argv[1], "ring") == 0)
			ring_put(ring, &what, pieces, 3);
		else if (write(fd, line, sizeof(line)) != sizeof(line))
			err(1, "write");
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.1f\n", ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
		(double)count);
	return 0;
}
