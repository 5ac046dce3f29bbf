/* SPDX-License-Identifier: MIT */
#include "inodes.h"

#include <stdio.h>
#include <stdlib.h>

#include "segment/adopted.h"

static void add(struct inodes *in, uint64_t inode)
{
	if ((in->count & (in->count - 1)) == 0) {
		void *more = realloc(in->items, (in->count ? in->count * 2 : 1) * sizeof(*in->items));
		in->out_of_memory = in->out_of_memory || !more;
		if (!more)
			return;
		in->items = more;
	}
	in->items[in->count++] = inode;
}

/* False: there is no such table, as where the machine has no IPv6. */
static bool read_table(struct inodes *in, pid_t pid, const char *name)
{
	char path[48], *line = NULL;
	size_t room = 0;
	ssize_t n;
	uint64_t inode;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, name);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	while ((n = getline(&line, &room, f)) > 0 && !in->out_of_memory)
		if (adopted_inode(line, (size_t)n, &inode))
			add(in, inode);
	free(line);
	fclose(f);
	return true;
}

static int in_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

bool inodes_read(struct inodes *in, pid_t pid)
{
	static const char *const tables[] = {"udp", "udp6", "tcp", "tcp6"};
	bool read = false;

	*in = (struct inodes){0};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		read = read_table(in, pid, tables[i]) || read;
	if (in->count)
		qsort(in->items, in->count, sizeof(*in->items), in_order);
	return read;
}

void inodes_free(struct inodes *in)
{
	free(in->items);
	*in = (struct inodes){0};
}

bool inodes_have(const uint64_t *items, size_t count, uint64_t inode)
{
	return count && bsearch(&inode, items, count, sizeof(*items), in_order);
}
