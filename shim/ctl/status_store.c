/* SPDX-License-Identifier: MIT */
/* Blocks, one behind the other. */
#include "status_store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIGN 64

struct status_store {
	struct status_store *next;
	_Alignas(ALIGN) char bytes[];
};

void *status_keep(struct status *s, size_t size)
{
	size_t whole = (sizeof(struct status_store) + size + ALIGN - 1) / ALIGN * ALIGN;
	struct status_store *block = whole < size ? NULL : aligned_alloc(ALIGN, whole);

	if (!block)
		return NULL;
	memset(block, 0, whole);
	block->next = s->store;
	s->store = block;
	return block->bytes;
}

/* Not mapped: whoever owns the file could cut it short under a mapping. */
void *status_part(struct status *s, uint64_t at, uint64_t size)
{
	struct stat st;

	if (fstat(s->host.fd, &st) != 0 || st.st_size < 0 || at > (uint64_t)st.st_size ||
		size > (uint64_t)st.st_size - at || size > SEGMENT_SIZE_MAX)
		return NULL;
	char *copy = status_keep(s, (size_t)size);
	for (size_t done = 0; copy && done < size;) {
		ssize_t n = pread(s->host.fd, copy + done, (size_t)size - done, (off_t)(at + done));
		if (n <= 0)
			return NULL;
		done += (size_t)n;
	}
	return copy;
}

void status_add_table(struct status *s, const char *name, const char *label, uint64_t used, uint64_t limit,
	uint64_t full)
{
	if (s->table_count < STATUS_TABLES_MAX)
		s->tables[s->table_count++] = (struct status_table){name, label, true, used, limit, full};
}

void status_drop(struct status *s)
{
	while (s->store) {
		struct status_store *next = s->store->next;
		free(s->store);
		s->store = next;
	}
}
